"""Every command but the window. Importing this costs nothing; each command imports what it needs."""

from __future__ import annotations

from collections.abc import Sequence

COMMANDS = ("run", "sweep", "verify", "export", "animate", "presets", "devices", "bench", "download")
"""The words that begin a command line without a window."""


def main(arguments: Sequence[str]) -> int:
    """Obey a command line and return its exit status.

    0: done; 1: a claim did not end as expected; 2: bad input; 3: the engine failed; 129, 130, 143: stopped by a signal.
    """
    from .app import obey

    return obey(arguments)
