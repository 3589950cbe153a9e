"""The round: a facilitator begins, staff answer, the lead gets the result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from scripts.e2e_teams.cast import FACILITATOR, IN_TEAM, LEAD, ORGANISATION, STAFF, Person
from scripts.e2e_teams.chat import Chat

STATEMENT = "I know who to ask about the new rota."
TAPS = (
    *("Agree", "Strongly agree", "Agree", "Neither agree nor disagree"),
    *("Strongly agree", "Agree", "Disagree"),
)

Chats = Mapping[Person, Chat]


async def whole_round(chats: Chats, code: str) -> None:
    """Raises AssertionError, or playwright's Error, where somebody does not see what is due."""
    maya, lena = chats[FACILITATOR], chats[LEAD]
    staff = [chats[person] for person in STAFF]
    await claim(maya, code)
    await bring_in(maya)
    await asyncio.gather(*(agree(one) for one in staff))
    await staff[0].shot("04-consent-is-given")
    await ask(maya)
    await asyncio.gather(*(one.sees(STATEMENT) for one in staff))
    await staff[0].shot("06-a-prompt")
    await asyncio.gather(*(answer(one, tap) for one, tap in zip(staff, TAPS, strict=True)))
    await staff[0].shot("07-after-the-answer")
    await close(maya)
    await asyncio.gather(*(one.sees(f"Results: {STATEMENT[:-1]}") for one in (maya, lena, *staff)))
    await maya.shot("08-closed")
    await lena.shot("09-the-lead-gets-the-result")
    await staff[0].shot("10-so-does-a-participant")


async def claim(maya: Chat, code: str) -> None:
    """A stranger becomes the first facilitator."""
    await maya.say("pulse status")
    await maya.sees("I do not know you yet")
    await maya.say(f"pulse claim {code}")
    await maya.sees("You run Soundings here")
    await maya.sees(ORGANISATION)
    await maya.shot("01-the-first-facilitator")


async def bring_in(maya: Chat) -> None:
    """Most come from the team, which is asked in its channel; the others one by one."""
    await maya.post(' pulse people from "this team"')
    await maya.sees("in our own chat")
    await maya.shot("02-the-channel-hears-only-that-there-is-an-answer")
    await maya.back()
    await maya.press("Bring them in")
    await maya.sees("added, 0 changed")
    await maya.shot("03-people-from-a-team")
    for person in STAFF[len(IN_TEAM) :]:
        await maya.say(f'people add "{person.name}" {person.email} team "Ward 4"')
        await maya.sees(f"{person.name} is now a participant")
    await maya.say(f'people add "{LEAD.name}" {LEAD.email} as lead')
    await maya.sees(f"{LEAD.name} is now a lead")


async def agree(one: Chat) -> None:
    """Whoever does not wait to be asked for consent gives it from their own card."""
    await one.say("pulse home")
    await one.press("Choose now")
    await one.press("Yes, ask me")
    await one.sees("The next questions will come to you here")


async def ask(maya: Chat) -> None:
    """One question, now."""
    await maya.say(f'ask "{STATEMENT}" as agree for 8 hours')
    await maya.sees("Ask this now?")
    await maya.shot("05-before-anything-is-sent")
    await maya.press("Ask now")


async def answer(one: Chat, tap: str) -> None:
    """One tap. What was chosen is not shown afterwards."""
    await one.press(tap)
    await one.sees("Thank you, noted")
    await one.sees_no_more(tap)


async def close(maya: Chat) -> None:
    """The facilitator does not wait for the end."""
    await maya.say("close")
    await maya.press("Close and share")
