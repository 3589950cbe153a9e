"""Draws the two icons of the Teams app from the mark of the project, into a folder.

    python scripts/icons.py adapters/teams/manifest

Teams asks for a full square of 192 pixels, with the mark in its inner 120, and for 32 pixels of
plain white on nothing (learn.microsoft.com, "Design icons for your Teams app").
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from math import atan2, cos, hypot, sin, sqrt
from pathlib import Path
from typing import NamedTuple

from PIL import Image

MARK = Path(__file__).parents[1] / "adapters/playground/static/mark.svg"
SAFE = 118  # pixels of the colour icon, and a soft edge: no mask of Teams ever cuts these

Distance = Callable[[float, float], float]


class Stroke(NamedTuple):
    """A line of the mark: how far a point is from it, and how strong it is."""

    distance: Distance
    opacity: float


class Mark(NamedTuple):
    """What the SVG says, in its own units."""

    paper: str
    width: float
    strokes: list[Stroke]


def main(folder: Path) -> None:
    """Write color.png and outline.png."""
    mark = read(MARK.read_text())
    top, bottom, left, right = box(mark)
    scale = SAFE / max(bottom - top, right - left)
    middle = ((left + right) / 2, (top + bottom) / 2)
    ink = coverage(mark, 192, scale, middle)
    color = Image.new("RGB", (192, 192), mark.paper)
    color.paste((255, 255, 255), (0, 0), ink)
    color.save(folder / "color.png", optimize=True)
    # No shades here: what is faint in colour would vanish at this size.
    plain = mark._replace(strokes=[stroke._replace(opacity=1) for stroke in mark.strokes])
    outline = Image.new("RGBA", (32, 32), (255, 255, 255, 0))
    outline.putalpha(coverage(plain, 32, 1, (round(middle[0]), round(middle[1]))))
    outline.save(folder / "outline.png", optimize=True)


def read(svg: str) -> Mark:
    """The mark: straight lines down, and arcs that hang between two points of one height."""
    strokes = [
        Stroke(shape(path), float(opacity or 1))
        for path, opacity in re.findall(r'<path d="(.*?)"(?: opacity="(.*?)")?/>', svg)
    ]
    (paper,) = re.findall(r'<rect [^>]*fill="(#\w{6})"', svg)
    (width,) = re.findall(r'stroke-width="([\d.]+)"', svg)
    return Mark(paper, float(width), strokes)


def shape(path: str) -> Distance:
    """How far a point is from this path."""
    if line := re.fullmatch(r"M([\d.]+) ([\d.]+)v([\d.]+)", path):
        return straight(*map(float, line.groups()))
    if arc := re.fullmatch(r"M([\d.]+) ([\d.]+)a([\d.]+) \3 0 0 0 ([\d.]+) 0", path):
        return hanging(*map(float, arc.groups()))
    raise ValueError(f"The mark has a path of another kind: {path}")


def straight(x: float, y: float, length: float) -> Distance:
    """A line from a point downwards."""
    return lambda px, py: hypot(px - x, py - min(max(py, y), y + length))


def hanging(x: float, y: float, radius: float, across: float) -> Distance:
    """An arc from a point to another one at its right, through below."""
    cx, cy = x + across / 2, y - sqrt(radius**2 - (across / 2) ** 2)
    first, last = atan2(y - cy, across / 2), atan2(y - cy, -across / 2)

    def distance(px: float, py: float) -> float:
        angle = min(max(atan2(py - cy, px - cx), first), last) if py > cy else first
        nearest = [(cx + radius * cos(a), cy + radius * sin(a)) for a in (angle, first, last)]
        return min(hypot(px - nx, py - ny) for nx, ny in nearest)

    return distance


def box(mark: Mark) -> tuple[float, float, float, float]:
    """Top, bottom, left and right of what is drawn."""
    steps = [step / 10 for step in range(321)]
    drawn = [
        (x, y)
        for y in steps
        for x in steps
        if any(stroke.distance(x, y) <= mark.width / 2 for stroke in mark.strokes)
    ]
    xs, ys = zip(*drawn, strict=True)
    return min(ys), max(ys), min(xs), max(xs)


def coverage(mark: Mark, size: int, scale: float, middle: tuple[float, float]) -> Image.Image:
    """How white each pixel is. An edge is as soft as one pixel is wide."""
    levels = bytearray()
    for row in range(size):
        for column in range(size):
            x = (column + 0.5 - size / 2) / scale + middle[0]
            y = (row + 0.5 - size / 2) / scale + middle[1]
            clear = 1.0
            for stroke in mark.strokes:
                edge = (mark.width / 2 - stroke.distance(x, y)) * scale + 0.5
                clear *= 1 - stroke.opacity * min(max(edge, 0), 1)
            levels.append(round(255 * (1 - clear)))
    return Image.frombytes("L", (size, size), bytes(levels))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
