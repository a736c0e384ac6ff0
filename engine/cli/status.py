"""The exit statuses of the command line."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """What a command leaves behind for scripts."""

    DONE = 0
    CLAIM = 1
    BAD_INPUT = 2
    ENGINE = 3
    INTERRUPTED = 130
