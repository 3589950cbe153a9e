"""Someone who is in no programme: a stranger, or one who left, whose data can still be erased."""

from __future__ import annotations

from bot.conversation.actions import Verb
from bot.conversation.events import (
    Actor,
    Closed,
    Command,
    Gathered,
    Pressed,
    Replace,
    Submitted,
)
from bot.conversation.grammar import Parsed, parse
from bot.conversation.roles import Role
from bot.handlers.context import Outcome, say
from bot.ports import Known, Tx
from bot.wording import help as words
from bot.wording import me as my


def act(tx: Tx, known: Known, event: Command | Pressed | Submitted | Closed | Gathered) -> Outcome:
    """`me` and its button to erase; everything else is for people in a programme."""
    people = tx.tenant(known.org_id).people
    person = people.get(known.person_id)
    match event:
        case Command(text=text) if person is not None:
            parsed = parse(text)
            if isinstance(parsed, Parsed) and parsed.command == "me":
                return say(my.former(person))
        case Pressed(action=action) if action.verb is Verb.ERASE:
            people.erase(known.person_id)
            return Outcome((Replace(my.ERASED),))
        case _:
            pass
    return say(words.STRANGER)


MOST_NAMES = 5


def greet(tx: Tx, actor: Actor) -> Outcome:
    """A stranger is told who can help."""
    workspace = tx.directory.workspace(actor.platform, actor.workspace)
    names: dict[str, None] = {}
    if workspace is not None:
        tenant = tx.tenant(workspace.org_id)
        for programme in tenant.programmes.all():
            for member in tenant.people.members(programme.id, Role.FACILITATOR):
                names[member.person.name] = None
    return say(words.stranger(tuple(names)[:MOST_NAMES]))
