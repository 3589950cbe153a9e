"""Installing and removing the app, and people who come and go, are told as by Teams."""

from tests.teams.stage import Stage


def kinds(stage: Stage) -> list[str]:
    """What the bot has heard, by type and event type or action."""
    return [
        " ".join(
            each
            for each in (sent["type"], sent.get("action"), sent["channelData"].get("eventType"))
            if each
        )
        for sent in stage.bot.heard
    ]


async def test_a_personal_installation_is_told_in_two_ways_and_greeted_once(stage: Stage) -> None:
    sam = stage.person(stage.tenant.add_user("Sam Lee"))
    await sam.install()
    await sam.uninstall()
    await sam.install()
    assert kinds(stage) == [
        "conversationUpdate",
        "installationUpdate add",
        "installationUpdate remove",
        "installationUpdate add",
    ]
    bot, person = stage.bot.heard[0]["membersAdded"]
    assert bot["id"] == stage.world.bot_id
    assert person == {"id": sam.user.id, "aadObjectId": sam.user.aad}
    assert all(sent["conversation"]["id"] == sam.chat.id for sent in stage.bot.heard)
    assert all("team" not in sent["channelData"] for sent in stage.bot.heard)


async def test_a_team_gets_the_app_and_its_people_come_and_go(stage: Stage) -> None:
    owner, happenings = stage.dana.user, stage.dana.happenings
    team = stage.tenant.add_team("Ward", [owner])
    sam = stage.tenant.add_user("Sam Lee")
    await happenings.come(team, sam)
    assert stage.bot.heard == []
    await happenings.install_in_team(team, owner)
    await happenings.go(team, sam)
    await happenings.come(team, sam)
    await happenings.rename(team, "Ward 4", owner)
    await happenings.archive(team, owner)
    await happenings.delete(team, owner)
    await happenings.uninstall_in_team(team, owner)
    assert kinds(stage) == [
        "conversationUpdate teamMemberAdded",
        "installationUpdate add",
        "conversationUpdate teamMemberRemoved",
        "conversationUpdate teamMemberAdded",
        "conversationUpdate teamRenamed",
        "conversationUpdate teamArchived",
        "conversationUpdate teamDeleted",
        "conversationUpdate teamMemberRemoved",
        "installationUpdate remove",
    ]
    assert stage.bot.heard[3]["membersAdded"][0]["id"] == sam.id
    assert stage.bot.heard[4]["channelData"]["team"]["name"] == "Ward 4"
    assert all(sent["channelData"]["team"]["id"] == team.id for sent in stage.bot.heard)


async def test_events_are_told_again_and_out_of_order(stage: Stage) -> None:
    sam = stage.person(stage.tenant.add_user("Sam Lee"))
    sam.happenings.mute = True
    await sam.install()
    await sam.uninstall()
    assert stage.bot.heard == []
    await sam.happenings.again(2, 0)
    await sam.happenings.again()
    assert kinds(stage)[:2] == ["installationUpdate remove", "conversationUpdate"]
    ids = [sent["id"] for sent in stage.bot.heard]
    assert len(ids) == 5
    assert len(set(ids)) == 3


async def test_graph_installs_the_app_and_the_bot_hears_of_it(stage: Stage) -> None:
    sam = stage.tenant.add_user("Sam Lee")
    token = await stage.bot.token("graph.microsoft.com")
    apps = "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps"
    bound = {"teamsApp@odata.bind": f"{apps}/{stage.world.catalog_app}"}

    async def install(who: str) -> int:
        url = f"{stage.teams.graph_url}/v1.0/users/{who}/teamwork/installedApps"
        headers = {"Authorization": f"Bearer {token}"}
        async with stage.teams.session.post(url, json=bound, headers=headers) as response:
            return response.status

    assert await install("nobody@riverside-trust.example") == 404
    assert await install(sam.upn) == 201
    assert await install(sam.aad) == 409
    await stage.teams.idle()
    assert kinds(stage) == ["conversationUpdate", "installationUpdate add"]
    stage.tenant.consented = False
    assert await install(stage.dana.user.aad) == 403
