"""Collects what is wrong with a payload, and the checks that every part of it shares."""

from __future__ import annotations

from tests.slack.records import Json

TEXT_TYPES = frozenset({"plain_text", "mrkdwn"})
PLAIN = frozenset({"plain_text"})


class Findings:
    """Faults found on one surface (message, modal or home), as sentences with their place."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.faults: list[str] = []

    def add(self, where: str, what: str) -> None:
        self.faults.append(f"{where}: {what}")

    def mapping(self, where: str, value: object) -> Json | None:
        """The value if it is a JSON object; otherwise that is a fault."""
        if isinstance(value, dict):
            return value
        self.add(where, "must be an object")
        return None

    def items(self, where: str, value: object, most: int, least: int = 1) -> list[Json]:
        """The objects of a list that is neither too short nor too long."""
        if not isinstance(value, list):
            self.add(where, "must be a list")
            return []
        if not least <= len(value) <= most:
            self.add(where, f"has {len(value)} items; {least} to {most} are allowed")
        return [
            item
            for index, item in enumerate(value)
            if self.mapping(f"{where}[{index}]", item) is not None
        ]

    def string(self, where: str, value: object, most: int, *, required: bool = False) -> None:
        """A bare string that is not too long."""
        if value is None:
            if required:
                self.add(where, "is missing")
        elif not isinstance(value, str):
            self.add(where, "must be a string")
        elif len(value) > most:
            self.add(where, f"has {len(value)} characters; {most} are allowed")
        elif required and not value.strip():
            self.add(where, "is empty")

    def text(
        self,
        where: str,
        value: object,
        most: int,
        *,
        types: frozenset[str] = TEXT_TYPES,
        required: bool = True,
    ) -> None:
        """A text object."""
        if value is None:
            if required:
                self.add(where, "is missing")
            return
        found = self.mapping(where, value)
        if found is None:
            return
        if str(found.get("type")) not in types:
            self.add(where, f"is of type {found.get('type')!r}; {sorted(types)} are allowed")
        if found.get("type") == "mrkdwn" and "emoji" in found:
            self.add(where, "emoji is only for plain_text")
        if found.get("type") == "plain_text" and "verbatim" in found:
            self.add(where, "verbatim is only for mrkdwn")
        self.string(f"{where}.text", found.get("text"), most, required=True)

    def unique(self, where: str, name: str, values: list[object]) -> None:
        """No two of the values that are given are the same."""
        given = [value for value in values if value]
        for value in sorted({str(value) for value in given if given.count(value) > 1}):
            self.add(where, f"{name} {value!r} stands there more than once")

    def image(self, where: str, image: Json) -> None:
        """An address or an uploaded file, with words for those who do not see it."""
        self.string(f"{where}.alt_text", image.get("alt_text"), 2000, required=True)
        self.string(f"{where}.image_url", image.get("image_url"), 3000)
        if ("image_url" in image) == ("slack_file" in image):
            self.add(where, "needs either image_url or slack_file")
        if "slack_file" in image:
            file = self.mapping(f"{where}.slack_file", image["slack_file"]) or {}
            if ("id" in file) == ("url" in file):
                self.add(f"{where}.slack_file", "needs either id or url")
