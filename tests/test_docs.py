"""The documentation agrees with the code: every name, command, link and figure that it states."""

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack.installing import SCOPES
from bench.__main__ import _cells
from bench.common import Row
from bot.cli import _parser, main
from bot.conversation.commands import COMMANDS, CommandSpec
from bot.conversation.grammar import Parsed, parse
from bot.conversation.roles import Role
from bot.handlers.dispatch import COMMANDS as HANDLERS
from bot.pulse.opening import SEASON
from bot.sentiment.profile import Profile
from bot.settings import NAMES
from storage.agenda import KEEP_DELIVERIES, KEEP_INBOUND, KEEP_NOTICES, KEEP_RESPONDENTS

ROOT = Path(__file__).parent.parent
FOLDERS = ("adapters", "bench", "bot", "docs", "storage", "tests")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for name in FOLDERS for page in (ROOT / name).rglob("*.md"))]
)
README = (ROOT / "README.md").read_text()
SLACK = (ROOT / "docs/slack.md").read_text()
PRIVACY = (ROOT / "docs/privacy.md").read_text()

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def each_page() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def fences(page: Path, *languages: str) -> str:
    """The blocks of code in these languages, with continued lines joined."""
    blocks = [code for language, code in _FENCE.findall(page.read_text()) if language in languages]
    return "\n".join(blocks).replace("\\\n", " ")


def spans(page: Path) -> list[str]:
    """Code inside a sentence."""
    return re.findall(r"`([^`\n]+)`", _FENCE.sub("", page.read_text()))


def code(page: Path) -> str:
    """All code of a page, a piece on each line."""
    return "\n".join([fences(page, "sh", "ini", "text"), *spans(page)])


def section(page: str, heading: str) -> str:
    """What stands below a heading of the second level."""
    return page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


# --- links -----------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text()), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@each_page()
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@each_page()
def test_every_image_says_what_it_shows(page: Path) -> None:
    assert [alt for alt in re.findall(r"!\[(.*?)\]\(", page.read_text()) if len(alt) < 20] == []


@each_page()
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]+")
    paths = {match for span in spans(page) for match in named.findall(span)}
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_the_index_lists_every_page_and_decision() -> None:
    index = ROOT / "docs/README.md"
    linked = {
        (index.parent / link).resolve() for link in re.findall(r"\]\(([^)]+)\)", index.read_text())
    }
    pages = {page for page in PAGES if page.is_relative_to(ROOT / "docs")}
    assert pages - linked == {index}


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(page.name[:4]) for page in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


# --- what was measured -----------------------------------------------------------------------


def test_the_table_of_measurements_is_the_run_that_is_kept() -> None:
    kept = json.loads((ROOT / "bench/results/baseline.json").read_text())["rows"]
    names = [field.name for field in fields(Row)]
    found = [_cells(Row(**{name: row[name] for name in names})) for row in kept]
    written = rows(section((ROOT / "docs/performance.md").read_text(), "Last measured"))
    assert written == [list(cells) for cells in found]


# --- what an operator types ------------------------------------------------------------------


