"""What a facilitator reads about people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    Button,
    Card,
    Emphasis,
    Facts,
    Form,
    Text,
    TextField,
    Tone,
    Values,
)
from bot.conversation.roles import Role
from bot.programme.people import Person
from bot.programme.programmes import Programme
from bot.programme.roster import COLUMNS, ImportPlan, RosterRow, RowError
from bot.wording.fields import role, typed
from bot.wording.phrases import count, listed, plain, run, some, titled, with_buttons
from bot.wording.unsent import who_was_not_asked

_SHOWN_ERRORS = 20
WITHDRAWN = "What people answered in rounds that are still open is deleted when they are taken out."
FIRST_CONTACT = (
    "New participants are first asked whether they want to take part, in 5 minutes at the "
    "earliest. Until then you can stop it with /pulse people remove."
)


def people(
    programme: Programme,
    teams: Mapping[str, int],
    others: Sequence[tuple[Role, str]],
    unreached: Sequence[str],
    in_teams: bool = False,
    more: tuple[Sequence[str], Sequence[Button]] = ((), ()),
    unasked: Sequence[str] = (),
) -> Card:
    """Totals a team, then the facilitators and the leads, each by name, and who is out of reach.

    `in_teams`: the organisation has Microsoft Teams. `more` says what else brings people in, with
    its buttons. `unasked`: who has an account, and yet the question of consent did not reach them.
    """
    total = count(sum(teams.values()), "participant")
    rows = [(team, count(number, "person", "people")) for team, number in sorted(teams.items())]
    by_role = sorted(others, key=lambda other: (list(Role).index(other[0]), other[1].casefold()))
    rows += [(role.value.capitalize(), name) for role, name in by_role]
    card = Card(
        (
            Text(f"People in {programme.name}", Tone.HEADING),
            Text(f"{total} in {count(len(teams), 'team')}." if teams else "Nobody is here yet."),
            *((Facts(tuple(rows)),) if rows else ()),
            *((Text(_unreached(unreached, in_teams)),) if unreached else ()),
            *((Text(who_was_not_asked(unasked)),) if unasked else ()),
            *(Text(text) for text in more[0]),
        )
    )
    return with_buttons(
        card,
        run("Import a list", "people import"),
        run("Add one person", "people add"),
        run("Take somebody out", "people remove"),
        *more[1],
    )


# Where having an account is not enough to be reached.
TEAMS = "teams"
SLACK = "slack"
_IN_TEAMS = (
    "In Microsoft Teams I only know people who have added Soundings, or who are in a team that it "
    "was added to."
)


def _unreached(names: Sequence[str], in_teams: bool) -> str:
    """Who has no known account here under the address on the list, and what to do."""
    more = f" {_IN_TEAMS}" if in_teams else ""
    return (
        f"No messages reach {some(names)}: I know no account here with their address. "
        f"Correct it with a new import, or ask them to join.{more}"
    )


def add_form(draft: Values) -> Form:
    """One person."""
    return Form(
        title="Add a person",
        action=Action(Verb.FORM, ("people-add", "")),
        fields=(
            typed(draft, "name", "Name"),
            typed(draft, "email", "E-mail address"),
            typed(draft, "team", "Team", required=False),
            role(draft),
            typed(draft, "timezone", "Time zone", "For example Europe/London.", required=False),
            typed(draft, "language", "Language", "For example en-GB.", required=False),
        ),
        submit="Add",
    )


def remove_form(draft: Values) -> Form:
    """Who is to be taken out."""
    hint = "You are asked once more before anything happens."
    return Form(
        title="Take somebody out",
        action=Action(Verb.FORM, ("people-remove", "")),
        fields=(typed(draft, "email", "E-mail address", hint),),
        submit="Go on",
    )


def import_form(draft: Values) -> Form:
    """A CSV, pasted."""
    return Form(
        title="Import people",
        action=Action(Verb.FORM, ("people-import", "")),
        fields=(
            TextField(
                id="csv",
                label="The list, as CSV",
                value=(draft.get("csv") or ("",))[0],
                hint=f"The first line is {','.join(COLUMNS)}. Only name and email are needed; "
                "without a team column teams stay as they are.",
                multiline=True,
                max_length=100_000,
            ),
        ),
        submit="Next",
        intro="Paste it from a spreadsheet. If one line is wrong, nothing is imported. "
        "Before anything is changed or sent you see what will happen.",
    )


def confirm_import(programme: Programme, plan: ImportPlan, named: str) -> Card:
    """What an import would do, before anybody is written to."""
    new = sum(row.role is Role.PARTICIPANT for row in plan.added)
    asked = (
        f"{count(new, 'person is', 'people are')} asked whether they want to take part"
        if new
        else "Nobody is written to"
    )
    return with_buttons(
        titled(
            f"Import into {programme.name}?",
            f"{counted(plan)}, {len(plan.absent)} absent from the list. {asked}.",
        ),
        Button(
            "Import the list",
            Action(Verb.IMPORT, (programme.id, named, "yes")),
            Emphasis.PRIMARY,
        ),
        Button("Do not import", Action(Verb.IMPORT, (programme.id, named, "no"))),
        run("Change the list", "people import"),
    )


NOT_IMPORTED = plain("Nothing was imported.")
OTHER_LIST = plain(
    "That list was used or changed since then, so nothing was imported now. "
    "Type /pulse people import to see the newest one."
)


def counted(plan: ImportPlan) -> str:
    """How many are added, changed and the same."""
    return f"{len(plan.added)} added, {len(plan.updated)} changed, {plan.unchanged} the same"


def row_errors(errors: Sequence[RowError]) -> str:
    """Every wrong line with its number."""
    lines = [f"Line {error.line}: {error.message}" for error in errors[:_SHOWN_ERRORS]]
    if len(errors) > _SHOWN_ERRORS:
        lines.append(f"And {len(errors) - _SHOWN_ERRORS} more.")
    return "\n".join(["Nothing was imported.", *lines])


def cannot_add(message: str) -> Card:
    """An inline `people add` that did not fit."""
    return with_buttons(
        plain(message, "Nobody was added."), run("Open the form", "people add", Emphasis.PRIMARY)
    )


def added(row: RosterRow) -> Card:
    """One more person."""
    note = FIRST_CONTACT if row.role is Role.PARTICIPANT else "They can use /pulse help to start."
    return plain(f"{row.name} is now a {row.role.value}.", note)


def changed(row: RosterRow) -> Card:
    """Somebody who was there. What they chose about taking part is nobody's business."""
    now = [f"the name is {row.name}"]
    if row.team is not None:
        now.append(f"the team is {row.team}" if row.team else "there is no team")
    return plain(
        f"{row.email} was a {row.role.value} already, so that entry was changed: now "
        f"{listed(now)}. What they chose about taking part stays as it is."
    )


