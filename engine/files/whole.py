"""Files that are written whole or not at all, and what is named like a file and is none."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import sys
from pathlib import Path

from engine.words.errors import Refusal, path_in_words

from .temporaries import temporary_beside

STANDARD_OUTPUT = Path("-")
"""The word for standard output in the place of a file."""
MOST_LINKS = 40
"""Links that lead to one another, as the kernel counts."""
NO_NEW_FILE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)
"""What a folder answers in which a file can be changed and none put into its place."""


def write_whole(path: Path, content: bytes | str, field: str = "") -> None:
    """Write a file, complete or not at all; text as UTF-8.

    Links are followed. What has no content of its own to be replaced is written straight: `-`, pipes, devices, what a
    descriptor names (/dev/stdout). So is a file that a new one would not be the same as: one with several names,
    one of another user, one in a folder that takes no new files. A reader who has seen enough is no failure.

    Args:
        path: of the file.
        content: all of it.
        field: who named it, for the refusal.

    Raises:
        Refusal: where it cannot be written; a file that is replaced is then as before.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path == STANDARD_OUTPUT:
            _write_to_output(data)
            return
        place = _followed(path)
        if _is_written_straight(place):
            place.write_bytes(data)
        else:
            _replace(place, data)
    except BrokenPipeError:
        return
    except OSError as error:
        raise _refusal(error, path, field) from None


def check_writable(path: Path, field: str = "") -> None:
    """Try whether a file could be written, and leave everything as it is.

    Pipes and devices are only asked for their permissions: to open one can be seen at its other end.

    Args:
        path: of the file.
        field: who named it, for the refusal.

    Raises:
        Refusal: where it could not.
    """
    try:
        if path == STANDARD_OUTPUT:
            _output()
            return
        place = _followed(path)
        if place.is_dir():
            raise Refusal(field, path_in_words(path), "is a folder; name a file")
        if not place.absolute().parent.is_dir():
            raise Refusal(field, path_in_words(path), "is in a folder that does not exist; make it first")
        if place.is_file() and not _names_descriptor(place):
            place.open("r+b").close()
        elif place.exists() or _names_descriptor(place):
            _require_permission(place)
        else:
            with temporary_beside(place) as temporary:
                temporary.touch()
    except OSError as error:
        raise _refusal(error, path, field) from None


def is_standard_output(path: Path) -> bool:
    """Say whether what is written to a path is read where a command's words are; links are followed."""
    if path == STANDARD_OUTPUT:
        return True
    try:
        return _followed(path).absolute().as_posix() in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
    except OSError:
        return False


def _refusal(error: OSError, path: Path, field: str) -> Refusal:
    remedy = "" if path == STANDARD_OUTPUT else "; choose another folder"
    return Refusal(field, path_in_words(path), f"cannot be written: {error.strerror or error}{remedy}")


def _followed(path: Path) -> Path:
    """Return what links lead to; the name of a descriptor stays, as what it leads to may have no name."""
    for _ in range(MOST_LINKS):
        if _names_descriptor(path) or not path.is_symlink():
            return path
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _names_descriptor(path: Path) -> bool:
    return bool(re.match(r"/dev/(fd/|stdout$|stderr$)|/proc/", path.absolute().as_posix()))


def _is_written_straight(place: Path) -> bool:
    """Say whether a new file could not take the place of what is there."""
    if _names_descriptor(place):
        return True
    try:
        there = place.stat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(there.st_mode):
        return not stat.S_ISDIR(there.st_mode)
    return there.st_nlink > 1 or (hasattr(os, "geteuid") and there.st_uid != os.geteuid())


def _replace(place: Path, data: bytes) -> None:
    """Put a new file in the place of a path, with the permissions of the one before."""
    there = place.exists()
    if there:
        _require_permission(place)
    try:
        with temporary_beside(place) as temporary:
            temporary.write_bytes(data)
            if there:
                take_after(place, temporary)
            temporary.replace(place)
    except OSError as error:
        if not there or error.errno not in NO_NEW_FILE:
            raise
        place.write_bytes(data)


def take_after(before: Path, file: Path) -> None:
    """Give a file the group, the mode and the further attributes of another, and the time of now."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(file, -1, before.stat().st_gid)
    shutil.copystat(before, file)
    os.utime(file)


def _require_permission(place: Path) -> None:
    if not place.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _output() -> int | None:
    """Return the descriptor of standard output, None where it is no file of the system's."""
    if sys.stdout is None or sys.stdout.closed:
        raise OSError(errno.EBADF, "standard output is closed")
    try:
        return sys.stdout.fileno()
    except OSError:
        return None


def _write_to_output(data: bytes) -> None:
    """Write to standard output behind what was said before; no line ending is changed."""
    descriptor = _output()
    sys.stdout.flush()
    if descriptor is None:
        sys.stdout.buffer.write(data)
        return
    with open(descriptor, "wb", buffering=0, closefd=False) as output:
        rest = memoryview(data)
        while rest:
            rest = rest[output.write(rest) :]
