"""The real process with Teams switched on, at a stand-in for Microsoft's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from adapters.teams.app import MESSAGES
from bot.settings.teams import PLAYGROUND_TENANT
from tests.flows.test_slack_process import Process, ended, started
from tests.slack.people import SlackUser
from tests.slack.server import StandIn as SlackStandIn
from tests.slack.world import World as SlackWorld
from tests.teams.certificate import certificate
from tests.teams.people import TeamsUser, until
from tests.teams.records import Tenant
from tests.teams.server import StandIn
from tests.teams.troubles import always, status
from tests.teams.world import World


@pytest.fixture
async def teams() -> AsyncIterator[StandIn]:
    async with StandIn(World()) as stand_in:
        stand_in.world.rates.on = False
        yield stand_in
        assert stand_in.world.faults == []


def settings(teams: StandIn, tenant: Tenant, **more: str) -> dict[str, str]:
    return {
        "TEAMS_APP_ID": teams.world.app_id,
        "TEAMS_APP_PASSWORD": teams.world.app_secret,
        "TEAMS_TENANT_IDS": f"{tenant.id}={tenant.name}",
        "TEAMS_LOGIN_URL": teams.login_url,
        "TEAMS_GRAPH_URL": teams.graph_url,
        "TEAMS_OPENID_URL": teams.metadata_url,
        **more,
    }


async def person(teams: StandIn, tenant: Tenant, process: Process, name: str) -> TeamsUser:
    place = await process.says(rf"Listening for Teams at (http://\S+{MESSAGES})")
    email = f"{name.split(maxsplit=1)[0].lower()}@s.org"
    user = tenant.add_user(name, email=email)
    return TeamsUser(teams.world, tenant, user, teams.delivery(place))


async def test_a_code_makes_a_facilitator_who_brings_in_a_team(
    teams: StandIn, tmp_path: Path
) -> None:
    tenant = teams.world.add_tenant("Riverside Trust")
    async with started(tmp_path, settings(teams, tenant)) as process:
        maya = await person(teams, tenant, process, "Maya Brandt")
        code = await process.says(r"Riverside Trust yet.*Teams within a day: claim ([A-Z0-9-]+)")
        await maya.install()
        await maya.say("pulse status")
        assert "I do not know you yet" in await maya.sees("Nobody runs Soundings here yet")
        await maya.say("claim WRONG-CODE-AGAIN")
        await maya.sees("This code is wrong")
        await maya.say(f"claim {code.lower()}")
        await maya.sees("You run Soundings here")

        nurses = [tenant.add_user(f"Nurse {n}", email=f"n{n}@s.org") for n in range(1, 13)]
        ward = tenant.add_team("Ward 4", [maya.user, *nurses])
        await maya.happenings.install_in_team(ward, maya.user)
        await maya.say('people from "#Ward 4"')
        await maya.sees("Bring the people of #Ward 4 into")
        await maya.press("Bring them in")
        await maya.sees("13 added")
        await maya.say("people")
        shown = await maya.sees("13 participants in 1 team")
        assert "No messages reach" not in shown


async def test_an_administrator_who_has_closed_the_door_is_told_why(
    teams: StandIn, tmp_path: Path
) -> None:
    tenant = teams.world.add_tenant("Riverside Trust")
    code, said = await ended(tmp_path, settings(teams, tenant, TEAMS_APP_PASSWORD="wrong"))
    assert code == 1
    assert "Microsoft Entra does not let the bot in: AADSTS7000215: Invalid client secret" in said
    assert "TEAMS_APP_PASSWORD" in said
    assert "Traceback" not in said


NOWHERE = "http://127.0.0.1:9/"


@pytest.mark.parametrize("way", ["password", "managed identity"])
async def test_a_login_that_nobody_answers_is_named(
    teams: StandIn, tmp_path: Path, way: str
) -> None:
    tenant = teams.world.add_tenant("Riverside Trust")
    more, setting = {"TEAMS_LOGIN_URL": NOWHERE}, "TEAMS_LOGIN_URL"
    if way != "password":
        more = {**signed_by(teams, tmp_path, way), "IDENTITY_ENDPOINT": NOWHERE}
        setting = "IDENTITY_ENDPOINT"
    async with started(tmp_path, settings(teams, tenant, **more)) as process:
        await process.says(rf"Entra cannot be (reached) at {NOWHERE}: .* or {setting}\.")


async def test_what_is_to_be_said_comes_when_entra_answers_again(
    teams: StandIn, tmp_path: Path
) -> None:
    tenant = teams.world.add_tenant("Riverside Trust")
    teams.world.troubles["token"] = always(status(503))
    async with started(tmp_path, settings(teams, tenant)) as process:
        await process.says("Messages in Teams (wait) until it answers")
        maya = await person(teams, tenant, process, "Maya Brandt")
        await maya.install()
        teams.world.troubles.clear()
        await maya.say("help")
        await maya.sees("I do not know you yet")


def signed_by(teams: StandIn, folder: Path, way: str) -> dict[str, str]:
    """The settings of one way to sign in, in place of the secret."""
    if way == "certificate":
        private, public = certificate()
        teams.world.trust(public)
        (folder / "bot.pem").write_text(private + public)
        return {"TEAMS_APP_PASSWORD": "", "TEAMS_APP_CERTIFICATE": str(folder / "bot.pem")}
    return {
        "TEAMS_APP_PASSWORD": "",
        "TEAMS_AUTH": "managed-identity",
        "IDENTITY_ENDPOINT": teams.identity_url,
        "IDENTITY_HEADER": teams.world.identity_header,
    }


@pytest.mark.parametrize("way", ["certificate", "managed identity"])
async def test_a_bot_without_a_secret_signs_in_another_way(
    teams: StandIn, tmp_path: Path, way: str
) -> None:
    tenant = teams.world.add_tenant("Riverside Trust")
    more = signed_by(teams, tmp_path, way)
    async with started(tmp_path, settings(teams, tenant, **more)) as process:
        maya = await person(teams, tenant, process, "Maya Brandt")
        await maya.install()
        await maya.say("help")
        await maya.sees("I do not know you yet")


@pytest.mark.parametrize("text", [None, "no certificate"])
async def test_a_certificate_that_cannot_be_used_is_named(
    teams: StandIn, tmp_path: Path, text: str | None
) -> None:
    tenant = teams.world.add_tenant("Riverside Trust")
    if text is not None:
        (tmp_path / "bot.pem").write_text(text)
    path = str(tmp_path / "bot.pem")
    more = {"TEAMS_APP_PASSWORD": "", "TEAMS_APP_CERTIFICATE": path}
    code, said = await ended(tmp_path, settings(teams, tenant, **more))
    assert code == 2
    assert f"TEAMS_APP_CERTIFICATE: {path}" in said


async def test_a_machine_without_an_identity_is_told(teams: StandIn, tmp_path: Path) -> None:
    tenant = teams.world.add_tenant("Riverside Trust")
    more = {"TEAMS_APP_PASSWORD": "", "TEAMS_AUTH": "managed-identity"}
    code, said = await ended(tmp_path, settings(teams, tenant, **more))
    assert code == 2
    assert "IDENTITY_ENDPOINT" in said


async def test_several_tenants_are_not_put_into_one_organisation_at_once(
    teams: StandIn, tmp_path: Path
) -> None:
    ours, theirs = teams.world.add_tenant("Ours"), teams.world.add_tenant("Theirs")
    both = {"TEAMS_TENANT_IDS": f"{ours.id},{theirs.id}", "TEAMS_APP_TENANT_ID": ours.id}
    named = settings(teams, ours, **both)
    code, said = await ended(tmp_path, named, "--organisation", "Ours")
    assert code == 1
    assert "--organisation puts one tenant into an organisation" in said


async def test_a_local_client_needs_no_bot_in_azure(tmp_path: Path) -> None:
    """As the Microsoft 365 Agents Playground talks: without tokens, and by its own service URL."""
    async with started(tmp_path, {"TEAMS_AUTH": "none"}) as process:
        place = await process.says(rf"Listening for local clients at (http://\S+{MESSAGES})")
        activity = {
            "type": "message",
            "id": "1",
            "channelId": "msteams",
            "serviceUrl": "http://localhost:9/_connector",
            "from": {"id": "user-id-0", "aadObjectId": "0"},
            "recipient": {"id": "bot"},
            "conversation": {"id": "chat", "tenantId": PLAYGROUND_TENANT},
            "text": "help",
        }
        async with aiohttp.ClientSession() as session:
            async with session.post(place, json=activity) as response:
                assert response.status == 200
            foreign = {**activity, "serviceUrl": "https://smba.example/"}
            async with session.post(place, json=foreign) as response:
                assert response.status == 401


async def test_slack_and_teams_are_one_organisation_in_one_process(
    teams: StandIn, tmp_path: Path
) -> None:
    tenant = teams.world.add_tenant("Riverside on Teams")
    async with SlackStandIn(SlackWorld()) as slack:
        slack.world.rates.on = False
        workspace = slack.world.add_workspace("Riverside Trust")
        on_slack = {
            "SLACK_API_URL": slack.base_url,
            "SLACK_BOT_TOKEN": workspace.token,
            "SLACK_SIGNING_SECRET": slack.world.signing_secret,
        }
        account = workspace.add_user("Maya Brandt", email="maya@s.org")
        async with started(tmp_path, on_slack) as process:
            place = await process.says(r"Listening for Slack at (http://\S+)")
            there = SlackUser(slack.world, workspace, account, slack.delivery("http", place))
            code = await process.says(r"/pulse claim ([A-Z0-9-]+)")
            await there.slash("/pulse", f"claim {code}")
            await there.sees("You run Soundings here")
        both = {**on_slack, **settings(teams, tenant)}
        named = "--organisation", "Riverside Trust"
        async with started(tmp_path, both, *named) as process:
            maya = await person(teams, tenant, process, "Maya Brandt")
            await maya.install()
            await maya.say("programme")
            await maya.sees("Riverside Trust")
            await until(lambda: any("Riverside Trust" in text for text in maya.reads()))
            assert not any("claim" in line for line in process.said)
            place = await process.says(r"Listening for Slack at (http://\S+)")
            there = SlackUser(slack.world, workspace, account, slack.delivery("http", place))
            await there.slash("/pulse", "programme")
            await there.sees("Riverside Trust")


async def test_slack_starts_and_is_served_while_entra_cannot_be_reached(
    teams: StandIn, tmp_path: Path
) -> None:
    tenant = teams.world.add_tenant("Riverside on Teams")
    async with SlackStandIn(SlackWorld()) as slack:
        workspace = slack.world.add_workspace("Riverside Trust")
        both = {
            "SLACK_API_URL": slack.base_url,
            "SLACK_BOT_TOKEN": workspace.token,
            "SLACK_SIGNING_SECRET": slack.world.signing_secret,
            **settings(teams, tenant, TEAMS_LOGIN_URL=NOWHERE),
        }
        async with started(tmp_path, both) as process:
            place = await process.says(r"Listening for Slack at (http://\S+)")
            account = workspace.add_user("Maya Brandt", email="maya@s.org")
            there = SlackUser(slack.world, workspace, account, slack.delivery("http", place))
            await there.slash("/pulse", "help")
            await there.sees("I do not know you yet")
