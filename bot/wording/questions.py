"""What a facilitator reads about questions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.conversation.actions import Action, Verb
from bot.conversation.card import Card, ChoiceField, Facts, Form, Text, TextField, Tone, Values
from bot.pulse.bank import Instrument, instruments
from bot.pulse.questions import Question
from bot.wording.asking import KINDS
from bot.wording.phrases import count, listed, plain, run, with_buttons

# At the end of a title: which of its questions, and how many.
_QUESTIONS = re.compile(r" \([^()]*questions\)$")


def questions(own: Sequence[Question]) -> Card:
    """The sets that ship, and the programme's own."""
    rows = [(one.id, sized(one)) for one in instruments()]
    rows += [("your own", question.text) for question in own]
    card = Card(
        (
            Text("Questions that you can ask", Tone.HEADING),
            Text("In a plan, name a set by its short name and a question of yours by its words."),
            Facts(tuple(rows)),
        )
    )
    return with_buttons(
        card,
        *(run(f"Show {one.id}", f"questions show {one.id}") for one in instruments()),
        run("Add your own", "questions add"),
    )


def sized(one: Instrument) -> str:
    """A set with the number of its questions, for example "First pulse (5 questions)"."""
    title = _QUESTIONS.sub("", one.title)
    return f"{title} ({count(len(one.items), 'question')})"


def instrument(one: Instrument) -> Card:
    """One set with where it comes from."""
    rows = tuple((item.id, item.text) for item in one.items)
    return Card(
        (
            Text(one.title, Tone.HEADING),
            Facts(rows),
            Text(f"Source: {one.source}. Licence: {one.licence}. {one.attribution}", Tone.QUIET),
        )
    )


def no_instrument(name: str) -> Card:
    """There is no set of that name."""
    return plain(
        f'There is no set "{name[:40]}". There is {listed([one.id for one in instruments()])}.'
    )


def add_form(draft: Values) -> Form:
    """A question of one's own."""

    def kept(field: str) -> str:
        return (draft.get(field) or ("",))[0]

    return Form(
        title="Your own question",
        action=Action(Verb.FORM, ("questions-add", "")),
        fields=(
            TextField(
                id="text",
                label="Question",
                value=kept("text"),
                hint="[organisation] and [change] are filled in for you.",
                max_length=200,
            ),
            ChoiceField(
                id="kind", label="Answered by", options=KINDS, value=draft.get("kind") or ("agree",)
            ),
            TextField(
                id="options",
                label="Options, one a line",
                value=kept("options"),
                hint="Only for a choice of options.",
                required=False,
                multiline=True,
            ),
            ChoiceField(
                id="reverse",
                label="Is agreeing, or a high number, a bad sign?",
                options=(("no", "No"), ("yes", "Yes")),
                value=draft.get("reverse") or ("no",),
            ),
            TextField(
                id="follow_up",
                label="If the answer is not good, ask next",
                value=kept("follow_up"),
                hint="For example What would help? People answer in their own words.",
                required=False,
                max_length=200,
            ),
        ),
        submit="Add",
    )


def added(question: Question) -> Card:
    """The question is there to be asked."""
    return with_buttons(
        plain(f'Added: "{question.text}"', "It is there when you plan a pulse."),
        run("Plan a pulse", "schedule new"),
    )


def already_there(question: Question) -> Card:
    """The same words, but with the good and the bad side swapped."""
    return plain(
        f'"{question.text}" is there already, and the other side of it counts as good. '
        "Use it as it is, or word the new one differently."
    )
