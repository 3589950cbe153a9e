"""One programme with people in Slack and in Teams: one round, one release, one privacy budget."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from aiohttp.test_utils import TestServer

from adapters.slack.app import EVENTS
from adapters.slack.platform import Slack
from adapters.slack.side import Side as SlackSide
from adapters.slack.tokens import OneWorkspace
from adapters.teams.app import MESSAGES
from adapters.teams.authentication import Audience, Authentication
from adapters.teams.connector import Connector
from adapters.teams.credentials import Tokens, by_password
from adapters.teams.references import References
from adapters.teams.side import Side as TeamsSide
from adapters.teams.signing_keys import SigningKeys
from bot.engine import LocalEngine
from bot.inbox import Inbox
from bot.letters import Letters
from bot.outbox import Outbox
from bot.ports import Platform, Published, Store, Tx
from bot.programme.people import Consent
from bot.programme.programmes import Programme
from bot.rounds import Rounds
from bot.service.listening import make_app
from storage.store import SqlStore
from tests.flows import slack_company, teams_company
from tests.flows.company import MAYA, RUTH, TestClock, founded
from tests.flows.desk import Desk
from tests.flows.slack_desk import SlackDesk
from tests.flows.teams_company import NotingTeams
from tests.flows.teams_desk import TeamsDesk
from tests.slack.server import StandIn as SlackStandIn
from tests.slack.world import World as SlackWorld
from tests.teams.server import StandIn as TeamsStandIn
from tests.teams.world import World as TeamsWorld

IN_SLACK = [MAYA, *(f"p{number}@trust.example" for number in range(1, 7))]
IN_TEAMS = [RUTH, *(f"p{number}@trust.example" for number in range(7, 13))]
STATEMENT = "I can do my job well."


@dataclass
class Both:
    """The running core behind both platforms."""

    store: Store
    clock: TestClock
    rounds: Rounds
    engine: LocalEngine
    slack: SlackDesk
    teams: TeamsDesk
    programme: Programme

    def desk(self, email: str) -> Desk:
        return self.slack if email in IN_SLACK else self.teams

    async def settle(self) -> None:
        while await self.rounds.tick():
            await self.engine.idle()
        await self.engine.idle()

    async def wait(self, **span: float) -> None:
        until = self.clock.now() + timedelta(**span)
        while True:
            moment = await self.store.read(lambda tx: tx.agenda.next_moment())
            if moment is None or moment > until:
                break
            self.clock.move(max(moment, self.clock.now()))
            await self.settle()
        self.clock.move(until)

    async def released(self) -> tuple[Published, ...]:
        programme = self.programme
        return await self.store.read(
            lambda tx: tx.tenant(programme.org_id).releases.all(programme.id)
        )


@asynccontextmanager
async def both(store: Store) -> AsyncIterator[Both]:
    """Maya and six people are in Slack; Ruth and six others in Teams."""
    clock = TestClock()

    def seconds() -> float:
        return clock.now().timestamp()

    slack_world, teams_world = SlackWorld(wall=seconds), TeamsWorld(now=seconds, wall=seconds)
    slack_world.rates.on = teams_world.rates.on = False
    workspace, tenant = slack_world.add_workspace("Trust"), teams_world.add_tenant("Trust on Teams")
    for email in IN_SLACK:
        workspace.add_user(email, email=email)
    for email in IN_TEAMS:
        tenant.add_user(email, email=email)

    def prepare(tx: Tx) -> Programme:
        programme = founded(tx, clock.now(), Consent.GIVEN, "Trust")
        for row in (
            slack_company.row_of(tx, programme, workspace),
            teams_company.row_of(tx, programme, tenant),
        ):
            tx.directory.add_workspace(row, slack_company.FAST)
        return programme

    programme = await store.write(prepare)
    async with AsyncExitStack() as stack:
        at_slack = await stack.enter_async_context(SlackStandIn(slack_world))
        at_teams = await stack.enter_async_context(TeamsStandIn(teams_world))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        tokens = OneWorkspace(slack_company.grant_of(workspace))
        slack = await stack.enter_async_context(Slack(tokens, at_slack.base_url))
        slack.rate = slack_company.FAST
        app_id = teams_world.app_id
        ask = by_password(at_teams.login_url, tenant.id, app_id, teams_world.app_secret)
        connector = Connector(session, Tokens(session, clock, ask))
        references = References(store)
        teams = NotingTeams(connector, references)
        platforms: dict[str, Platform] = {slack.name: slack, teams.name: teams}
        outbox = Outbox(store, clock, platforms, Letters().compose)
        engine = LocalEngine(outbox.run_lane, outbox.unfinished)
        handle = Inbox(store, engine, clock).handle
        in_slack = SlackSide(slack, tokens, store, handle, clock, at_slack.base_url)
        in_teams = TeamsSide(teams, connector, references, store, handle, clock)
        keys = SigningKeys(session, clock, at_teams.metadata_url)
        guard = Authentication(keys, Audience(app_id, frozenset({tenant.id})), clock)
        routes = [*in_slack.routes(slack_world.signing_secret), *in_teams.routes(guard)]
        server = await stack.enter_async_context(TestServer(make_app(routes)))

        async def drain() -> None:
            await in_slack.conversation.drain(timedelta(seconds=5))
            await in_teams.conversation.drain(timedelta(seconds=5))

        to_slack = at_slack.delivery("http", str(server.make_url(EVENTS)))
        to_teams = at_teams.delivery(str(server.make_url(MESSAGES)))
        made = Both(
            store,
            clock,
            Rounds(store, engine, clock),
            engine,
            SlackDesk(slack_world, workspace, to_slack, drain),
            TeamsDesk(teams_world, tenant, to_teams, drain, teams.unasked),
            programme,
        )
        await in_slack.accounts.look()
        await in_slack.accounts.idle()
        for email in IN_TEAMS:
            user = made.teams.user(email)
            await user.install()
            await drain()
            made.teams.answers |= {message.id for message in user.messages()}
        try:
            yield made
        finally:
            await engine.stop(timedelta(seconds=5))
            await drain()
        assert slack_world.faults == []
        assert teams_world.faults == []


async def test_a_round_over_both_platforms_has_one_release_that_reads_the_same_everywhere(
    store: SqlStore,
) -> None:
    async with both(store) as c:
        await c.slack.command(MAYA, f'ask "{STATEMENT}" for 2 days')
        await c.slack.press(MAYA, "Ask now")
        await c.settle()
        people = [email for email in (*IN_SLACK, *IN_TEAMS) if email.startswith("p")]
        for number, email in enumerate(people):
            desk = c.desk(email)
            assert STATEMENT in desk.messages(email)[-1].text
            await desk.press(email, "Agree" if number % 2 else "Disagree")
            assert "agree" not in desk.messages(email)[-1].text.lower()
        await c.wait(days=2)
        (published,) = await c.released()
        assert published.asked == 12
        told = {
            c.desk(email).messages(email)[-1].text.replace("/pulse", "pulse")
            for email in (MAYA, RUTH, *people)
        }
        results = [text for text in told if "of 12 answers" in text]
        assert len(results) == len(told)
        assert len({text.split("Everyone:")[1].splitlines()[0] for text in results}) == 1


async def test_too_few_on_each_platform_are_enough_together_and_are_never_told_apart(
    store: SqlStore,
) -> None:
    async with both(store) as c:
        await c.slack.command(MAYA, f'ask "{STATEMENT}" for 2 days')
        await c.slack.press(MAYA, "Ask now")
        await c.settle()
        answering = [*IN_SLACK[1:5], *IN_TEAMS[1:4]]  # four and three: neither would be shown
        for email in answering:
            await c.desk(email).press(email, "Agree")
        await c.wait(days=2)
        said = c.teams.messages(RUTH)[-1].text
        assert "of 7 answers" in said
        for word in ("Slack", "Teams"):
            assert word not in said.replace("Trust on Teams", "")


async def test_whoever_is_on_both_platforms_is_asked_once(store: SqlStore) -> None:
    async with both(store) as c:
        twice = IN_TEAMS[1]
        c.slack.user(twice)  # who gets an account there too
        await c.slack.command(MAYA, f'ask "{STATEMENT}" for 2 days')
        await c.slack.press(MAYA, "Ask now")
        await c.slack.command(twice, "me")  # by which Slack finds them
        await c.settle()
        asked = [
            seen
            for desk in (c.slack, c.teams)
            for seen in desk.messages(twice)
            if STATEMENT in seen.text
        ]
        assert len(asked) == 1
