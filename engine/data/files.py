"""Find the file a user names, or say why it cannot be read."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from engine.machine import memory_limit
from engine.words.errors import Refusal
from engine.words.formats import byte_size

FIELD = "data.path"
LARGE, MOST_TIMES = 64 << 20, 100
"""Bytes from which on a packed thing may hold no more than so many times what it takes."""
Stamp = tuple[int, int, int]


def refuse(name: str, remedy: str, field: str = FIELD) -> Refusal:
    """Return a refusal that names the file."""
    return Refusal(field, file_name(name), remedy)


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Refuse, by its name, a file that the system does not let be read within.

    Raises:
        Refusal: with the system's own words.
    """
    try:
        yield
    except OSError as error:
        raise refuse(name, f"cannot be read ({reason(error)}); check the file") from None


def file_name(name: str) -> str:
    """Return a path as the user said it, or its last part where it is long."""
    return name if len(name) <= 50 else PurePath(name).name


def find_file(name: str, folder: Path, endings: tuple[str, ...] = ()) -> Path:
    """Return the file at a path that is relative to `folder`; `~` is the user's folder.

    Of a folder that is the only file in it that ends so.

    Raises:
        Refusal: where it is missing (with the nearest name beside it), a folder of other files, a device or a pipe.
    """
    try:
        path = (folder / Path(name).expanduser()).absolute()
        if path.is_dir():
            path = _only_file(name, path, endings)
        if not path.exists():
            raise refuse(name, f"is not there{escaped(name) or _alternative(path)}")
        if not path.is_file():
            raise refuse(name, "is a device or pipe; name a plain file")
    except Refusal:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        raise refuse(name, f"cannot be read ({reason(error)}); check the path") from None
    return path


def named_file(data: Any, folder: Path) -> tuple[Path, ...]:
    """Return the file that data with a `path` are read from; none where the experiment has a copy of it.

    Raises:
        Refusal: as `find_file`.
    """
    return (find_file(data.path, folder, data.endings),) if data.named_file else ()


def stamp_of(path: Path) -> Stamp:
    """Return what changes when a file does: its number, its time of change in ns and its size in bytes."""
    about = path.stat()
    return about.st_ino, about.st_mtime_ns, about.st_size


def refuse_large(name: str, needed: int, field: str = FIELD) -> None:
    """Refuse a file that takes `needed` bytes to read where less is at hand."""
    limit = memory_limit()
    if limit is not None and needed > limit:
        memory = f"this machine has free ({byte_size(limit)})"
        raise refuse(
            name, f"needs {byte_size(min(needed, 2**70))}, more than {memory}; take fewer points", field
        ) from MemoryError()


def refuse_bomb(name: str, packed: int, unpacked: int, field: str = FIELD) -> None:
    """Refuse what unpacks to much more than it is: no data does, and memory would be taken for nothing."""
    if unpacked > max(LARGE, MOST_TIMES * packed):
        remedy = f"unpacks from {byte_size(packed)} to {byte_size(min(unpacked, 2**70))}, more than {MOST_TIMES}-fold"
        raise refuse(name, f"{remedy}; if the data are like that, write them without packing", field)


def reason(error: BaseException) -> str:
    """Return the system's own words for an error, without path and number."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return words[:1].lower() + words[1:]


def escaped(name: str) -> str:
    """Say what made a path's backslashes other letters; '' where it has none of these."""
    if not any(letter < " " for letter in name):
        return ""
    return """; in "..." a backslash begins a letter such as a line break: write it in '...', or with /"""


def _only_file(name: str, folder: Path, endings: tuple[str, ...]) -> Path:
    """Return the only file in a folder that ends as is wanted."""
    fitting = sorted(p for p in folder.iterdir() if p.suffix.lower() in endings and p.is_file())
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise refuse(
            name, f"is a folder without any {' or '.join(endings)} file; name the file that is meant"
        )
    names = [p.name for p in fitting[:3]] + (["more"] if len(fitting) > 3 else [])
    raise refuse(name, f"is a folder with {', '.join(names[:-1])} and {names[-1]}; name one of its files")


def _alternative(path: Path) -> str:
    """Name the nearest file beside a missing one, or the folder that was looked in."""
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent}"
    beside = [p.name for p in path.parent.iterdir() if p.suffix.lower() == path.suffix.lower()]
    close = difflib.get_close_matches(path.name, beside, n=1)
    return f"; did you mean '{path.with_name(close[0]).name}'?" if close else f"; looked in {path.parent}"
