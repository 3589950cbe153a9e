"""What a facilitator reads about asking: confirmations, rhythms, dates, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    MAX_OPTIONS,
    Button,
    Card,
    ChoiceField,
    Emphasis,
    Facts,
    Form,
    Text,
    TextField,
    Tone,
    Values,
)
from bot.programme.programmes import Programme
from bot.pulse.opening import NotOpened
from bot.pulse.planning import DEFAULT_REMINDERS, MAX_NAME
from bot.pulse.pulses import Pulse
from bot.pulse.questions import Kind, Question
from bot.sentiment.blocks import Block
from bot.wording.phrases import called, count, day, moment, plain, run, shortened, with_buttons

KINDS = (
    ("agree", "Agree or disagree, 5 steps"),
    ("0-10", "A number from 0 to 10"),
    ("yes/no", "Yes or no"),
    ("choice", "One of several options"),
    ("pick", "Up to 3 of several options"),
    ("text", "Free text"),
)
_FIELDS = {
    "text": "the question",
    "kind": "the kind of question",
    "options": "the options",
    "every": "how often",
    "window": "how long",
    "size": "how many questions",
    "questions": "which questions",
    "teams": "who is asked",
    "reminders": "the reminders",
    "name": "the name",
}

ALREADY = plain("This was decided before, so nothing was changed now.")
DISCARDED = plain("Nothing was sent.")
NO_OPEN_ROUND = plain("No round is open now. Type /pulse status to see what comes next.")


def one_off_name(text: str) -> str:
    """A question that is asked once is called by its own words, without a full stop."""
    return shortened(text.removesuffix("."), MAX_NAME)


def not_understood(errors: Mapping[str, str]) -> Card:
    """Every part of a typed line that did not fit."""
    rows = tuple((_FIELDS.get(field, field).capitalize(), text) for field, text in errors.items())
    return Card((Text("Nothing was sent or changed."), Facts(rows)))


def not_started(programme: Programme) -> Card:
    """Nothing is asked before the first day."""
    first = programme.starts_on
    return with_buttons(
        plain(
            f"{programme.name} starts on {day(first)} {first.year}, and nothing is asked before.",
            "To ask sooner, change its first day.",
        ),
        run("Change the programme", "programme edit"),
    )


def still_resting(back_on: date) -> str:
    """The four weeks' rest, with its reason."""
    return (
        f"This was asked within the last 4 weeks. It can be asked again from {day(back_on)}: "
        "asking sooner would show who changed their mind."
    )


# --- asking once -----------------------------------------------------------------------------


def confirm_ask(
    pulse: Pulse,
    questions: Sequence[Question],
    people: int,
    closes: datetime,
    reminded: tuple[int, int],
    blocks: Sequence[Block],
    least: int,
    zone: str,
) -> Card:
    """What will happen, before anything is sent. `reminded`: the least and most that people get."""
    groups = "everyone together"
    if len(blocks) > 1:
        groups = f"{groups}, and {'; '.join(block.name for block in blocks)}"
    rows = (
        ("Question", " / ".join(one.text for one in questions)),
        ("Who", on_the_list(people)),
        ("Open until", moment(closes, zone)),
        ("Reminders", reminders(pulse.reminders, *reminded)),
        *_shown(questions, f"{groups}; never for fewer than {least} answers"),
    )
    return with_buttons(
        Card((Text("Ask this now?", Tone.HEADING), Facts(rows))),
        Button(
            "Ask now",
            Action(Verb.SEND, (pulse.id,)),
            Emphasis.PRIMARY,
        ),
        Button("Do not ask", Action(Verb.DISCARD, (pulse.id,))),
    )


def _shown(questions: Sequence[Question], whom: str) -> Iterator[tuple[str, str]]:
    """What comes of the answers."""
    written = sum(one.kind is Kind.TEXT for one in questions)
    if written < len(questions):
        yield "Results for", whom
    if written:
        yield "What people write", "Kept sealed and shown to nobody for now, not even to you"


