"""What a button means, as one short string."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.conversation.actions import ARGUMENTS, MAX_LENGTH, Action, Verb, decode, encode


@st.composite
def actions(draw: st.DrawFn) -> Action:
    verb = draw(st.sampled_from(Verb))
    return Action(verb, tuple(draw(st.text(max_size=60)) for _ in ARGUMENTS[verb]))


def travelling(action: Action) -> str:
    try:
        return encode(action)
    except ValueError:
        assume(False)
        raise


@given(actions())
def test_an_action_survives_the_journey(action: Action) -> None:
    assert decode(travelling(action)) == action


@given(actions())
def test_the_string_is_short_and_plain(action: Action) -> None:
    text = travelling(action)
    assert len(text) <= MAX_LENGTH
    assert text.isascii()
    assert text.isprintable()


@given(st.text(max_size=MAX_LENGTH + 50))
def test_any_text_can_be_decoded_without_an_error(text: str) -> None:
    action = decode(text)
    assert action is None or encode(action) == text


@given(actions(), st.data())
def test_a_damaged_string_is_nothing_or_exactly_what_another_action_wrote(
    action: Action, data: st.DataObject
) -> None:
    text = travelling(action)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(at, len(text)))
    damaged = text[:at] + data.draw(st.text("%:/~ aF\u00e9", max_size=4)) + text[cut:]
    found = decode(damaged)
    assert found is None or encode(found) == damaged


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "dance",
        "dance:1",
        "run",
        "run:a:b",
        "RUN:help",
        " run:help",
        "answer:r1:q1",
        "answer:r1:q1:4:5",
        "run:%",
        "run:%zz",
        "run:%FF",
        "run:%2f",
        "run:%61",
        "run:a/b",
        "run:\u00e9",
        "run:" + "x" * MAX_LENGTH,
    ],
)
def test_what_encode_never_wrote_means_nothing(text: str) -> None:
    assert decode(text) is None


def test_an_empty_argument_is_still_an_argument() -> None:
    assert decode("form:people:") == Action(Verb.FORM, ("people", ""))


@pytest.mark.parametrize("verb", Verb)
def test_an_action_has_exactly_the_arguments_of_its_verb(verb: Verb) -> None:
    names = ARGUMENTS[verb]
    assert decode(encode(Action(verb, names))) == Action(verb, names)
    for wrong in ((*names, "more"), names[1:]):
        with pytest.raises(ValueError, match=f"{verb} takes"):
            Action(verb, wrong)


def test_a_long_action_cannot_travel() -> None:
    room = MAX_LENGTH - len("run:")
    assert len(encode(Action(Verb.RUN, ("x" * room,)))) == MAX_LENGTH
    with pytest.raises(ValueError, match="cannot travel"):
        encode(Action(Verb.RUN, ("x" * (room + 1),)))


def test_the_error_for_a_long_action_does_not_show_what_it_carried() -> None:
    with pytest.raises(ValueError, match="cannot travel") as caught:
        encode(Action(Verb.ANSWER, ("r1", "q1", "secret" * 60)))
    assert "secret" not in str(caught.value)