def the_same(row: RosterRow) -> Card:
    """Somebody who was there, just like that."""
    return plain(f"{row.name} is a {row.role.value} already. Nothing was changed.")


def imported(programme: Programme, plan: ImportPlan, named: str) -> Card:
    """What the import did, and who was not in the list, which is kept under this name."""
    card = titled(
        f"{programme.name}: people imported",
        f"{counted(plan)}. {FIRST_CONTACT}" if plan.added else f"{counted(plan)}.",
    )
    if not plan.absent:
        return card
    names = [member.person.name for member in plan.absent[:_SHOWN_ERRORS]]
    if len(plan.absent) > _SHOWN_ERRORS:
        names.append(f"and {len(plan.absent) - _SHOWN_ERRORS} more")
    who = count(len(plan.absent), "person is", "people are")
    said = f"{who} in the programme but not in this list: {', '.join(names)}."
    return with_absent(card, said, len(plan.absent), programme, named)


def with_absent(card: Card, said: str, number: int, programme: Programme, named: str) -> Card:
    """The card, and the people who are not in the list kept under this name, to take out."""
    stay = f"They stay unless you take them out. {WITHDRAWN}"
    return with_buttons(
        Card((*card.blocks, Text(said), Text(stay, Tone.QUIET))),
        take_out_all(number, programme, named),
    )


def take_out_all(number: int, programme: Programme, named: str) -> Button:
    """For the people of the list kept under this name."""
    action = Action(Verb.REMOVE_ABSENT, (programme.id, named))
    return Button(f"Take out {count(number, 'person', 'people')}", action, Emphasis.DANGER)


def nobody(email: str, programme: Programme) -> Card:
    """There is no such person."""
    return plain(
        f"Nobody in {programme.name} has the address {email[:100]}. "
        "Check the spelling, or type /pulse people to see the teams."
    )


def confirm_remove(programme: Programme, person: Person) -> Card:
    """Asked first."""
    return with_buttons(
        titled(
            f"Take {person.name} out?",
            f"{person.name} gets no more messages from {programme.name}. {WITHDRAWN} "
            "You can add them again later.",
        ),
        Button("Take out", Action(Verb.REMOVE_PERSON, (programme.id, person.id)), Emphasis.DANGER),
        run("Keep", "people"),
    )


def removed(number: int) -> Card:
    """After the confirmation."""
    if number == 0:
        return plain("Nobody was taken out: they had already left, or the list was used before.")
    return plain(f"Done. {count(number, 'person was', 'people were')} taken out.")
