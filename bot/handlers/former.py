"""Someone who is in no programme any more: their data can still be erased."""

from __future__ import annotations

from bot.conversation.actions import Verb
from bot.conversation.events import Closed, Command, Pressed, Replace, Submitted
from bot.conversation.grammar import Parsed, parse
from bot.handlers.context import Outcome, say
from bot.ports import Known, Tx
from bot.wording import help as words
from bot.wording import me as my


def act(tx: Tx, known: Known, event: Command | Pressed | Submitted | Closed) -> Outcome:
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
