"""Waiting for what must happen: one deadline for every test, as other work may keep the machine busy.

Nothing here is about speed: a wait ends as soon as what is waited for has come, and the deadline only turns a
test that would hang into one that fails.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 150.0
"""Seconds; pytest's own time-out (pyproject.toml) leaves room for several such waits."""


def wait_until(condition: Callable[[], object], what: str = "what was waited for") -> None:
    """Return once something is so; fail where it does not come to be."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} has not come within {PATIENCE:g} s"
        time.sleep(0.01)


def is_alive(process: int) -> bool:
    """Say whether a process runs; one that has ended and is not yet looked after does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        if Path("/proc").is_dir():
            return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
