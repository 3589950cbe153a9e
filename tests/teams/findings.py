"""Collects what is wrong with a card, and what Microsoft's own description of cards says."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, Literal, get_args

from microsoft_teams.cards import core
from pydantic import BaseModel, ValidationError

from tests.teams.records import Json

Surface = Literal["message", "dialog"]
# A date or time that the client writes in each reader's own way.
EXPANDED = re.compile(r"\{\{\s*(DATE|TIME)\(", re.IGNORECASE)


def _models() -> dict[str, type[BaseModel]]:
    """Each type of element and action, by the name that it has in a card."""
    found: dict[str, type[BaseModel]] = {}
    for _, model in inspect.getmembers(core, inspect.isclass):
        if issubclass(model, BaseModel) and "type" in model.model_fields:
            for name in get_args(model.model_fields["type"].annotation):
                if isinstance(name, str):
                    found.setdefault(name, model)
    return found


MODELS = _models()


class Findings:
    """Faults of one card, as sentences with their place."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.faults: list[str] = []

    def add(self, where: str, what: str) -> None:
        self.faults.append(f"{where}: {what}")

    def text(self, where: str, value: object, most: int = 30_000) -> None:
        """Words that are there, not too long, and mean what they say."""
        if not isinstance(value, str) or not value.strip():
            self.add(where, "has no words")
        elif len(value) > most:
            self.add(where, f"has {len(value)} characters; {most} are allowed")
        elif EXPANDED.search(value):
            self.add(where, "has a date or time in braces, which Teams would expand")

    def described(self, where: str, value: Json) -> None:
        """Each property is known for this type, and has a value that it can have."""
        model = MODELS.get(str(value.get("type")))
        if model is None:
            self.add(where, f"{value.get('type')!r} is no type that Teams knows")
            return
        known = {*_names(model), "$schema"}
        for name in sorted(value.keys() - known):
            self.add(where, f"Teams knows no {name!r} in {value['type']}")
        for fault in _invalid(model, value):
            self.add(where, fault)


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        alias = field.validation_alias or field.alias
        yield alias if isinstance(alias, str) else name


def _invalid(model: type[BaseModel], value: Json) -> Iterator[str]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            if not _is_case_only(each):
                place = ".".join(map(str, each["loc"]))
                yield f"{place}: {each['msg']}, not {each['input']!r}"


def _is_case_only(error: Any) -> bool:
    """Teams reads the names of colours and sizes in small letters too."""
    expected = str((error.get("ctx") or {}).get("expected", "")).lower()
    return error["type"] == "literal_error" and f"'{str(error['input']).lower()}'" in expected
