"""The stand-in opens chats, shows messages and tells of people as the Connector service does."""

from typing import Any
from urllib.parse import quote

from tests.teams.examples import ASK, card, message, words
from tests.teams.stage import Stage

TEXT = {"type": "message", "text": "Hello"}


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    status, body = answer
    return status, body["error"]["code"]


async def test_a_chat_is_the_same_one_by_either_name_and_however_often(stage: Stage) -> None:
    user = stage.dana.user
    status, first = await stage.bot.open(user.id)
    assert (status, first) == (201, {"id": stage.dana.chat.id})
    assert await stage.bot.open(user.aad) == (201, first)


async def test_a_chat_opens_only_where_the_app_is(stage: Stage) -> None:
    sam = stage.tenant.add_user("Sam Lee")
    assert code(await stage.bot.open(sam.aad)) == (403, "ForbiddenOperationException")
    assert code(await stage.bot.open("29:nobody")) == (400, "BadArgument")
    assert code(await stage.bot.open("nobody")) == (404, "NotFound")
    stage.tenant.add_team("Ward", [sam], has_app=True)
    assert (await stage.bot.open(sam.aad))[0] == 201


async def test_a_message_is_sent_changed_and_taken_back(stage: Stage) -> None:
    chat = stage.dana.chat
    status, sent = await stage.bot.send(chat.id, TEXT)
    assert status == 201
    place = f"conversations/{chat.id}/activities/{sent['id']}"
    assert await stage.bot.call("PUT", place, message(ASK)) == (200, sent)
    assert stage.dana.reads() == ["Ready?"]
    assert await stage.bot.call("DELETE", place) == (200, None)
    assert stage.dana.reads() == []
    assert code(await stage.bot.call("PUT", place, TEXT)) == (404, "ActivityNotFoundInConversation")
    assert (await stage.bot.call("POST", place, TEXT))[0] == 201


async def test_nobody_is_written_to_who_blocks_the_app_or_has_removed_it(stage: Stage) -> None:
    chat = stage.dana.chat
    stage.dana.block()
    assert code(await stage.bot.send(chat.id, TEXT)) == (403, "MessageWritesBlocked")
    stage.world.refusals["blocked"] = (403, "")
    _, answer = await stage.bot.send(chat.id, TEXT)
    assert answer["errorCode"] == 209
    assert '"subCode": "MessageWritesBlocked"' in answer["message"]
    stage.dana.unblock()
    await stage.dana.uninstall()
    assert code(await stage.bot.send(chat.id, TEXT)) == (403, "MessageWritesBlocked")
    assert code(await stage.bot.send("a:nothing", TEXT)) == (404, "ConversationNotFound")


async def test_a_channel_is_written_to_only_while_the_app_is_in_its_team(stage: Stage) -> None:
    team = stage.tenant.add_team("Ward", [stage.dana.user])
    thread = f"{team.id};messageid=1"
    assert code(await stage.bot.send(thread, TEXT)) == (403, "BotNotInConversationRoster")
    team.has_app = True
    assert (await stage.bot.send(thread, TEXT))[0] == 201
    await stage.dana.happenings.delete(team, stage.dana.user)
    assert code(await stage.bot.send(thread, TEXT)) == (404, "ConversationNotFound")


async def test_a_message_that_is_too_large_or_empty_is_refused(stage: Stage) -> None:
    chat = stage.dana.chat.id
    large = {"type": "message", "text": "ä" * 50_000}
    assert (await stage.bot.send(chat, large))[0] == 201
    too_large = {"type": "message", "text": "ä" * 51_200}
    assert code(await stage.bot.send(chat, too_large)) == (413, "MessageSizeTooBig")
    assert code(await stage.bot.send(chat, {"type": "message"})) == (400, "BadSyntax")
    assert stage.world.faults == [
        "sendToConversation: 413 MessageSizeTooBig",
        "sendToConversation: 400 BadSyntax",
    ]


async def test_a_card_that_teams_would_not_show_is_a_fault(stage: Stage) -> None:
    await stage.bot.send(stage.dana.chat.id, message(card(words(" "))))
    assert stage.world.faults == ["message.body[0].inlines[0]: has no words"]


async def test_a_member_is_told_of_by_either_name(stage: Stage) -> None:
    user, chat = stage.dana.user, stage.dana.chat
    status, by_id = await stage.bot.call("GET", f"conversations/{chat.id}/members/{quote(user.id)}")
    assert status == 200
    assert by_id == {
        "id": user.id,
        "aadObjectId": user.aad,
        "name": "Dana Moss",
        "givenName": "Dana",
        "surname": "Moss",
        "email": "dana.moss@riverside-trust.example",
        "userPrincipalName": "dana.moss@riverside-trust.example",
        "tenantId": stage.tenant.id,
        "userRole": "user",
    }
    assert await stage.bot.call("GET", f"conversations/{chat.id}/members/{user.aad}") == (
        200,
        by_id,
    )
    sam = stage.tenant.add_user("Sam Lee")
    other = await stage.bot.call("GET", f"conversations/{chat.id}/members/{sam.aad}")
    assert code(other) == (404, "MemberNotFoundInConversation")


async def test_the_members_of_a_team_come_in_pages(stage: Stage) -> None:
    people = [stage.tenant.add_user(f"Person {number}") for number in range(120)]
    team = stage.tenant.add_team("Ward", people, has_app=True)
    place = f"conversations/{quote(team.id)}/pagedmembers"
    _, first = await stage.bot.call("GET", f"{place}?pageSize=2")
    assert len(first["members"]) == 50
    token = quote(first["continuationToken"], safe="")
    _, second = await stage.bot.call("GET", f"{place}?pageSize=100&continuationToken={token}")
    assert len(second["members"]) == 70
    assert "continuationToken" not in second
    ids = [each["id"] for each in (*first["members"], *second["members"])]
    assert ids == [user.id for user in people]
    assert code(await stage.bot.call("GET", f"{place}?continuationToken=x")) == (400, "BadArgument")


async def test_a_team_is_told_of_with_its_channels(stage: Stage) -> None:
    team = stage.tenant.add_team("Ward", [stage.dana.user], has_app=True)
    news = stage.tenant.add_channel(team, "News")
    status, details = await stage.bot.call("GET", f"teams/{quote(team.id)}")
    assert status == 200
    assert (details["name"], details["channelCount"], details["memberCount"]) == ("Ward", 2, 1)
    _, channels = await stage.bot.call("GET", f"teams/{quote(team.id)}/conversations")
    assert channels["conversations"] == [
        {"id": team.id, "name": None},
        {"id": news.id, "name": "News"},
    ]
    team.has_app = False
    refused = await stage.bot.call("GET", f"teams/{quote(team.id)}")
    assert code(refused) == (403, "BotNotInConversationRoster")
