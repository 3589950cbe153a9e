"""People at the stand-in's screens reach a bot, and see what it says."""

import pytest

from tests.teams.delivery import NotTaken
from tests.teams.stage import Stage


async def test_a_line_in_the_chat_reaches_the_bot_and_its_answer_the_chat(stage: Stage) -> None:
    answer = await stage.dana.say("status < now & then")
    assert (answer.status, answer.body) == (200, None)
    heard = stage.bot.heard[0]
    assert heard["text"] == "status &lt; now &amp; then"
    assert heard["from"]["aadObjectId"] == stage.dana.user.aad
    assert heard["conversation"]["conversationType"] == "personal"
    assert heard["localTimezone"] == "Europe/Berlin"
    assert heard["entities"][0]["locale"] == "de-DE"
    assert stage.dana.reads() == ["status < now & then", "Hello"]


async def test_a_line_in_a_channel_mentions_the_bot_and_begins_a_thread(stage: Stage) -> None:
    team = stage.tenant.add_team("Ward", [stage.dana.user], has_app=True)
    channel = stage.tenant.add_channel(team, "News")
    await stage.dana.mention("status", channel)
    heard = stage.bot.heard[0]
    assert heard["text"] == "<at>Soundings</at> status"
    mention, client = heard["entities"]
    assert mention["mentioned"]["id"] == heard["recipient"]["id"]
    assert client["type"] == "clientInfo"
    assert heard["conversation"]["id"] == f"{channel.id};messageid={heard['id']}"
    assert heard["conversation"]["isGroup"] is True
    assert heard["channelData"]["teamsTeamId"] == team.id
    assert stage.dana.reads(channel) == ["status", "Hello"]


async def test_a_slash_command_is_shown_to_the_bot_alone(stage: Stage) -> None:
    team = stage.tenant.add_team("Ward", [stage.dana.user], has_app=True)
    news = stage.tenant.add_channel(team, "News")
    await stage.dana.slash("status", news)
    heard = stage.bot.heard[0]
    assert (heard["text"], heard["recipient"]["isTargeted"]) == ("status", True)
    assert "status" not in stage.dana.reads(news)


async def test_a_group_chat_hears_the_bot_that_was_mentioned_in_it(stage: Stage) -> None:
    sam = stage.tenant.add_user("Sam Lee")
    chat = stage.tenant.add_group_chat([stage.dana.user, sam])
    await stage.dana.mention("status", chat)
    heard = stage.bot.heard[0]["conversation"]
    assert (heard["id"], heard["conversationType"]) == (chat.id, "groupChat")
    assert stage.person(sam).reads(chat) == ["status", "Hello"]


async def test_a_press_is_answered_with_a_card_that_this_person_sees(stage: Stage) -> None:
    await stage.dana.say("ask")
    assert "Ready?" in await stage.dana.sees("Ready?")
    assert stage.dana.labels() == ["Yes", "Write"]
    await stage.dana.press("Yes")
    invoke = stage.bot.heard[-1]
    asked = stage.dana.messages()[-1]
    assert invoke["name"] == "adaptiveCard/action"
    assert invoke["value"]["action"]["verb"] == "do"
    assert invoke["value"]["action"]["data"] == {"do": "y"}
    assert invoke["replyToId"] == asked.id
    assert stage.dana.reads()[-1] == "Thank you"
    with pytest.raises(LookupError, match="no button 'Yes'"):
        await stage.dana.press("Yes")
    # Everybody else still sees what stands in the history.
    assert asked.cards[0]["body"][0]["inlines"][0]["text"] == "Ready?"
    assert stage.world.faults == []


async def test_an_old_client_sends_a_press_as_a_message_without_a_text(stage: Stage) -> None:
    stage.dana.old = True
    await stage.dana.say("ask")
    await stage.dana.press("Yes")
    sent = stage.bot.heard[-1]
    assert (sent["type"], sent["value"], "text" in sent) == ("message", {"do": "y"}, False)
    assert sent["replyToId"] == stage.dana.messages()[1].id


async def test_a_dialog_is_opened_filled_in_and_sent(stage: Stage) -> None:
    await stage.dana.say("ask")
    await stage.dana.press("Write")
    assert stage.bot.heard[-1]["value"]["data"]["do"] == "form"
    assert await stage.dana.submit() == {"f.words": "Say something."}
    assert len(stage.bot.heard) == 2
    entries = {"Your words": "wrong", "Your teams": ["Ward 4", "w5"]}
    assert await stage.dana.submit(entries) == {}
    assert stage.bot.heard[-1]["value"]["data"] == {
        "do": "send",
        "f.words": "wrong",
        "f.teams": "w4,w5",
    }
    assert "Say it better" in await stage.dana.sees("Say it better")
    assert await stage.dana.submit({"f.words": "right" + "!" * 30}) == {}
    data = stage.bot.heard[-1]["value"]["data"]
    # The client takes no more than 20 letters, and leaves out what is empty.
    assert data == {"do": "send", "f.words": "right" + "!" * 15}
    assert stage.dana.dialog is None
    assert stage.world.faults == []


async def test_some_clients_send_empty_fields_too(stage: Stage) -> None:
    stage.dana.sends_empty = True
    await stage.dana.say("ask")
    await stage.dana.press("Write")
    await stage.dana.submit({"Your words": "words"})
    assert stage.bot.heard[-1]["value"]["data"]["f.teams"] == ""
    assert stage.dana.notes == ["Noted"]


async def test_closing_a_dialog_tells_nobody(stage: Stage) -> None:
    await stage.dana.say("ask")
    await stage.dana.press("Write")
    heard = len(stage.bot.heard)
    stage.dana.close()
    assert len(stage.bot.heard) == heard
    with pytest.raises(LookupError, match="no dialog"):
        await stage.dana.submit()


async def test_an_answer_that_teams_cannot_use_is_a_fault(stage: Stage) -> None:
    await stage.dana.say("ask")
    await stage.dana.press("Write")
    await stage.dana.submit({"Your words": "broken"})
    (fault,) = stage.world.faults
    assert "task/submit" in fault


async def test_an_activity_is_delivered_again_as_it_was(stage: Stage) -> None:
    stage.bot.status = 500
    with pytest.raises(NotTaken) as caught:
        await stage.dana.say("hello")
    assert caught.value.status == 500
    stage.bot.status = 201
    stage.clock.moment += 15
    assert (await stage.dana.delivery.replay()).status == 201
    assert stage.bot.heard[0] == stage.bot.heard[1]


async def test_a_bot_that_does_not_answer_in_time_is_given_up(stage: Stage) -> None:
    stage.dana.delivery.seconds = 0.3
    stage.bot.deaf_seconds = 1.0
    with pytest.raises(NotTaken, match="timeout"):
        await stage.dana.say("hello")
