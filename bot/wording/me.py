"""What people read about themselves: their choices, times, leave and data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, time

from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    MAX_BUTTONS,
    MAX_LABEL,
    Button,
    Buttons,
    Card,
    Emphasis,
    Facts,
    Form,
    Text,
    TextField,
    Tone,
    Values,
)
from bot.programme.people import Consent, Person
from bot.programme.programmes import Programme
from bot.pulse.pulses import Round
from bot.wording.phrases import date_of, day, plain, run, shortened, titled, with_buttons


def me(
    person: Person,
    zone: str,
    parts: Sequence[tuple[Programme, Consent | None]],
    open_rounds: Sequence[tuple[Programme, Round]],
    answered: Collection[str],
    facilitates: bool,
) -> Card:
    """What is known about a person, with a button for each thing that they may change.

    `parts` holds all their programmes; None where they are not a participant. `answered` holds
    the ids of the open rounds in which they have answered something.
    """
    several = len(parts) > 1
    time = (
        f"{person.preferred_time:%H:%M}"
        if person.preferred_time
        else "any time outside quiet hours"
    )
    rows = [
        (programme.name, _CONSENT[asked] if asked else "You are not asked questions here.")
        for programme, asked in parts
    ]
    rows += [
        ("Best time for you", f"{time} ({zone})"),
    ]
    if person.away_from and person.away_to:
        rows.append(("Away", f"{day(person.away_from)} to {day(person.away_to)}"))
    change = tuple(
        Button(
            shortened(
                f"{'Change my answers' if r.id in answered else 'Answer'}: {r.name}"
                f"{f' ({p.name})' if several else ''}",
                MAX_LABEL,
            ),
            Action(Verb.CHANGE, (r.id,)),
        )
        for p, r in open_rounds
    )
    choose = tuple(
        _choice(programme, asked, several) for programme, asked in parts if asked is not None
    )
    manage = (
        Button("Set my times", Action(Verb.FORM, ("times", ""))),
        *(() if several else choose),
        run("Erase my data", "me erase"),
    )
    return Card(
        (
            Text("My pulses", Tone.HEADING),
            # On a line of its own: an address is one long word.
            Text(f"{person.name}\n{person.email}"),
            Facts(tuple(rows)),
            *(
                Text(part, Tone.QUIET)
                for part in _kept(any(asked is not None for _, asked in parts), facilitates)
            ),
            *((Buttons(change[:MAX_BUTTONS]),) if change else ()),
            *((Buttons(choose[:MAX_BUTTONS]),) if choose and several else ()),
            Buttons(manage),
        )
    )


def _kept(takes_part: bool, facilitates: bool) -> Iterator[str]:
    """What is stored about a person, by what they are here."""
    yield (
        "Kept about you: your name and address, your role and team, your time zone, language, "
        "times and days away, which messages went to you (not their words), and forms that you "
        "have not finished."
    )
    if takes_part:
        yield (
            "Also whether you said yes, and which rounds you were asked in. While a round is open "
            "your answers are kept, sealed. When it closes they are deleted; for 13 weeks we keep "
            "which questions you answered, never how. What you write in your own words stays "
            "sealed, without your name."
        )
    if facilitates:
        yield "Also what you do here as a facilitator: type /pulse audit."


def _choice(programme: Programme, asked: Consent, several: bool) -> Button:
    """To stop, which asks first, or to be asked again; with its name where there are several."""
    of = f": {programme.name}" if several else ""
    if asked is Consent.GIVEN:
        return run(shortened(f"Stop asking me{of}", MAX_LABEL), f"me leave {programme.id}")
    label = "Ask me again" if asked is Consent.DECLINED else "Choose now"
    again = Action(Verb.CONSENT, (programme.id, "ask"))
    return Button(shortened(f"{label}{of}", MAX_LABEL), again, Emphasis.PRIMARY)


_CONSENT = {
    Consent.UNASKED: "You have not been asked yet.",
    Consent.ASKED: "You have not chosen yet.",
    Consent.GIVEN: "You said yes.",
    Consent.DECLINED: "You said no, so you are not asked.",
}


def confirm_leave(programme: Programme) -> Card:
    """Asked first: it takes answers of open rounds away."""
    return with_buttons(
        titled(
            "Stop the questions?",
            f"You will get no more questions or results from {programme.name}. Your answers in "
            "rounds that are still open are deleted. You can come back with /pulse me.",
        ),
        Button("Stop asking me", Action(Verb.LEAVE, (programme.id,)), Emphasis.DANGER),
        run("Keep going", "me"),
    )


def confirm_erase(programme: Programme) -> Card:
    """Asked first: it cannot be undone."""
    return with_buttons(
        titled(
            "Erase your data?",
            "Your name, address, team, choices and answers in open rounds are deleted, in every "
            "programme here. Group results that were already shown stay: nobody can be picked out "
            "of them. This cannot be undone.",
        ),
        Button("Erase my data", Action(Verb.ERASE, (programme.id,)), Emphasis.DANGER),
        run("Keep my data", "me"),
    )


def left(programme: Programme) -> Card:
    """After the confirmation."""
    return plain(
        f"Done. You will not be asked again in {programme.name}. "
        "Type /pulse me if you change your mind."
    )


def not_in(name: str) -> Card:
    """They are in no programme of that name."""
    return plain(f'You are in no programme "{name[:80]}". Type /pulse me to see yours.')


ERASED = plain("Done. Your data has been erased. Thank you for your time.")
BACK = plain("Welcome back. Questions will reach you again.")
LAST_FACILITATOR = plain(
    "You are the only facilitator of a programme, so nobody could run or stop it without you. "
    "Add another one first with /pulse people add."
)


def times_form(person: Person, programme: Programme, draft: Values) -> Form:
    """When questions may come."""
    wish = f"{person.preferred_time:%H:%M}" if person.preferred_time else ""
    zone = person.zone or programme.zone
    return Form(
        title="My times",
        action=Action(Verb.FORM, ("times", "")),
        fields=(
            TextField(
                id="time",
                label="Best time for questions",
                value=draft.get("time", (wish,))[0],
                hint="For example 19:30. Leave it empty if any time suits you.",
                required=False,
                max_length=20,
            ),
            TextField(
                id="zone",
                label="Your time zone",
                value=draft.get("zone", (zone,))[0],
                hint="For example Europe/London.",
                max_length=60,
            ),
        ),
    )


def times_saved(at: time | None, zone: str) -> Card:
    """The wish back in words."""
    if at is None:
        return plain(f"Questions come outside your quiet hours, on the clocks of {zone}.")
    return plain(f"Questions come at about {at:%H:%M}, on the clocks of {zone}.")


def zone_saved(zone: str) -> Card:
    """The clocks back in words."""
    return plain(f"Times are now on the clocks of {zone}.")


def not_a_date(text: str) -> Card:
    """A date that cannot be read."""
    return plain(f'"{text[:40]}" is not a date. Type it like 2026-08-03.')


def away_over(first: date, last: date) -> Card:
    """A leave that lies in the past, or ends before it begins."""
    return plain(
        f"{date_of(first)} to {date_of(last)} is over, or ends before it starts. "
        "Check the two dates."
    )


def away(first: date, last: date) -> Card:
    """Leave is noted."""
    return plain(
        f"Enjoy your time off. From {day(first)} to {day(last)} nothing is sent to you unless a "
        "round would be over before you are back.",
        "Type /pulse me back if you are back early.",
    )


def former(person: Person) -> Card:
    """Someone who is in no programme any more."""
    return with_buttons(
        titled(
            "You are in no programme",
            f"Nothing is sent to you. Your name and {person.email} are still kept here, in case "
            "you come back. You can have them erased; this cannot be undone.",
        ),
        Button("Erase my data", Action(Verb.ERASE, ("",)), Emphasis.DANGER),
    )
