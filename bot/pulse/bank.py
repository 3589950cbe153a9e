"""The question bank: ready instruments, one TOML file each in `instruments/`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.pulse.questions import Branch, Favour, Kind, Question

FIRST_PULSE = "first"  # the starter set: three scales, one open question, one follow-up

_ITEM_KEYS = {"id", "text", "kind", "scale", "options", "reverse", "bands", "branch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A set of questions with where it comes from and on what terms it may be used.

    `items` hold their ids in full ("csps.proud"). `attribution` is to be shown with the results.
    """

    id: str
    title: str
    source: str
    licence: str
    attribution: str
    scoring: str
    sensitive: bool
    items: tuple[Question, ...]


@cache
def instruments() -> tuple[Instrument, ...]:
    """Every instrument that ships, by id. Raises ValueError or KeyError naming a faulty file."""
    folder = files("bot.pulse").joinpath("instruments")
    found = [
        read_instrument(tomllib.loads(file.read_text(encoding="utf-8")))
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda instrument: instrument.id))


def find_instrument(instrument_id: str) -> Instrument | None:
    """The instrument of that id, if it ships."""
    return next((found for found in instruments() if found.id == instrument_id), None)


def find_question(question_id: str) -> Question | None:
    """The bank's question of that id ("csps.proud"), placeholders unfilled, if it ships."""
    every = (item for instrument in instruments() for item in instrument.items)
    return next((item for item in every if item.id == question_id), None)


def read_instrument(data: Mapping[str, Any]) -> Instrument:
    """One instrument from its parsed TOML.

    Raises ValueError for an item that is wrong in itself, KeyError for something left out.
    """
    return Instrument(
        id=data["id"],
        title=data["title"],
        source=data["source"],
        licence=data["licence"],
        attribution=data["attribution"],
        scoring=data["scoring"],
        sensitive=data["sensitive"],
        items=tuple(_read_item(data, item) for item in data["items"]),
    )


def _read_item(instrument: Mapping[str, Any], item: Mapping[str, Any]) -> Question:
    item_id = f"{instrument['id']}.{item['id']}"
    unknown = item.keys() - _ITEM_KEYS
    if unknown:
        raise ValueError(f"{item_id}: unknown key {', '.join(sorted(unknown))}")
    neutral, favourable = item.get("bands", (7, 9))
    branch = item.get("branch")
    return Question(
        id=item_id,
        kind=Kind(item["kind"]),
        text=item["text"],
        options=tuple(item.get("options", ())),
        reverse=item.get("reverse", False),
        bands=(neutral, favourable),
        labels=tuple(instrument["scales"][item["scale"]]) if "scale" in item else (),
        branch=Branch(Favour(branch["when"]), f"{instrument['id']}.{branch['then']}")
        if branch
        else None,
        sensitive=instrument["sensitive"],
        instrument=instrument["id"],
        validated=instrument["validated"],
    )
