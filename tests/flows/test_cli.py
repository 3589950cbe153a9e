"""The command line as an operator meets it: what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import csv
import http.client
import io
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.cli import FAILED, INTERRUPTED, MISUSED, main
from bot.settings import NAMES
from storage.store import open_store
from storage.vault import Vault, load_or_create_secret
from tests.flows.company import company

COMMANDS = (
    (),
    ("run",),
    ("migrate",),
    ("people",),
    ("people", "import"),
    ("programme",),
    ("programme", "list"),
    ("programme", "new"),
    ("export",),
    ("teams-package",),
    ("version",),
)
ROOT = Path(__file__).parents[2]
HEADER = "name,email,team,role,timezone,language\n"
ANN = "Ann,ann@trust.example,Ward,,,\n"
BEN = "Ben,ben@trust.example,Theatre,,,\n"


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An environment with nothing in it but a database that is not there yet."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "soundings.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.setenv("PORT", "0")  # any free one: the usual one may be taken here
    mask = os.umask(0o022)
    yield path
    os.umask(mask)


@pytest.fixture
def command(database: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert isinstance(end.value.code, int)
        printed = capsys.readouterr()
        return Ended(end.value.code, printed.out, printed.err)

    return run


@pytest.fixture
def rotas(command: Command) -> str:
    """A programme to work on."""
    name = "Better rotas"
    ended = command(
        "programme",
        "new",
        name,
        "--organisation",
        "Northmoor",
        "--facilitator",
        "Maya Brandt <maya@soundings.example>",
    )
    assert ended == Ended(
        0,
        "Better rotas is ready, in the new organisation Northmoor. "
        "Bring in people with `soundings people import`.\n",
        "",
    )
    return name


@pytest.fixture
def roster(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "people.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


Roster = Callable[[str], str]


@contextmanager
def running(*arguments: str, folder: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """A command in a process of its own; without arguments, the playground. Its own files, where
    the database is no file, lie in this folder.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *(arguments or ("run", "--playground"))],
        cwd=folder,
        # Buffered, as in a shell.
        env={**os.environ, "PYTHONUNBUFFERED": "", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


# --- help and misuse -------------------------------------------------------------------------


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: Command, words: tuple[str, ...]) -> None:
    ended = command(*words, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"usage: {' '.join(('soundings', *words))} ")


def test_help_lists_the_settings_and_works_with_wrong_ones(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "http")
    out = command("--help").out
    assert all(name in out for name in NAMES)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "required: command"),
        (("people",), "required: command"),
        (("dance",), "'dance'"),
        (("people", "import", "a.csv"), "--programme"),
        (("programme", "new", "Rotas"), "--organisation, --facilitator"),
        (("export", "--programme", "x", "--format", "pdf"), "'pdf'"),
        (("run", "--role", "boss"), "'boss'"),
        (("teams-package",), "--domain"),
    ],
)
def test_a_misused_command_ends_with_2_and_names_what_is_wrong(
    command: Command, words: tuple[str, ...], says: str
) -> None:
    ended = command(*words)
    assert ended.code == MISUSED == 2
    assert ended.out == ""
    assert says in ended.err


def test_a_wrong_setting_ends_with_2_and_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "http")
    ended = command("programme", "list")
    assert ended == Ended(
        MISUSED, "", 'soundings: PORT is "http". Use a whole number from 0 to 65535.\n'
    )
    assert command("version").code == 0, "it needs no settings"


def test_an_argument_that_is_no_text_ends_with_2_and_is_named(command: Command) -> None:
    ended = command("export", "--programme", "Caf\udce9")
    assert ended.code == MISUSED
    assert ended.err.startswith('soundings: "Caf\\udce9" is not UTF-8 text. ')


def test_the_version_is_that_of_the_package(command: Command) -> None:
    try:
        installed = version("soundings")
    except PackageNotFoundError:
        pytest.skip("Soundings is not installed here: `make test` installs it")
    assert command("version") == Ended(0, f"{installed}\n", "")


# --- programmes ------------------------------------------------------------------------------


def test_without_a_programme_the_list_says_how_to_start_one(command: Command) -> None:
    ended = command("programme", "list")
    assert ended.code == 0
    assert "`soundings programme new`" in ended.out


