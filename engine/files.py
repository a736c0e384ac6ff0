"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import uuid
from pathlib import Path

from .errors import Refusal


def write_whole(path: Path, content: bytes | str, field: str = "") -> None:
    """Write a file, complete or not at all; text as UTF-8.

    A link is followed, and what it leads to replaced. A pipe, a device and what a descriptor names (/dev/stdout),
    which nothing can take the place of, are written straight.

    Args:
        path: of the file.
        content: all of it.
        field: who named it, for the refusal.

    Raises:
        Refusal: where it cannot be written; a file that was there is then as before.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if _is_written_straight(path):
            path.write_bytes(data)  # never resolved: what /dev/stdout leads to may have no path of its own
        else:
            _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        remedy = f"cannot be written: {error.strerror or error}; choose another folder"
        raise Refusal(field, str(path), remedy) from None


def _is_written_straight(path: Path) -> bool:
    """Say whether a path is no file of its own, or the name of one that is open already."""
    names_descriptor = re.match(r"/dev/(fd/|stdout$|stderr$)|/proc/", path.absolute().as_posix())
    if names_descriptor:
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def _replace(path: Path, data: bytes) -> None:
    """Put a new file in the place of a path, with the permissions of the one before."""
    temporary = path.with_name(f".{path.stem[:60]}-{uuid.uuid4().hex[:8]}.tmp")
    try:
        temporary.write_bytes(data)
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
