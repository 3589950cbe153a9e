"""What a process that has just begun to listen says about itself, on its standard output."""

from __future__ import annotations

import json
import re
import resource
import sys
from pathlib import Path
from time import process_time

_STATUS = Path("/proc/self/status")


def report() -> None:
    """CPU seconds since the process began, its most memory in MB, and the packages loaded."""
    packages = sorted({name.partition(".")[0] for name in sys.modules})
    found = {"cpu": process_time(), "megabytes": _megabytes(), "packages": packages}
    print(json.dumps(found), flush=True)


def _megabytes() -> float:
    # Linux counts what the parent held before the program began into ru_maxrss, but not into this.
    if _STATUS.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())):
        return int(found[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024
