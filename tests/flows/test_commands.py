"""Commands in every role: forms, drafts, refusals, confirmations, people and programmes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation.actions import Verb, decode
from bot.conversation.commands import COMMANDS
from bot.conversation.grammar import Parsed, parse
from bot.conversation.opening import line_may_open_form
from bot.conversation.roles import Role
from bot.ports import Tx
from bot.pulse.pulses import PulseState
from storage.store import SqlStore
from tests.flows.company import MAYA, RUTH, company

FIRST = "p1@trust.example"
TOM = "tom@soundings.example"


@pytest.mark.parametrize(
    ("user", "shown", "hidden"),
    [
        (MAYA, "/pulse schedule", ""),
        (RUTH, "/pulse export", "/pulse schedule"),
        (FIRST, "/pulse me", "/pulse status"),
    ],
)
async def test_help_shows_what_a_role_can_do(
    store: SqlStore, user: str, shown: str, hidden: str
) -> None:
    async with company(store) as c:
        text = (await c.desk.command(user, "help")).text
        assert shown in text
        assert not hidden or hidden not in text
        # Of use only where nobody runs anything yet.
        assert "/pulse claim" not in text
        assert "first facilitator" in (await c.desk.command(user, "help claim")).text


@pytest.mark.parametrize("text", ["I feel tired and nobody listens 😞", "4", "Hi", "thanks!"])
@pytest.mark.parametrize("user", ["p1@trust.example", RUTH])
async def test_whoever_talks_to_the_bot_is_told_that_nobody_reads_it(
    store: SqlStore, text: str, user: str
) -> None:
    async with company(store) as c:
        heard = await c.desk.command(user, text)
        assert "Nobody reads what you type here" in heard.text
        assert "To answer a question, use its buttons" in heard.text
        assert "Samaritans" in heard.text
        assert "I do not know the command" in (await c.desk.command(MAYA, text)).text


async def test_a_typo_gets_the_nearest_command_as_a_button(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, "stauts")
        assert '"stauts"' in heard.text
        heard = await c.desk.press(MAYA, "/pulse status")
        assert "No round is open now" in heard.text


async def test_a_guess_that_would_change_something_is_a_sentence_and_no_button(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, "puase")
        assert "If you meant it, send: /pulse pause" in heard.text
        assert heard.said[-1].buttons == {}
        heard = await c.desk.command(FIRST, "puase")
        assert list(heard.said[-1].buttons) == ["What I can do"]
        assert "pause" not in heard.text


async def test_a_participant_who_types_a_part_of_a_command_finds_it(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(FIRST, "erase")
        assert 'Did you mean "me erase"?' in heard.text
        heard = await c.desk.press(FIRST, "/pulse me erase")
        assert "This cannot be undone." in heard.text
        heard = await c.desk.command(FIRST, "pause for 2 weeks")
        assert '"pause" is for facilitators. Nothing was changed.' in heard.text
        assert "For yourself there is /pulse me pause." in heard.text


SAFE = [line for spec in COMMANDS for sub in spec.subs if not sub.acts for line in sub.usage]


async def test_a_line_that_a_button_may_carry_changes_nothing_by_itself(store: SqlStore) -> None:
    async with company(store) as c:

        def kept(tx: Tx) -> tuple[object, ...]:
            tenant = tx.tenant(c.programme.org_id)
            own = tenant.programmes.own_questions(c.programme.id)
            pulses = tenant.pulses.all(c.programme.id)
            return (
                tenant.programmes.all(),
                tenant.people.members(c.programme.id),
                [pulse for pulse in pulses if pulse.state is not PulseState.DRAFT],
                tenant.pulses.rounds(c.programme.id),
                own,
                tenant.notes.audit(c.programme.id, 100),
            )

        await c.desk.command(MAYA, 'schedule "Team check" weekly on tue at 10:00')
        before = await c.store.read(kept)
        for line in SAFE:
            await c.desk.command(MAYA, line)
            await c.desk.command(FIRST, line)
        await c.settle()
        assert await c.store.read(kept) == before


@pytest.mark.parametrize("user", [FIRST, RUTH])
@pytest.mark.parametrize("line", ["people", "ask", "schedule", "status", "close", "audit"])
async def test_a_facilitators_command_is_refused_to_others(
    store: SqlStore, user: str, line: str
) -> None:
    async with company(store) as c:
        heard = await c.desk.command(user, line)
        assert "is for facilitators. Nothing was changed." in heard.text
        assert heard.form is None


async def test_a_stranger_is_told_who_can_help(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command("nobody@elsewhere.example", "help")
        assert "Maya runs programmes here. Ask to be added." in heard.text


async def test_a_repeated_command_is_done_once(store: SqlStore) -> None:
    async with company(store) as c:
        for _ in range(2):
            await c.desk.command(MAYA, 'questions add "I know why this changes."', key="same")
        heard = await c.desk.command(MAYA, "audit")
        assert heard.text.count("added a question") == 1


async def test_a_form_says_what_is_wrong_at_each_field_and_keeps_what_was_typed(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "schedule new")
        heard = await c.desk.submit(
            MAYA, name="x", every="every tusday", window="soon", size="9", reminders="1"
        )
        assert heard.errors.keys() == {"name", "every", "window", "size"}
        assert "tusday" in heard.errors["every"]
        heard = await c.desk.submit(
            MAYA, name="Weekly", every="weekly on tue", window="5 working days", size="2"
        )
        assert "Weekly is planned" in heard.text
        assert "Tue 9 Jun at 10:00" in heard.text


async def test_a_draft_survives_closing_the_form_where_that_is_told(
    store: SqlStore, platform: str
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "ask")
        await c.desk.close_form(MAYA, text="Half a quest")
        heard = await c.desk.command(MAYA, "ask")
        assert heard.form is not None
        kept = {field["id"]: field["value"] for field in heard.form["fields"]}
        # Teams tells nobody that a dialog was closed.
        assert kept["text"] == ("" if platform == "teams" else "Half a quest")
        await c.desk.submit(MAYA, text="I can do my job well.", kind="agree")
        heard = await c.desk.command(MAYA, "ask")
        assert heard.form is not None
        assert {f["id"]: f["value"] for f in heard.form["fields"]}["text"] == ""


async def test_an_unknown_team_is_named_with_the_nearest(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, 'ask "I can do my job well." to Wrad')
        assert '"Wrad"' in heard.text
        assert 'Did you mean "Ward"?' in heard.text


async def test_not_asking_after_all_sends_nothing(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'ask "I can do my job well."')
        await c.desk.press(MAYA, "Do not ask")
        heard = await c.desk.press(MAYA, "Ask now")
        assert "This was decided before" in heard.text
        await c.settle()
        assert c.desk.messages(FIRST) == ()


async def test_a_question_that_is_not_asked_after_all_leaves_nothing(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'ask "I can do my jbo well."')
        assert "jbo" not in (await c.desk.command(MAYA, "questions")).text
        await c.desk.press(MAYA, "Do not ask")
        assert "jbo" not in (await c.desk.command(MAYA, "questions")).text
        await c.ask("I can do my job well.")
        assert "I can do my job well." in (await c.desk.command(MAYA, "questions")).text
        assert "I can do my job well." in c.desk.messages(FIRST)[-1].text


async def test_asking_an_own_question_keeps_its_good_side_and_its_follow_up(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "questions add")
        await c.desk.submit(
            MAYA, text="I am often tired at work.", reverse="yes", follow_up="What would help?"
        )
        await c.desk.command(MAYA, 'ask "I am often tired at work."')
        await c.desk.press(MAYA, "Do not ask")
        await c.ask("i am often  tired at work.", "for 2 days reminders 0")
        for user in c.people():
            heard = await c.desk.press(user, "Strongly agree")
            assert heard.form is not None
            assert heard.form["fields"][0]["label"] == "What would help?"
        await c.wait(days=2)
        digest = c.desk.messages(RUTH)[-1].text
        assert "agreeing is a bad sign" in digest
        assert "0 to 3 of 12 answers are positive" in digest


async def test_status_counts_messages_and_never_answers(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask("I can do my job well.", "for 2 days")
        before = (await c.desk.command(MAYA, "status")).text
        assert "12 sent" in before
        for user in c.people():
            await c.desk.press(user, "Agree")
        assert (await c.desk.command(MAYA, "status")).text == before


async def test_a_snooze_does_not_show_in_the_status(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask("I can do my job well.", "for 2 days")
        before = (await c.desk.command(MAYA, "status")).text
        await c.desk.press(FIRST, "Later")
        assert (await c.desk.command(MAYA, "status")).text == before


async def test_the_same_question_with_its_sides_swapped_is_refused(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'questions add "I am often tired at work."')
        await c.desk.command(MAYA, "questions add")
        heard = await c.desk.submit(MAYA, text="I am often tired at work.", reverse="yes")
        assert "is there already" in heard.text


async def test_a_team_is_known_whatever_its_case(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'people add "New" new@trust.example team "ward"')
        text = (await c.desk.command(MAYA, "people")).text
        assert "Ward: 7 people" in text
        assert "ward:" not in text


async def test_a_schedule_is_stopped_only_after_a_confirmation(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'schedule "Weekly" weekly on tue at 10:00')
        await c.desk.command(MAYA, "schedule stop Weekly")
        assert "next Tue 9 Jun" in (await c.desk.command(MAYA, "schedule")).text
        await c.desk.press(MAYA, "Stop it")
        assert "no repeating pulse yet" in (await c.desk.command(MAYA, "schedule")).text


async def test_an_own_question_can_ask_for_more_where_the_answer_is_not_good(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "questions add")
        heard = await c.desk.submit(
            MAYA,
            text="Which of these helps?",
            kind="choice",
            options="a\nb",
            follow_up="Why is that?",
        )
        assert heard.errors.keys() == {"follow_up"}
        heard = await c.desk.submit(
            MAYA, text="I get enough rest.", kind="agree", options="", follow_up="What would help?"
        )
        assert "own." not in heard.text
        await c.desk.command(
            MAYA, 'schedule "Rest" weekly on mon at 10:00 with "I get enough rest."'
        )
        await c.wait(hours=2)
        await c.desk.press(FIRST, "Agree")
        assert "Thank you, noted." in c.desk.messages(FIRST)[-1].text
        for user in c.people()[1:9]:
            heard = await c.desk.press(user, "Disagree")
            assert heard.form is not None
            assert heard.form["fields"][0]["label"] == "What would help?"
            # The chat looks the same as that of somebody who is content.
            assert c.desk.messages(user) == c.desk.messages(FIRST)
            await c.desk.submit(user, **{heard.form["fields"][0]["id"]: "More sleep"})
            assert c.desk.messages(user) == c.desk.messages(FIRST)
        await c.desk.command(MAYA, "close")
        await c.desk.press(MAYA, "Close and share")
        await c.settle()
        digest = c.desk.messages(RUTH)[-1].text
        assert "I get enough rest." in digest
        assert "What would help?" not in digest


async def test_resuming_what_is_not_paused_says_so_and_names_what_is(store: SqlStore) -> None:
    async with company(store) as c:
        assert "is not paused" in (await c.desk.command(MAYA, "resume")).text
        assert "None is planned yet" in (await c.desk.command(MAYA, 'pause "Weekly"')).text
        await c.desk.command(MAYA, 'schedule "Weekly" weekly on tue at 10:00')
        await c.desk.command(MAYA, "pause weekly")
        assert 'Paused by itself: "Weekly"' in (await c.desk.command(MAYA, "resume")).text
        assert "resumed" not in (await c.desk.command(MAYA, "audit")).text
        await c.desk.press(MAYA, "Resume")
        assert "paused" not in (await c.desk.command(MAYA, "schedule")).text


# --- people ----------------------------------------------------------------------------------

CSV = "name,email,team,role,timezone,language\n"


async def test_a_wrong_row_is_named_by_its_line_and_nothing_is_imported(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "people import")
        text = CSV + "Ann,ann@trust.example,Ward,,,\nBen,not-an-address,Ward,,,\n"
        heard = await c.desk.submit(MAYA, csv=text)
        assert heard.errors["csv"].startswith("Nothing was imported.\nLine 3:")
        assert "12 participants" in (await c.desk.command(MAYA, "people")).text


async def test_a_list_without_teams_leaves_them_and_an_empty_team_is_no_team(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "people import")
        names = "".join(f"Person {n} Renamed,p{n}@trust.example\n" for n in range(1, 13))
        await c.desk.submit(MAYA, csv="name,email\n" + names)
        await c.desk.press(MAYA, "Import the list")
        text = (await c.desk.command(MAYA, "people")).text
        assert "Ward: 6 people" in text
        assert "Theatre: 6 people" in text
        await c.desk.command(MAYA, "people import")
        await c.desk.submit(MAYA, csv=f"name,email,team\nPerson 1,{FIRST},\n")
        await c.desk.press(MAYA, "Import the list")
        assert "no team: 1 person" in (await c.desk.command(MAYA, "people")).text


async def test_adding_somebody_who_is_there_changes_what_was_said_and_nothing_else(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, f'people add "Person 1 Renamed" {FIRST}')
        assert "was a participant already" in heard.text
        assert "They are asked first" not in heard.text
        assert "Ward: 6 people" in (await c.desk.command(MAYA, "people")).text
        heard = await c.desk.command(MAYA, f'people add "Person 1 Renamed" {FIRST} team "ward"')
        assert "Nothing was changed." in heard.text
        await c.desk.command(MAYA, "people add")
        heard = await c.desk.submit(MAYA, name="Person 1", email=FIRST, team="Theatre")
        assert "the name is Person 1 and the team is Theatre" in heard.text
        assert "Maya changed a person (participant)" in (await c.desk.command(MAYA, "audit")).text


async def test_absent_people_leave_only_on_confirmation(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "people import")
        rows = [f"Person {n},p{n}@trust.example,Ward,,," for n in range(1, 11)]
        await c.desk.submit(MAYA, csv=CSV + "\n".join(rows))
        heard = await c.desk.press(MAYA, "Import the list")
        assert "2 people are in the programme but not in this list" in heard.text
        assert "still open is deleted when they are taken out" in heard.text
        assert "12 participants" in (await c.desk.command(MAYA, "people")).text
        await c.desk.press(MAYA, "Take out 2 people")
        assert "10 participants" in (await c.desk.command(MAYA, "people")).text
        await c.wait(seconds=5)  # or it would be a double click
        heard = await c.desk.press(MAYA, "Take out 2 people")
        assert "Nobody was taken out" in heard.text


async def test_a_new_person_is_asked_for_consent_before_anything_else(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, 'people add "New Nurse" new@trust.example team "Ward"')
        assert "in 5 minutes at the earliest" in heard.text
        await c.wait(minutes=5)
        (first,) = c.desk.messages("new@trust.example")
        assert "May we ask how it is going?" in first.text
        await c.ask("I can do my job well.", "for 2 days")
        assert len(c.desk.messages("new@trust.example")) == 1


async def test_a_person_is_added_and_taken_out_by_an_address_as_it_was_copied(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'people add "Sam Lee" <Sam.Lee@trust.example> team "Ward"')
        assert "13 participants" in (await c.desk.command(MAYA, "people")).text
        heard = await c.desk.command(MAYA, "people remove <sam.lee@trust.example>")
        assert "Take Sam Lee out?" in heard.text


async def test_somebody_who_was_added_by_mistake_never_hears_of_it(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, 'people add "Not Her" new@trust.example')
        await c.wait(minutes=4)
        await c.desk.command(MAYA, "people remove new@trust.example")
        await c.desk.press(MAYA, "Take out")
        await c.wait(days=10)
        assert c.desk.messages("new@trust.example") == ()


async def test_a_list_is_imported_only_after_a_look_at_what_it_would_do(store: SqlStore) -> None:
    async with company(store) as c:
        rows = [f"Person {n},p{n}@trust.example,Ward" for n in range(1, 11)]
        rows += ["New Nurse,new@trust.example,Ward", "Leo,leo@trust.example,"]
        text = "name,email,team\n" + "\n".join(rows)
        await c.desk.command(MAYA, "people import")
        heard = await c.desk.submit(MAYA, csv=text)
        first = heard.said[-1].buttons["Import the list"]
        assert "2 added, 4 changed, 6 the same, 2 absent from the list" in heard.text
        assert "2 people are asked whether they want to take part" in heard.text
        assert "12 participants" in (await c.desk.command(MAYA, "people")).text

        # The form still has the list; another list in it makes the first card an old one.
        heard = await c.desk.command(MAYA, "people import")
        assert heard.form is not None
        assert heard.form["fields"][0]["value"] == text
        await c.desk.submit(MAYA, csv=text.replace("Leo", "Theo"))
        heard = await c.desk.press_action(MAYA, first)
        assert "nothing was imported now" in heard.text

        await c.desk.press(MAYA, "Import the list")
        heard = await c.desk.press(MAYA, "Import the list")
        assert "nothing was imported now" in heard.text
        assert "14 participants" in (await c.desk.command(MAYA, "people")).text
        await c.wait(minutes=5)
        assert "May we ask" in c.desk.messages("leo@trust.example")[-1].text


async def test_a_list_that_is_not_imported_after_all_changes_nothing(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "people import")
        await c.desk.submit(MAYA, csv="name,email\nNew,new@trust.example\n")
        heard = await c.desk.press(MAYA, "Do not import")
        assert heard.text == "Nothing was imported."
        await c.desk.press(MAYA, "Import the list")
        await c.wait(days=4)
        assert c.desk.messages("new@trust.example") == ()
        assert "12 participants" in (await c.desk.command(MAYA, "people")).text
        heard = await c.desk.command(MAYA, "people import")
        assert heard.form is not None
        assert heard.form["fields"][0]["value"] == ""


async def test_one_person_is_taken_out_only_after_a_confirmation(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, f"people remove {FIRST}")
        assert "12 participants" in (await c.desk.command(MAYA, "people")).text
        await c.desk.press(MAYA, "Take out")
        assert "11 participants" in (await c.desk.command(MAYA, "people")).text


async def test_a_second_facilitator_can_run_the_programme(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, f'people add "Tom" {TOM} as facilitator')
        heard = await c.desk.command(TOM, "people")
        assert "12 participants" in heard.text


async def test_the_only_facilitator_cannot_be_taken_out(store: SqlStore) -> None:
    async with company(store) as c:
        assert "You are the only facilitator" in (
            (await c.desk.command(MAYA, f"people remove {MAYA}")).text
        )
        await c.desk.command(MAYA, f'people add "Tom" {TOM} as facilitator')
        await c.desk.command(MAYA, f"people remove {MAYA}")
        await c.desk.command(TOM, f"people remove {TOM}")
        await c.desk.press(TOM, "Take out")
        # Her card was shown when there were two of them.
        assert "You are the only facilitator" in (await c.desk.press(MAYA, "Take out")).text
        assert "Facilitator: Maya" in (await c.desk.command(MAYA, "people")).text


async def test_a_list_can_make_a_facilitator_a_participant_too_and_takes_no_role_away(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, f'people add "Maya" {MAYA} as participant')
        assert "Facilitator: Maya" in (await c.desk.command(MAYA, "people")).text


# --- programmes ------------------------------------------------------------------------------


async def test_a_new_programme_starts_empty_and_is_the_chosen_one(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, "programme new")
        assert heard.form is not None
        heard = await c.desk.submit(MAYA, name="Better rotas", change="hot desks", zone="Londn")
        assert heard.errors.keys() == {"zone"}
        heard = await c.desk.submit(
            MAYA, name="Better rotas", change="hot desks", zone="Europe/London"
        )
        assert heard.errors.keys() == {"name"}
        await c.desk.submit(MAYA, name="Hot desks", change="hot desks")
        assert "Nobody is here yet" in (await c.desk.command(MAYA, "people")).text
        await c.desk.command(MAYA, "programme use Better rotas")
        assert "12 participants" in (await c.desk.command(MAYA, "people")).text


async def test_protection_can_only_become_stricter_once_something_was_asked(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        await c.ask("I can do my job well.", "for 2 days")
        await c.desk.command(MAYA, "programme edit")
        heard = await c.desk.submit(MAYA, profile="minimum")
        assert "can only become stricter" in heard.errors["profile"]
        heard = await c.desk.command(MAYA, "programme edit")
        assert heard.form is not None
        assert "only become stricter" in heard.form["fields"][-1]["hint"]
        heard = await c.desk.submit(MAYA, profile="strict")
        assert "this cannot be taken back" in heard.text
        first = heard.said[-1].buttons["Make it stricter"]
        await c.desk.press(MAYA, "Change the form again")
        await c.desk.submit(MAYA, profile="standard", change="the new rota, part two")
        assert "nothing was changed now" in (await c.desk.press_action(MAYA, first)).text
        await c.desk.command(MAYA, "programme edit")
        await c.desk.submit(MAYA, profile="strict")
        assert "is saved" in (await c.desk.press(MAYA, "Make it stricter")).text
        heard = await c.desk.command(MAYA, "programme edit")
        assert heard.form is not None
        assert heard.form["fields"][-1]["value"] == ["strict"]
        heard = await c.desk.submit(MAYA, profile="standard")
        assert "can only become stricter" in heard.errors["profile"]


async def test_making_it_stricter_takes_back_no_later_change(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask("I can do my job well.", "for 2 days")
        await c.desk.command(MAYA, "programme edit")
        heard = await c.desk.submit(MAYA, profile="strict")
        yes = heard.said[-1].buttons["Make it stricter"]
        await c.desk.command(MAYA, "level gold")
        assert "nothing was changed now" in (await c.desk.press_action(MAYA, yes)).text
        assert "gold" in (await c.desk.command(MAYA, "programme")).text


async def test_protection_can_be_chosen_freely_before_anything_was_asked(store: SqlStore) -> None:
    async with company(store) as c:
        for profile in ("strict", "minimum"):
            await c.desk.command(MAYA, "programme edit")
            assert "is saved" in (await c.desk.submit(MAYA, profile=profile)).text


async def test_the_level_is_changed_and_noted(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "level gold")
        assert "Better rotas is now gold" not in (await c.desk.command(MAYA, "programme")).text
        assert "gold" in (await c.desk.command(MAYA, "programme")).text
        assert "Maya changed the level (gold)" in (await c.desk.command(MAYA, "audit")).text


# --- me --------------------------------------------------------------------------------------


async def test_a_preferred_time_moves_the_next_prompt(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(FIRST, "me times 7.30pm")
        assert "at about 19:30" in heard.text
        await c.ask("I can do my job well.", "for 2 days")
        assert c.desk.messages(FIRST) == ()
        await c.wait(hours=10, minutes=30)
        assert len(c.desk.messages(FIRST)) == 1


async def test_times_are_corrected_in_the_form(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(FIRST, "me")
        await c.desk.press(FIRST, "Set my times")
        heard = await c.desk.submit(FIRST, time="25:00", zone="Atlantis")
        assert heard.errors.keys() == {"time", "zone"}
        heard = await c.desk.submit(FIRST, time="", zone="Europe/Paris")
        assert "on the clocks of Europe/Paris" in heard.text


async def test_nothing_reaches_somebody_on_leave_unless_the_round_would_pass_them_by(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        back = c.clock.now().date() + timedelta(days=2)
        await c.desk.command(FIRST, f"me pause {c.clock.now().date()} to {back}")
        await c.ask("I can do my job well.", "for 5 working days reminders 0")
        await c.wait(days=2)
        assert c.desk.messages(FIRST) == ()
        await c.wait(days=1)
        assert len(c.desk.messages(FIRST)) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("me times teatime", '"teatime" is not a time'),
        ("me zone Atlantis", '"Atlantis" is not a time zone'),
        ("me pause someday", '"someday" is not a date'),
        ("me pause 2020-01-01", "is over"),
    ],
)
async def test_a_wrong_word_is_named(store: SqlStore, line: str, says: str) -> None:
    async with company(store) as c:
        assert says in (await c.desk.command(FIRST, line)).text


async def test_results_can_be_exported_as_they_were_shown(store: SqlStore) -> None:
    async with company(store) as c:
        assert "no results yet" in (await c.desk.command(RUTH, "export")).text
        await c.ask("I can do my job well.", "for 2 days")
        for user in c.people():
            await c.desk.press(user, "Agree")
        await c.wait(days=2)
        heard = await c.desk.command(RUTH, "export")
        assert heard.form is not None
        assert "Nothing more is kept" not in heard.form["intro"]
        (field,) = heard.form["fields"]
        assert "I can do my job well.,Everyone,12,positive,9,12" in field["value"]
        assert "Results:" in (await c.desk.command(FIRST, "digest")).text


@pytest.mark.parametrize("again", ["I can do my job well", "i can do my job well!"])
async def test_a_question_does_not_come_back_early_in_other_letters(
    store: SqlStore, again: str
) -> None:
    async with company(store) as c:
        await c.ask("I can do my job well.", "for 1 day")
        await c.wait(days=3)
        heard = await c.desk.command(MAYA, f'ask "{again}" as yes/no')
        assert "within the last 4 weeks" in heard.text


async def test_a_question_of_the_bank_rests_in_its_filled_words_too(store: SqlStore) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, "ask first.clear to everyone for 1 day")
        asked = next(line for line in heard.text.splitlines() if line.startswith("Question: "))
        await c.desk.press(MAYA, "Ask now")
        await c.settle()
        heard = await c.desk.command(MAYA, f'ask "{asked.removeprefix("Question: ")}"')
        assert "within the last 4 weeks" in heard.text


async def test_whoever_asks_for_words_hears_before_that_nobody_reads_them_yet(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, 'ask "What would help?" as text')
        assert "What people write: Kept sealed and shown to nobody for now" in heard.text
        assert "Results for" not in heard.text
        heard = await c.desk.command(MAYA, 'ask "I can do my job well."')
        assert "never for fewer than" in heard.text
        assert "What people write" not in heard.text


async def test_what_a_form_refused_is_there_again_when_it_is_opened_anew(store: SqlStore) -> None:
    async with company(store) as c:
        await c.desk.command(MAYA, "schedule new")
        heard = await c.desk.submit(MAYA, name="Weekly", every="every tusday")
        assert heard.errors
        heard = await c.desk.command(MAYA, "schedule new")
        assert heard.form is not None
        shown = {field["id"]: field["value"] for field in heard.form["fields"]}
        assert (shown["name"], shown["every"]) == ("Weekly", "every tusday")


@pytest.mark.parametrize(
    ("user", "role"),
    [(FIRST, Role.PARTICIPANT), (RUTH, Role.LEAD), (MAYA, Role.FACILITATOR)],
)
async def test_every_command_of_a_role_can_be_reached_from_home(
    store: SqlStore, platform: str, user: str, role: Role
) -> None:
    async with company(store) as c:
        await c.ask("I can do my job well.", "for 1 day")
        await c.wait(days=2)
        await c.desk.command(MAYA, 'schedule "Check" weekly on mon at 10:00 with csps.balance')
        lines, reached = ["home"], set()
        while lines:
            line = lines.pop()
            parsed = parse(line)
            if not isinstance(parsed, Parsed) or (parsed.command, parsed.sub) in reached:
                continue
            reached.add((parsed.command, parsed.sub))
            if parsed.command in ("pause", "resume"):  # the one's button is the other's
                reached |= {("pause", ""), ("resume", "")}
                continue
            heard = await c.desk.command(user, line)
            for action in (decode(each) for seen in heard.said for each in seen.buttons.values()):
                if action is not None and action.verb in (Verb.RUN, Verb.RUN_IN):
                    lines.append(action.arguments[-1])
                elif action is not None:
                    reached |= BY_A_BUTTON.get((action.verb, action.arguments[0]), set())
                    reached |= BY_A_BUTTON.get((action.verb, ""), set())
    theirs = {
        (spec.name, sub.name)
        for spec in COMMANDS
        for sub in spec.subs
        if role in spec.roles & sub.roles
    }
    if platform == "playground":  # which has no channels
        theirs.discard(("people", "from"))
    assert theirs - reached == NOT_FROM_HOME[role]


BY_A_BUTTON = {
    (Verb.FORM, "times"): {("me", "times"), ("me", "zone"), ("me", "pause"), ("me", "back")},
    (Verb.LEAVE, ""): {("me", "leave")},
}
# `claim` is for where nobody runs anything, `programme` for who is in several, and only those who
# are asked can leave. What is theirs stands on the card itself, and "schedule new" opens a form.
_NEVER = {("claim", ""), ("programme", "list"), ("programme", "use")}
NOT_FROM_HOME = {
    Role.PARTICIPANT: _NEVER,
    Role.LEAD: _NEVER | {("me", "leave")},
    Role.FACILITATOR: _NEVER | {("me", "leave"), ("me", ""), ("schedule", "")},
}


async def test_home_of_a_facilitator_says_what_is_going_on_and_what_is_theirs(
    store: SqlStore,
) -> None:
    async with company(store) as c:
        heard = await c.desk.command(MAYA, "home")
        assert "What is going on and what is yours" not in heard.text
        assert "No round is open now" in heard.text
        assert "My pulses" in heard.text


@pytest.mark.parametrize("user", [FIRST, RUTH])
async def test_home_shows_nobody_else_what_a_facilitator_sees(store: SqlStore, user: str) -> None:
    async with company(store) as c:
        heard = await c.desk.command(user, "home")
        assert "My pulses" in heard.text
        assert "No round is open now" not in heard.text
        assert not {"People", "Plan a pulse"} & {b for seen in heard.said for b in seen.buttons}


# --- forms -----------------------------------------------------------------------------------

FORM_LINES = [line for spec in COMMANDS for line in spec.usage if line_may_open_form(line)]


async def test_every_line_that_may_open_a_form_does_open_one(store: SqlStore) -> None:
    async with company(store) as c:
        await c.ask("I can do my job well.", "for 1 day")
        await c.wait(days=2)  # there is nothing to export before the first result
        assert [
            line for line in FORM_LINES if (await c.desk.command(MAYA, line)).form is None
        ] == []
