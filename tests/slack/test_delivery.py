"""What the stand-in delivers is signed, acknowledged, repeated and lost as by Slack."""

from functools import partial

import pytest
from aiohttp.web import WebSocketResponse

from tests.slack.delivery import HttpDelivery, NotAcked, SocketDelivery, signature
from tests.slack.people import until
from tests.slack.small_app import EVENTS
from tests.slack.socket import SocketHub
from tests.slack.stage import Stage
from tests.slack.troubles import always, drop


async def test_every_event_reaches_the_app(stage: Stage) -> None:
    dana, happenings = stage.dana, stage.dana.happenings
    workspace = dana.workspace
    channel = workspace.add_channel("ward", [])
    group = workspace.add_group("nurses", [])
    await dana.open_home()
    await dana.say("a < b in #ward, not #ward-2, for @nurses")
    await happenings.team_join(workspace.add_user("Sam Lee"))
    await happenings.user_change(dana.user)
    await happenings.member_joined_channel(dana.user, channel)
    await happenings.member_left_channel(dana.user, channel)
    await happenings.subteam_members_changed(group, [dana.user])
    await happenings.tokens_revoked()
    await happenings.app_uninstalled()
    await until(lambda: len(stage.app.heard) == len(EVENTS))
    events = {body["event"]["type"]: body for body in stage.app.heard}
    assert set(events) == set(EVENTS)
    assert events["message"]["event"]["text"] == (
        f"a &lt; b in <#{channel.id}|ward>, not #ward-2, for <!subteam^{group.id}|@nurses>"
    )
    assert events["message"]["event"]["channel_type"] == "im"
    assert events["app_home_opened"]["event"]["tab"] == "home"
    assert events["subteam_members_changed"]["event"]["added_users"] == [dana.user.id]
    assert events["team_join"]["event"]["user"]["real_name"] == "Sam Lee"
    assert len({body["event_id"] for body in stage.app.heard}) == len(stage.app.heard)


async def test_an_event_is_delivered_again_with_the_same_id(stage: Stage) -> None:
    await stage.dana.say("hello")
    await stage.dana.delivery.replay(2)
    await until(lambda: len(stage.app.heard) == 2)
    assert stage.app.heard[0]["event_id"] == stage.app.heard[1]["event_id"]
    assert "2" in stage.app.retries


async def test_a_command_without_an_ack_in_time_fails(stage: Stage) -> None:
    delivery = stage.dana.delivery
    assert isinstance(delivery, HttpDelivery | SocketDelivery)
    delivery.seconds = 0.5  # a busy machine needs some time to connect
    stage.app.deaf_seconds = 1.0
    with pytest.raises(NotAcked, match="timeout"):
        await stage.dana.slash("/pulse", "x")
    assert stage.dana.reads() == []
    await until(lambda: stage.app.heard)


async def test_a_command_that_nobody_handles_fails(stage: Stage) -> None:
    delivery = stage.dana.delivery
    assert isinstance(delivery, HttpDelivery | SocketDelivery)
    delivery.seconds = 0.3
    with pytest.raises(NotAcked):
        await stage.dana.slash("/other")


async def test_the_answer_at_a_response_url_can_go_wrong_too(stage: Stage) -> None:
    stage.world.troubles["response_url"] = always(drop())
    await stage.dana.slash("/pulse quietly")
    await until(lambda: stage.world.calls_of("response_url"))
    assert stage.dana.reads() == []


@pytest.mark.parametrize("way", ["http"])
async def test_the_app_refuses_a_foreign_signature(stage: Stage) -> None:
    delivery = stage.dana.delivery
    assert isinstance(delivery, HttpDelivery)
    old = str(int(stage.world.wall()) - 301)
    body = b"command=%2Fpulse"
    wrong = {"X-Slack-Signature": "v0=0"}
    stale = {
        "X-Slack-Request-Timestamp": old,
        "X-Slack-Signature": signature(stage.world.signing_secret, old, body),
    }
    for headers in (wrong, stale):
        with pytest.raises(NotAcked) as caught:
            await delivery.post_raw(body, "application/x-www-form-urlencoded", headers)
        assert caught.value.status == 401
    ack = await delivery.verify_url("abc")
    assert ack.body == {"challenge": "abc"}
    assert (await delivery.check_ssl()).status == 200


@pytest.mark.parametrize("way", ["http"])
async def test_bolt_acks_no_rate_limit_of_events_by_itself(stage: Stage) -> None:
    with pytest.raises(NotAcked) as caught:
        await stage.dana.happenings.app_rate_limited()
    assert caught.value.status == 404


async def test_bolt_acks_the_messages_of_its_own_bot_and_hands_them_to_nobody(
    stage: Stage,
) -> None:
    sent = stage.world.post(stage.dana.workspace, stage.dana.im.id, "Hello", [])
    await stage.dana.happenings.echo(sent)
    await stage.dana.say("Hello yourself")
    await until(lambda: stage.app.heard)
    assert [body["event"]["text"] for body in stage.app.heard] == ["Hello yourself"]


def came_back(hub: SocketHub, old: WebSocketResponse) -> bool:
    """Whether the newest socket is another one."""
    return bool(hub.sockets) and hub.sockets[-1] is not old


@pytest.mark.parametrize("way", ["socket"])
async def test_the_app_comes_back_over_a_new_socket(stage: Stage) -> None:
    sockets = stage.slack.sockets
    for end in (sockets.disconnect, sockets.drop):
        old = sockets.sockets[-1]
        await end()
        await until(partial(came_back, sockets, old))
        await stage.dana.slash("/pulse", "again")
    assert stage.dana.reads() == ["Hello again"] * 2


@pytest.mark.parametrize("way", ["socket"])
async def test_what_was_not_acked_goes_out_over_the_next_socket(stage: Stage) -> None:
    sockets = stage.slack.sockets
    sockets.sockets, hidden = [], sockets.sockets
    envelope = await sockets.send("events_api", {"type": "unknown"}, accepts=False)
    assert envelope.sent == 0
    sockets.sockets = hidden
    await sockets.disconnect("warning")
    await until(lambda: envelope.sent)