def reminders(wanted: int, least: int, most: int) -> str:
    """How many reminders there really are, and why there may be fewer than were asked for."""
    if wanted == 0:
        return "None"
    if most == 0:
        return "None: the time is too short for one"
    same = "the same words to everyone"
    if least < most:
        return f"Up to {most}, {same}. For some people the time is too short"
    short = f". The time is too short for {wanted}" if most < wanted else ""
    return f"{most}, {same}{short}"


def on_the_list(people: int) -> str:
    """How many said yes stays unsaid: a change in it would tell who chose what."""
    return f"{count(people, 'person', 'people')} on the list; those who said yes are asked"


def asked(pulse: Pulse) -> Card:
    """The round is open."""
    return with_buttons(
        plain(
            f"{called(pulse)} is on its way. Each person gets it outside their quiet hours.",
            "Until it closes you can call it off with /pulse cancel. Its answers are deleted then.",
        ),
        run("See how it is going", "status"),
    )


def not_opened(name: str, reason: NotOpened) -> Card:
    """Why a round of this name did not open, and what to do."""
    return plain(f"{name} was not asked. {_NOT_OPENED[reason]}")


_NOT_OPENED = {
    NotOpened.TOO_FEW: "Too few people have said yes, so no result could be shown. "
    "Ask more people in with /pulse people.",
    NotOpened.ALL_RESTING: "All its questions were asked in the last 4 weeks. "
    "Give it more questions, or a slower rhythm.",
    NotOpened.NO_QUESTIONS: "It has no questions any more. Plan it again with /pulse schedule new.",
    NotOpened.CUTS_A_GROUP: "The reporting groups have changed since it was planned, and it would "
    "ask only a part of one. Stop it and plan it again for whole groups.",
    NotOpened.NOT_STARTED: "The programme has not started yet. "
    "Change its first day with /pulse programme edit.",
    NotOpened.ENDED: "The programme has ended. Change its last day with /pulse programme edit.",
}


def ask_form(teams: Sequence[str], draft: Values) -> Form:
    """One question, now."""
    return Form(
        title="Ask a question",
        action=Action(Verb.FORM, ("ask", "")),
        fields=(
            TextField(
                id="text",
                label="Question",
                value=kept(draft, "text"),
                hint="A question, or a statement to agree with.",
                max_length=200,
            ),
            ChoiceField(
                id="kind", label="Answered by", options=KINDS, value=draft.get("kind") or ("agree",)
            ),
            TextField(
                id="options",
                label="Options, one a line",
                value=kept(draft, "options"),
                hint="Only for a choice of options.",
                required=False,
                multiline=True,
            ),
            *teams_fields(teams, draft),
            window_field(draft, "2 days"),
            reminders_field(draft),
        ),
        submit="Next",
        intro="Before anything is sent you see what will happen.",
    )


def teams_fields(teams: Sequence[str], draft: Values) -> tuple[ChoiceField, ...]:
    """Nothing to choose from where there is one team at most."""
    if len(teams) < 2:
        return ()
    offered = teams[:MAX_OPTIONS]
    return (
        ChoiceField(
            id="teams",
            label="Who is asked",
            options=tuple((team, team) for team in offered),
            value=tuple(team for team in draft.get("teams", ()) if team in offered),
            hint="Leave it empty for everyone.",
            required=False,
            most=len(offered),
        ),
    )


def window_field(draft: Values, usual: str) -> TextField:
    return TextField(
        id="window",
        label="Open for",
        value=kept(draft, "window") or usual,
        hint="For example 5 working days, or 10 days for shift workers.",
        max_length=40,
    )


def reminders_field(draft: Values) -> ChoiceField:
    return ChoiceField(
        id="reminders",
        label="Reminders",
        options=(("0", "None"), ("1", "One"), ("2", "Two")),
        value=draft.get("reminders") or (str(DEFAULT_REMINDERS),),
        hint="Everyone gets the same words, whether they answered or not.",
    )


def kept(draft: Values, field: str) -> str:
    return (draft.get(field) or ("",))[0]
