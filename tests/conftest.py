"""What holds for every test run: settings of hypothesis, and nothing skipped in silence."""

import os
from collections import Counter

import pytest
from hypothesis import settings

pytest_plugins = ["tests.stores"]

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# Shared cores make single examples slow now and then. In CI hypothesis takes its own profile.
settings.register_profile("local", deadline=None)
if not IN_CI:
    settings.load_profile("local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough",
        action="store_true",
        help="each flow on every platform with every database, and a death at every step",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thorough: takes long, and is left out without --thorough")


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core, up to 16: half of its time a test waits, for a process or a disk."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(2 * (cores or 1), 16)


def skip_reasons(reporter: pytest.TerminalReporter) -> Counter[str]:
    """How many tests were skipped for each reason."""
    # pytest describes a skip as (file, line, reason), by pytest-xdist as a list.
    return Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in reporter.stats.get("skipped", [])
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI every part that a test needs is there, so a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    # A worker of pytest-xdist has no reporter: only the main process judges.
    if IN_CI and reporter is not None and skip_reasons(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = skip_reasons(terminalreporter)
    if not reasons:
        terminalreporter.write_line("Nothing was skipped.")
        return
    terminalreporter.section("skipped", yellow=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} {'test' if count == 1 else 'tests'}: {reason}")
    if IN_CI:
        terminalreporter.write_line("In CI nothing may be skipped, so this run has failed.")
