"""What a facilitator reads about asking: confirmations, rhythms, dates, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    MAX_LABEL,
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
from bot.pulse.bank import FIRST_PULSE, instruments
from bot.pulse.cadence_words import in_words
from bot.pulse.opening import NotOpened
from bot.pulse.planning import DEFAULT_REMINDERS, DEFAULT_SIZE
from bot.pulse.pulses import Pulse, PulseState, Round
from bot.pulse.questions import Question
from bot.pulse.windows import DEFAULT_WINDOW
from bot.sentiment.blocks import Block
from bot.wording.phrases import count, day, listed, moment, plain, quoted, run, titled, with_buttons

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

ALREADY = plain("This was done before, so nothing was changed now.")
DISCARDED = plain("Nothing was sent.")
NO_OPEN_ROUND = plain("No round is open now. Type /pulse status to see what comes next.")


def one_off_name(on: date) -> str:
    """What a question that is asked once is called."""
    return f"Question of {day(on)}"


def not_understood(errors: Mapping[str, str]) -> Card:
    """Every part of a typed line that did not fit."""
    rows = tuple((_FIELDS.get(field, field).capitalize(), text) for field, text in errors.items())
    return Card((Text("Nothing was sent or changed."), Facts(rows)))


def still_resting(back_on: date) -> str:
    """The four weeks' rest, with its reason."""
    return (
        f"This was asked within the last 4 weeks. It can be asked again from {day(back_on)}: "
        "asking sooner would show who changed their mind."
    )


# --- asking once -----------------------------------------------------------------------------


def confirm_ask(
    pulse: Pulse,
    texts: Sequence[str],
    people: int,
    closes: datetime,
    blocks: Sequence[Block],
    least: int,
    zone: str,
) -> Card:
    """What will happen, before anything is sent."""
    groups = "everyone together"
    if len(blocks) > 1:
        groups = f"{groups}, and {'; '.join(block.name for block in blocks)}"
    rows = (
        ("Question", " / ".join(texts)),
        ("Who", f"{count(people, 'person', 'people')} who said yes"),
        ("Open until", moment(closes, zone)),
        ("Reminders", f"{pulse.reminders}, the same words to everyone"),
        ("Results for", f"{groups}; never for fewer than {least} answers"),
    )
    return with_buttons(
        Card((Text("Ask this now?", Tone.HEADING), Facts(rows))),
        Button(
            f"Ask {count(people, 'person', 'people')} now",
            Action(Verb.SEND, (pulse.id,)),
            Emphasis.PRIMARY,
        ),
        Button("Do not ask", Action(Verb.DISCARD, (pulse.id,))),
    )


def asked(pulse: Pulse) -> Card:
    """The round is open."""
    return with_buttons(
        plain(
            f"{pulse.name} is on its way. Each person gets it outside their quiet hours.",
            "Until a message has gone out you can still stop it with /pulse cancel.",
        ),
        run("See how it is going", "status"),
    )


def not_opened(name: str, reason: NotOpened) -> Card:
    """Why a round did not open, and what to do."""
    return plain(f"{name} was not asked. {_NOT_OPENED[reason]}")


_NOT_OPENED = {
    NotOpened.TOO_FEW: "Too few people have said yes, so no result could be shown. "
    "Ask more people in with /pulse people.",
    NotOpened.ALL_RESTING: "All its questions were asked in the last 4 weeks. "
    "Give it more questions, or a slower rhythm.",
    NotOpened.NO_QUESTIONS: "It has no questions any more. Plan it again with /pulse schedule new.",
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
                value=_kept(draft, "text"),
                hint="A question, or a statement to agree with.",
                max_length=200,
            ),
            ChoiceField(
                id="kind", label="Answered by", options=KINDS, value=draft.get("kind") or ("agree",)
            ),
            TextField(
                id="options",
                label="Options, one a line",
                value=_kept(draft, "options"),
                hint="Only for a choice of options.",
                required=False,
                multiline=True,
            ),
            *_teams_fields(teams, draft),
            _window_field(draft, "2 days"),
            _reminders_field(draft),
        ),
        submit="Next",
        intro="Before anything is sent you see what will happen.",
    )


# --- schedules -------------------------------------------------------------------------------


def schedule_form(teams: Sequence[str], own: Sequence[Question], draft: Values) -> Form:
    """A rhythm."""
    sets = [(one.id, f"{one.title} ({len(one.items)})"[:MAX_LABEL]) for one in instruments()]
    mine = [(question.id, question.text[:MAX_LABEL]) for question in own]
    items = [(item.id, item.text[:MAX_LABEL]) for one in instruments() for item in one.items]
    offered = tuple((*sets, *mine, *items)[:MAX_OPTIONS])
    kept = [value for value, _ in offered if value in draft.get("questions", ())]
    return Form(
        title="Plan a pulse",
        action=Action(Verb.FORM, ("schedule", "")),
        fields=(
            TextField(id="name", label="Name", value=_kept(draft, "name"), max_length=60),
            TextField(
                id="every",
                label="How often",
                value=_kept(draft, "every"),
                hint="For example: every 2 weeks on Tuesday at 10:00",
                max_length=100,
            ),
            ChoiceField(
                id="questions",
                label="Questions to choose from",
                options=offered,
                value=tuple(kept) or (FIRST_PULSE,),
                hint="Whole sets come first. A question rests 4 weeks after it was asked.",
                most=20,
            ),
            TextField(
                id="size",
                label="Questions each time, 1 to 6",
                value=_kept(draft, "size") or str(DEFAULT_SIZE),
                max_length=1,
            ),
            *_teams_fields(teams, draft),
            _window_field(draft, DEFAULT_WINDOW.in_words()),
            _reminders_field(draft),
        ),
        submit="Plan it",
    )


