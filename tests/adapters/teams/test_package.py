"""The app package, as Teams takes it: by Microsoft's own schema and rules for icons."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest
from jsonschema import Draft4Validator
from PIL import Image, ImageChops

from adapters.teams.package import (
    ACCENT,
    ICONS,
    MAX_COMMANDS,
    MAX_DESCRIPTION,
    MAX_DEVELOPER,
    MAX_LINK,
    MAX_NAME,
    MAX_TITLE,
    PERSONAL,
    ROOM,
    SCHEMA,
    App,
    NotFitting,
    app_id,
    host,
    link,
    manifest,
    pack,
    version,
    words,
    write,
)
from bot.conversation.commands import BY_NAME, COMMANDS
from bot.conversation.grammar import Parsed, parse
from bot.conversation.roles import Role

ROOT = Path(__file__).parents[3]
MANIFEST_SCHEMA: dict[str, Any] = json.loads(
    (ROOT / "tests/teams/schemas/MicrosoftTeams.schema.json").read_text(encoding="utf-8")
)
APP = App(
    id="11111111-2222-3333-4444-555555555555",
    domain="bot.example.org",
    name="Soundings",
    developer="Northmoor Trust",
    version="1.2.3",
    website="https://example.org/soundings",
    privacy="https://example.org/privacy",
    terms="https://example.org/terms",
)
LARGEST = replace(
    APP,
    name="W" * MAX_NAME,
    developer="W" * MAX_DEVELOPER,
    domain=f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 57}.org",
    website="https://example.org/".ljust(MAX_LINK, "a"),
)


def faults(app: App) -> list[str]:
    return [error.message for error in Draft4Validator(MANIFEST_SCHEMA).iter_errors(manifest(app))]


def icon(name: str) -> Image.Image:
    with ZipFile(BytesIO(pack(APP))) as package, package.open(name) as file:
        image = Image.open(file)
        image.load()
    return image


def lists() -> dict[str, dict[str, Any]]:
    """The list of commands of each scope."""
    found = manifest(APP)["bots"][0]["commandLists"]
    return {scope: one for one in found for scope in one["scopes"]}


# --- the manifest ----------------------------------------------------------------------------


@pytest.mark.parametrize("app", [APP, LARGEST], ids=["usual", "largest"])
def test_the_manifest_is_what_microsofts_schema_asks_for(app: App) -> None:
    assert faults(app) == []
    # A word of later drafts, which a validator of draft 4 passes over.
    assert MANIFEST_SCHEMA["properties"]["manifestVersion"]["const"] == SCHEMA
    assert manifest(app)["manifestVersion"] == SCHEMA
    assert f"/v{SCHEMA}/" in manifest(app)["$schema"]


def test_the_schema_would_see_a_fault() -> None:
    assert faults(replace(APP, name="W" * (MAX_NAME + 1)))
    assert faults(replace(APP, id="soundings"))


def test_the_manifest_says_what_was_asked_for() -> None:
    made = manifest(APP)
    assert (made["id"], made["version"]) == (APP.id, APP.version)
    assert [bot["botId"] for bot in made["bots"]] == [APP.id]
    assert made["developer"] == {
        "name": APP.developer,
        "websiteUrl": APP.website,
        "privacyUrl": APP.privacy,
        "termsOfUseUrl": APP.terms,
    }
    assert made["validDomains"] == [APP.domain]
    assert made["webApplicationInfo"]["id"] == APP.id


def test_the_bot_asks_for_no_rights_in_teams_or_chats() -> None:
    made = manifest(APP)
    assert made["permissions"] == ["identity", "messageTeamMembers"]
    assert "authorization" not in made


def test_the_bot_talks_wherever_people_are() -> None:
    (bot,) = manifest(APP)["bots"]
    assert bot["isNotificationOnly"] is False
    assert sorted(bot["scopes"]) == sorted(lists()) == ["groupChat", "personal", "team"]


# --- the commands ----------------------------------------------------------------------------


def test_every_command_that_teams_offers_is_understood_and_explained_by_the_table() -> None:
    for offered in lists().values():
        for one in offered["commands"]:
            typed = parse(one["title"].removeprefix("pulse "))
            assert isinstance(typed, Parsed)
            assert one["description"] == BY_NAME[typed.command].summary


def test_the_lists_keep_to_teams_limits() -> None:
    for offered in lists().values():
        titles = [one["title"] for one in offered["commands"]]
        assert len(set(titles)) == len(titles) <= MAX_COMMANDS
        assert all(len(title) <= MAX_TITLE for title in titles)
        assert all(len(one["description"]) <= MAX_DESCRIPTION for one in offered["commands"])


def test_a_personal_chat_offers_all_that_everyone_may_use() -> None:
    everyones = {spec.name for spec in COMMANDS if spec.listed and spec.roles == frozenset(Role)}
    assert set(PERSONAL) >= everyones
    assert set(PERSONAL) >= set(ROOM)


def test_only_rooms_offer_commands_after_a_slash() -> None:
    # In a personal chat nobody else reads along, and Teams has no such messages there.
    assert {scope for scope, one in lists().items() if "slash" in one["triggers"]} == {
        "team",
        "groupChat",
    }
    assert all("mention" in one["triggers"] for one in lists().values())
    assert manifest(APP)["bots"][0]["supportsTargetedMessages"] is True


# --- the icons -------------------------------------------------------------------------------


def test_the_colour_icon_is_a_full_square_with_its_mark_in_the_middle() -> None:
    color = icon("color.png")
    assert (color.size, color.mode) == ((192, 192), "RGB"), "no pixel lets anything through"
    paper = color.getpixel((0, 0))
    assert paper == tuple(bytes.fromhex(ACCENT[1:]))
    drawn = ImageChops.difference(color, Image.new("RGB", color.size, ACCENT)).getbbox()
    assert drawn is not None
    left, top, right, bottom = drawn
    # Teams may mask what is outside the inner 120 pixels.
    assert min(left, top) >= 36
    assert max(right, bottom) <= 156


def test_the_outline_icon_is_white_on_nothing() -> None:
    outline = icon("outline.png")
    assert (outline.size, outline.mode) == ((32, 32), "RGBA")
    *colours, alpha = outline.split()
    assert [colour.getextrema() for colour in colours] == [(255, 255)] * 3
    assert alpha.getextrema() == (0, 255)
    corners = [alpha.getpixel(point) for point in ((0, 0), (31, 0), (0, 31), (31, 31))]
    assert corners == [0, 0, 0, 0]


def test_the_icons_are_what_the_script_draws_from_the_mark(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts/icons.py", tmp_path], check=True)
    for name in ICONS:
        with Image.open(tmp_path / name) as drawn:
            kept = icon(name)
            assert (drawn.size, drawn.mode) == (kept.size, kept.mode)
            bands = ImageChops.difference(drawn, kept).split()
        # Another processor may round another way.
        assert all(max(band.tobytes()) <= 1 for band in bands)


# --- the file --------------------------------------------------------------------------------


def test_the_package_holds_three_files_at_its_root() -> None:
    with ZipFile(BytesIO(pack(APP))) as package:
        assert package.testzip() is None
        assert package.namelist() == ["manifest.json", *ICONS]
        made = json.loads(package.read("manifest.json"))
    assert made == manifest(APP)
    assert sorted(made["icons"].values()) == sorted(ICONS)


def test_the_same_app_makes_the_same_bytes() -> None:
    assert pack(APP) == pack(replace(APP))
    assert pack(APP) != pack(replace(APP, version="1.2.4"))
    with ZipFile(BytesIO(pack(APP))) as package:
        # Neither a clock nor a version of zlib leaves a trace.
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.compress_type for entry in package.infolist()} == {ZIP_STORED}


def test_a_file_that_is_there_stays_until_it_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "app.zip"
    write(path, b"first", replace=False)
    with pytest.raises(NotFitting, match=r"app\.zip is there already\. Add --replace"):
        write(path, b"second", replace=False)
    assert path.read_bytes() == b"first"
    write(path, b"second", replace=True)
    assert path.read_bytes() == b"second"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFitting, match=r"app\.zip cannot be written: No such file or directory"):
        write(tmp_path / "nowhere/app.zip", b"", replace=False)
    with pytest.raises(NotFitting, match="cannot be written: Is a directory"):
        write(tmp_path, b"", replace=True)


# --- what was typed --------------------------------------------------------------------------


def test_what_fits_is_taken_without_surplus_spaces_and_capitals() -> None:
    assert app_id("--app-id", f" {APP.id.upper()} ") == APP.id
    assert host(" Bot.Example.ORG ") == "bot.example.org"
    assert host("xn--bcher-kva.example") == "xn--bcher-kva.example"
    assert link("--terms", " https://example.org/a?b=c ") == "https://example.org/a?b=c"
    assert words("--name", "  Staff   voice ", MAX_NAME) == "Staff voice"
    assert version(" 10.0.1 ") == "10.0.1"


@pytest.mark.parametrize(
    "text", ["", "soundings", APP.id[:-1], APP.id + "0", "{" + APP.id + "}", APP.id + "\n" + APP.id]
)
def test_what_is_no_app_id_is_named_with_where_to_find_one(text: str) -> None:
    with pytest.raises(NotFitting, match=r"^--app-id is not .*Application \(client\) ID"):
        app_id("--app-id", text)


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("https://bot.example.org/api/messages", "bot.example.org"),
        ("bot.example.org:443", "bot.example.org"),
        ("bot.example.org/", "bot.example.org"),
        ("", "one like bot.example.org"),
        ("localhost", "one like bot.example.org"),
        ("127.0.0.1", "one like bot.example.org"),
        ("[::1", "one like bot.example.org"),
        ("bot_1.example.org", "one like bot.example.org"),
        ("-bot.example.org", "one like bot.example.org"),
        ("bot..org", "one like bot.example.org"),
        ("bücher.example", "one like bot.example.org"),
        ("a.example.org b.example.org", "one like bot.example.org"),
        (f"{'a' * 64}.org", "one like bot.example.org"),
        (".".join(["a" * 60] * 5), "one like bot.example.org"),
    ],
)
def test_what_is_no_host_is_named_with_what_would_be_one(text: str, use: str) -> None:
    with pytest.raises(NotFitting, match=r"^--domain is ") as told:
        host(text)
    assert str(told.value).endswith(f" Use {use}.")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "http://example.org",
        "https://",
        "https://localhost/",
        "https://a b.org",
        "https://example.org/a b",
        "https://example.org/\x07",
        "https://example.org/".ljust(MAX_LINK + 1, "a"),
    ],
)
def test_what_is_no_page_is_named(text: str) -> None:
    with pytest.raises(NotFitting, match=r"^--privacy is .* Use the address of a page, like"):
        link("--privacy", text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("S", "--name takes 2 to 30 characters; this has 1."),
        ("S" * 31, "--name takes 2 to 30 characters; this has 31."),
        ("Sound\u202eings", "--name holds U+202E, which cannot be shown. Type it again."),
    ],
)
def test_a_name_that_does_not_fit_is_refused(text: str, says: str) -> None:
    with pytest.raises(NotFitting) as told:
        words("--name", text, MAX_NAME)
    assert str(told.value) == says


@pytest.mark.parametrize("text", ["1.2", "1.2.3.4", "v1.2.3", "1.2.03", "1.2.dev3", "१.२.३"])
def test_a_version_that_teams_cannot_order_is_refused(text: str) -> None:
    with pytest.raises(NotFitting, match=r"^--app-version is .* Use three numbers, like 1\.0\.1"):
        version(text)
