"""What a facilitator reads about rhythms and about ending a round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    MAX_BUTTONS,
    MAX_LABEL,
    MAX_OPTIONS,
    MAX_TEXT,
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
from bot.pulse.planning import DEFAULT_SIZE, MAX_NAME
from bot.pulse.pulses import Pulse, PulseState, Round
from bot.pulse.questions import Question, fill
from bot.pulse.windows import DEFAULT_WINDOW
from bot.wording.asking import (
    kept,
    on_the_list,
    reminders,
    reminders_field,
    teams_fields,
    window_field,
)
from bot.wording.phrases import (
    called,
    count,
    listed,
    moment,
    plain,
    run,
    shortened,
    titled,
    with_buttons,
)
from bot.wording.questions import sized

_STOPPED_HERE = 6  # pulses with a button to stop them; the rest by name


def schedule_form(
    teams: Sequence[str], own: Sequence[Question], draft: Values, organisation: str, change: str
) -> Form:
    """A rhythm. Sets come first, then the programme's own questions, then single ones."""

    def label(question: Question) -> str:
        filled = fill(question, organisation=organisation, change=change)
        return shortened(filled.text, MAX_LABEL)

    sets = [(one.id, shortened(sized(one), MAX_LABEL)) for one in instruments()]
    single = [(q.id, label(q)) for q in (*own, *(q for one in instruments() for q in one.items))]
    offered = (*sets, *single)[:MAX_OPTIONS]
    chosen = [value for value, _ in offered if value in draft.get("questions", ())]
    return Form(
        title="Plan a pulse",
        action=Action(Verb.FORM, ("schedule", "")),
        fields=(
            TextField(id="name", label="Name", value=kept(draft, "name"), max_length=60),
            TextField(
                id="every",
                label="How often",
                value=kept(draft, "every"),
                hint="For example every 2 weeks on Tuesday at 10:00.",
                max_length=100,
            ),
            ChoiceField(
                id="questions",
                label="Questions to choose from",
                options=offered,
                value=tuple(chosen) or (FIRST_PULSE,),
                hint="Whole sets come first. A question rests 4 weeks after it was asked.",
                most=20,
            ),
            TextField(
                id="size",
                label="Questions each time, 1 to 6",
                value=kept(draft, "size") or str(DEFAULT_SIZE),
                max_length=1,
            ),
            *teams_fields(teams, draft),
            window_field(draft, DEFAULT_WINDOW.in_words()),
            reminders_field(draft),
        ),
        submit="Plan it",
    )


def scheduled(
    pulse: Pulse, dates: Sequence[datetime], zone: str, people: int, reminded: tuple[int, int]
) -> Card:
    """The rhythm back in words, with its next three dates and the reminders of the first."""
    rhythm = in_words(pulse.cadence, zone) if pulse.cadence else "once"
    rows = (
        ("How often", rhythm),
        ("Next", "; ".join(moment(at, zone) for at in dates)),
        ("Open for", pulse.window.in_words()),
        ("Each time", count(pulse.size, "question")),
        ("Who", on_the_list(people)),
        ("Reminders", reminders(pulse.reminders, *reminded)),
    )
    return with_buttons(
        Card((Text(f"{pulse.name} is planned", Tone.HEADING), Facts(rows))),
        run("See all", "schedule"),
        run("Stop it", f"schedule stop {pulse.id}"),
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
        *(
            run(shortened(f"Stop {pulse.name}", MAX_LABEL), f"schedule stop {pulse.id}")
            for pulse in pulses[:_STOPPED_HERE]
        ),
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
    names = listed([f'"{pulse.name}"' for pulse in pulses])
    there = f"There is: {names}." if names else "None is planned yet."
    return plain(f'There is no repeating pulse "{name[:60]}". {there}')


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


def paused(name: str, pulse: Pulse | None) -> Card:
    """No new rounds, of one pulse or of the programme, until somebody resumes it."""
    return with_buttons(
        plain(
            f"{name} is paused until you resume it. No new round opens; a round that is open runs "
            "to its end."
        ),
        run("Resume", f"resume {pulse.id}" if pulse else "resume"),
    )


def not_paused(name: str, pulses: Sequence[Pulse]) -> Card:
    """There is nothing to resume; single pulses that are paused are named."""
    waiting = [f'"{pulse.name}"' for pulse in pulses if pulse.state is PulseState.PAUSED]
    note = f"Paused by itself: {listed(waiting)}. Type /pulse resume with its name."
    return plain(f"{name} is not paused, so nothing was changed.", *([note] if waiting else []))


def resumed(name: str) -> Card:
    """New rounds again."""
    return plain(f"{name} goes on from its next date. What fell into the pause is not asked late.")


# --- the open round --------------------------------------------------------------------------


def which_round(rounds: Sequence[Round], what: str) -> Card:
    """More than one is open. `what` is done to one: "Close" or "Cancel"."""
    names = listed([called(round_) for round_ in rounds])
    return _choose(f"{count(len(rounds), 'round')} are open: {names}. Choose one.", rounds, what)


def no_such_round(name: str, rounds: Sequence[Round], what: str) -> Card:
    """No open round has this name."""
    names = listed([called(round_) for round_ in rounds])
    said = f'"{shortened(name, MAX_NAME)}" has no open round. Open now: {names}.'
    return _choose(said, rounds, what)


def _choose(said: str, rounds: Sequence[Round], what: str) -> Card:
    buttons = (
        run(shortened(f"{what}: {round_.name}", MAX_LABEL), f"{what.lower()} {round_.id}")
        for round_ in rounds[:MAX_BUTTONS]
    )
    return with_buttons(plain(shortened(said, MAX_TEXT)), *buttons)


def confirm_close(round_: Round, shared_at: datetime | None, zone: str) -> Card:
    """Asked first: nobody can answer afterwards. `shared_at`: when quiet hours hold them back."""
    when = f"after quiet hours, on {moment(shared_at, zone)}" if shared_at else "at once"
    return with_buttons(
        titled(
            f"Close {called(round_)} now?",
            f"It is open until {moment(round_.close_at, zone)}. Nobody can answer after you close "
            f"it. The results go to everyone who was asked and to the leads {when}, and cannot "
            "be taken back.",
        ),
        Button("Close and share", Action(Verb.CLOSE_ROUND, (round_.id,)), Emphasis.DANGER),
        run("Keep it open", "status"),
    )


def confirm_cancel(round_: Round) -> Card:
    """Asked first: the answers are deleted."""
    return with_buttons(
        titled(
            f"Cancel {called(round_)}?",
            "All answers so far are deleted and there are no results. Messages that have not gone "
            "out yet are not sent. This cannot be undone. The same questions can still not be "
            "asked again within four weeks.",
        ),
        Button("Cancel the round", Action(Verb.CANCEL_ROUND, (round_.id,)), Emphasis.DANGER),
        run("Keep it open", "status"),
    )


def round_closed(round_: Round, shared_at: datetime | None, zone: str) -> Card:
    """After the confirmation."""
    if shared_at:
        when = moment(shared_at, zone)
        return plain(f"{called(round_)} is closed. Its results come after quiet hours, on {when}.")
    return plain(f"{called(round_)} is closed. Its results are on their way.")


def round_cancelled(round_: Round) -> Card:
    """After the confirmation."""
    return plain(
        f"{called(round_)} is cancelled. Its answers are deleted and nothing is published."
    )
