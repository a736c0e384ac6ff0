"""Open plain files alone, and read no more of them than a bound: no pipe that waits, no device without an end."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..words.errors import Refusal
from ..words.formats import byte_size


@contextmanager
def opened(path: Path, name: str, field: str = "") -> Iterator[tuple[IO[bytes], int]]:
    """Open a plain file and give it with its size; a pipe is not waited for.

    Args:
        path: of the file.
        name: how the refusal calls it.
        field: who named it, for the refusal.

    Raises:
        Refusal: where it is a folder, a device or a pipe.
        OSError: where it cannot be opened.
    """
    _refuse_others(path.stat().st_mode, name, field)
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
    )
    descriptor = os.open(path, flags)
    try:
        about = os.fstat(descriptor)
        _refuse_others(about.st_mode, name, field)  # it may be another one by now
        file = os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
    with file:
        yield file, about.st_size


def read_whole(path: Path, most: int, what: str, name: str, field: str = "") -> bytes:
    """Read a plain file of at most so many bytes.

    Args:
        path: of the file.
        most: bytes.
        what: such a file, for the refusal: 'an experiment file'.
        name: how the refusal calls it.
        field: who named it, for the refusal.

    Raises:
        Refusal: where it is a folder, a device, a pipe, or larger.
        OSError: where it cannot be read.
    """
    with opened(path, name, field) as (file, size):
        if size > most:
            remedy = f"has {byte_size(size)}, more than {what} may have ({byte_size(most)})"
            raise Refusal(field, name, f"{remedy}; is it the file that was meant?")
        return file.read(size)  # what says that it has no end, or is empty and is not, is read no further


def _refuse_others(mode: int, name: str, field: str) -> None:
    """Refuse what is no plain file."""
    if stat.S_ISDIR(mode):
        raise Refusal(field, name, "is a folder; name the file in it")
    if not stat.S_ISREG(mode):
        raise Refusal(field, name, "is a device or pipe; name a plain file")
