"""What people read about what is going on and what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.conversation.actions import Action, Verb
from bot.conversation.card import Card, Facts, Form, Text, TextField, Tone
from bot.programme.programmes import Programme
from bot.pulse.pulses import Pulse, Round
from bot.wording.phrases import count, moment, plain, run, with_buttons
from bot.wording.unsent import NOTHING, Unsent, unsent_rows, what_failed

NO_RESULTS = plain("There are no results yet. They come here when the first round has closed.")

_DONE = {
    "ask": "asked a question",
    "schedule": "planned a pulse",
    "schedule.stop": "stopped a pulse",
    "pause": "paused",
    "resume": "resumed",
    "round.close": "closed a round early",
    "round.cancel": "cancelled a round",
    "people.add": "added a person",
    "people.change": "changed a person",
    "people.import": "imported people",
    "people.from": "brought in people of a channel or group",
    "people.unfollow": "stopped following a channel or group",
    "people.remove": "took people out",
    "programme.new": "started the programme",
    "programme.edit": "changed the programme",
    "programme.level": "changed the level",
    "questions.add": "added a question",
}


def status(
    programme: Programme,
    rounds: Sequence[Round],
    sending: Mapping[str, Mapping[str, int]],
    pulses: Sequence[Pulse],
    held: datetime | None,
    zone: str,
    unsent: Unsent = NOTHING,
) -> Card:
    """Open rounds with how the sending goes, what else was not sent, then the next dates.

    `held`: nothing is sent before this moment.
    """
    rows = [(round_.name, _open(round_, sending.get(round_.id, {}), zone)) for round_ in rounds]
    rows += unsent_rows(unsent)
    dates = sorted((pulse.next_at, pulse.name) for pulse in pulses if pulse.next_at)
    rows += [(name, f"next on {moment(at, zone)}") for at, name in dates]
    waits = _is_waiting(sending) or unsent.waits
    card = Card(
        (
            Text(programme.name, Tone.HEADING),
            Text(_summary(programme, rounds)),
            *((Facts(tuple(rows)),) if rows else ()),
            *((Text(_held(held, zone)),) if held and waits else ()),
            *(Text(text) for text in what_failed(unsent)),
            Text("Who has answered is not shown to anyone.", Tone.QUIET),
        )
    )
    return with_buttons(card, run("Pulses", "schedule"), run("Ask a question", "ask"))


def _summary(programme: Programme, rounds: Sequence[Round]) -> str:
    state = "Paused: no new round opens. " if programme.paused else ""
    open_now = count(len(rounds), "round is", "rounds are") if rounds else "No round is"
    return f"{state}{open_now} open now."


def _is_waiting(sending: Mapping[str, Mapping[str, int]]) -> bool:
    return any(states.get("pending") or states.get("sending") for states in sending.values())


def _held(until: datetime, zone: str) -> str:
    return (
        f"Messages wait until {moment(until, zone)}, because the chat asked for a pause or "
        "Soundings may not write there any more. I try again by myself. If it stays like this, ask "
        "whoever looks after the chat whether Soundings is still installed."
    )


def _open(round_: Round, sending: Mapping[str, int], zone: str) -> str:
    waiting = sending.get("pending", 0) + sending.get("sending", 0)
    parts = [f"open until {moment(round_.close_at, zone)}", f"{sending.get('sent', 0)} sent"]
    if waiting:
        parts.append(f"{waiting} still to be sent")
    if sending.get("failed"):
        parts.append(f"{sending['failed']} could not be reached")
    return ", ".join(parts)


def export_form(text: str) -> Form:
    """The CSV in a box, to copy."""
    return Form(
        title="Published results",
        action=Action(Verb.FORM, ("export", "")),
        fields=(
            TextField(
                id="csv",
                label="As CSV, to copy",
                value=text,
                multiline=True,
                max_length=max(3000, len(text)),
            ),
        ),
        submit="Done",
        intro="These are the figures that everyone saw, with their ranges.",
        keeps_draft=False,
        read_only=True,
    )


def audit(
    programme: Programme,
    rows: Sequence[tuple[datetime, str, str, Mapping[str, str]]],
    zone: str,
) -> Card:
    """What was done, by which facilitator."""
    if not rows:
        return plain(f"Nothing has been done in {programme.name} yet.")
    lines = []
    for at, who, what, about in rows:
        extra = ", ".join(about.values())
        done = _DONE.get(what, what)
        lines.append((moment(at, zone), f"{who} {done}{f' ({extra})' if extra else ''}"))
    return Card((Text(f"Done in {programme.name}", Tone.HEADING), Facts(tuple(lines))))
