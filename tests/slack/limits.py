"""The documented limits of messages and views: what real Slack would refuse, as sentences."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.slack.charts import check_chart, check_table
from tests.slack.elements import (
    IN_ACTIONS,
    IN_INPUT,
    IN_MODAL_INPUT,
    IN_SECTION,
    MAX_ID,
    check_element,
)
from tests.slack.findings import PLAIN, TEXT_TYPES, Findings
from tests.slack.records import Json

MAX_TEXT = 40_000
MAX_BLOCKS_JSON = 13_000
MAX_VIEW_JSON = 250_000
EVERYWHERE = frozenset(
    {"section", "divider", "image", "actions", "context", "input", "header", "rich_text"}
)
ALLOWED = {
    "message": EVERYWHERE | {"markdown", "table", "data_table", "data_visualization"},
    "modal": EVERYWHERE,
    "home": EVERYWHERE,
}


def message_faults(blocks: object) -> list[str]:
    """What is wrong with the blocks of a message; none for a message without blocks."""
    found = Findings("message")
    if blocks:
        _check_blocks(found, "blocks", blocks, 50)
    return found.faults


def blocks_too_long(blocks: object) -> bool:
    """Whether a message's blocks are more than Slack keeps."""
    return len(json.dumps(blocks, ensure_ascii=False)) > MAX_BLOCKS_JSON


def view_faults(value: object) -> list[str]:
    """What is wrong with a modal or a home tab."""
    if not isinstance(value, dict):
        return ["view: must be an object"]
    surface = str(value.get("type"))
    found = Findings(surface)
    if surface not in {"modal", "home"}:
        found.add("view.type", f"{surface!r} is neither modal nor home")
        return found.faults
    if surface == "modal":
        for name in ("title", "submit", "close"):
            required = name == "title"
            found.text(f"view.{name}", value.get(name), 24, types=PLAIN, required=required)
    found.string("view.private_metadata", value.get("private_metadata"), 3000)
    for name in ("callback_id", "external_id"):
        found.string(f"view.{name}", value.get(name), MAX_ID)
    blocks = value.get("blocks")
    _check_blocks(found, "view.blocks", blocks, 100)
    listed = blocks if isinstance(blocks, list) else []
    kinds = [block.get("type") for block in listed if isinstance(block, dict)]
    if surface == "modal" and "input" in kinds and not value.get("submit"):
        found.add("view.submit", "is missing, although there are inputs")
    return found.faults


def _check_blocks(found: Findings, where: str, value: object, most: int) -> None:
    blocks = found.items(where, value, most)
    for index, block in enumerate(blocks):
        place = f"{where}[{index}]"
        kind = str(block.get("type"))
        found.string(f"{place}.block_id", block.get("block_id"), MAX_ID)
        if kind not in ALLOWED[found.surface]:
            found.add(place, f"a block of type {kind!r} is not allowed in a {found.surface}")
        elif kind in CHECKS:
            CHECKS[kind](found, place, block)
    found.unique(where, "block_id", [block.get("block_id") for block in blocks])
    charts = [block for block in blocks if block.get("type") == "data_visualization"]
    if len(charts) > 2:
        found.add(where, f"has {len(charts)} charts; 2 are allowed")
    written = [str(block.get("text")) for block in blocks if block.get("type") == "markdown"]
    if sum(map(len, written)) > 12_000:
        found.add(where, "has more than 12000 characters of markdown")


def _section(found: Findings, where: str, block: Json) -> None:
    if "text" not in block and "fields" not in block:
        found.add(where, "needs text or fields")
    found.text(f"{where}.text", block.get("text"), 3000, required=False)
    if "fields" in block:
        for index, text in enumerate(found.items(f"{where}.fields", block["fields"], 10)):
            found.text(f"{where}.fields[{index}]", text, 2000)
    if "accessory" in block:
        check_element(found, f"{where}.accessory", block["accessory"], IN_SECTION)


def _header(found: Findings, where: str, block: Json) -> None:
    found.text(f"{where}.text", block.get("text"), 150, types=PLAIN)


def _context(found: Findings, where: str, block: Json) -> None:
    for index, element in enumerate(found.items(f"{where}.elements", block.get("elements"), 10)):
        place = f"{where}.elements[{index}]"
        if element.get("type") == "image":
            found.image(place, element)
        else:
            found.text(place, element, 3000, types=TEXT_TYPES)


def _actions(found: Findings, where: str, block: Json) -> None:
    elements = found.items(f"{where}.elements", block.get("elements"), 25)
    for index, element in enumerate(elements):
        check_element(found, f"{where}.elements[{index}]", element, IN_ACTIONS)
    found.unique(where, "action_id", [element.get("action_id") for element in elements])


def _input(found: Findings, where: str, block: Json) -> None:
    found.text(f"{where}.label", block.get("label"), 2000, types=PLAIN)
    found.text(f"{where}.hint", block.get("hint"), 2000, types=PLAIN, required=False)
    allowed = IN_MODAL_INPUT if found.surface == "modal" else IN_INPUT
    check_element(found, f"{where}.element", block.get("element"), allowed)


def _image(found: Findings, where: str, block: Json) -> None:
    found.image(where, block)
    found.text(f"{where}.title", block.get("title"), 2000, types=PLAIN, required=False)


def _markdown(found: Findings, where: str, block: Json) -> None:
    found.string(f"{where}.text", block.get("text"), 12_000, required=True)


def _rich_text(found: Findings, where: str, block: Json) -> None:
    found.items(f"{where}.elements", block.get("elements"), 1000)


CHECKS: dict[str, Callable[[Findings, str, Json], None]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "table": check_table,
    "data_table": check_table,
    "data_visualization": check_chart,
}


def elements_of(block: Json) -> list[Json]:
    """Everything that a block holds to press, choose, fill in or look at."""
    several = block.get("elements")
    found = [block.get("element"), block.get("accessory")]
    found += several if isinstance(several, list) else []
    return [element for element in found if isinstance(element, dict)]


def filled(blocks: list[Json], fresh: Callable[[str], str]) -> list[Json]:
    """The blocks as Slack hands them back: with ids where there were none, and defaults."""
    copied: list[Json] = json.loads(json.dumps(blocks))
    for block in copied:
        block["block_id"] = block.get("block_id") or fresh("b")
        for element in elements_of(block):
            if element.get("type") in (IN_SECTION | IN_MODAL_INPUT) - {"image"}:
                element["action_id"] = element.get("action_id") or fresh("a")
        _fill_texts(block)
    return copied


def _fill_texts(value: object) -> None:
    if isinstance(value, list):
        for item in value:
            _fill_texts(item)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for item in value.values():
            _fill_texts(item)
