"""Whatever the core says fits into Teams, and nothing that a person typed is markup."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.teams.charts import COLOURS
from adapters.teams.inbound import parse
from adapters.teams.limits import MAX_MESSAGE, weight
from adapters.teams.render import card_of, render_message, render_messages, rows_of
from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    MAX_BUTTONS,
    MAX_TEXT,
    Bar,
    Block,
    Button,
    Buttons,
    Card,
    Chart,
    Divider,
    Facts,
    Text,
)
from bot.conversation.events import Pressed
from bot.conversation.opening import may_open
from bot.reciprocity.digest import build
from bot.wording.digest import digest
from tests.adapters.teams.cards import message_faults
from tests.adapters.teams.client import buttons, elements, press
from tests.core.closed import Closed, largest_rounds
from tests.strategies import BUTTONS, CARDS, CHARACTERS

STATUS = Action(Verb.RUN, ("status",))
ASK = Action(Verb.RUN, ("ask",))
CHART = Chart(
    title="Answers by group",
    series=("negative", "in between", "positive", "not shown"),
    columns=("negative", "in between", "positive"),
    bars=(Bar("Everyone", (3, 0, 9, 2), ("3", "0 to 2", "9")),),
    alt="Everyone: 9 of 14 are positive.",
    rest=True,
)


def body(*blocks: Block) -> list[dict[str, Any]]:
    return list(card_of(render_message(Card(blocks)))["body"])


def said(card: Card) -> list[str]:
    """The lines that are shown, each as one text."""
    found = elements(card_of(render_message(card)))
    return [
        each.get("text") or "".join(run["text"] for run in each["inlines"])
        for each in found
        if each["type"] in ("RichTextBlock", "TextBlock")
    ]


@given(CARDS)
def test_every_card_is_one_that_teams_takes(card: Card) -> None:
    assert [message_faults(message) for message in render_messages(card)] == [
        [] for _ in render_messages(card)
    ]


@given(st.lists(BUTTONS, min_size=1, max_size=MAX_BUTTONS))
def test_every_button_stands_in_some_row_of_at_most_six(row: list[Button]) -> None:
    rows = rows_of(row)
    assert [button for each in rows for button in each] == row
    assert all(1 <= len(each) <= 6 for each in rows)


@given(CARDS)
def test_an_older_client_presses_the_same(card: Card) -> None:
    found = buttons(card_of(render_message(card)))
    for button, meant in zip(found, card.buttons, strict=True):
        for modern in (True, False):
            event = parse(press(button, modern=modern))
            assert isinstance(event, Pressed)
            assert event.action == meant.action
        assert ("msteams" in button["data"]) is may_open(meant)


@settings(max_examples=20)  # each has many pictures to draw
@given(largest_rounds())
def test_the_longest_results_come_in_parts_that_fit(closed: Closed) -> None:
    result = build(closed.round, 600, closed.rate, closed.release, ())
    card = digest(result, "Northmoor Health and Care", "Europe/London")
    messages = render_messages(card)
    assert [fault for message in messages for fault in message_faults(message)] == []
    shown = [each for message in messages for each in card_of(message)["body"]]
    assert sum(each["type"].startswith("Chart.") for each in shown) == sum(
        isinstance(block, Chart) for block in card.blocks
    )


def test_a_message_that_is_too_large_becomes_several_and_loses_nothing() -> None:
    texts = [f"{number} " + "word " * 500 for number in range(40)]
    messages = render_messages(Card(tuple(Text(text) for text in texts)))
    assert len(messages) > 1
    assert all(weight(message) <= MAX_MESSAGE for message in messages)
    shown = [each["inlines"][0]["text"] for m in messages for each in card_of(m)["body"]]
    assert shown == texts


def test_the_limit_is_counted_in_the_bytes_that_teams_counts() -> None:
    faces = Card(tuple(Text("\U0001f600" * MAX_TEXT) for _ in range(14)))
    assert len(render_messages(faces)) == 3


@pytest.mark.parametrize(
    "text",
    ["**bold** and _slanted_", "[here](https://evil.example)", "# Title", "- one", "<at>Ada</at>"],
)
def test_what_looks_like_markup_stands_where_no_markup_is_read(text: str) -> None:
    assert said(Card((Text(text), Facts(((text, text),))))) == [text, f"{text}: {text}"]


def test_a_date_that_somebody_typed_is_not_replaced() -> None:
    (line,) = said(Card((Text("On {{DATE(2026-06-08T08:00:00Z,SHORT)}}"),)))
    assert "{{" not in line
    assert line.replace("\u2060", "") == "On {{DATE(2026-06-08T08:00:00Z,SHORT)}}"


@given(st.text(CHARACTERS | st.sampled_from("{}/pulse "), min_size=1).filter(str.strip))
def test_no_words_hold_two_braces_together(text: str) -> None:
    assert "{{" not in json.dumps(said(Card((Text(text),))))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Type /pulse me at any time.", "Type pulse me at any time."),
        ('Send: "/pulse ask"', 'Send: "pulse ask"'),
        ("see https://x.org/pulse", "see https://x.org/pulse"),
        ("/pulse-oximeter and /pulses", "/pulse-oximeter and /pulses"),
    ],
)
def test_commands_are_named_as_they_are_typed_here(text: str, shown: str) -> None:
    card = Card((Text(text), Buttons((Button(text, STATUS),))))
    assert said(card) == [shown]
    (button,) = buttons(card_of(render_message(card)))
    assert button["title"] == shown
    assert render_message(card)["summary"].startswith(shown)


def test_lines_stay_lines_and_blank_ones_are_space() -> None:
    first, second, third = body(Text("One\nTwo\n\n \nThree"))
    assert "spacing" not in first
    assert (second["spacing"], third["spacing"]) == ("None", "Medium")


def test_a_divider_is_a_line_above_what_follows_and_none_at_the_end() -> None:
    first, second = body(Divider(), Text("One"), Divider(), Divider(), Text("Two"), Divider())
    assert "separator" not in first
    assert second["separator"] is True


def test_a_press_is_answered_in_place_unless_it_may_open_a_form() -> None:
    shown = buttons(
        card_of(render_message(Card((Buttons((Button("Go", STATUS), Button("Ask", ASK))),))))
    )
    execute, submit = shown
    assert (execute["type"], execute["fallback"]["type"]) == ("Action.Execute", "Action.Submit")
    assert execute["data"] == execute["fallback"]["data"] == {"do": "run:status"}
    assert (submit["type"], submit["data"]) == (
        "Action.Submit",
        {"do": "run:ask", "msteams": {"type": "task/fetch"}},
    )


def rows(*labels: str, action: Action = STATUS) -> list[list[str]]:
    found = rows_of([Button(label, action) for label in labels])
    return [[button.label for button in row] for row in found]


def test_buttons_share_the_lines_of_a_phone() -> None:
    later = ("Skip this question", "Later", "Next working day")
    assert rows(*later) == [["Skip this question", "Later"], ["Next working day"]]
    assert rows("Yes, ask me", "No, thank you") == [["Yes, ask me", "No, thank you"]]
    assert rows("x" * 75, "y") == [["x" * 75], ["y"]]


def test_a_scale_stands_in_even_lines_and_other_answers_read_as_a_list() -> None:
    answer = Action(Verb.ANSWER, ("r", "q", "1"))
    scale = [str(number) for number in range(11)]
    assert rows(*scale, action=answer) == [scale[:6], scale[6:]]
    assert rows("Yes", "No", "Not sure", action=answer) == [["Yes", "No", "Not sure"]]
    agree = ("Strongly disagree", "Disagree", "Agree", "Strongly agree")
    assert rows(*agree, action=answer) == [[label] for label in agree]


# --- charts ----------------------------------------------------------------------------------


def test_a_chart_is_teams_own_with_a_picture_to_fall_back_on_and_its_words_below() -> None:
    title, chart, *words = body(CHART)
    assert chart["type"] == "Chart.HorizontalBar.Stacked"
    assert chart["fallback"]["url"].startswith("data:image/png;base64,")
    assert CHART.title in chart["fallback"]["altText"]
    told = [element["inlines"][0]["text"] for element in (title, *words)]
    assert told == [CHART.title, "From the left: negative, positive, not shown.", CHART.alt]


def test_only_a_chart_of_one_bar_says_which_part_is_which() -> None:
    """Teams shows a legend where there are several."""
    (bar,) = CHART.bars
    assert "From the left" not in str(body(replace(CHART, bars=(bar, bar))))


def colours(chart: Chart) -> list[str]:
    (bar,) = body(chart)[1]["data"]
    return [point["color"] for point in bar["data"]]


def with_values(*values: int) -> Chart:
    return replace(CHART, bars=(replace(CHART.bars[0], values=values),))


def test_what_the_others_leave_open_has_no_colour_of_an_answer() -> None:
    full = with_values(1, 2, 3, 4)
    assert colours(full) == [*COLOURS[:3], "neutral"]
    assert colours(replace(full, rest=False)) == list(COLOURS[:4])


def test_a_part_with_nobody_in_it_leaves_no_gap_and_takes_no_colour_from_others() -> None:
    assert colours(with_values(0, 2, 3, 4)) == [*COLOURS[1:3], "neutral"]


def test_pictures_stay_away_where_they_would_make_the_message_too_large() -> None:
    charts = [replace(CHART, title=f"Answers to {number}") for number in range(20)]
    messages = render_messages(Card((Text("Results"), *charts)))
    assert len(messages) == 1
    assert message_faults(messages[0]) == []
    falls = [each["fallback"] for each in card_of(messages[0])["body"] if "fallback" in each]
    assert "drop" in falls
    assert any(isinstance(fall, dict) for fall in falls)
    assert falls.index("drop") > 2
