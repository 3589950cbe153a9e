"""Charts: Teams' own where the client knows them, else a picture or words."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from io import BytesIO

from adapters.pictures import draw
from adapters.teams.words import BOLD, TONES, Json, rich, run, words
from bot.conversation.card import Bar, Chart, Tone

STACKED = "Chart.HorizontalBar.Stacked"
COLOURS = 16  # enough for a picture of flat parts, and a tenth of the bytes


def chart_elements(chart: Chart) -> list[Json]:
    """The title, the chart, and below it in words all that it shows."""
    below = rich([run(chart.alt, TONES[Tone.QUIET])])
    return [*rich([run(chart.title, BOLD)]), _own(chart), *below]


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
        point: Json = {"legend": words(name), "value": value}
        if chart.rest and number == last:
            point["color"] = "neutral"  # what the others leave open is no answer
        points.append(point)
    return {"title": words(bar.label), "data": points}


@lru_cache(maxsize=32)
def _small(chart: Chart) -> bytes:
    """At the size in which it is shown, and in few colours."""
    from PIL import Image

    drawn = Image.open(BytesIO(draw(chart)))
    small = drawn.resize((drawn.width // 2, drawn.height // 2), Image.Resampling.LANCZOS)
    out = BytesIO()
    small.quantize(COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()
