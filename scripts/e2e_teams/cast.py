"""Who takes part, and the organisation as the Agents Playground shows it to each of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.settings.teams import PLAYGROUND_TENANT

ORGANISATION = "Riverside Trust"
TEAM = "Ward 4"
BOT = "Soundings"
COLLEAGUES = 5  # no more and no fewer may stand beside the person whose client it is

# Together they have a morning or an early afternoon at any time of the day.
ZONES = ("Europe/London", "America/New_York", "Pacific/Honolulu", "Asia/Tokyo", "Asia/Dubai")


@dataclass(frozen=True, slots=True)
class Person:
    """One user of the tenant, with a client of their own."""

    number: int
    name: str

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.name.lower().replace(' ', '.')}@example.org"

    @property
    def chat(self) -> str:
        """Their personal chat with the bot."""
        return f"a:chat-{self.number}"

    def account(self) -> dict[str, str]:
        """As the client's configuration takes it."""
        given, surname = self.name.split()
        return {
            "id": f"29:user-{self.number}",
            "name": self.name,
            "userPrincipleName": self.email,
            "aadObjectId": f"00000000-0000-4000-8000-{self.number:012}",
            "givenName": given,
            "surname": surname,
            "email": self.email,
        }


FACILITATOR = Person(1, "Maya Brandt")
LEAD = Person(2, "Lena Ortiz")
_NAMES = "Ann Lee, Ben Okoro, Cara Novak, Dev Patel, Eve Jones, Finn Weiss, Gina Rossi"
STAFF = tuple(Person(number, name) for number, name in enumerate(_NAMES.split(", "), start=3))
EVERYONE = (FACILITATOR, LEAD, *STAFF)
IN_TEAM = STAFF[:COLLEAGUES]  # with the facilitator


def configuration(person: Person) -> str:
    """The client's `.m365agentsplayground.yml`. All JSON is YAML."""
    beside: Sequence[Person] = IN_TEAM
    if person in IN_TEAM:
        beside = (FACILITATOR, *(one for one in IN_TEAM if one != person))
    shown = {
        "version": "0.1.0",
        "tenantId": PLAYGROUND_TENANT,
        "bot": {"id": "28:soundings", "name": BOT},
        "currentUser": person.account(),
        "users": [one.account() for one in beside],
        "personalChat": {"id": person.chat},
        "groupChat": {"id": f"19:group-{person.number}@thread.v2", "name": "Group chat"},
        "team": {
            "id": "19:ward-4@thread.tacv2",
            "name": TEAM,
            "aadGroupId": "00000000-0000-4000-8000-000000000099",
            "channels": [{"id": "19:announcements@thread.tacv2", "name": "Announcements"}],
        },
    }
    return json.dumps(shown, indent=2)


def zone_at(now: datetime) -> str:
    """A zone in which it is now between 9 and 15 o'clock, so that nobody's quiet hours wait."""
    return next(zone for zone in ZONES if 9 <= now.astimezone(ZoneInfo(zone)).hour < 15)
