"""What a person reads, presses and fills in on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.slack.limits import elements_of
from tests.slack.records import File, Json, Message, View
from tests.slack.shapes import STATE_KEYS, file_json, is_list
from tests.slack.world import World

BUTTON_KEYS = ("text", "value", "style")
WITH_OPTIONS = frozenset({"static_select", "multi_static_select", "radio_buttons", "checkboxes"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person chooses from their computer."""

    name: str
    data: bytes


Entry = str | int | Upload | Sequence[str] | None


def blocks_of(place: Message | View) -> list[Json]:
    return place.blocks if isinstance(place, Message) else list(place.body["blocks"])


def words(place: Message | View) -> str:
    """All the words on the screen, a line for each text; of a message without blocks its text."""
    blocks = blocks_of(place)
    lines = list(_texts(blocks)) if blocks else []
    if isinstance(place, Message):
        files = [str(file["title"]) for file in place.files]
        return "\n".join([*(lines or [place.text]), *files]).strip()
    title = place.body.get("title") or {}
    return "\n".join([str(title.get("text", "")), *lines]).strip()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key in ("text", "alt_text", "title", "label", "hint", "name"):
            if isinstance(value.get(key), str):
                yield value[key]
        if isinstance(value.get("value"), int | float):
            yield str(value["value"])
        for item in value.values():
            yield from _texts(item)


def presses(place: Message | View) -> Iterator[tuple[str, Json]]:
    """Every label that can be pressed, and the action that it stands for."""
    for block in blocks_of(place):
        for element in elements_of(block):
            action = {
                "type": element.get("type"),
                "action_id": element.get("action_id"),
                "block_id": block["block_id"],
            }
            if element.get("type") == "button":
                more: Json = {key: element[key] for key in BUTTON_KEYS if key in element}
                yield element["text"]["text"], {**action, **more}
            elif element.get("type") == "overflow":
                for option in element["options"]:
                    yield option["text"]["text"], {**action, "selected_option": option}


def fields(place: Message | View) -> list[tuple[Json, Json]]:
    """Everything that can be filled in or chosen: the block and its element."""
    return [
        (block, element)
        for block in blocks_of(place)
        for element in elements_of(block)
        if element.get("type") in STATE_KEYS
    ]


def names(block: Json, element: Json) -> set[str]:
    """By what a test may call a field: its label, its placeholder or its ids."""
    labels = (block.get("label"), block.get("text"), element.get("placeholder"))
    texts = {label["text"] for label in labels if isinstance(label, dict)}
    return {*texts, block["block_id"], element["action_id"]}


def entered(world: World, user: str, element: Json, entry: Entry) -> Json:
    """The state of a field after somebody has put this into it.

    Raises LookupError if the field would not let them.
    """
    kind = element["type"]
    key = STATE_KEYS[kind][0]
    several = is_list(kind)
    parts = [] if entry is None else _parts(entry)
    if len(parts) > 1 and not several:
        raise LookupError(f"{kind} takes only one of {parts}")
    if len(parts) > element.get("max_selected_items", len(parts)):
        raise LookupError(f"{kind} takes no more than {element['max_selected_items']}")
    values = [_value(world, user, element, part) for part in parts]
    if several:
        return {"type": kind, key: values}
    return {"type": kind, key: values[0] if values else None}


def _parts(entry: Entry) -> list[str | int | Upload]:
    if isinstance(entry, str | int | Upload):
        return [entry] if entry != "" else []
    return list(entry or [])


def _value(world: World, user: str, element: Json, part: str | int | Upload) -> object:
    if isinstance(part, Upload):
        file = File(
            world.fresh("F"), part.name, user, len(part.data), world.now(), part.data, complete=True
        )
        world.files[file.id] = file
        return file_json(file, world.address)
    if element["type"] in WITH_OPTIONS:
        for option in _options(element):
            if part in {option["text"]["text"], option.get("value")}:
                return option
        known = [option["text"]["text"] for option in _options(element)]
        raise LookupError(f"there is no option {part!r} among {known}")
    most = element.get("max_length", 3000)
    if element["type"] == "plain_text_input" and len(str(part)) > most:
        raise LookupError(f"the field takes {most} characters, not {len(str(part))}")
    return part


def _options(element: Json) -> list[Json]:
    groups = element.get("option_groups", [])
    return [
        *element.get("options", []),
        *(option for group in groups for option in group["options"]),
    ]


def missing(block: Json, element: Json, state: Json) -> str:
    """What Slack itself says about a field before it lets a form go; nothing if it is fine."""
    if block.get("type") != "input":
        return ""
    value = state.get(STATE_KEYS[element["type"]][0])
    if value is None or value == "" or value == []:
        return "" if block.get("optional") else "Please complete this required field."
    if isinstance(value, str) and len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    return ""