def _teams_fields(teams: Sequence[str], draft: Values) -> tuple[ChoiceField, ...]:
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


def _window_field(draft: Values, usual: str) -> TextField:
    return TextField(
        id="window",
        label="Open for",
        value=_kept(draft, "window") or usual,
        hint="For example 5 working days, or 10 days for shift workers.",
        max_length=40,
    )


def _reminders_field(draft: Values) -> ChoiceField:
    return ChoiceField(
        id="reminders",
        label="Reminders",
        options=(("0", "None"), ("1", "One"), ("2", "Two")),
        value=draft.get("reminders") or (str(DEFAULT_REMINDERS),),
        hint="Everyone gets the same words, whether they answered or not.",
    )


def _kept(draft: Values, field: str) -> str:
    return (draft.get(field) or ("",))[0]


def scheduled(pulse: Pulse, dates: Sequence[datetime], zone: str, people: int) -> Card:
    """The rhythm back in words, with its next three dates."""
    rhythm = in_words(pulse.cadence, zone) if pulse.cadence else "once"
    rows = (
        ("How often", rhythm),
        ("Next", "; ".join(moment(at, zone) for at in dates)),
        ("Open for", pulse.window.in_words()),
        ("Each time", f"{count(pulse.size, 'question')} to {count(people, 'person', 'people')}"),
        ("Reminders", str(pulse.reminders)),
    )
    return with_buttons(
        Card((Text(f"{pulse.name} is planned", Tone.HEADING), Facts(rows))),
        run("See all", "schedule"),
        run("Stop it", f"schedule stop {quoted(pulse.name)}"),
    )


def schedules(programme: Programme, pulses: Sequence[Pulse], zone: str) -> Card:
    """Every rhythm of the programme."""
    if not pulses:
        return with_buttons(
            plain(f"{programme.name} has no repeating pulse yet."),
            run("Plan one", "schedule new", Emphasis.PRIMARY),
        )
    rows = tuple((pulse.name, _rhythm(pulse, zone)) for pulse in pulses)
    return with_buttons(
        Card((Text(f"Pulses of {programme.name}", Tone.HEADING), Facts(rows))),
        run("Plan another", "schedule new"),
    )


def _rhythm(pulse: Pulse, zone: str) -> str:
    words = in_words(pulse.cadence, zone) if pulse.cadence else "once"
    if pulse.state is PulseState.PAUSED:
        return f"{words}; paused"
    return f"{words}; next {moment(pulse.next_at, zone)}" if pulse.next_at else words


def name_taken(name: str) -> str:
    """Two rhythms cannot share a name."""
    return f'There is already a pulse "{name}". Choose another name, or stop that one first.'


def no_pulse(name: str, pulses: Sequence[Pulse]) -> Card:
    """There is no rhythm of that name."""
    names = listed([f'"{pulse.name}"' for pulse in pulses]) or "none"
    return plain(f'There is no repeating pulse "{name[:60]}". There is: {names}.')


def confirm_stop(pulse: Pulse) -> Card:
    """Asked first."""
    return with_buttons(
        titled(
            f"Stop {pulse.name}?",
            "It will not be asked again. A round that is open now still runs to its end.",
        ),
        Button("Stop it", Action(Verb.STOP_PULSE, (pulse.id,)), Emphasis.DANGER),
        run("Keep it", "schedule"),
    )


def stopped(pulse: Pulse) -> Card:
    """After the confirmation."""
    return plain(f"{pulse.name} has stopped. No more rounds will open.")


def paused(name: str) -> Card:
    """No new rounds."""
    return with_buttons(
        plain(f"{name} is paused. No new round opens; a round that is open runs to its end."),
        run("Resume", "resume"),
    )


def resumed(name: str) -> Card:
    """New rounds again."""
    return plain(f"{name} goes on from its next date. What fell into the pause is not asked late.")


# --- the open round --------------------------------------------------------------------------


def which_round(rounds: Sequence[Round]) -> Card:
    """More than one is open."""
    names = [round_.name for round_ in rounds]
    return plain(f"{count(len(names), 'round')} are open: {listed(names)}. Say which one.")


def confirm_close(round_: Round, zone: str) -> Card:
    """Asked first: nobody can answer afterwards."""
    return with_buttons(
        titled(
            f"Close {round_.name} now?",
            f"It is open until {moment(round_.close_at, zone)}. Nobody can answer after you close "
            "it. The results go to everyone who was asked and to the leads at once, and cannot "
            "be taken back.",
        ),
        Button("Close and share", Action(Verb.CLOSE_ROUND, (round_.id,)), Emphasis.DANGER),
        run("Keep it open", "status"),
    )


def confirm_cancel(round_: Round) -> Card:
    """Asked first: the answers are deleted."""
    return with_buttons(
        titled(
            f"Cancel {round_.name}?",
            "All answers so far are deleted and there are no results. Messages that have not gone "
            "out yet are not sent. This cannot be undone.",
        ),
        Button("Cancel the round", Action(Verb.CANCEL_ROUND, (round_.id,)), Emphasis.DANGER),
        run("Keep it open", "status"),
    )


def round_closed(round_: Round) -> Card:
    """After the confirmation."""
    return plain(f"{round_.name} is closed. Its results are on their way.")


def round_cancelled(round_: Round) -> Card:
    """After the confirmation."""
    return plain(f"{round_.name} is cancelled. Its answers are deleted and nothing is published.")
