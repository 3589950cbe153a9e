"""A dialog on somebody's screen: what stands in its fields, and what its button would send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.teams.reading import actions, inputs, words
from tests.teams.records import Conversation, Json

Entry = str | Sequence[str]


@dataclass
class Dialog:
    """`entered` is what the person has put into the fields, by the fields' ids."""

    title: str
    card: Json
    conversation: Conversation
    entered: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return words(self.card)

    def fill(self, name: str, entry: Entry) -> None:
        """Put something into a field, which is found by its label or its id.

        A choice is named by its title or its value; of several a list is taken.
        """
        found = self._field(name)
        if found["type"] == "Input.Text":
            assert isinstance(entry, str), f"{name} takes words"
            self.entered[found["id"]] = _cut(entry, found.get("maxLength"))
            return
        chosen = [entry] if isinstance(entry, str) else list(entry)
        values = [_value(found, each) for each in chosen if each]
        if len(values) > 1 and not found.get("isMultiSelect"):
            raise LookupError(f"{name} takes one choice")
        self.entered[found["id"]] = ",".join(values)

    def forge(self, name: str, value: str) -> None:
        """Something that no client would let anyone enter."""
        self.entered[self._field(name)["id"]] = value

    def standing(self, name: str) -> str:
        """What stands in a field now."""
        found = self._field(name)
        return self.entered.get(found["id"], str(found.get("value") or ""))

    def _field(self, name: str) -> Json:
        fields = inputs(self.card)
        for key, found in fields.items():
            if name in (key, found.get("label")):
                return found
        raise LookupError(f"there is no field {name!r} among {list(fields)}")

    def wrong(self) -> dict[str, str]:
        """What the client objects to before anything is sent, by field."""
        return {
            name: str(found.get("errorMessage", ""))
            for name, found in inputs(self.card).items()
            if found.get("isRequired") and not self.standing(name)
        }

    def sends(self, label: str, *, empty: bool) -> Json:
        """The data of the button with this label (or of the only one), and what stands in the
        fields. Most clients leave out fields that are empty."""
        found = [each for each in actions(self.card) if label in ("", each.get("title"))]
        if len(found) != 1:
            raise LookupError(f"there are {len(found)} buttons {label!r} in the dialog")
        standing = {name: self.standing(name) for name in inputs(self.card)}
        entered: Mapping[str, str] = {
            name: value for name, value in standing.items() if value or empty
        }
        return {**found[0].get("data", {}), **entered}


def _cut(text: str, longest: int | None) -> str:
    """The client takes no more letters than that, counted as browsers do."""
    units = text.encode("utf-16-le")[: None if longest is None else 2 * longest]
    return units.decode("utf-16-le", "ignore")


def _value(found: Json, wanted: str) -> str:
    """The value of a choice that is offered."""
    for choice in found.get("choices") or []:
        if wanted in (choice["value"], choice["title"]):
            return str(choice["value"])
    offered = [choice["title"] for choice in found.get("choices") or []]
    raise LookupError(f"{wanted!r} is not offered, only {offered}")
