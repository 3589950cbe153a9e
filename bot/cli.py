"""The command line for operators."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bot.clock import RunningClock
from bot.conversation.roles import Role
from bot.handlers.arrivals import end_memberships, enter
from bot.handlers.founding import AlreadyThere, found, known_organisation
from bot.handlers.results import shared
from bot.logs import Lines
from bot.ports import Tx
from bot.programme.programmes import Programme
from bot.programme.roster import (
    Roster,
    RowError,
    hidden_character,
    is_address,
    plan_import,
    read_roster,
)
from bot.programme.zones import find_zone
from bot.reciprocity.export import to_attack, to_csv
from bot.service import Refused, open_database, run
from bot.settings import NAMES, Settings, WrongSetting, read_settings
from storage.errors import CannotOpen, NotStored

if TYPE_CHECKING:
    from adapters.teams import package

# What a shell expects: 1 for "it did not work", 2 for "you asked for something impossible".
FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command. The process ends with 0, 1 (failed), 2 (misused) or 130 (interrupted)."""
    try:
        try:
            _act(sys.argv[1:] if arguments is None else arguments)
        finally:
            _deliver()
    except (WrongSetting, _NotText) as wrong:
        _stop(str(wrong), MISUSED)
    except (Refused, CannotOpen, AlreadyThere) as refused:
        _stop(str(refused), FAILED)
    except NotStored as error:
        _stop(f"The database refused this, and nothing was changed ({error}).", FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(0)


def _act(arguments: Sequence[str]) -> None:
    for argument in arguments:
        _require_text(argument)
    args = _parser().parse_args(arguments)
    if args.do in (_version, _teams_package):
        args.do(args)  # whatever is set wrongly, or not yet
        return
    os.umask(0o077)  # whatever is written here is for this user alone
    settings = read_settings(os.environ)
    shown = logging.StreamHandler()
    shown.setFormatter(Lines())
    logging.basicConfig(level=settings.log_level.upper(), handlers=[shown])
    for talkative in ("apscheduler", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    args.do(args, settings)


class _NotText(Exception):
    """An argument that cannot be kept or shown."""


def _require_text(argument: str) -> None:
    try:
        argument.encode()
    except UnicodeEncodeError:
        shown = argument.encode(errors="backslashreplace").decode()
        raise _NotText(
            f'"{shown}" is not UTF-8 text. Use a terminal that is set to UTF-8, and rename a file '
            "whose name is not."
        ) from None


def _say(text: str) -> None:
    """Print a line. Raises Refused where nobody takes it."""
    try:
        print(text, flush=True)
    except OSError as error:
        raise _not_taken(error) from None


def _deliver() -> None:
    """Hand over what was printed by others. Raises Refused where nobody takes it."""
    try:
        print(end="", flush=True)
    except OSError as error:
        raise _not_taken(error) from None


def _not_taken(error: OSError) -> Refused:
    # What is left in the buffer would fail once more at the end of the process.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Refused(
        f"Not all of the output was taken: {error.strerror}. Send it to a file, or to a program "
        "that reads to the end."
    )


def _stop(message: str, code: int) -> NoReturn:
    print(f"soundings: {message}", file=sys.stderr)
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, NAMES)) + 2
    settings = "\n".join(
        f"  {name:<{width}}{usual or 'not set'}" for name, (usual, _) in NAMES.items()
    )
    parser = argparse.ArgumentParser(
        prog="soundings",
        description="A chatbot that carries change programmes: pulse checks, safe results.",
        epilog=f"settings, from the environment, and what holds without them:\n{settings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    start = commands.add_parser("run", help="start the bot")
    start.add_argument("--playground", action="store_true", help="a local page to try everything")
    start.add_argument(
        "--organisation",
        metavar="NAME",
        help="in Slack and Teams, the organisation of the workspace; in the playground, whom it "
        "shows",
    )
    start.add_argument(
        "--role",
        choices=("all", "web", "worker"),
        default="all",
        help="what this process does: take in events (web), keep time and send (worker), or both",
    )
    start.set_defaults(do=_run)

    migrate = commands.add_parser("migrate", help="bring the database to this version's schema")
    migrate.set_defaults(do=_migrate)

    people = commands.add_parser("people", help="people of a programme")
    import_ = people.add_subparsers(required=True, metavar="command").add_parser(
        "import", help="add and update people from a CSV file"
    )
    import_.add_argument("file", type=Path, help="name,email,team,role,timezone,language")
    import_.add_argument("--programme", required=True, metavar="NAME", help="whose people")
    import_.add_argument("--organisation", metavar="NAME", help=_WHOSE)
    import_.add_argument(
        "--remove-absent", action="store_true", help="take out participants who are not in the file"
    )
    import_.set_defaults(do=_people_import)

    programme = commands.add_parser("programme", help="programmes").add_subparsers(
        required=True, metavar="command"
    )
    listing = programme.add_parser("list", help="every programme of every organisation")
    listing.set_defaults(do=_programme_list)
    new = programme.add_parser("new", help="start a programme with its first facilitator")
    new.add_argument("name", help="what the programme is called")
    new.add_argument(
        "--organisation", required=True, metavar="NAME", help="the partner; made if it is new"
    )
    new.add_argument(
        "--facilitator", required=True, metavar="'NAME <EMAIL>'", help="who runs it first"
    )
    new.add_argument("--change", default="the change", help="what [change] means in questions")
    new.add_argument("--zone", default="Europe/London", help="default: Europe/London")
    new.set_defaults(do=_programme_new)

    export = commands.add_parser("export", help="everything that was published, and no more")
    export.add_argument("--programme", required=True, metavar="NAME", help="whose results")
    export.add_argument("--organisation", metavar="NAME", help=_WHOSE)
    export.add_argument("--format", choices=("csv", "sdc-attack"), default="csv")
    export.set_defaults(do=_export)

    teams = commands.add_parser("teams-package", help="write the app package for Microsoft Teams")
    teams.add_argument(
        "--domain", required=True, metavar="HOST", help="where Teams reaches the bot"
    )
    teams.add_argument("--app-id", metavar="ID", help="of the bot in Azure; default: TEAMS_APP_ID")
    teams.add_argument(
        "--out",
        type=Path,
        default=Path("soundings-teams.zip"),
        metavar="FILE",
        help="what to write",
    )
    teams.add_argument("--replace", action="store_true", help="write over a file that is there")
    teams.add_argument("--name", default="Soundings", help="of the app in Teams")
    teams.add_argument(
        "--developer", default="Soundings", metavar="NAME", help="who offers the app"
    )
    for link, what in _LINKS.items():
        teams.add_argument(f"--{link}", metavar="URL", help=f"{what}; default: the host")
    teams.add_argument(
        "--app-version",
        metavar="1.2.3",
        help="higher than that of a package which Teams has already; default: that of Soundings",
    )
    teams.set_defaults(do=_teams_package)

    show = commands.add_parser("version", help="the version of this program")
    show.set_defaults(do=_version)
    return parser


_WHOSE = "whose programme, where several have one of that name"
_LINKS = {
    "website": "the page about the app",
    "privacy": "the page about privacy",
    "terms": "the page with the terms of use",
}


def _run(args: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(
        run(
            settings,
            playground=args.playground,
            role=args.role,
            organisation=args.organisation,
            announce=_say,
        )
    )


def _version(_args: argparse.Namespace) -> None:
    _say(version("soundings"))


def _teams_package(args: argparse.Namespace) -> None:
    from adapters.teams import package

    try:
        app = _teams_app(args)
        package.write(args.out, package.pack(app), replace=args.replace)
    except package.NotFitting as error:
        raise Refused(str(error)) from error
    _say(
        f"{args.out} holds {app.name} {app.version} for Teams.\n"
        "For everyone: an administrator uploads it in the Teams admin centre, under Teams apps, "
        "Manage apps, Upload new app. People can then add it, or it is set up for them there.\n"
        "To try it alone: in Teams, under Apps, Manage your apps, Upload an app, where your "
        "organisation allows that.\n"
        f"In Azure, the bot's messaging endpoint is https://{app.domain}/api/messages."
    )
    if unnamed := [f"--{link}" for link in _LINKS if getattr(args, link) is None]:
        _say(f"Teams will show https://{app.domain}/ for what was not named: {', '.join(unnamed)}.")


def _teams_app(args: argparse.Namespace) -> package.App:
    """What the package is about. Raises NotFitting."""
    from adapters.teams import package

    name, given = "--app-id", args.app_id
    if given is None:
        name, given = "TEAMS_APP_ID", os.environ.get("TEAMS_APP_ID", "").strip()
    if not given:
        raise package.NotFitting(
            "Which app is it for? Name its id with --app-id, or set TEAMS_APP_ID. It is the "
            '"Application (client) ID" of the bot in the Azure portal.'
        )
    domain = package.host(args.domain)
    home = f"https://{domain}/"
    return package.App(
        id=package.app_id(name, given),
        domain=domain,
        name=package.words("--name", args.name, package.MAX_NAME),
        developer=package.words("--developer", args.developer, package.MAX_DEVELOPER),
        version=package.version(args.app_version or version("soundings")),
        website=package.link("--website", args.website or home),
        privacy=package.link("--privacy", args.privacy or home),
        terms=package.link("--terms", args.terms or home),
    )


def _migrate(_args: argparse.Namespace, settings: Settings) -> None:
    from storage.migrate import upgrade

    upgrade(settings.database_url)
    _say("The database is up to date.")


def _people_import(args: argparse.Namespace, settings: Settings) -> None:
    try:
        text = args.file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused(f"{args.file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{args.file} is not UTF-8 text. Save it as CSV UTF-8.") from error
    roster = read_roster(text)
    if not isinstance(roster, Roster):
        raise Refused(_row_errors(args.file, roster))
    now = RunningClock().now()

    def work(tx: Tx) -> str:
        programme = _named(tx, args.programme, args.organisation)
        plan = plan_import(roster, tx.tenant(programme.org_id).people.members(programme.id))
        enter(tx, programme, (*plan.added, *plan.updated), now)
        if args.remove_absent:
            for member in plan.absent:
                end_memberships(tx, programme, member.person.id, now, (Role.PARTICIPANT,))
        lines = [
            f"{programme.name}: {len(plan.added)} added, {len(plan.updated)} changed, "
            f"{plan.unchanged} the same, {len(plan.absent)} absent from the file"
            + (" and taken out." if args.remove_absent else ".")
        ]
        if plan.absent and not args.remove_absent:
            lines += [f"  absent: {m.person.name} <{m.person.email}>" for m in plan.absent]
            lines.append("  They stay. To take them out, run this again with --remove-absent.")
        return "\n".join(lines)

    _say(_once(settings, work))


def _row_errors(file: Path, errors: tuple[RowError, ...]) -> str:
    lines = [f"{file}, line {error.line}: {error.message}" for error in errors]
    return "\n".join(["nothing was imported.", *lines])


def _programme_list(_args: argparse.Namespace, settings: Settings) -> None:
    def work(tx: Tx) -> str:
        rows = [
            f"{organisation.name}: {p.name} ({p.level}, {p.starts_on} to {p.ends_on}"
            + (", paused)" if p.paused else ")")
            for organisation in tx.directory.organisations()
            for p in tx.tenant(organisation.id).programmes.all()
        ]
        return "\n".join(rows) or "There is none yet. Start one with `soundings programme new`."

    _say(_once(settings, work))


def _programme_new(args: argparse.Namespace, settings: Settings) -> None:
    facilitator = _facilitator(args.facilitator)
    zone = find_zone(args.zone)
    if zone.name is None:
        raise Refused(zone.message)
    name = _fitting("name", args.name)
    organisation = _fitting("--organisation", args.organisation)
    change = _fitting("--change", args.change)
    place, now = zone.name, RunningClock().now()

    def work(tx: Tx) -> str:
        known = known_organisation(tx, organisation)
        programme = found(
            tx,
            organisation=organisation,
            programme=name,
            change=change,
            zone=place,
            facilitator=facilitator,
            now=now,
        )
        home = known.name if known else f"the new organisation {organisation}"
        return (
            f"{programme.name} is ready, in {home}. Bring in people with `soundings people import`."
        )

    _say(_once(settings, work))


def _facilitator(text: str) -> tuple[str, str]:
    """Name and address, such as a roster takes."""
    who = re.fullmatch(r"([^<>]*)<([^<>]*)>\s*", text)
    if who is None or not who[1].strip() or not is_address(who[2].strip()):
        raise Refused(
            f"{_shown(text)} is not a name with an address. "
            "Type it like 'Sam Lee <sam.lee@example.org>'."
        )
    return _fitting("the name in --facilitator", who[1]), who[2].strip()


def _fitting(option: str, text: str) -> str:
    """The text without surplus spaces, if forms and cards have room for it and can show it."""
    words = " ".join(text.split())
    if not 2 <= len(words) <= 80:
        raise Refused(f"{option} takes 2 to 80 characters; this has {len(words)}.")
    if character := hidden_character(words):
        raise Refused(f"{option} holds {character}, which cannot be shown. Type it again.")
    return words


def _shown(text: str) -> str:
    """A text as it was typed, at most a line of it, with nothing in it that moves the cursor."""
    seen = "".join(" " if hidden_character(character) else character for character in text)
    return f'"{seen[:80]}"'


def _export(args: argparse.Namespace, settings: Settings) -> None:
    now = RunningClock().now()

    def work(tx: Tx) -> str:
        programme = _named(tx, args.programme, args.organisation)
        pairs = shared(tx.tenant(programme.org_id), programme.id, now)
        if args.format == "csv":
            return to_csv(pairs).rstrip("\n")
        return json.dumps(to_attack(pairs), indent=1)

    _say(_once(settings, work))


def _once(settings: Settings, work: Callable[[Tx], str]) -> str:
    """One transaction from the command line."""

    async def go() -> str:
        async with open_database(settings) as store:
            return await store.write(work)

    return asyncio.run(go())


def _named(tx: Tx, name: str, organisation: str | None) -> Programme:
    """The one programme of that name, in an organisation or in all of them."""
    homes = tx.directory.organisations()
    if organisation is not None:
        home = known_organisation(tx, organisation)
        if home is None:
            raise Refused(
                f"There is no organisation {_shown(organisation)}. "
                "`soundings programme list` shows all."
            )
        homes = (home,)
    named = [
        (home.name, programme)
        for home in homes
        for programme in tx.tenant(home.id).programmes.all()
        if programme.name.casefold() == name.casefold()
    ]
    if len(named) == 1:
        return named[0][1]
    if named:
        among = ", ".join(home for home, _ in named)
        raise Refused(
            f"Several organisations have a programme {_shown(name)}: {among}. "
            "Say whose with --organisation NAME."
        )
    raise Refused(f"There is no programme {_shown(name)}. `soundings programme list` shows all.")