def test_a_new_programme_is_listed_with_its_organisation(command: Command, rotas: str) -> None:
    ended = command("programme", "list")
    assert ended.code == 0
    assert ended.out.startswith("Northmoor: Better rotas (silver, ")


def test_a_programme_is_not_started_twice_in_one_organisation(command: Command, rotas: str) -> None:
    again = ("--facilitator", "Sam <sam@soundings.example>")
    ended = command("programme", "new", "better ROTAS", "--organisation", "Northmoor", *again)
    assert ended.code == FAILED == 1
    assert 'Northmoor already has a programme "better ROTAS".' in ended.err
    other = command("programme", "new", "Fewer forms", "--organisation", "NORTHMOOR", *again)
    assert other.out.startswith("Fewer forms is ready, in Northmoor. ")
    assert "NORTHMOOR" not in command("programme", "list").out


def test_two_programmes_of_one_name_are_told_apart_by_their_organisations(
    command: Command, rotas: str, roster: Roster
) -> None:
    sam = ("--facilitator", "Sam <sam@soundings.example>")
    command("programme", "new", rotas, "--organisation", "Southmoor", *sam)
    file = roster(HEADER + ANN)
    for words in (("people", "import", file), ("export",)):
        ambiguous = command(*words, "--programme", rotas)
        assert ambiguous == Ended(
            FAILED,
            "",
            'soundings: Several organisations have a programme "Better rotas": Northmoor, '
            "Southmoor. Say whose with --organisation NAME.\n",
        )
        unknown = command(*words, "--programme", rotas, "--organisation", "Eastmoor")
        assert unknown.code == FAILED
        assert 'There is no organisation "Eastmoor".' in unknown.err
        assert command(*words, "--programme", rotas, "--organisation", "southmoor").code == 0
    again = command("people", "import", file, "--programme", rotas, "--organisation", "Southmoor")
    assert "1 the same" in again.out
    first = command("people", "import", file, "--programme", rotas, "--organisation", "Northmoor")
    assert "1 added" in first.out


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"--facilitator": "Maya"}, '"Maya" is not a name with an address. Type it like'),
        ({"--facilitator": "<maya@x.example>"}, "is not a name with an address"),
        ({"--zone": "London"}, '"London" is not a time zone. Did you mean Europe/London?'),
        ({"--organisation": " "}, "--organisation takes 2 to 80 characters"),
        ({"--change": "x" * 81}, "--change takes 2 to 80 characters"),
        ({"name": ""}, "name takes 2 to 80 characters"),
        ({"name": "x" * 81}, "name takes 2 to 80 characters"),
        ({"name": "Ro\x07tas"}, "name holds U+0007, which cannot be shown. Type it again."),
        ({"--organisation": "North\u202emoor"}, "--organisation holds U+202E"),
        ({"--change": "the \x1b[31mrota"}, "--change holds U+001B"),
        ({"--facilitator": "Ma\x07ya <maya@x.example>"}, "--facilitator holds U+0007"),
        ({"--facilitator": "Maya <maya@example>"}, "is not a name with an address"),
        ({"--facilitator": "Maya <maya@a,b.example>"}, "is not a name with an address"),
    ],
)
def test_a_programme_that_does_not_fit_is_refused_by_its_part(
    command: Command, changes: dict[str, str], says: str
) -> None:
    usual = {
        "name": "Rotas",
        "--organisation": "Northmoor",
        "--facilitator": "Maya <maya@soundings.example>",
    }
    chosen = usual | changes
    options = [word for name, value in chosen.items() if name != "name" for word in (name, value)]
    ended = command("programme", "new", chosen["name"], *options)
    assert ended.code == FAILED
    assert says in ended.err
    assert "There is none yet" in command("programme", "list").out


# --- people ----------------------------------------------------------------------------------


def test_people_are_imported_again_and_again(command: Command, rotas: str, roster: Roster) -> None:
    file = roster(HEADER + ANN + BEN)
    first = command("people", "import", file, "--programme", "better rotas")
    assert first == Ended(
        0, "Better rotas: 2 added, 0 changed, 0 the same, 0 absent from the file.\n", ""
    )
    again = command("people", "import", file, "--programme", rotas)
    assert again.out.startswith("Better rotas: 0 added, 0 changed, 2 the same, 0 absent")
    moved = roster(HEADER + ANN.replace("Ward", "Imaging") + BEN)
    assert (
        "0 added, 1 changed, 1 the same"
        in command("people", "import", moved, "--programme", rotas).out
    )


