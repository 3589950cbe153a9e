"""Small phrases that every audience shares."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.actions import Action, Verb
from bot.conversation.card import Button, Buttons, Text, Tone
from bot.conversation.grammar import Parsed, parse
from bot.wording.asking import one_off_name
from bot.wording.phrases import (
    called,
    count,
    day,
    listed,
    moment,
    plain,
    run,
    shortened,
    titled,
    with_buttons,
)
from tests.core.builders import pulse, question, round_
from tests.limits import card_faults


def test_a_day_has_no_leading_zero_and_no_year() -> None:
    assert day(date(2026, 11, 3)) == "Tue 3 Nov"


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ("Europe/London", "Tue 24 Nov at 23:30"),
        ("Europe/Paris", "Wed 25 Nov at 00:30"),
        ("America/New_York", "Tue 24 Nov at 18:30"),
    ],
)
def test_a_moment_is_told_on_the_clocks_of_the_reader(zone: str, says: str) -> None:
    assert moment(datetime(2026, 11, 24, 23, 30, tzinfo=UTC), zone) == says


def test_summer_time_is_known() -> None:
    assert moment(datetime(2026, 7, 1, 9, tzinfo=UTC), "Europe/London") == "Wed 1 Jul at 10:00"


@given(st.lists(st.text("abc", min_size=1), max_size=6))
def test_a_list_names_everything_in_order(words: list[str]) -> None:
    text = listed(words)
    assert text.replace(" and ", ", ").split(", ") == (words or [""])
    assert text.count(" and ") == (len(words) > 1)


@pytest.mark.parametrize(
    ("words", "says"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")],
)
def test_a_list_in_words(words: tuple[str, ...], says: str) -> None:
    assert listed(words) == says


@pytest.mark.parametrize(("number", "says"), [(0, "0 days"), (1, "1 day"), (2, "2 days")])
def test_a_number_takes_its_plural(number: int, says: str) -> None:
    assert count(number, "day") == says


def test_a_plural_may_be_a_word_of_its_own() -> None:
    assert count(1, "person", "people") == "1 person"
    assert count(0, "person", "people") == "0 people"


def test_cards_are_texts_in_order_with_buttons_below() -> None:
    button = Button("Go on", Action(Verb.RUN, ("status",)))
    assert plain("One.", "Two.").blocks == (Text("One."), Text("Two."))
    card = with_buttons(titled("Title", "One."), button)
    assert card.blocks == (Text("Title", Tone.HEADING), Text("One."), Buttons((button,)))
    assert not card_faults(card)


def test_a_button_runs_what_could_have_been_typed() -> None:
    button = run("Stop it", "schedule stop 4f2a")
    assert button.action == Action(Verb.RUN, ("schedule stop 4f2a",))
    (command,) = button.action.arguments
    assert parse(command) == Parsed("schedule", "stop", ("4f2a",))


@given(st.text("ab ,", min_size=1), st.integers(2, 20))
def test_a_shortened_text_fits(text: str, most: int) -> None:
    assert len(shortened(text, most)) <= most


def test_a_text_is_cut_at_a_word_and_shows_it() -> None:
    assert shortened("A rota that works", 17) == "A rota that works"
    assert shortened("A rota that works", 16) == "A rota that…"
    assert shortened("Unbreakable", 6) == "Unbre…"


def test_a_question_that_gives_its_name_loses_the_full_stop() -> None:
    assert one_off_name("I can do my job well.") == "I can do my job well"
    assert one_off_name("How was today?") == "How was today?"
    long = one_off_name("I know whom to ask when something about the new rota is not clear to me.")
    assert long == "I know whom to ask when something about the new rota is not…"


def test_the_words_of_a_question_stand_in_quotes_and_a_name_does_not() -> None:
    asked = question(text="I can do my job well.")
    assert called(round_([asked], name=one_off_name(asked.text))) == '"I can do my job well"'
    assert called(round_([asked], name="Team check")) == "Team check"
    assert called(pulse(name="I can do my job well", cadence=None)) == '"I can do my job well"'
