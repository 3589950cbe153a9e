"""The playground's server side keeps every message, once, through a crash."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from adapters.playground.history import History
from adapters.playground.platform import Playground
from adapters.playground.render import render_card
from bot.conversation.card import Card, Text
from bot.conversation.events import Actor
from bot.ports import Sent, Trace
from tests.adapters.playground.small_core import START, SmallClock

ADA = Actor("playground", "demo", "ada")
HELLO = Card((Text("Hello"),))
OTHER = Card((Text("Other"),))


def text(card: Card) -> dict[str, object]:
    return render_card(card)


async def test_a_key_is_kept_once() -> None:
    history = History(":memory:")
    playground = Playground(history, "demo", SmallClock())
    assert await playground.send(ADA, HELLO, "k") == Sent("1")
    assert await playground.send(ADA, OTHER, "k") == Sent("1")
    assert [message.card for message in history.of("ada")] == [text(HELLO)]


async def test_find_tells_there_from_absent() -> None:
    playground = Playground(History(":memory:"), "demo", SmallClock())
    await playground.send(ADA, HELLO, "k")
    assert await playground.find(ADA, "k") == Sent("1")
    assert await playground.find(ADA, "other") is Trace.ABSENT
    assert await playground.find(Actor("playground", "demo", "bo"), "k") is Trace.ABSENT


async def test_a_message_carries_the_time_of_the_moved_clock() -> None:
    history = History(":memory:")
    await Playground(history, "demo", SmallClock()).send(ADA, HELLO, "k")
    assert history.of("ada")[0].at == START


def test_changes_hold_arrivals_and_replacements_in_order() -> None:
    history = History(":memory:")
    first = history.add("ada", "1", text(HELLO), START)
    history.add("bo", "2", text(HELLO), START)
    seen = history.newest
    history.replace(first, text(OTHER))
    history.add("ada", "3", text(HELLO), START)
    changes = history.changes(seen, ["ada"])
    assert [(change.key, change.number == change.changed) for change in changes] == [
        ("1", False),
        ("3", True),
    ]
    assert [change.key for change in history.changes(0)] == ["2", "1", "3"]


def test_a_listener_hears_of_every_change_and_of_nothing_else() -> None:
    history = History(":memory:")
    heard: list[int] = []
    history.subscribe(lambda: heard.append(history.newest))
    number = history.add("ada", "1", text(HELLO), START)
    history.add("ada", "1", text(HELLO), START)
    history.replace(number, text(OTHER))
    assert heard == [1, 2]


def test_the_history_survives_reopening(tmp_path: Path) -> None:
    path = str(tmp_path / "playground.db")
    first = History(path)
    number = first.add("ada", "k", text(HELLO), START)
    first.replace(number, text(OTHER))
    before = first.of("ada")
    first.close()
    second = History(path)
    assert second.of("ada") == before
    assert second.find("ada", "k") == 1
    second.close()


def test_a_message_that_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path = str(tmp_path / "playground.db")
    script = (
        "import sys, time\n"
        "from datetime import UTC, datetime\n"
        "from adapters.playground.history import History\n"
        "history = History(sys.argv[1])\n"
        "number = history.add('ada', 'k', {'blocks': []}, datetime(2026, 3, 2, tzinfo=UTC))\n"
        "print(number, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, path], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        os.kill(process.pid, signal.SIGKILL)
    history = History(path)
    assert history.find("ada", "k") == 1
    history.close()
