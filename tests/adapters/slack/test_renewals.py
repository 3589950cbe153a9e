"""A refresh token works once: what Slack gives for it is kept, whoever gives up waiting."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.ports import Sent
from bot.service.on_slack import slack_part
from bot.settings import SlackSettings
from storage.store import SqlStore
from tests.adapters.slack.test_installing import ACCESS, installed, refreshes, send
from tests.flows.slack_installs import Installs, installs
from tests.slack.people import until

pytestmark = [
    pytest.mark.parametrize("kind_of_database", ["sqlite"], indirect=True),
    # The SDK still hands aiohttp the app's secret in the old way.
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated"),
]


def refreshed(made: Installs) -> bool:
    """Whether a refresh token was used up."""
    return any(token.refreshed for token in made.world.tokens.values())


async def test_a_token_that_nobody_waits_for_any_more_is_kept_all_the_same(
    store: SqlStore,
) -> None:
    async with installs(store, rotation=True) as made:
        home = await installed(made)
        await made.live(timedelta(hours=11))
        made.world.latency[ACCESS] = 0.3
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):  # as a lane does
                await send(made, home, "1")
        await until(lambda: refreshed(made))
        await made.tokens.drain(timedelta(seconds=5))
        made.tokens._known.clear()
        assert await made.tokens.token(home.id) == home.workspace.token
        assert refreshes(made) == 1


async def test_a_renewal_under_way_is_finished_before_the_process_ends(store: SqlStore) -> None:
    async with installs(store, rotation=True) as made:
        home = await installed(made)
        await made.live(timedelta(hours=11))
        world = made.world
        chosen = SlackSettings(
            bot_token=None,
            signing_secret="unused",
            app_token=None,
            client_id=world.client_id,
            client_secret=world.client_secret,
            api_url=made.stand_in.base_url,
        )
        world.latency[ACCESS] = 0.3
        async with slack_part(chosen, store, made.clock, None, print) as part:
            asking = asyncio.create_task(part.tokens.token(home.id))
            await until(lambda: refreshes(made))
            asking.cancel()
        made.tokens._known.clear()
        assert await made.tokens.token(home.id) == home.workspace.token
        assert refreshes(made) == 1


async def test_a_renewal_that_takes_too_long_at_the_end_is_said_in_the_log(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    async with installs(store, rotation=True) as made:
        home = await installed(made)
        await made.live(timedelta(hours=11))
        made.world.latency[ACCESS] = 5
        asking = asyncio.create_task(made.tokens.token(home.id))
        await until(lambda: refreshes(made))
        await made.tokens.drain(timedelta())
        await asyncio.gather(asking, return_exceptions=True)
        (record,) = caplog.records
        assert vars(record)["action"] == "slack_renewal_lost"
        assert vars(record)["workspace"] == home.id


async def test_a_workspace_whose_token_takes_long_holds_up_no_other(store: SqlStore) -> None:
    async with installs(store, rotation=True) as made:
        slow, quick = await installed(made, "Slow Trust"), await installed(made, "Quick Trust")
        await made.live(timedelta(hours=11))
        made.world.latency[ACCESS] = 1
        waiting = asyncio.create_task(send(made, slow, "1"))
        await until(lambda: refreshes(made))
        made.world.latency[ACCESS] = 0
        assert isinstance(await send(made, quick, "2"), Sent)
        assert refreshes(made) == 2
        assert not waiting.done()
        assert isinstance(await waiting, Sent)
