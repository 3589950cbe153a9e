"""What a facilitator reads about programmes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    MAX_LABEL,
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
from bot.conversation.roles import Role
from bot.programme.programmes import Level, Programme
from bot.pulse.pulses import Pulse
from bot.sentiment.profile import Profile
from bot.wording.phrases import (
    date_of,
    listed,
    moment,
    plain,
    run,
    shortened,
    titled,
    with_buttons,
)

ONLY_STRICTER = (
    "Questions have been asked under the present protection, so it can only become stricter."
)

_LEVEL_MEANS = (
    "The level notes what your organisation bought. For now it changes nothing else: "
    "everything works the same at each level."
)

_PROFILES = {
    Profile.STANDARD: "Standard",
    Profile.STRICT: "Strict (NHS)",
    Profile.MINIMUM: "Minimum",
}


def programmes(mine: Sequence[tuple[Programme, Collection[Role]]], current: Programme) -> Card:
    """All programmes of a person with their roles, and a button to choose another."""
    rows = tuple(
        (
            programme.name + (" (chosen now)" if programme.id == current.id else ""),
            _in_short(programme, roles),
        )
        for programme, roles in mine
    )
    card = Card((Text("Your programmes", Tone.HEADING), Facts(rows)))
    others = [programme for programme, _ in mine if programme.id != current.id][:10]
    buttons = [run(shortened(f"Use {p.name}", MAX_LABEL), f"programme use {p.id}") for p in others]
    if any(p.id == current.id and Role.FACILITATOR in roles for p, roles in mine):
        buttons += [
            run("Change this one", "programme edit"),
            run("Start a new one", "programme new"),
        ]
    return with_buttons(card, *buttons) if buttons else card


def _in_short(programme: Programme, roles: Collection[Role]) -> str:
    are = listed([f"a {role.value}" for role in sorted(roles)])
    level = f"{programme.level.value}, " if Role.FACILITATOR in roles else ""
    paused = ", paused" if programme.paused else ""
    dates = f"{date_of(programme.starts_on)} to {date_of(programme.ends_on)}"
    return f"you are {are}; {level}{dates}{paused}"


def no_such(name: str, mine: Sequence[Programme]) -> Card:
    """There is no programme of that name."""
    return plain(
        f'There is no programme "{name[:80]}". Yours are {listed([p.name for p in mine])}.'
    )


def chosen(programme: Programme) -> Card:
    """From now on commands are about this one."""
    return plain(f"From now on your commands are about {programme.name}.")


def form(name: str, title: str, typed: Mapping[str, str], draft: Values) -> Form:
    """All that can be chosen about a programme; a kept draft wins over what is saved."""

    def value(field: str) -> str:
        return (draft.get(field) or (typed[field],))[0]

    def text(field: str, label: str, hint: str = "") -> TextField:
        return TextField(id=field, label=label, value=value(field), hint=hint, max_length=80)

    def choice(
        field: str, label: str, options: Sequence[tuple[str, str]], hint: str = ""
    ) -> ChoiceField:
        return ChoiceField(
            id=field, label=label, options=tuple(options), value=(value(field),), hint=hint
        )

    return Form(
        title=title,
        action=Action(Verb.FORM, (name, "")),
        fields=(
            text("name", "Name of the programme"),
            text("change", "The change", "As it is called in questions. For example the new rota."),
            choice("level", "Level", [(one.value, one.value.capitalize()) for one in Level]),
            text("starts_on", "First day", "For example 2026-09-30."),
            text("ends_on", "Last day", "For example 2027-09-30."),
            text("zone", "Time zone", "For example Europe/London."),
            text("country", "Public holidays", "Country and part of it. For example GB-ENG or IE."),
            text("working_days", "Working days", "For example mon tue wed thu fri."),
            text(
                "quiet",
                "Quiet hours",
                "Nothing is sent between these times. For example 19:00-08:00.",
            ),
            text(
                "expected_rate",
                "How many of 100 will answer, do you think?",
                "For example 50, if you are not sure.",
            ),
            choice(
                "profile",
                "Protection of answers",
                [
                    (p.value, f"{label}: {p.disclosure.k} answers or more for any result")
                    for p, label in _PROFILES.items()
                ],
                "Once something was asked it can only become stricter, and stays so.",
            ),
        ),
    )


def started(programme: Programme) -> Card:
    """What to do next in a new programme."""
    return with_buttons(
        titled(
            f"{programme.name} is ready",
            "Next: bring in the people, then choose questions and a rhythm.",
        ),
        run("Import people", "people import"),
        run("See questions", "questions"),
        run("Plan a pulse", "schedule new"),
    )


def confirm_stricter(programme: Programme, wanted: Profile, named: str) -> Card:
    """Asked first: it cannot be taken back once something was asked."""
    least = wanted.disclosure.k
    return with_buttons(
        titled(
            f"Make {programme.name} stricter for good?",
            f"From the next round on, no result is shown for fewer than {least} answers. "
            "Questions have been asked already, so this cannot be taken back.",
        ),
        Button(
            "Make it stricter",
            Action(Verb.STRICTER, (programme.id, named)),
            Emphasis.DANGER,
        ),
        run("Change the form again", "programme edit"),
    )


OTHER_FORM = plain(
    "The form was used or changed since then, so nothing was changed now. "
    "Type /pulse programme edit to see the newest one."
)


def saved(programme: Programme, moved: Sequence[Pulse]) -> Card:
    """The changes are kept, with the dates of the pulses that have new ones."""
    card = plain(
        f"{programme.name} is saved. Rounds that are open keep the rules they opened with."
    )
    rows = tuple((p.name, moment(p.next_at, programme.zone)) for p in moved if p.next_at)
    if not rows:
        return card
    return Card((*card.blocks, Text(f"Next rounds, {programme.zone} time:"), Facts(rows)))


def level(programme: Programme) -> Card:
    """The level as it is, what it means, and a button for each other one."""
    return with_buttons(
        plain(f"{programme.name} is {programme.level.value}.", _LEVEL_MEANS),
        *(
            run(f"Make it {one.value}", f"level {one.value}")
            for one in Level
            if one is not programme.level
        ),
    )


def same_level(programme: Programme) -> Card:
    """It was asked for what it has."""
    return plain(f"{programme.name} is {programme.level.value} already. Nothing was changed.")


def levelled(programme: Programme, level: Level) -> Card:
    """The new level."""
    return plain(f"{programme.name} is now {level.value}.", _LEVEL_MEANS)
