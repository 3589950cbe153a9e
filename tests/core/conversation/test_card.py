"""Cards: their plain-text form holds all that the picture shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    Bar,
    Block,
    Button,
    Buttons,
    Card,
    Chart,
    Divider,
    Emphasis,
    Facts,
    Text,
    Tone,
)

HELP = Action(Verb.RUN, ("help",))

words = st.text(min_size=1, max_size=30)
buttons = st.builds(
    Button,
    label=words,
    action=st.just(HELP),
    emphasis=st.sampled_from(Emphasis),
    says=st.just("") | words,
)
blocks = st.one_of(
    st.builds(Text, words, st.sampled_from(Tone)),
    st.builds(Facts, st.lists(st.tuples(words, words), max_size=3).map(tuple)),
    st.builds(Buttons, st.lists(buttons, max_size=3).map(tuple)),
    st.builds(
        Chart,
        title=words,
        series=st.just(("Favourable", "Other")),
        columns=st.just(("Favourable", "Other")),
        bars=st.just((Bar("Now", (60, 40), ("60", "40")),)),
        alt=words,
    ),
    st.just(Divider()),
)
cards = st.lists(blocks, max_size=6).map(lambda some: Card(tuple(some)))


def said(block: Block) -> list[str]:
    """Every text of a block that a reader must be able to hear."""
    match block:
        case Text(text=text):
            return [text]
        case Facts(rows=rows):
            return [text for row in rows for text in row]
        case Buttons(buttons=some):
            return [button.says or button.label for button in some]
        case Chart(alt=alt):
            return [alt]
        case Divider():
            return []


@given(cards)
def test_the_fallback_holds_all_texts_in_reading_order(card: Card) -> None:
    rest = card.fallback
    for text in (text for block in card.blocks for text in said(block)):
        before, found, rest = rest.partition(text)
        assert found == text, before


@given(cards)
def test_the_buttons_of_a_card_are_those_of_its_rows(card: Card) -> None:
    rows = [block.buttons for block in card.blocks if isinstance(block, Buttons)]
    assert list(card.buttons) == [button for row in rows for button in row]


def test_a_card_reads_as_plain_text() -> None:
    card = Card(
        (
            Text("Team check", Tone.HEADING),
            Text("I can do my job well."),
            Buttons(
                (
                    Button("1", HELP, says="1, strongly disagree"),
                    Button("Skip", HELP, Emphasis.PLAIN),
                )
            ),
            Divider(),
            Facts((("Asked", "60"), ("Closes", "Friday"))),
            Chart(
                "Result",
                ("Agree", "Other"),
                ("Agree", "Other"),
                (Bar("Now", (60, 40), ("60", "40")),),
                "About 60 in 100 agree.",
            ),
        )
    )
    assert card.fallback == (
        "Team check\n"
        "I can do my job well.\n"
        "[1, strongly disagree] | [Skip]\n"
        "Asked: 60\n"
        "Closes: Friday\n"
        "About 60 in 100 agree."
    )


def test_an_empty_card_says_nothing() -> None:
    assert Card(()).fallback == ""
