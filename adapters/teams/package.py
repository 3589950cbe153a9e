"""The app package: the file with which Soundings is brought into Teams.

Pure, but for reading the icons and writing the file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile, ZipInfo

from bot.conversation.commands import BY_NAME
from bot.conversation.tokens import short
from bot.programme.roster import hidden_character, without_hidden

SCHEMA = "1.30"
ICONS = ("color.png", "outline.png")
ACCENT = "#0f6b62"  # the paper of the colour icon

# Characters, by the schema, and for commands by "Create a commands menu" (learn.microsoft.com).
MAX_NAME, MAX_DEVELOPER, MAX_LINK = 30, 32, 2048
MAX_COMMANDS, MAX_TITLE, MAX_DESCRIPTION = 12, 32, 128

# What is useful to everyone comes first; `help` names the rest. Rooms get what is asked there.
PERSONAL = tuple(
    "help home digest me programme ask status people schedule questions close export".split()
)
ROOM = tuple("help home digest me ask status people".split())

_FOLDER = Path(__file__).parent / "manifest"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LABEL = "(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"(?=.{{4,253}}$)(?:{_LABEL}\.)+(?=[a-z]){_LABEL}", re.IGNORECASE)
_VERSION = re.compile(r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}", re.ASCII)
_ABOUT = (
    "Soundings asks the people in a change programme a few short questions at a time that suits "
    "their shift. Leads see only results of groups that are large enough, never who said what, and "
    "everyone who was asked sees the same results at the same moment."
)


class NotFitting(Exception):
    """Something that was given for the package cannot be used. The message says what would fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What the package says about this installation of Soundings."""

    id: str
    domain: str
    name: str
    developer: str
    version: str
    website: str
    privacy: str
    terms: str


def manifest(app: App) -> dict[str, Any]:
    """The manifest, by the newest schema."""
    return {
        "$schema": "https://developer.microsoft.com/json-schemas/teams/"
        f"v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": app.version,
        "id": app.id,
        "developer": {
            "name": app.developer,
            "websiteUrl": app.website,
            "privacyUrl": app.privacy,
            "termsOfUseUrl": app.terms,
        },
        "name": {"short": app.name, "full": f"{app.name}: pulse checks in a change programme"},
        "description": {
            "short": "Short pulse checks during a change, and the same results for everyone.",
            "full": _ABOUT,
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "bots": [
            {
                "botId": app.id,
                "scopes": ["personal", "team", "groupChat"],
                "isNotificationOnly": False,
                # A command typed after a slash is seen by nobody else in the room.
                "supportsTargetedMessages": True,
                "commandLists": [
                    _commands(PERSONAL, "personal", "mention"),
                    _commands(ROOM, "team", "mention", "slash"),
                    _commands(ROOM, "groupChat", "mention", "slash"),
                ],
            }
        ],
        "defaultInstallScope": "personal",
        "defaultGroupCapability": {"team": "bot", "groupchat": "bot"},
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [app.domain],
        # Nobody signs in with it: without it, Graph could not install the app for people.
        "webApplicationInfo": {"id": app.id, "resource": f"https://{app.domain}"},
    }


def _commands(names: tuple[str, ...], scope: str, *triggers: str) -> dict[str, Any]:
    """The list of commands that Teams offers in such a chat."""
    return {
        "triggers": list(triggers),
        "scopes": [scope],
        "commands": [
            {"title": f"pulse {name}", "description": BY_NAME[name].summary} for name in names
        ],
    }


def pack(app: App) -> bytes:
    """The zip. The same app gives the same bytes on every machine: no times, no compression."""
    files = {"manifest.json": json.dumps(manifest(app), indent=2, ensure_ascii=False).encode()}
    files |= {name: (_FOLDER / name).read_bytes() for name in ICONS}
    out = BytesIO()
    with ZipFile(out, "w") as package:
        for name, content in files.items():
            entry = ZipInfo(name)  # of 1980, by default
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            package.writestr(entry, content)
    return out.getvalue()


def write(path: Path, package: bytes, *, replace: bool) -> None:
    """Keep the package in a file.

    Raises:
        NotFitting: it is there already, or cannot be written.
    """
    try:
        with path.open("wb" if replace else "xb") as file:
            file.write(package)
    except FileExistsError:
        raise NotFitting(
            f"{path} is there already. Add --replace to write over it, or name another file with "
            "--out."
        ) from None
    except OSError as error:
        raise NotFitting(
            f"{path} cannot be written: {error.strerror}. Name another file with --out."
        ) from error


# --- what was typed ----------------------------------------------------------------------------


def app_id(named: str, text: str) -> str:
    """The id of the app, as Entra gave it."""
    if not _GUID.fullmatch(text.strip()):
        # What was given is not shown: it may be the secret, in the wrong place.
        raise NotFitting(
            f'{named} is not an app id. Use the "Application (client) ID" of the bot from the '
            "Azure portal, which looks like 1b4e28ba-2fa1-41d2-883f-0016d3cca427."
        )
    return text.strip().lower()


def host(text: str) -> str:
    """The name of the host where Soundings is reached."""
    name = text.strip().lower()
    if _HOST.fullmatch(name):
        return name
    inside = _host_of(name)
    raise NotFitting(
        f"--domain is {_shown(text)}, which is not the name of a host alone. "
        f"Use {inside if inside and _HOST.fullmatch(inside) else 'one like bot.example.org'}."
    )


def link(named: str, text: str) -> str:
    """The address of a page, with TLS."""
    page = text.strip()
    if (
        not page.startswith("https://")
        or not _HOST.fullmatch(_host_of(page) or "")
        or len(page) > MAX_LINK
        or re.search(r"\s", page)
        or hidden_character(page)
    ):
        raise NotFitting(
            f"{named} is {_shown(text)}. Use the address of a page, like https://example.org/about."
        )
    return page


def words(named: str, text: str, most: int) -> str:
    """A name without surplus spaces that Teams has room for and can show."""
    found = " ".join(text.split())
    if not 2 <= len(found) <= most:
        raise NotFitting(f"{named} takes 2 to {most} characters; this has {len(found)}.")
    if character := hidden_character(found):
        raise NotFitting(f"{named} holds {character}, which cannot be shown. Type it again.")
    return found


def version(text: str) -> str:
    """Three numbers with dots, by which Teams tells a newer package from an older one."""
    if not _VERSION.fullmatch(text.strip()):
        raise NotFitting(f"--app-version is {_shown(text)}. Use three numbers, like 1.0.1.")
    return text.strip()


def _host_of(text: str) -> str | None:
    try:
        return urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return None


def _shown(text: str) -> str:
    """A text as it was typed, as far as it fits into a sentence."""
    return f'"{short(without_hidden(text))}"'
