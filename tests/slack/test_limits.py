"""The stand-in refuses what Slack's documentation says is too long, missing or unknown."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.slack.limits import (
    ALLOWED,
    MAX_BLOCKS_JSON,
    blocks_too_long,
    filled,
    message_faults,
    view_faults,
)

Json = dict[str, Any]

WORDS = (
    "type text elements element accessory options initial_option initial_options value label "
    "block_id action_id fields rows chart series segments axis_config categories data style "
    "plain_text mrkdwn button static_select checkboxes plain_text_input max_length bar pie title"
).split()


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str = "Yes", value: str = "yes") -> Json:
    return {"text": plain(text), "value": value}


def section(text: str = "x", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str = "Go", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def select(count: int = 1, **more: Any) -> Json:
    options = [option(f"Option {number}", str(number)) for number in range(count)]
    return {"type": "static_select", "options": options, **more}


def choices(kind: str, count: int, **more: Any) -> Json:
    return {**select(count), "type": kind, **more}


def entry(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def typed(**more: Any) -> Json:
    return {"type": "plain_text_input", **more}


def context(count: int) -> Json:
    return {"type": "context", "elements": [plain("x")] * count}


def header(text: str) -> Json:
    return {"type": "header", "text": plain(text)}


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "Bars", **more}


def bars(**more: Any) -> Json:
    chart = {
        "type": "bar",
        "series": [{"name": "Now", "data": [{"label": "Yes", "value": 3}]}],
        "axis_config": {"categories": ["Yes"], "x_label": "Answer", "y_label": "People"},
    }
    return {"type": "data_visualization", "title": "Bars", "chart": {**chart, **more}}


def pie(*values: float) -> Json:
    segments = [{"label": f"Part {number}", "value": value} for number, value in enumerate(values)]
    return {**bars(), "chart": {"type": "pie", "segments": segments}}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **more}


GOOD = [
    [section("x" * 3000)],
    [section(fields=[plain("x" * 2000)] * 10)],
    [section(accessory=button()), {"type": "divider"}],
    [header("x" * 150)],
    [context(10)],
    [actions(*[button("x" * 75, value="v" * 2000)] * 25)],
    [actions(select(100, initial_option=option("Option 7", "7")))],
    [actions(choices("radio_buttons", 10), choices("checkboxes", 10))],
    [actions(choices("overflow", 5))],
    [entry(typed(max_length=3000, initial_value="x" * 3000, multiline=True))],
    [image(), bars(), pie(1, 2)],
    [{"type": "markdown", "text": "x" * 12_000}],
    [section()] * 50,
]
BAD = {
    "a long text": [section("x" * 3001)],
    "an empty text": [section("")],
    "an empty section": [{"type": "section"}],
    "many fields": [section(fields=[plain("x")] * 11)],
    "a long field": [section(fields=[plain("x" * 2001)])],
    "a long header": [header("x" * 151)],
    "bold in a header": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "much context": [context(11)],
    "no context": [context(0)],
    "many elements": [actions(*[button()] * 26)],
    "a long button": [actions(button("x" * 76))],
    "a long value": [actions(button(value="v" * 2001))],
    "a button's style": [actions(button(style="green"))],
    "a long action_id": [actions(button(action_id="a" * 256))],
    "an action_id twice": [actions(button(action_id="a"), button(action_id="a"))],
    "a long block_id": [section(block_id="b" * 256)],
    "a block_id twice": [section(block_id="b"), section(block_id="b")],
    "many blocks": [section()] * 51,
    "many options": [actions(select(101))],
    "no options": [actions(select(0))],
    "a long option": [actions({**select(), "options": [option("x" * 76)]})],
    "a long option value": [actions({**select(), "options": [option(value="v" * 76)]})],
    "an option's value twice": [actions({**select(), "options": [option(), option("No")]})],
    "a foreign initial option": [actions(select(2, initial_option=option()))],
    "many radio buttons": [actions(choices("radio_buttons", 11))],
    "many checkboxes": [actions(choices("checkboxes", 11))],
    "a full overflow menu": [actions(choices("overflow", 6))],
    "a long placeholder": [actions(select(placeholder=plain("x" * 151)))],
    "a multi select in actions": [actions(choices("multi_static_select", 2))],
    "a button in an input": [entry(button())],
    "an input without a label": [{"type": "input", "element": typed()}],
    "a long label": [entry(typed(), label=plain("x" * 2001))],
    "a long hint": [entry(typed(), hint=plain("x" * 2001))],
    "a long max_length": [entry(typed(max_length=3001))],
    "a long initial value": [entry(typed(max_length=5, initial_value="x" * 6))],
    "a picture without words": [{"type": "image", "image_url": "https://example.org/a.png"}],
    "a picture from two places": [image(slack_file={"id": "F1"})],
    "a picture's long words": [image(alt_text="x" * 2001)],
    "three charts": [bars(), bars(), bars()],
    "a chart's long title": [{**bars(), "title": "x" * 51}],
    "a chart of other categories": [bars(axis_config={"categories": ["No"]})],
    "a chart without series": [bars(series=[])],
    "thirteen segments": [pie(*[1] * 13)],
    "a segment of nothing": [pie(1, 0)],
    "much markdown": [{"type": "markdown", "text": "x" * 6001}] * 2,
    "a wide table": [{"type": "table", "rows": [[plain("x")] * 21]}],
    "an unknown block": [{"type": "shout"}],
    "an unknown element": [actions({"type": "shout"})],
    "no list": {"type": "section"},
}
GOOD_VIEWS = [
    modal(section()),
    modal(*[section()] * 100),
    modal(entry(typed()), submit=plain("x" * 24), close=plain("Close")),
    modal(section(), private_metadata="x" * 3000, callback_id="c" * 255),
    {"type": "home", "blocks": [section()]},
]
BAD_VIEWS = {
    "no title": {"type": "modal", "blocks": [section()]},
    "a long title": modal(section(), title=plain("x" * 25)),
    "a long submit": modal(section(), submit=plain("x" * 25)),
    "a long close": modal(section(), close=plain("x" * 25)),
    "inputs without submit": modal(entry(typed())),
    "long metadata": modal(section(), private_metadata="x" * 3001),
    "a long callback_id": modal(section(), callback_id="c" * 256),
    "many blocks": modal(*[section()] * 101),
    "no blocks": modal(),
    "a chart": modal(bars()),
    "no type": {"blocks": [section()]},
    "a file on the home tab": {"type": "home", "blocks": [entry({"type": "file_input"})]},
    "no object": "view",
}


@pytest.mark.parametrize("blocks", GOOD)
def test_what_is_within_the_limits_passes(blocks: object) -> None:
    assert message_faults(blocks) == []


@pytest.mark.parametrize("blocks", BAD.values(), ids=BAD)
def test_what_is_beyond_a_limit_is_one_fault(blocks: object) -> None:
    assert len(message_faults(blocks)) == 1


@pytest.mark.parametrize("view", GOOD_VIEWS)
def test_a_view_within_the_limits_passes(view: object) -> None:
    assert view_faults(view) == []


@pytest.mark.parametrize("view", BAD_VIEWS.values(), ids=BAD_VIEWS)
def test_a_view_beyond_a_limit_is_one_fault(view: object) -> None:
    assert len(view_faults(view)) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)
    ),
    max_leaves=25,
)


@given(JSON, st.sampled_from([*ALLOWED["message"]]))
@settings(max_examples=100)
def test_whatever_is_sent_is_judged_and_not_stumbled_over(value: object, kind: str) -> None:
    block = {**value, "type": kind} if isinstance(value, dict) else value
    view_faults(value)
    view_faults({"type": "modal", "title": plain("x"), "blocks": [block]})
    if isinstance(block, dict) and not message_faults([block]):
        assert filled([block], str)[0]["block_id"]


def test_blocks_are_also_too_long_altogether() -> None:
    assert not blocks_too_long([section("x" * 3000)] * 4)
    assert blocks_too_long([section("x" * MAX_BLOCKS_JSON)])
