"""A lock on a file, held by a process until it lets go or is gone: the operating system's, beside the file."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

LONGEST_NAME = 255
"""Bytes of a file's name, on every system."""


class Lock:
    """Tells other processes that this one has a file; no process number, since numbers are used again."""

    def __init__(self, place: Path, descriptor: int) -> None:
        self._place, self._descriptor = place, descriptor

    @classmethod
    def take(cls, path: Path) -> Lock | None:
        """Lock a file; None where a living process has it.

        Raises:
            OSError: where its folder cannot be written.
        """
        place = beside(path)
        while True:
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
            with contextlib.suppress(
                OSError
            ):  # a file system that knows no locks: then the file alone says it
                if not lock_descriptor(descriptor):
                    os.close(descriptor)
                    return None
            if is_at(place, descriptor):
                return cls(place, descriptor)
            os.close(descriptor)  # whoever had it took it away in between: that lock would be nobody's

    @property
    def stands(self) -> bool:
        """Say whether others still see it."""
        return self._descriptor >= 0 and is_at(self._place, self._descriptor)

    def release(self) -> None:
        """Let go, and take the lock's file away."""
        if self._descriptor < 0:
            return
        ours, descriptor, self._descriptor = self.stands, self._descriptor, -1
        if os.name != "posix":  # another system: a file that is open cannot be taken away there
            close_descriptor(descriptor)
        if ours:
            with contextlib.suppress(OSError):
                self._place.unlink(missing_ok=True)
        if os.name == "posix":  # after taking it away: nobody can lock a file that is about to vanish
            close_descriptor(descriptor)


def close_descriptor(descriptor: int) -> None:
    """Close an open file of which nothing is wanted any more; a disk that fails meanwhile has let go all the same."""
    with contextlib.suppress(OSError):
        os.close(descriptor)


def beside(path: Path) -> Path:
    """Return where the lock of a file lies."""
    name = f"{path.name}.lock"
    if len(os.fsencode(name)) > LONGEST_NAME:
        name = f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:32]}.lock"
    return path.with_name(name)


def is_locked(path: Path) -> bool:
    """Say whether a living process has a file.

    Raises:
        OSError: where that cannot be told: the lock's file is there, but its file system knows no locks.
    """
    try:
        descriptor = os.open(beside(path), os.O_RDWR)  # not made: it would stay
    except FileNotFoundError:
        return False
    try:
        return not lock_descriptor(descriptor)
    finally:
        os.close(descriptor)


def sweep_lock(path: Path) -> None:
    """Take away the lock that a killed process left beside a file; one that is held, or might be, stays."""
    place = beside(path)
    with contextlib.suppress(OSError):  # not reached, or its file system knows no locks
        if place.is_file() and place.stat().st_size == 0 and not is_locked(path):
            lock = Lock.take(path)
            if lock is not None:
                lock.release()


def lock_descriptor(descriptor: int) -> bool:
    """Lock an open file for this process, until it is closed; False where another one has it.

    Raises:
        OSError: where it cannot be locked at all.
    """
    from filelock import lock_descriptor as lock  # slow to import: not before the window needs it

    return lock(descriptor, blocking=False)


def is_at(place: Path, descriptor: int) -> bool:
    """Say whether an open file is still the one of that name."""
    try:
        return os.path.samestat(place.stat(), os.fstat(descriptor))
    except OSError:
        return False
