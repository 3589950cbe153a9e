"""Messages that the app sends to our stand-in for Slack, and its answers at a response_url."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.slack.house import BLOCKS, METADATA, House, refusal
from tests.slack.records import SLACKBOT, ResponseUrl


async def test_a_message_to_a_person_opens_their_direct_messages(house: House) -> None:
    sent = await house.client().chat_postMessage(
        channel=house.dana.id, text="Hello", blocks=BLOCKS, metadata=METADATA
    )
    assert sent["channel"] == house.im
    opened = await house.client().conversations_open(users=house.dana.id)
    assert opened["channel"]["id"] == house.im
    found = await house.client().conversations_history(
        channel=house.im, include_all_metadata=True, oldest="1929999999.000000", limit=1
    )
    assert [message["ts"] for message in found["messages"]] == [sent["ts"]]
    assert found["messages"][0]["metadata"] == METADATA
    assert found["messages"][0]["blocks"][0]["text"]["verbatim"] is False
    plain = await house.client().conversations_history(channel=house.im)
    assert "metadata" not in plain["messages"][0]


async def test_time_stamps_grow_even_while_the_clock_stands_still(house: House) -> None:
    stamps = [
        (await house.client().chat_postMessage(channel=house.im, text="x"))["ts"] for _ in range(3)
    ]
    assert stamps == sorted(set(stamps))


async def test_an_update_keeps_what_it_does_not_name(house: House) -> None:
    client = house.client()
    sent = await client.chat_postMessage(
        channel=house.im, text="One", blocks=BLOCKS, metadata=METADATA
    )
    await client.chat_update(channel=house.im, ts=sent["ts"], text="Two")
    message = house.workspace.im(house.dana.id).messages[0]
    assert (message.text, len(message.blocks), message.metadata) == ("Two", 1, METADATA)
    assert message.edited
    await client.chat_update(channel=house.im, ts=sent["ts"], text="Two", blocks=[])
    assert message.blocks == []
    await client.chat_delete(channel=house.im, ts=sent["ts"])
    gone = client.chat_update(channel=house.im, ts=sent["ts"], text="Three")
    assert await refusal(gone) == "message_not_found"


async def test_an_ephemeral_message_is_in_no_history_and_cannot_be_updated(house: House) -> None:
    client = house.client()
    sent = await client.chat_postEphemeral(channel=house.im, user=house.dana.id, text="Only you")
    assert (await client.conversations_history(channel=house.im))["messages"] == []
    late = client.chat_update(channel=house.im, ts=sent["message_ts"], text="x")
    assert await refusal(late) == "message_not_found"
    other = house.workspace.add_user("Sam Lee")
    outside = client.chat_postEphemeral(channel=house.im, user=other.id, text="x")
    assert await refusal(outside) == "user_not_in_channel"


async def test_a_message_that_cannot_arrive_is_refused(house: House) -> None:
    client, workspace = house.client(), house.workspace
    gone = workspace.add_user("Gone Person", deleted=True)
    old = workspace.add_channel("old", [workspace.users[workspace.bot_user]], is_archived=True)
    foreign = workspace.add_channel("foreign", [house.dana])
    secret = workspace.add_channel("secret", [house.dana], is_private=True)
    refused = {
        "C404": "channel_not_found",
        secret.id: "channel_not_found",
        foreign.id: "not_in_channel",
        old.id: "is_archived",
        workspace.bot_user: "cannot_dm_bot",
        SLACKBOT: "cannot_dm_bot",
        gone.id: "channel_not_found",
        workspace.im(gone.id).id: "is_archived",
    }
    for channel, error in refused.items():
        assert await refusal(client.chat_postMessage(channel=channel, text="x")) == error
    silent = client.api_call("chat.postMessage", json={"channel": house.im, "text": " "})
    assert await refusal(silent) == "no_text"
    assert await refusal(client.conversations_open(users="U404")) == "user_not_found"
    assert await refusal(client.conversations_open(users=gone.id)) == "user_disabled"


async def test_a_long_text_is_cut_and_long_blocks_are_refused(house: House) -> None:
    client = house.client()
    sent = await client.chat_postMessage(channel=house.im, text="x" * 41_000)
    assert len(sent["message"]["text"]) == 40_000
    many = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5
    long = client.chat_postMessage(channel=house.im, text="x", blocks=many)
    assert await refusal(long) == "msg_blocks_too_long"
    house.world.faults.clear()
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=house.im, text="x", blocks=[{"type": "section"}])
    assert caught.value.response["error"] == "invalid_blocks"
    messages = caught.value.response["response_metadata"]["messages"]
    assert messages == ["[ERROR] blocks[0]: needs text or fields"]
    assert house.world.faults == ["chat.postMessage: blocks[0]: needs text or fields"]


def answer_to(house: House, **more: Any) -> tuple[str, ResponseUrl]:
    url = house.world.issue_response_url(house.workspace, house.dana.id, house.im, **more)
    return url, house.world.response_urls[url.rpartition("/")[2]]


async def test_a_response_url_works_five_times_and_for_half_an_hour(house: House) -> None:
    url, _ = answer_to(house)
    session = house.slack.session
    for _ in range(5):
        async with session.post(url, json={"text": "x"}) as response:
            assert response.status == 200
    async with session.post(url, json={"text": "x"}) as response:
        assert (response.status, (await response.json())["error"]) == (404, "used_url")
    late, _ = answer_to(house)
    house.moment += 1801
    async with session.post(late, json={"text": "x"}) as response:
        assert (response.status, (await response.json())["error"]) == (404, "expired_url")
    assert len(house.workspace.ephemerals) == 5


async def test_a_response_url_replaces_and_deletes_an_ephemeral_message(house: House) -> None:
    world, workspace = house.world, house.workspace
    original = world.post(workspace, house.im, "One", [], only_for=house.dana.id)
    url, _ = answer_to(house, original=original)
    session = house.slack.session
    async with session.post(url, json={"replace_original": "true", "text": "Two"}) as response:
        assert response.status == 200
    assert [message.text for message in workspace.ephemerals] == ["Two"]
    async with session.post(url, json={"delete_original": True}) as response:
        assert response.status == 200
    assert workspace.ephemerals == []
    async with session.post(url, json={"response_type": "in_channel", "text": "All"}) as response:
        assert response.status == 200
    assert [message.text for message in workspace.im(house.dana.id).messages] == ["All"]
    async with session.post(url, json={"blocks": [{"type": "x"}]}) as response:
        assert (await response.json())["error"] == "invalid_blocks"
