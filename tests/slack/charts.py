"""The documented limits of charts and tables in messages."""

from __future__ import annotations

import json
from math import isfinite

from tests.slack.findings import Findings
from tests.slack.records import Json

MAX_LABEL = 20


def check_chart(found: Findings, where: str, block: Json) -> None:
    """A data_visualization block."""
    found.string(f"{where}.title", block.get("title"), 50, required=True)
    chart = found.mapping(f"{where}.chart", block.get("chart"))
    if chart is None:
        return
    place = f"{where}.chart"
    match chart.get("type"):
        case "pie":
            segments = found.items(f"{place}.segments", chart.get("segments"), 12)
            for index, segment in enumerate(segments):
                _check_point(found, f"{place}.segments[{index}]", segment, positive=True)
        case "bar" | "line" | "area":
            _check_series(found, place, chart)
        case kind:
            found.add(place, f"a chart of type {kind!r} is unknown")


def _check_series(found: Findings, where: str, chart: Json) -> None:
    axes = found.mapping(f"{where}.axis_config", chart.get("axis_config"))
    categories = axes.get("categories") if axes else None
    if not isinstance(categories, list) or not 1 <= len(categories) <= 20:
        found.add(f"{where}.axis_config.categories", "must be a list of 1 to 20 labels")
        return
    for category in categories:
        found.string(f"{where}.axis_config.categories", category, MAX_LABEL, required=True)
    for name in ("x_label", "y_label"):
        found.string(f"{where}.axis_config.{name}", axes.get(name) if axes else None, 50)
    series = found.items(f"{where}.series", chart.get("series"), 12)
    found.unique(f"{where}.series", "the name", [one.get("name") for one in series])
    for index, one in enumerate(series):
        place = f"{where}.series[{index}]"
        found.string(f"{place}.name", one.get("name"), MAX_LABEL, required=True)
        points = found.items(f"{place}.data", one.get("data"), 20)
        for number, point in enumerate(points):
            _check_point(found, f"{place}.data[{number}]", point)
        if sorted(str(point.get("label")) for point in points) != sorted(map(str, categories)):
            found.add(place, "its labels are not the categories")


def _check_point(found: Findings, where: str, point: Json, *, positive: bool = False) -> None:
    found.string(f"{where}.label", point.get("label"), MAX_LABEL, required=True)
    value = point.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        found.add(f"{where}.value", "must be a finite number")
    elif positive and value <= 0:
        found.add(f"{where}.value", "must be more than 0")


def check_table(found: Findings, where: str, block: Json) -> None:
    """A table or data_table block."""
    most_rows, most_text = (100, 10_000) if block.get("type") == "table" else (200, 20_000)
    rows = block.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= most_rows:
        found.add(f"{where}.rows", f"must be a list of 1 to {most_rows} rows")
        return
    for index, row in enumerate(rows):
        cells = found.items(f"{where}.rows[{index}]", row, 20)
        if isinstance(rows[0], list) and len(cells) != len(rows[0]):
            found.add(f"{where}.rows[{index}]", "has not as many cells as the first row")
    if len(_words(rows)) > most_text:
        found.add(f"{where}.rows", f"has more than {most_text} characters")


def _words(value: object) -> str:
    """All the text of a table, without its structure."""
    match value:
        case list():
            return "".join(map(_words, value))
        case {"text": str(text)}:
            return text
        case dict():
            return "".join(_words(item) for item in value.values() if not isinstance(item, str))
    return "" if isinstance(value, str) else json.dumps(value)
