"""The commands as data: the grammar, the help, the README and the manifests all read this table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.conversation.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for one word, or for several words in quotes. `what` completes "I need ...".

    With `choices` only those words fit. An `open` slot also takes several words without quotes.
    """

    what: str
    required: bool = True
    choices: tuple[str, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubSpec:
    """One way to use a command; `name` is its second word, or "" where there is none.

    `slots` come first, then `clauses` in any order, of which `needs` must be there. With `form`,
    nothing at all may follow, and that may open a form. `usage` holds whole lines that work as they
    stand, the fullest last. `roles` are those of the command that may use it this way. With `acts`,
    a whole line changes something at once, without asking first.
    """

    name: str = ""
    usage: tuple[str, ...]
    slots: tuple[Slot, ...] = ()
    clauses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    form: bool = False
    acts: bool = False
    roles: frozenset[Role] = frozenset(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """One command. The first of its subs is meant when nothing follows.

    What is not `listed` is of no use to somebody who is in a programme.
    """

    name: str
    roles: frozenset[Role]
    summary: str
    subs: tuple[SubSpec, ...]
    listed: bool = True

    @property
    def usage(self) -> tuple[str, ...]:
        """Example lines of all its subs, each of which works as it stands."""
        return self.usage_for(self.roles)

    def usage_for(self, roles: Collection[Role]) -> tuple[str, ...]:
        """The example lines of what these roles may do with it."""
        return tuple(
            line for sub in self.subs if not sub.roles.isdisjoint(roles) for line in sub.usage
        )

    def sub(self, name: str) -> SubSpec | None:
        """The sub of this name."""
        return next((sub for sub in self.subs if sub.name == name), None)


# The clause that says how often is named after its first word, whichever of these it starts with.
EVERY = "every"
CADENCES = (EVERY, "daily", "weekly", "fortnightly", "monthly")

_EVERYONE = frozenset(Role)
_FACILITATOR = frozenset({Role.FACILITATOR})

_PULSE = Slot(what="the name of a pulse", required=False, open=True)

_COMMANDS = (
    CommandSpec(
        name="programme",
        roles=_EVERYONE,
        summary="List your programmes and choose one; facilitators also start or change one.",
        subs=(
            SubSpec(name="list", usage=("programme",)),
            SubSpec(name="new", usage=("programme new",), form=True, roles=_FACILITATOR),
            SubSpec(
                name="use",
                usage=('programme use "Winter plan"',),
                slots=(Slot(what="the name of a programme", open=True),),
                acts=True,
            ),
            SubSpec(name="edit", usage=("programme edit",), form=True, roles=_FACILITATOR),
        ),
    ),
    CommandSpec(
        name="people",
        roles=_FACILITATOR,
        summary="See how many people are in each team; add, import or remove people.",
        subs=(
            SubSpec(name="list", usage=("people",)),
            SubSpec(
                name="add",
                usage=(
                    "people add",
                    'people add "Sam Lee" sam.lee@example.org team "Ward 4" as participant',
                ),
                slots=(Slot(what="a name"), Slot(what="an email address")),
                clauses=("team", "as"),
                form=True,
                acts=True,
            ),
            SubSpec(name="import", usage=("people import",), form=True),
            SubSpec(
                name="from",
                form=True,
                usage=(
                    "people from",
                    'people from "#ward-4"',
                    'people from "#ward-4" stop',
                    'people from "@nurses" team "Ward 4" as participant',
                ),
                slots=(
                    Slot(what="the name of a channel or group"),
                    Slot(what="stop", required=False, choices=("stop",)),
                ),
                clauses=("team", "as"),
            ),
            SubSpec(
                name="remove",
                form=True,
                usage=("people remove", "people remove sam.lee@example.org"),
                slots=(Slot(what="an email address"),),
            ),
        ),
    ),
    CommandSpec(
        name="questions",
        roles=_FACILITATOR,
        summary="See the questions that you can ask, and add your own.",
        subs=(
            SubSpec(name="list", usage=("questions",)),
            SubSpec(
                name="show",
                usage=("questions show csps",),
                slots=(Slot(what="the short name of a set of questions"),),
            ),
            SubSpec(
                name="add",
                usage=(
                    "questions add",
                    'questions add "I know why this is changing." as agree',
                    'questions add "What helps most?" as pick with "time, training, people"',
                ),
                slots=(Slot(what="a question"),),
                clauses=("as", "with"),
                form=True,
                acts=True,
            ),
        ),
    ),
    CommandSpec(
        name="schedule",
        roles=_FACILITATOR,
        summary="See which pulses repeat, start one or stop one.",
        subs=(
            SubSpec(name="list", usage=("schedule",)),
            SubSpec(name="new", usage=("schedule new",), form=True),
            SubSpec(
                usage=(
                    'schedule "Team check" weekly on tue at 10:00 with csps.proud to Ward 4',
                    'schedule "Team check" every 2 weeks on tue for 5 working days to everyone',
                    'schedule "Team check" every month on the 1st at 10:00 asking 3 reminders 2',
                ),
                slots=(Slot(what="a name"),),
                clauses=(EVERY, "for", "asking", "with", "to", "reminders"),
                needs=(EVERY,),
                acts=True,
            ),
            SubSpec(
                name="stop",
                usage=('schedule stop "Team check"',),
                slots=(Slot(what="the name of a pulse", open=True),),
            ),
        ),
    ),
    CommandSpec(
        name="ask",
        roles=_FACILITATOR,
        summary="Ask one question now.",
        subs=(
            SubSpec(
                usage=(
                    "ask",
                    'ask "How was today?"',
                    'ask "Ready for Monday?" to Ward 4 as choice with "yes, nearly, no"',
                    'ask "I can do my job well." to everyone for 2 days as agree reminders 1',
                ),
                slots=(Slot(what="a question"),),
                clauses=("to", "for", "as", "with", "reminders"),
                form=True,
            ),
        ),
    ),
    CommandSpec(
        name="status",
        roles=_FACILITATOR,
        summary="See what is open now and what comes next.",
        subs=(SubSpec(usage=("status",)),),
    ),
    CommandSpec(
        name="close",
        roles=_FACILITATOR,
        summary="Close the open round now and share its result.",
        subs=(SubSpec(usage=("close", 'close "Team check"'), slots=(_PULSE,)),),
    ),
    CommandSpec(
        name="cancel",
        roles=_FACILITATOR,
        summary="Cancel the open round; its answers are deleted and there is no result.",
        subs=(SubSpec(usage=("cancel", 'cancel "Team check"'), slots=(_PULSE,)),),
    ),
    CommandSpec(
        name="digest",
        roles=_EVERYONE,
        summary="See the last result again.",
        subs=(SubSpec(usage=("digest",)),),
    ),
    CommandSpec(
        name="pause",
        roles=_FACILITATOR,
        summary="Stop asking until you resume.",
        subs=(SubSpec(usage=("pause", 'pause "Team check"'), slots=(_PULSE,), acts=True),),
    ),
    CommandSpec(
        name="resume",
        roles=_FACILITATOR,
        summary="Start asking again after a pause.",
        subs=(SubSpec(usage=("resume", 'resume "Team check"'), slots=(_PULSE,), acts=True),),
    ),
    CommandSpec(
        name="level",
        roles=_FACILITATOR,
        summary="See or change the level of the programme.",
        subs=(
            SubSpec(
                usage=("level", "level silver"),
                slots=(Slot(what="a level", required=False, choices=("gold", "silver", "bronze")),),
                acts=True,
            ),
        ),
    ),
    CommandSpec(
        name="export",
        roles=_EVERYONE,
        summary="Get the results that have been shared, as a table.",
        subs=(SubSpec(usage=("export",), form=True),),
    ),
    CommandSpec(
        name="audit",
        roles=_FACILITATOR,
        summary="See what was done in this programme, and by which facilitator.",
        subs=(SubSpec(usage=("audit",)),),
    ),
    CommandSpec(
        name="me",
        roles=_EVERYONE,
        summary="See and change how you are asked, take a break, leave or erase your data.",
        subs=(
            SubSpec(usage=("me",)),
            SubSpec(
                name="times",
                usage=('me times "19:30"',),
                slots=(Slot(what="a time of day", open=True),),
                acts=True,
            ),
            SubSpec(
                name="zone",
                usage=("me zone Europe/London",),
                slots=(Slot(what="a time zone", open=True),),
                acts=True,
            ),
            SubSpec(
                name="pause",
                usage=("me pause 2026-08-03", "me pause 2026-08-03 to 2026-08-14"),
                slots=(Slot(what="a date", open=True),),
                clauses=("to",),
                acts=True,
            ),
            SubSpec(name="back", usage=("me back",), acts=True),
            SubSpec(
                name="leave",
                usage=("me leave", 'me leave "Winter plan"'),
                slots=(Slot(what="the name of a programme", required=False, open=True),),
            ),
            SubSpec(name="erase", usage=("me erase",)),
        ),
    ),
)

_HOME = CommandSpec(
    name="home",
    roles=_EVERYONE,
    summary="See what is going on and what is yours, in one place.",
    subs=(SubSpec(usage=("home",)),),
)

_CLAIM = CommandSpec(
    name="claim",
    roles=_EVERYONE,
    listed=False,
    summary="Become the first facilitator, with the code that the start printed.",
    subs=(
        SubSpec(
            usage=("claim ABCD-EFGH-JKLM",),
            slots=(Slot(what="the code"),),
            acts=True,
        ),
    ),
)

_HELP = CommandSpec(
    name="help",
    roles=_EVERYONE,
    summary="See what you can do here.",
    subs=(
        SubSpec(
            usage=("help", "help me"),
            slots=(
                Slot(
                    what="the name of a command",
                    required=False,
                    choices=("help", "home", *(spec.name for spec in _COMMANDS), "claim"),
                ),
            ),
        ),
    ),
)

COMMANDS = (_HELP, _HOME, *_COMMANDS, _CLAIM)

BY_NAME = {spec.name: spec for spec in COMMANDS}


# What people type for what is called differently here.
ALSO = {
    "stop": "me leave",
    "unsubscribe": "me leave",
    "quit": "me leave",
    "delete": "me erase",
    "forget": "me erase",
    "result": "digest",
    "results": "digest",
}


def help_for(roles: Collection[Role]) -> tuple[CommandSpec, ...]:
    """The commands that any of these roles may use."""
    return tuple(spec for spec in COMMANDS if not spec.roles.isdisjoint(roles))


def instead_of(word: str, roles: Collection[Role]) -> tuple[str, ...]:
    """Lines of these roles that somebody may mean who types this as the first word."""
    specs = help_for(roles)
    lines = [
        f"{spec.name} {sub.name}"
        for spec in specs
        for sub in spec.subs
        if sub.name == word and not sub.roles.isdisjoint(roles)
    ]
    other = ALSO.get(word, "")
    if other.partition(" ")[0] in {spec.name for spec in specs}:
        lines.append(other)
    return tuple(lines)