def test_the_absent_stay_until_they_are_taken_out(
    command: Command, rotas: str, roster: Roster
) -> None:
    command("people", "import", roster(HEADER + ANN + BEN), "--programme", rotas)
    alone = roster(HEADER + ANN)
    for _ in range(2):
        listed = command("people", "import", alone, "--programme", rotas)
        assert listed == Ended(
            0,
            "Better rotas: 0 added, 0 changed, 1 the same, 1 absent from the file.\n"
            "  absent: Ben <ben@trust.example>\n"
            "  They stay. To take them out, run this again with --remove-absent.\n",
            "",
        )
    taken = command("people", "import", alone, "--programme", rotas, "--remove-absent")
    assert "1 absent from the file and taken out." in taken.out
    after = command("people", "import", alone, "--programme", rotas)
    assert "1 the same, 0 absent" in after.out
    back = command("people", "import", roster(HEADER + ANN + BEN), "--programme", rotas)
    assert "1 added, 0 changed, 1 the same" in back.out


def test_an_absent_participant_who_also_facilitates_goes_on_facilitating(
    command: Command, rotas: str, roster: Roster, database: Path
) -> None:
    maya = "Maya Brandt,maya@soundings.example,Ward,participant,,\n"
    command("people", "import", roster(HEADER + ANN + maya), "--programme", rotas)
    alone = roster(HEADER + ANN)
    command("people", "import", alone, "--programme", rotas, "--remove-absent")
    with sqlite3.connect(database) as connection:
        roles = connection.execute(
            "SELECT role, left_on IS NULL FROM membership JOIN person ON person.id = person_id "
            "WHERE email = 'maya@soundings.example' ORDER BY role"
        ).fetchall()
    connection.close()
    assert roles == [("facilitator", 1), ("participant", 0)]


def test_a_wrong_row_is_named_with_its_line_and_nothing_is_imported(
    command: Command, rotas: str, roster: Roster
) -> None:
    file = roster(HEADER + ANN + "Ben,ben.trust.example,,,,\nCara,cara@trust.example,,boss,,\n")
    ended = command("people", "import", file, "--programme", rotas)
    assert (ended.code, ended.out) == (FAILED, "")
    assert ended.err == (
        "soundings: nothing was imported.\n"
        f'{file}, line 3: "ben.trust.example" is not an e-mail address. '
        "It looks like name@example.org.\n"
        f'{file}, line 4: The role "boss" is not known. Use participant, facilitator or lead.\n'
    )
    mended = command("people", "import", roster(HEADER + ANN), "--programme", rotas)
    assert "1 added" in mended.out


def test_a_file_that_is_not_there_is_named(command: Command, rotas: str, tmp_path: Path) -> None:
    missing = tmp_path / "nobody.csv"
    for path in (missing, tmp_path):
        ended = command("people", "import", str(path), "--programme", rotas)
        assert ended.code == FAILED
        assert ended.err.startswith(f"soundings: {path} cannot be read: ")


def test_a_row_that_no_database_could_keep_is_named_with_its_line(
    command: Command, rotas: str, roster: Roster
) -> None:
    file = roster(HEADER + ANN + BEN.replace("Ben", "B\0en"))
    ended = command("people", "import", file, "--programme", rotas)
    assert ended.code == FAILED
    assert f"{file}, line 3: The name holds U+0000, which cannot be shown." in ended.err


