"""What a participant reads: consent, prompts, reminders, thanks, and their own data."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    Button,
    Buttons,
    Card,
    ChoiceField,
    Divider,
    Emphasis,
    Facts,
    Field,
    Form,
    Text,
    TextField,
    Tone,
)
from bot.programme.programmes import Programme
from bot.pulse.answering import Refusal
from bot.pulse.pulses import Round
from bot.pulse.questionnaire import progress, route
from bot.pulse.questions import (
    MAX_PICKS,
    MAX_TEXT,
    Kind,
    Question,
    Value,
    format_value,
    response_options,
)
from bot.wording.phrases import ANYBODY, SUPPORT, called, is_worded, moment, plain, with_buttons

NOT_MONITORED = f"Nobody reads this as it comes in, so nobody can reply quickly. {SUPPORT}"
NOT_A_PARTICIPANT = plain("You are not asked questions in this programme.", ANYBODY)


def does_not_fit(question: Question | None) -> str:
    """Stands at the field of an answer that the question cannot have."""
    match question.kind if question else None:
        case Kind.PICK:
            return f"Choose 1 to {MAX_PICKS} of them."
        case Kind.TEXT:
            return f"Type 1 to {MAX_TEXT:,} characters."
        case _:
            return "This answer does not fit the question. Choose again."


def consent(programme: Programme, organisation: str, least: int, reminder: bool) -> Card:
    """The first contact: what is asked, who sees what, how to stop."""
    opening = (
        f"We asked you a few days ago whether we may ask you about {programme.change} at "
        f"{organisation}. This is the only reminder: if you do nothing, you will not be asked."
        if reminder
        else f"{organisation} is working on {programme.change}. "
        "May I ask you a few short questions about it from time to time?"
    )
    return Card(
        (
            Text("May we ask how it is going?", Tone.HEADING),
            Text(opening),
            Facts(
                (
                    ("What is asked", "A few taps each time. It takes less than a minute."),
                    (
                        "Who sees what",
                        (
                            "Everyone sees the same group results, you included. Nobody sees your "
                            f"own answers. No result is shown for fewer than {least} answers."
                        ),
                    ),
                    (
                        "What is kept",
                        (
                            "When a round closes, answers are turned into group results and then "
                            "deleted."
                        ),
                    ),
                    ("How to stop", "Type /pulse me at any time. It is your choice."),
                )
            ),
            Buttons(
                (
                    Button(
                        "Yes, ask me",
                        Action(Verb.CONSENT, (programme.id, "yes")),
                        Emphasis.PRIMARY,
                    ),
                    Button("No, thank you", Action(Verb.CONSENT, (programme.id, "no"))),
                )
            ),
        )
    )


def consent_noted(programme: Programme, given: bool) -> Card:
    """After the choice. It stands in the chat, so it does not judge either."""
    if given:
        return plain(
            "Thank you. The next questions will come to you here.",
            "Type /pulse me to choose a time that suits you, or to stop.",
        )
    return plain(
        f"That is fine. You will not be asked in {programme.name}. "
        "Type /pulse me if you change your mind."
    )


# --- a round ---------------------------------------------------------------------------------


def prompt(
    round_: Round, question: Question, answered: dict[str, Value], block: str, zone: str
) -> Card:
    """One question, one tap."""
    position, of = progress(round_.questionnaire, answered, question.id) or (1, 1)
    return _prompt(round_, question, position, of, block, zone)


@lru_cache(maxsize=512)
def _prompt(
    round_: Round, question: Question, position: int, of: int, block: str, zone: str
) -> Card:
    """The same card for everyone of a group, so it is made once."""
    ends = moment(round_.close_at, zone)
    later = (
        Button("Skip this question", Action(Verb.SKIP, (round_.id, question.id))),
        # Whoever presses late may be asked on another day: neither names one.
        Button("Later", Action(Verb.SNOOZE, (round_.id, "later"))),
        Button("Next working day", Action(Verb.SNOOZE, (round_.id, "tomorrow"))),
    )
    return Card(
        (
            *_place(round_, position, of),
            Text(question.text, Tone.HEADING),
            *_scale_note(question),
            Buttons(_answer_buttons(round_, question)),
            Divider(),
            Buttons(later),
            Text(_promise(round_, block, ends), Tone.QUIET),
        )
    )


def _place(round_: Round, position: int, of: int) -> tuple[Text, ...]:
    """Which question of which round it is, where the question does not say so itself."""
    if of > 1:
        return (Text(f"{round_.name}: question {position} of {of}", Tone.QUIET),)
    return () if is_worded(round_) else (Text(round_.name, Tone.QUIET),)


def _answer_buttons(round_: Round, question: Question) -> tuple[Button, ...]:
    if question.kind in (Kind.PICK, Kind.TEXT):
        label = "Write an answer" if question.kind is Kind.TEXT else f"Choose up to {MAX_PICKS}"
        write = Action(Verb.WRITE, (round_.id, question.id))
        return (Button(label, write, Emphasis.PRIMARY),)
    return tuple(
        Button(
            label,
            Action(Verb.ANSWER, (round_.id, question.id, value)),
            says=f"{label} out of 10" if question.kind is Kind.SCALE else "",
            opens=question.branch is not None,
        )
        for value, label in response_options(question)
    )


def _scale_note(question: Question) -> tuple[Text, ...]:
    if question.kind is Kind.SCALE:
        return (Text("0 is the lowest and 10 is the highest.", Tone.QUIET),)
    if question.kind is Kind.TEXT:
        return (
            Text("What you write is kept sealed, without your name, and shown to nobody for now."),
            Text(NOT_MONITORED, Tone.QUIET),
        )
    return ()


def _promise(round_: Round, block: str, ends: str) -> str:
    least = round_.profile.disclosure.k
    group = "everyone who was asked" if len(round_.blocks) < 2 else f"{block}, and for everyone"
    return (
        f"Results are shown for {group}, never for fewer than {least} answers. Open until {ends}."
    )


def reminder(round_: Round, zone: str) -> Card:
    """The same words for everyone who was asked, whether they answered or not."""
    card = plain(
        f"{called(round_)} is open until {moment(round_.close_at, zone)}.",
        "Everyone who was asked gets this message. If you have answered, thank you: there is "
        "nothing to do.",
    )
    return with_buttons(
        card, Button("Open the questions", Action(Verb.START, (round_.id,)), Emphasis.PRIMARY)
    )


@lru_cache(maxsize=128)
def thanks(round_: Round, zone: str) -> Card:
    """The end of the walk. It never shows a choice: a chat history can be exported."""
    card = Card(
        (
            Text("Thank you, noted."),
            Text(
                "Results come to you here when the round has closed, on "
                f"{moment(round_.close_at, zone)} at the latest. Until then you can change your "
                "answers.",
                Tone.QUIET,
            ),
        )
    )
    return with_buttons(card, Button("Change my answers", Action(Verb.CHANGE, (round_.id,))))


def replaced(card: Card) -> Card:
    """An answer on an older card took the place of an earlier one; neither is shown."""
    return _with_note(card, "Your new answer took the place of the one before.")


def taken_back(card: Card) -> Card:
    """A question that was answered before is skipped on an older card."""
    return _with_note(card, "Your earlier answer to that question was taken back.")


def nothing_left(round_: Round, zone: str) -> Card:
    """A snooze on an older card, when all is answered or skipped."""
    return _with_note(
        thanks(round_, zone), "There is nothing left to answer, so there is nothing to put off."
    )


def _with_note(card: Card, note: str) -> Card:
    first, *rest = card.blocks
    return Card((first, Text(note), *rest))


def snoozed(at: datetime, zone: str) -> Card:
    """When the questions come back."""
    return plain(f"All right. I will ask you again on {moment(at, zone)}.")


def cannot_snooze(round_: Round, zone: str) -> Card:
    """The round closes too soon to wait."""
    return plain(
        f"{called(round_)} closes on {moment(round_.close_at, zone)}, so it cannot wait that long. "
        "You can answer now, or leave it."
    )


def refused(refusal: Refusal) -> Card:
    """A kind sentence for an answer that cannot be kept."""
    match refusal:
        case Refusal.CLOSED:
            return plain("This round has closed, so nothing was changed. Thank you all the same.")
        case Refusal.CANCELLED:
            return plain("This round was called off. Nothing that was answered has been kept.")
        case Refusal.NOT_ASKED:
            return plain("These questions are not for you, so nothing was changed.")
        case Refusal.UNKNOWN:
            return plain(
                "That button does not fit these questions, so nothing was changed. "
                "Please use the newest message."
            )


def write_form(round_: Round, question: Question, current: Value | None) -> Form:
    """For what one tap cannot say: words, or up to three options."""
    return Form(
        title="Your answer",
        action=Action(Verb.WRITE, (round_.id, question.id)),
        fields=(_field(question, current, required=True),),
        submit="Send",
        intro=NOT_MONITORED if question.kind is Kind.TEXT else "",
        keeps_draft=False,
    )


def change_form(round_: Round, answers: dict[str, Value]) -> Form:
    """All answers of one person, to look at and change. Only ever shown in a form."""
    return Form(
        title="Your answers",
        action=Action(Verb.CHANGE, (round_.id,)),
        fields=tuple(
            _field(question, answers.get(question.id), required=False)
            for _, question in route(round_.questionnaire, answers)
        ),
        submit="Save my answers",
        intro="Only you see this. An answer that you clear is taken back.",
        keeps_draft=False,
    )


def _field(question: Question, current: Value | None, required: bool) -> Field:
    if question.kind is Kind.TEXT:
        return TextField(
            id=question.id,
            label=question.text,
            value=str(current or ""),
            required=required,
            multiline=True,
            max_length=MAX_TEXT,
        )
    return ChoiceField(
        id=question.id,
        label=question.text,
        options=response_options(question),
        value=() if current is None else tuple(format_value(current).split(",")),
        required=required,
        most=MAX_PICKS if question.kind is Kind.PICK else 1,
    )
