"""The stand-in lets in only who may come in, and gives out tokens."""

import base64

import pytest
from aiohttp import FormData
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.house import MODAL, House, refusal


async def test_a_token_that_is_not_good_is_refused(house: House) -> None:
    assert await refusal(house.client("xoxb-1").auth_test()) == "invalid_auth"
    nobody = AsyncWebClient(base_url=house.slack.base_url)
    assert await refusal(nobody.auth_test()) == "not_authed"
    house.workspace.inactive = True
    assert await refusal(house.client().auth_test()) == "account_inactive"
    house.workspace.inactive = False
    await house.client().auth_revoke()
    assert await refusal(house.client().auth_test()) == "token_revoked"


async def test_a_call_without_its_scope_is_refused(house: House) -> None:
    house.workspace.scopes = {"im:history"}
    client = house.client()
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=house.im, text="x")
    answer = caught.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert answer["provided"] == "im:history"
    for call in (
        client.users_info(user=house.dana.id),
        client.users_list(),
        client.users_lookupByEmail(email="a@example.org"),
        client.conversations_open(users=house.dana.id),
        client.conversations_list(),
        client.usergroups_list(),
        client.files_getUploadURLExternal(filename="a.png", length=1),
    ):
        assert await refusal(call) == "missing_scope"


async def test_one_workspace_cannot_reach_into_another(house: House) -> None:
    other = house.world.add_workspace("Other Trust")
    client = house.client(other.token)
    assert await refusal(client.chat_postMessage(channel=house.im, text="x")) == "channel_not_found"
    assert await refusal(client.users_info(user=house.dana.id)) == "user_not_found"
    trigger = house.world.issue_trigger(house.workspace, house.dana.id)
    opening = client.views_open(trigger_id=trigger, view=MODAL)
    assert await refusal(opening) == "invalid_trigger_id"


# The SDK still hands aiohttp the app's secret in the old way.
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")
async def test_a_token_expires_and_its_refresh_token_works_once(house: House) -> None:
    house.world.rotation = True
    world, client = house.world, AsyncWebClient(base_url=house.slack.base_url)
    code = world.issue_code(house.workspace, house.dana.id, "https://app.example/back")
    key = {"client_id": world.client_id, "client_secret": world.client_secret}
    wrong = client.oauth_v2_access(client_id=world.client_id, client_secret="x", code=code)
    assert await refusal(wrong) == "bad_client_secret"
    granted = await client.oauth_v2_access(**key, code=code)
    assert granted["expires_in"] == 43_200
    assert granted["team"]["id"] == house.workspace.team
    assert await refusal(client.oauth_v2_access(**key, code=code)) == "code_already_used"
    assert await refusal(client.oauth_v2_access(**key, code="x")) == "invalid_code"
    house.moment += 43_200
    assert await refusal(house.client(granted["access_token"]).auth_test()) == "token_expired"
    refresh = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    fresh = await client.oauth_v2_access(**key, **refresh)
    assert (await house.client(fresh["access_token"]).auth_test())["ok"]
    assert await refusal(client.oauth_v2_access(**key, **refresh)) == "invalid_refresh_token"
    assert granted["access_token"] not in str(world.calls)
    assert granted["refresh_token"] not in str(world.calls)


async def test_a_person_installs_the_app_or_does_not(house: House) -> None:
    asked = {
        "client_id": house.world.client_id,
        "scope": "chat:write,im:write",
        "state": "s1",
        "redirect_uri": "https://app.example/back",
        "team": house.workspace.team,
    }
    get = house.slack.session.get
    async with get(house.slack.authorize_url, params=asked, allow_redirects=False) as response:
        assert response.headers["Location"].startswith("https://app.example/back?code=")
        assert response.headers["Location"].endswith("&state=s1")
    house.world.install_denied = True
    async with get(house.slack.authorize_url, params=asked, allow_redirects=False) as response:
        assert "error=access_denied&state=s1" in response.headers["Location"]


async def test_arguments_may_be_a_form_and_the_token_may_be_one_of_them(house: House) -> None:
    url = f"{house.slack.base_url}users.info"
    form = FormData({"token": house.workspace.token, "user": house.dana.id})
    async with house.slack.session.post(url, data=form) as response:
        assert (await response.json())["user"]["id"] == house.dana.id
    query = {"token": house.workspace.token, "user": "U404"}
    async with house.slack.session.get(url, params=query) as response:
        assert (await response.json())["error"] == "user_not_found"
    async with house.slack.session.post(
        url, data=b"{", headers={"Content-Type": "application/json"}
    ) as response:
        assert (await response.json())["error"] == "invalid_json"
    call = house.world.calls_of("users.info")[0]
    assert (call.team, call.arguments) == (house.workspace.team, {"user": house.dana.id})


async def test_the_call_log_never_holds_a_token(house: House) -> None:
    await house.client().auth_test()
    world = house.world
    basic = base64.b64encode(f"{world.client_id}:{world.client_secret}".encode()).decode()
    assert house.workspace.token not in str(world.calls)
    assert world.client_secret not in str(world.calls)
    assert basic not in str(world.calls)
