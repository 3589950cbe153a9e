"""`python -m bench [names...] [--quick] [--strict]`: the table, and its figures as JSON."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import orjson

from bench.common import Row, Scale
from bench.measurements import MEASUREMENTS, measure

RESULTS = Path(__file__).parent / "results"
# Python slows down more than SQLite does when it has to share cores and their caches.
QUIET = 1.0
_PACKAGES = (
    "aiohttp",
    "apscheduler",
    "botbuilder-core",
    "orjson",
    "psycopg",
    "slack-bolt",
    "sqlalchemy",
    "sqlmodel",
)
_COLUMNS = ("measured", "here", "baseline", "ratio", "goal", "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: with `--strict` 1 if a goal was missed, else 0."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASUREMENTS))
    parser.add_argument("--quick", action="store_true", help="smaller sizes: goals need a full run")
    parser.add_argument("--strict", action="store_true", help="fail if a goal was missed")
    args = parser.parse_args(arguments)
    unknown = set(args.names) - MEASUREMENTS.keys()
    if unknown:
        parser.error(
            f"there is no {', '.join(sorted(unknown))}; there is {', '.join(MEASUREMENTS)}"
        )
    scale = Scale.QUICK if args.quick else Scale.FULL
    load = os.getloadavg()[0]
    if load > QUIET:
        print(f"This machine is busy (load {load:.1f}), so ratios look worse than they are.")
    rows = [row for name in args.names or MEASUREMENTS for row in measure_apart(name, scale)]
    missed = [row for row in rows if row.met is False]
    print(table(rows))
    print(f"\nMissed: {len(missed)}. How to read this: docs/performance.md")
    print(f"Written to {write(rows, scale, RESULTS)}")
    return 1 if missed and args.strict else 0


def measure_apart(name: str, scale: Scale) -> list[Row]:
    """`measure` in a process of its own: what one leaves in memory slows down the next."""
    print(f"Measuring: {name}", file=sys.stderr, flush=True)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(measure, name, scale).result()


def table(rows: Iterable[Row]) -> str:
    """The rows as text."""
    lines = [_COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    goal = ""
    if row.most is not None:
        goal = f"<= {row.most:g} {row.unit}"
    elif row.most_ratio is not None:
        goal = f"<= {row.most_ratio:g} x"
    return (
        row.what,
        f"{_figure(row.value)} {row.unit}",
        "" if row.baseline is None else _figure(row.baseline),
        "" if row.ratio is None else f"{_figure(row.ratio)} x",
        goal,
        {True: "met", False: "MISSED", None: ""}[row.met],
    )


def _figure(value: float) -> str:
    """Three digits that count, and no fewer than the whole number has."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(rows: Iterable[Row], scale: Scale, folder: Path) -> Path:
    """The rows and what they were measured on, in a file of their own."""
    at = datetime.now(UTC)
    path = folder / f"{at:%Y%m%d-%H%M%S}-{scale}.json"
    found = {
        "at": at.isoformat(timespec="seconds"),
        "scale": scale.value,
        "machine": machine(),
        "rows": [
            {
                "what": row.what,
                "unit": row.unit,
                "value": row.value,
                "baseline": row.baseline,
                "ratio": row.ratio,
                "most_ratio": row.most_ratio,
                "most": row.most,
                "met": row.met,
            }
            for row in rows
        ],
    }
    path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


def machine() -> dict[str, str | float | None]:
    """What the figures depend on; nothing that names the machine."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{package: version(package) for package in _PACKAGES},
    }


if __name__ == "__main__":
    sys.exit(main())
