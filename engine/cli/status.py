"""The exit statuses of the command line."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """What a command leaves behind for scripts."""

    DONE = 0
    CLAIM = 1
    BAD_INPUT = 2
    ENGINE = 3
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143

    @classmethod
    def of_signal(cls, number: int | None) -> Status:
        """Return the status of a command that a signal ended, as shells count; without a number: Ctrl-C."""
        return cls.INTERRUPTED if number is None else cls(128 + number)
