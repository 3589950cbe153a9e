"""A chart as a picture, for messages where a platform draws no chart of its own."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, cast

from bot.conversation.card import Bar, Chart

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

# Pixels, at twice the size in which platforms show them.
WIDTH = 1200
MARGIN = 32
LABELS = 380  # wide, for the names at the left
BAR = 56
GAP = 24
TEXT = 30
SWATCH = 30
MAX_LABEL = 24  # characters that fit beside a bar

INK, PAPER, EDGE = "#1D1C1D", "#FFFFFF", "#5E5D60"
# Neighbours are told apart by lightness and by pattern, never by colour alone.
FILLS = ("#D97B55", "#EEF0F3", "#1F5E50", "#EFE3C2", "#4A5C96", "#F0C36B", "#64397A", "#BFE0C4")
LAST = "#FFFFFF"  # what is not shown


def draw(chart: Chart) -> bytes:
    """A PNG of stacked bars on white, with a key. The words for it are the chart's `alt`."""
    # Imported here: only a few messages ever need a picture.
    from PIL import Image, ImageDraw, ImageFont

    font = cast("FreeTypeFont", ImageFont.load_default(TEXT))
    rows = _key_rows(chart, font)
    height = 2 * MARGIN + len(rows) * (SWATCH + GAP) + len(chart.bars) * (BAR + GAP)
    image = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH - 1, height - 1), outline=EDGE, width=2)
    y = MARGIN
    for row in rows:
        for number, x in row:
            _fill(pen, (x, y, x + SWATCH, y + SWATCH), number, len(chart.series))
            pen.text((x + SWATCH + 12, y + SWATCH / 2), chart.series[number], INK, font, "lm")
        y += SWATCH + GAP
    most = max((sum(bar.values) for bar in chart.bars), default=0) or 1
    for bar in chart.bars:
        _bar(pen, font, bar, y, most)
        y += BAR + GAP
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _key_rows(chart: Chart, font: FreeTypeFont) -> list[list[tuple[int, int]]]:
    """Where each part of the key stands: its series and its x, in as many rows as it takes."""
    rows: list[list[tuple[int, int]]] = [[]]
    x = MARGIN
    for number, name in enumerate(chart.series):
        wide = SWATCH + 12 + round(font.getlength(name)) + 2 * GAP
        if rows[-1] and x + wide > WIDTH - MARGIN:
            rows.append([])
            x = MARGIN
        rows[-1].append((number, x))
        x += wide
    return rows


def _bar(pen: ImageDraw, font: FreeTypeFont, bar: Bar, y: int, most: int) -> None:
    label = bar.label if len(bar.label) <= MAX_LABEL else f"{bar.label[: MAX_LABEL - 1]}…"
    pen.text((MARGIN, y + BAR / 2), label, INK, font, "lm")
    left = MARGIN + LABELS
    scale = (WIDTH - MARGIN - left) / most
    done = 0
    for number, value in enumerate(bar.values):
        if not value:
            continue
        x0, x1 = left + round(done * scale), left + round((done + value) * scale)
        _fill(pen, (x0, y, x1, y + BAR), number, len(bar.values))
        text = str(value)
        if font.getlength(text) + 16 < x1 - x0:
            middle = (x0 + x1) / 2
            half = font.getlength(text) / 2 + 6
            pen.rectangle((middle - half, y + 10, middle + half, y + BAR - 10), fill=PAPER)
            pen.text((middle, y + BAR / 2), text, INK, font, "mm")
        done += value


def _fill(pen: ImageDraw, box: tuple[int, int, int, int], number: int, of: int) -> None:
    """One part of a bar: its own colour, and from the second on its own pattern of lines."""
    last = number == of - 1 and of > 1
    x0, y0, x1, y1 = box
    pen.rectangle(box, fill=LAST if last else FILLS[number % len(FILLS)], outline=EDGE, width=2)
    step = 14
    if last:
        for x in range(x0 + step, x1, step):
            for y in range(y0 + step // 2, y1, step):
                pen.ellipse((x - 1, y - 1, x + 1, y + 1), fill=EDGE)
    elif number % 3 == 1:
        for x in range(x0 + step, x1, step):
            pen.line((x, y0, x, y1), fill=EDGE, width=1)
    elif number % 3 == 2:
        for start in range(x0 - (y1 - y0), x1, step):
            ends = [(start + (y - y0), y) for y in (y0, y1)]
            (xa, ya), (xb, yb) = ends
            if xa < x0:
                xa, ya = x0, y0 + (x0 - start)
            if xb > x1:
                xb, yb = x1, y0 + (x1 - start)
            if ya < yb:
                pen.line((xa, ya, xb, yb), fill=PAPER, width=2)