def command_paths(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """("run",), ("people",), ("people", "import"), ..."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield (*path, name)
                yield from command_paths(sub, (*path, name))


PATHS = tuple(command_paths(_parser()))


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_command_of_the_command_line_has_help(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*path, "--help"])
    assert ended.value.code == 0
    assert f"usage: soundings {' '.join(path)} " in capsys.readouterr().out


@each_page()
def test_every_command_line_that_is_shown_can_be_typed(page: Path) -> None:
    shown = fences(page, "sh", "ini")
    for line in re.findall(r"bin/soundings ((?:[^\n>&|#\"]|\"[^\"]*\")+)", shown):
        _parser().parse_args(shlex.split(line))  # exits where it does not understand


@each_page()
def test_every_command_that_is_named_exists(page: Path) -> None:
    lines = re.findall(r"\bsoundings ([a-z][a-z-]*(?: [a-z]+)*)", code(page))
    named = {tuple(line.split()) for line in lines}
    known = {path[:length] for path in PATHS for length in (1, 2)}
    assert [words for words in named if words[:1] not in known] == []
    two = {words[:2] for words in named if words[0] in ("people", "programme")}
    assert [words for words in two if words not in known] == []


def test_the_procfile_starts_what_exists() -> None:
    for line in (ROOT / "Procfile").read_text().splitlines():
        program, *arguments = shlex.split(line.split(":", 1)[1])
        assert program == "soundings"
        _parser().parse_args(arguments)


@each_page()
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text().replace("$(VENV)", ".venv")
    targets = set(re.findall(r"^([\w./]+):(?!=)", makefile, re.MULTILINE))
    assert set(re.findall(r"\bmake ([\w./]+)", code(page))) - targets == set()


# --- the tables of the README ----------------------------------------------------------------


def test_the_readme_lists_every_setting() -> None:
    assert rows(section(README, "Settings")) == [
        [f"`{name}`", f"`{usual}`" if usual else "not set", what]
        for name, (usual, what) in NAMES.items()
    ]


def who(spec: CommandSpec) -> str:
    roles = (f"{role.value}s" for role in Role if role in spec.roles)
    return "everyone" if spec.roles == frozenset(Role) else " and ".join(roles)


def test_the_readme_lists_every_command() -> None:
    listed = rows(section(README, "Commands"))
    assert [row[:3] for row in listed] == [
        [f"`{spec.name}`", who(spec), spec.summary] for spec in COMMANDS
    ]
    examples = [parse(row[3].strip("`").removeprefix("/pulse ")) for row in listed]
    names = [example.command for example in examples if isinstance(example, Parsed)]
    assert names == [spec.name for spec in COMMANDS]


def pulse_lines(page: Path) -> list[Parsed]:
    """What follows `/pulse` in the code of a page; fails where one is not understood."""
    found = []
    for line in re.findall(r"^/pulse ?(.*)$", code(page), re.MULTILINE):
        outcome = parse(line)
        assert isinstance(outcome, Parsed), f"/pulse {line}: {outcome}"
        found.append(outcome)
    return found


@each_page()
def test_every_pulse_command_that_is_shown_is_understood(page: Path) -> None:
    pulse_lines(page)


def test_the_reference_shows_every_form_of_every_command() -> None:
    shown = {(line.command, line.sub) for line in pulse_lines(ROOT / "docs/commands.md")}
    assert shown == set(HANDLERS)


def test_the_manifest_is_within_slacks_limits() -> None:
    """In characters; source: docs.slack.dev, "App manifest reference"."""
    manifest = json.loads((ROOT / "manifest.json").read_text())
    shown = manifest["display_information"]
    assert 1 <= len(shown["name"]) <= 35
    assert 1 <= len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", shown["background_color"])
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80
    (command,) = manifest["features"]["slash_commands"]
    assert re.fullmatch("/[a-z]{1,31}", command["command"])
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert events == sorted(set(events))


def test_the_slack_page_the_manifest_and_the_installation_ask_for_the_same() -> None:
    listed = [row[0].strip("`") for row in rows(section(SLACK, "Scopes, and what each is for"))]
    manifest = json.loads((ROOT / "manifest.json").read_text())
    assert listed == list(SCOPES) == manifest["oauth_config"]["scopes"]["bot"] == sorted(listed)


# --- the promise -----------------------------------------------------------------------------


def test_the_privacy_page_states_the_profiles() -> None:
    listed = [row for row in rows(section(PRIVACY, "The rules")) if row[0].strip("`") in [*Profile]]
    assert listed == [
        [f"`{profile}`", *(str(n) for n in (rules.k, rules.floor, rules.colluders))]
        for profile in Profile
        for rules in [profile.disclosure]
    ]


@pytest.mark.parametrize(
    ("what", "kept", "words"),
    [
        ("Who answered which question", KEEP_RESPONDENTS, "13 weeks"),
        ("Messages on their way", KEEP_DELIVERIES, "7 days"),
        ("Messages on their way", KEEP_NOTICES, "notices 13 weeks"),
        ("That a command or form arrived", KEEP_INBOUND, "60 minutes"),
    ],
)
def test_the_privacy_page_states_when_things_are_forgotten(
    what: str, kept: timedelta, words: str
) -> None:
    units = {
        "weeks": timedelta(weeks=1),
        "days": timedelta(days=1),
        "minutes": timedelta(minutes=1),
    }
    number, unit = words.split()[-2:]
    assert int(number) * units[unit] == kept
    (until,) = (
        row[1]
        for row in rows(section(PRIVACY, "What is kept, and until when"))
        if row[0].startswith(what)
    )
    assert words in until


def test_the_privacy_page_states_the_season() -> None:
    assert f"a season of {SEASON.days // 7} weeks" in PRIVACY
