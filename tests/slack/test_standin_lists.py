"""The stand-in tells who and what there is in a workspace."""

from tests.slack.house import House, refusal


async def test_people_have_a_zone_and_a_locale_only_when_asked(house: House) -> None:
    client = house.client()
    found = (await client.users_info(user=house.dana.id))["user"]
    assert (found["tz"], found["profile"]["email"]) == ("Europe/Berlin", "dana.moss@example.org")
    assert "locale" not in found
    asked = await client.users_info(user=house.dana.id, include_locale=True)
    assert asked["user"]["locale"] == "de-DE"
    house.workspace.scopes.discard("users:read.email")
    assert "email" not in (await client.users_info(user=house.dana.id))["user"]["profile"]
    assert (await client.users_profile_get(user=house.dana.id))["profile"]["first_name"] == "Dana"


async def test_somebody_is_found_by_address_unless_they_have_left(house: House) -> None:
    client = house.client()
    found = await client.users_lookupByEmail(email="Dana.Moss@example.org")
    assert found["user"]["id"] == house.dana.id
    house.dana.deleted = True
    gone = client.users_lookupByEmail(email="dana.moss@example.org")
    assert await refusal(gone) == "users_not_found"
    assert "tz" not in (await client.users_info(user=house.dana.id))["user"]


async def test_long_lists_come_in_pages(house: House) -> None:
    client, workspace = house.client(), house.workspace
    people = [workspace.add_user(f"Person {number}") for number in range(5)]
    channel = workspace.add_channel("ward", people)
    group = workspace.add_group("nurses", people[:2])
    seen: list[str] = []
    async for page in await client.users_list(limit=3):
        assert len(page["members"]) <= 3
        seen += [user["id"] for user in page["members"]]
    assert seen == list(workspace.users)
    first_page = await client.conversations_members(channel=channel.id, limit=4)
    cursor = first_page["response_metadata"]["next_cursor"]
    rest = await client.conversations_members(channel=channel.id, cursor=cursor)
    assert first_page["members"] + rest["members"] == channel.members
    wrong = client.conversations_members(channel=channel.id, cursor="x")
    assert await refusal(wrong) == "invalid_cursor"
    listed = await client.conversations_list(types="public_channel")
    assert [one["name"] for one in listed["channels"]] == ["ward"]
    assert (await client.conversations_info(channel=channel.id))["channel"]["num_members"] == 5
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    members = await client.usergroups_users_list(usergroup=group.id)
    assert groups[0]["users"] == members["users"] == group.members


async def test_the_app_knows_itself(house: House) -> None:
    client, workspace = house.client(), house.workspace
    me = await client.auth_test()
    assert (me["team_id"], me["bot_id"]) == (workspace.team, workspace.bot_id)
    assert (await client.bots_info(bot=me["bot_id"]))["bot"]["user_id"] == me["user_id"]
    assert (await client.team_info())["team"]["domain"] == "riverside-trust"
    assert (await client.api_test())["ok"]
    assert await refusal(client.api_call("chat.shout")) == "unknown_method"
