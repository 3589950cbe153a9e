"""Charts: Teams' own where the client knows them, else a picture or words."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from io import BytesIO

from adapters.pictures import FILLS, draw
from adapters.teams.words import BOLD, TONES, Json, rich, run, words
from bot.conversation.card import Bar, Chart, Tone

# Neighbours are told apart by lightness too, in light and in dark.
COLOURS = (
    "divergingRed",
    "divergingPeach",
    "divergingBlue",
    "divergingYellow",
    "categoricalTeal",
    "categoricalLavender",
    "divergingMaroon",
    "divergingTeal",
)
STACKED = "Chart.HorizontalBar.Stacked"
GREYS = 8  # for the edges of letters


def chart_elements(chart: Chart) -> list[Json]:
    """The title, the chart, and below it in words all that it shows."""
    below = rich([run(text, TONES[Tone.QUIET]) for text in (*_key(chart), chart.alt)])
    return [*rich([run(chart.title, BOLD)]), _own(chart), *below]


def _key(chart: Chart) -> list[str]:
    """Which part is which, where there is one bar: Teams shows a legend only with several."""
    if len(chart.bars) != 1:
        return []
    parts = [name for name, value in zip(chart.series, chart.bars[0].values, strict=True) if value]
    return [f"From the left: {', '.join(parts)}.\n"] if parts else []


def picture(chart: Chart) -> Json:
    """The chart as an image that travels within the message."""
    return {
        "type": "Image",
        "url": f"data:image/png;base64,{b64encode(_small(chart)).decode()}",
        # What the picture shows is said below it, so a screen reader need not say it twice.
        "altText": words(f"{chart.title}. The words below say the same."),
    }


def _own(chart: Chart) -> Json:
    return {
        "type": STACKED,
        "title": words(chart.title),
        "showLegend": True,
        "data": [_bar(chart, bar) for bar in chart.bars],
        "fallback": "drop",
    }


def _bar(chart: Chart, bar: Bar) -> Json:
    last = len(chart.series) - 1
    points: list[Json] = []
    for number, (name, value) in enumerate(zip(chart.series, bar.values, strict=True)):
        # What the others leave open is no answer, so it has no colour.
        rest = chart.rest and number == last
        colour = "neutral" if rest else COLOURS[number % len(COLOURS)]
        if value:  # nothing would be a gap
            points.append({"legend": words(name), "value": value, "color": colour})
    return {"title": words(bar.label), "data": points}


@lru_cache(maxsize=32)
def _small(chart: Chart) -> bytes:
    """At the size in which it is shown and in few colours: about a tenth of the bytes."""
    from PIL import Image, ImageColor

    small = Image.open(BytesIO(draw(chart))).reduce(2)
    # Chosen by us, so that no part loses its colour because it is small.
    greys = [(round(255 * n / (GREYS - 1)),) * 3 for n in range(GREYS)]
    fills = [ImageColor.getrgb(fill)[:3] for fill in FILLS]
    hatched = [tuple((part + 255) // 2 for part in fill) for fill in fills]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in (*greys, *fills, *hatched) for part in colour])
    out = BytesIO()
    few = small.quantize(palette=palette, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()