def test_a_file_in_another_encoding_says_how_to_save_it(
    command: Command, rotas: str, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes("name,email\nSi\u00e2n,sian@trust.example\n".encode("latin-1"))
    ended = command("people", "import", str(file), "--programme", rotas)
    assert ended.code == FAILED
    assert "is not UTF-8 text. Save it as CSV UTF-8." in ended.err


@pytest.mark.parametrize("words", [("people", "import", "FILE"), ("export",)])
def test_an_unknown_programme_is_named_with_the_way_out(
    command: Command, rotas: str, roster: Roster, words: tuple[str, ...]
) -> None:
    file = roster(HEADER + ANN)
    typed = [file if word == "FILE" else word for word in words]
    ended = command(*typed, "--programme", "Better roads")
    assert ended == Ended(
        FAILED,
        "",
        'soundings: There is no programme "Better roads". `soundings programme list` shows all.\n',
    )


# --- exports ---------------------------------------------------------------------------------


def test_an_export_of_nothing_is_the_header_or_an_empty_document(
    command: Command, rotas: str
) -> None:
    ended = command("export", "--programme", rotas)
    assert (ended.code, ended.err) == (0, "")
    (header,) = csv.reader(io.StringIO(ended.out))
    assert header[0] == "round"
    attack = command("export", "--programme", rotas, "--format", "sdc-attack")
    assert json.loads(attack.out)["format"] == "sdc-attack/1"


def test_an_export_shows_nothing_before_everyone_has_got_it(
    command: Command, database: Path
) -> None:
    assert command("migrate").code == 0

    async def closed_round() -> None:
        async with (
            open_store(
                f"sqlite:///{database}", Vault(load_or_create_secret(None, database))
            ) as store,
            company(store) as c,
        ):
            await c.ask("I can do my job well.", "for 1 day")
            for user in c.people():
                await c.desk.press(user, "Agree")
            await c.wait(days=1)

    asyncio.run(closed_round())

    def exported() -> int:
        return command("export", "--programme", "Better rotas").out.count("I can do my job well.")

    assert exported() > 0
    with closing(sqlite3.connect(database)) as connection, connection:
        # The message waits for the end of the night, say.
        connection.execute("UPDATE release SET released_at = '2999-01-01 07:00:00.000000'")
    assert exported() == 0


# --- the Teams app ---------------------------------------------------------------------------

APP_ID = "11111111-2222-3333-4444-555555555555"


def test_the_package_for_teams_is_written_and_what_to_do_next_is_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_APP_ID", APP_ID)
    monkeypatch.setenv("PORT", "http")  # no other setting matters
    out = tmp_path / "app.zip"
    ended = command("teams-package", "--domain", "bot.example.org", "--out", str(out))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{out} holds Soundings {version('soundings')} for Teams.\n")
    assert "in the Teams admin centre" in ended.out
    assert "https://bot.example.org/api/messages" in ended.out
    assert ended.out.endswith("was not named: --website, --privacy, --terms.\n")
    with zipfile.ZipFile(out) as package:
        made = json.loads(package.read("manifest.json"))
    assert made["id"] == APP_ID
    assert made["developer"]["termsOfUseUrl"] == "https://bot.example.org/"


def test_the_package_says_what_was_named(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "app.zip"
    named = {
        "--app-id": APP_ID,
        "--domain": "bot.example.org",
        "--out": str(out),
        "--name": "Staff voice",
        "--developer": "Northmoor Trust",
        "--website": "https://example.org/voice",
        "--privacy": "https://example.org/privacy",
        "--terms": "https://example.org/terms",
        "--app-version": "2.0.1",
    }
    ended = command("teams-package", *(word for pair in named.items() for word in pair))
    assert ended.out.startswith(f"{out} holds Staff voice 2.0.1 for Teams.\n")
    assert "not named" not in ended.out
    with zipfile.ZipFile(out) as package:
        made = json.loads(package.read("manifest.json"))
    assert made["name"]["short"] == "Staff voice"
    assert made["developer"] == {
        "name": "Northmoor Trust",
        "websiteUrl": "https://example.org/voice",
        "privacyUrl": "https://example.org/privacy",
        "termsOfUseUrl": "https://example.org/terms",
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Which app is it for? Name its id with --app-id, or set TEAMS_APP_ID."),
        (("--app-id", "bot"), "--app-id is not an app id."),
        (("--app-id", APP_ID, "--domain", "https://b.example.org/"), "Use b.example.org."),
        (("--app-id", APP_ID, "--name", "x"), "--name takes 2 to 30 characters; this has 1."),
        (("--app-id", APP_ID, "--terms", "http://b.example.org"), "--terms is "),
        (("--app-id", APP_ID, "--app-version", "2"), "--app-version is "),
    ],
)
def test_a_package_that_teams_would_refuse_is_not_written(
    command: Command, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    out = tmp_path / "app.zip"
    ended = command("teams-package", "--domain", "bot.example.org", "--out", str(out), *words)
    assert (ended.code, ended.out) == (FAILED, "")
    assert says in ended.err
    assert not out.exists()


def test_a_wrong_app_id_in_the_environment_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_APP_ID", "bot")
    ended = command("teams-package", "--domain", "bot.example.org")
    assert ended.code == FAILED
    assert ended.err.startswith("soundings: TEAMS_APP_ID is not an app id.")


def test_a_package_is_replaced_only_when_asked(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "app.zip"
    words = ("teams-package", "--domain", "b.example.org", "--app-id", APP_ID, "--out", str(out))
    assert command(*words).code == 0
    again = command(*words)
    assert again == Ended(
        FAILED,
        "",
        f"soundings: {out} is there already. Add --replace to write over it, or name another file "
        "with --out.\n",
    )
    assert command(*words, "--replace").code == 0


# --- databases -------------------------------------------------------------------------------


def test_migrating_twice_is_the_same_as_once(command: Command, database: Path) -> None:
    for _ in range(2):
        assert command("migrate") == Ended(0, "The database is up to date.\n", "")
    assert database.exists()


def test_what_is_written_is_for_this_user_alone(
    command: Command, rotas: str, tmp_path: Path
) -> None:
    for path in tmp_path.glob("soundings.db*"):
        assert path.stat().st_mode & 0o077 == 0, path.name


@contextmanager
def as_anybody() -> Iterator[None]:
    """As a user who may enter no folder of others: root may enter all."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(me)


def test_a_folder_of_another_user_is_named_with_the_way_out(
    command: Command, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = database.parent / "shut"
    shut.mkdir(mode=0)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{shut}/soundings.db")
    for words in (("migrate",), ("programme", "list")):
        with as_anybody():
            ended = command(*words)
        assert ended.code == FAILED
        assert re.fullmatch(
            f"soundings: {shut}/soundings\\.db\\S* cannot be used: Permission denied. "
            "Give this user access to it, or point DATABASE_URL to another place.\n",
            ended.err,
        )


def test_a_key_file_of_another_user_is_named_with_the_way_out(
    command: Command, rotas: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not in pytest's own folder, which is shut to others as a whole.
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        copy, key = Path(folder) / "a.db", Path(folder) / "a.db.key"
        copy.write_bytes(database.read_bytes())
        copy.chmod(0o644)
        key.write_bytes(database.with_name("soundings.db.key").read_bytes())
        key.chmod(0)
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{copy}")
        with as_anybody():
            ended = command("programme", "list")
    assert ended.code == FAILED
    assert f"{key} cannot be used: Permission denied. Give this user access to it" in ended.err


@pytest.mark.parametrize("words", [("migrate",), ("programme", "list"), ("run", "--playground")])
def test_a_path_that_is_too_long_is_named_by_its_beginning(
    command: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:////{'x' * 5000}.db")
    ended = command(*words)
    assert ended.code == FAILED
    assert "x... cannot be used: File name too long." in ended.err
    assert len(ended.err) < 400


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///x.db?timeout=x", 'DATABASE_URL has a "?" after the path of the file.'),
        ("sqlite:///~nobody-here/x.db", "there is no home folder for ~nobody-here."),
        ("sqlite:///x\udce9.db", "DATABASE_URL is neither sqlite:///path/to/file nor"),
        ("sqlite+aiosqlite:///x.db", 'Leave "+aiosqlite" out: Soundings brings its own.'),
        ("postgresql+psycopg://a@h/x", 'Leave "+psycopg" out: Soundings brings its own.'),
        ("postgresql://a:hun@ter2@h/x", "Write an @ in a password as %40."),
        ("postgresql://a@h/x?port=y&password=hunter2", 'what follows the "?" in DATABASE_URL'),
        ("postgresql://a@127.0.0.1:1/x?timeout=y", 'invalid connection option "timeout"'),
    ],
)
def test_an_address_that_cannot_be_used_says_what_to_change(
    command: Command, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    ended = command("migrate")
    assert ended.code == FAILED
    assert ended.err.count("\n") == 1
    assert says in ended.err
    assert "ter2" not in ended.err


def test_a_tilde_stands_for_the_home_folder(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "sqlite:///~/mine.db")
    assert command("migrate").code == 0
    assert (tmp_path / "mine.db").exists()


@pytest.mark.parametrize("words", [("migrate",), ("programme", "list"), ("run", "--playground")])
def test_a_newer_database_is_left_alone(
    command: Command, rotas: str, database: Path, words: tuple[str, ...]
) -> None:
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    ended = command(*words)
    assert (ended.code, ended.out) == (FAILED, "")
    assert "made by a newer version of Soundings (it is at 9999" in ended.err
    assert "Install the newer version" in ended.err


@pytest.mark.parametrize(
    "url", ["mysql://root:hunter2@localhost/x", "sqlite://", "sqlite:///:memory:", "nonsense"]
)
@pytest.mark.parametrize("words", [("migrate",), ("programme", "list")])
def test_a_database_of_another_kind_is_refused_without_showing_its_password(
    command: Command, monkeypatch: pytest.MonkeyPatch, url: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    ended = command(*words)
    assert ended.code == FAILED
    assert ended.err == (
        "soundings: DATABASE_URL is neither sqlite:///path/to/file nor "
        "postgresql://user:password@host/name.\n"
    )


def test_a_server_that_does_not_answer_is_named_without_its_password(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in ("me:hunter2@127.0.0.1:1/soundings", "127.0.0.1:1/soundings?password=hunter2"):
        monkeypatch.setenv("DATABASE_URL", f"postgresql://{url}")
        ended = command("migrate")
        assert ended.code == FAILED
        assert ended.err.startswith(
            'soundings: The database "soundings" on 127.0.0.1 cannot be used: '
        )
        assert ended.err.endswith(". Check DATABASE_URL, and whether the server is up.\n")
        assert "hunter2" not in ended.err


def test_postgresql_needs_a_secret_of_its_own(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/soundings")
    ended = command("programme", "list")
    assert ended.code == FAILED
    assert "SOUNDINGS_SECRET_KEY is not set, and PostgreSQL needs it." in ended.err


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("short", "SOUNDINGS_SECRET_KEY is not 32 bytes in base64."),
        ("gehe\u00efm" * 8, "SOUNDINGS_SECRET_KEY is not 32 bytes in base64."),
        ("A" * 43 + "=", "The secret is not the one that this database was made with."),
    ],
)
def test_another_secret_is_refused_and_never_shown(
    command: Command, rotas: str, monkeypatch: pytest.MonkeyPatch, secret: str, says: str
) -> None:
    monkeypatch.setenv("SOUNDINGS_SECRET_KEY", secret)
    ended = command("programme", "list")
    assert ended.code == FAILED
    assert says in ended.err
    assert secret not in ended.err


# --- running ---------------------------------------------------------------------------------


def test_without_a_platform_nothing_runs(command: Command) -> None:
    ended = command("run")
    assert ended.code == FAILED
    for way in ("`soundings run --playground`", "SLACK_BOT_TOKEN for Slack", "TEAMS_APP_ID for"):
        assert way in ended.err


@pytest.mark.parametrize("role", ["web", "worker"])
def test_sqlite_is_for_one_process(
    command: Command, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setenv("TEAMS_AUTH", "none")
    ended = command("run", "--role", role)
    assert ended.code == 1
    assert "SQLite is for one alone" in ended.err


@pytest.mark.parametrize("role", ["web", "worker"])
def test_the_playground_is_one_process(command: Command, role: str) -> None:
    ended = command("run", "--playground", "--role", role)
    assert ended.code == FAILED
    assert "start it without --role" in ended.err


def test_an_unknown_organisation_is_named_with_those_there_are(
    command: Command, rotas: str
) -> None:
    ended = command("run", "--playground", "--organisation", "Nowhere")
    assert ended.code == FAILED
    assert 'There is no organisation "Nowhere". There is: Northmoor.' in ended.err


def test_a_file_of_chats_that_cannot_be_used_is_named(
    command: Command, rotas: str, database: Path
) -> None:
    with running() as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.wait()
    (chats,) = database.parent.glob("soundings.playground-*.db")
    chats.write_text("This is no database, however much of it is read." * 100)
    ended = command("run", "--playground")
    assert ended.code == FAILED
    assert f"{chats}, which keeps the chats, cannot be used: file is not" in ended.err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])  # noqa: S104
def test_the_playground_listens_to_this_machine_alone(
    command: Command, rotas: str, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("SOUNDINGS_HOST", host)
    monkeypatch.setenv("PORT", "0")
    ended = command("run", "--playground")
    assert ended.code == FAILED
    assert f"The playground cannot listen on {host}" in ended.err
    assert "SOUNDINGS_HOST" in ended.err


def test_a_port_that_is_taken_is_named(
    command: Command, rotas: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        ended = command("run", "--playground")
    assert ended == Ended(
        FAILED,
        "",
        f"soundings: Port {port} is in use on 127.0.0.1. Set another, such as PORT=8080. "
        "The settings SOUNDINGS_HOST and PORT say where to listen.\n",
    )


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_the_playground_listens_on_ipv6_where_the_machine_has_it(
    command: Command, rotas: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOUNDINGS_HOST", "::1")
    if not has_ipv6():
        assert "Nothing can listen on ::1, port 0: " in command("run", "--playground").err
        return
    with running() as process:
        assert process.stdout is not None
        ready = re.search(r"ready at http://\[::1\]:(\d+)/ ", process.stdout.readline())
        assert ready is not None
        with closing(http.client.HTTPConnection("::1", int(ready[1]))) as connection:
            connection.request("GET", "/")
            assert connection.getresponse().status == 200


def test_a_second_process_is_told_of_the_first_and_the_first_stops_when_asked(
    command: Command, rotas: str, database: Path
) -> None:
    with running() as first:
        assert first.stdout is not None
        assert first.stdout.readline().startswith("The playground is ready at http://127.0.0.1:")
        for words in (("programme", "list"), ("migrate",), ("run", "--playground")):
            ended = command(*words)
            assert (ended.code, ended.out) == (FAILED, "")
            assert f"Another Soundings process uses {database}. Stop it first" in ended.err
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)
        assert first.returncode == 0
    assert command("programme", "list").code == 0


@pytest.mark.parametrize("kind_of_database", ["postgresql"], indirect=True)
def test_a_second_process_on_postgresql_may_do_anything_but_run(
    command: Command, url: str, monkeypatch: pytest.MonkeyPatch, roster: Roster, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SOUNDINGS_SECRET_KEY", "A" * 43 + "=")
    monkeypatch.setenv("PORT", "0")
    facilitator = ("--facilitator", "Maya <maya@soundings.example>")
    command("programme", "new", "Rotas", "--organisation", "Northmoor", *facilitator)
    with running(folder=tmp_path) as first:
        assert first.stdout is not None
        assert first.stdout.readline().startswith("The playground is ready at http://127.0.0.1:")
        ended = command("run", "--playground")
        assert (ended.code, ended.out) == (FAILED, "")
        assert "Another Soundings process runs on postgresql" in ended.err
        assert "Stop it first" in ended.err
        for words in (
            ("people", "import", roster(HEADER + ANN), "--programme", "Rotas"),
            ("programme", "list"),
            ("export", "--programme", "Rotas"),
            ("migrate",),
        ):
            assert command(*words).code == 0
    # The server notices that it was killed.
    with running(folder=tmp_path) as again:
        assert again.stdout is not None
        assert again.stdout.readline().startswith("The playground is ready at http://127.0.0.1:")


@pytest.mark.parametrize("words", [("export", "--programme", "Better rotas"), ("--help",)])
def test_a_reader_who_leaves_early_ends_the_command_with_a_sentence(
    rotas: str, words: tuple[str, ...]
) -> None:
    with running(*words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait() == FAILED
    assert said.startswith("soundings: Not all of the output was taken: Broken pipe. ")
    assert said.count("\n") == 1


def test_an_interrupted_command_ends_with_130(rotas: str, tmp_path: Path) -> None:
    pipe = tmp_path / "people.csv"
    os.mkfifo(pipe)
    with running("people", "import", str(pipe), "--programme", rotas) as process:
        with pipe.open("w"):  # opens as soon as the command waits for its file
            process.send_signal(signal.SIGINT)
            process.wait()
        assert process.stderr is not None
        assert (process.returncode, process.stderr.read()) == (INTERRUPTED, "")


def test_the_module_is_the_same_as_the_command(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "people", "import", "none.csv", "--programme", "Rotas"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == FAILED
    assert ended.stderr == "soundings: none.csv cannot be read: No such file or directory.\n"
    assert list(tmp_path.iterdir()) == [], "a wrong file makes no database"
