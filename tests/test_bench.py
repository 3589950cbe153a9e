"""The measurements run, at a size that says nothing about speed."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bench.__main__ import table, write
from bench.common import Row, Scale
from bench.measurements import MEASUREMENTS, measure

ROOT = Path(__file__).parents[1]


@cache
def measured(name: str) -> list[Row]:
    return measure(name, Scale.SMOKE)


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_measurement_comes_out_as_a_table_and_as_json(name: str, tmp_path: Path) -> None:
    rows = measured(name)
    text = table(rows)
    found = json.loads(write(rows, Scale.SMOKE, tmp_path).read_text())
    assert rows
    assert all(row.what in text for row in rows)
    assert [row["what"] for row in found["rows"]] == [row.what for row in rows]
    assert found["machine"]["cores"] >= 1


def test_a_goal_is_met_up_to_its_limit_and_missed_beyond_it() -> None:
    at_the_limit = Row(what="start", unit="ms", value=12, baseline=10, most_ratio=1.2)
    beyond = Row(what="memory", unit="MB", value=86, baseline=71, most=85)
    without = Row(what="words", unit="ms", value=3)
    assert (at_the_limit.met, beyond.met, without.met) == (True, False, None)
    assert [line.split()[-1] for line in table([at_the_limit, beyond]).splitlines()[1:]] == [
        "met",
        "MISSED",
    ]


def test_every_schedule_that_was_due_is_opened_once() -> None:
    rows = {row.what: row for row in measured("schedules")}
    assert rows["All 6 due at once: not opened"].value == 0
    assert rows["All 6 due at once: opened twice"].value == 0


def test_what_is_measured_without_teams_does_not_load_its_sdk() -> None:
    listed = "import sys, bench.measurements; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", listed], capture_output=True, check=True, cwd=ROOT, text=True
    )
    packages = {name.partition(".")[0] for name in said.stdout.split()}
    assert packages >= {"bench", "aiohttp"}
    assert not packages & {"botbuilder", "botframework", "msrest", "msal"}
