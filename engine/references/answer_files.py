"""A folder of answers, one a file: bounded, each with its checksum. What cannot be read or written is no failure."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from engine.files import write_whole

MOST = 64 * 2**20
"""Bytes of all files together."""
CHECKSUM = 32
"""Bytes before what a file tells, which prove it."""


class AnswerFiles:
    """Answers by their keys. Several processes may use one folder: a file is there whole or not at all."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        """Take a folder that need not be there, and the bytes that its files may have together."""
        self._folder, self._most = folder, most
        self._room = 0
        """Bytes that can be written before it is looked how much there is: others write here, too."""

    def read(self, key: str) -> bytes | None:
        """Return what was written; None where nothing was, or what is there is broken."""
        place = self._folder / key
        try:
            whole = place.read_bytes()
        except OSError:
            return None
        checksum, content = whole[:CHECKSUM], whole[CHECKSUM:]
        if _checksum(key, content) != checksum:
            return None
        with contextlib.suppress(OSError):
            os.utime(place)  # those that nobody asks for go first
        return content

    def write(self, key: str, content: bytes) -> None:
        """Keep an answer, in the place of what was there; nothing happens where it cannot be kept."""
        if len(content) > self._most // 8:
            return
        with contextlib.suppress(OSError, ValueError):  # a refusal is one
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / key, _checksum(key, content) + content)
            self._room -= CHECKSUM + len(content)
            if self._room <= 0:
                self._make_room()

    def _make_room(self) -> None:
        """Take the files away that were not asked for for longest, where all together are too large."""
        files = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # another process took it away
                    if entry.is_file(follow_symlinks=False):
                        known = entry.stat(follow_symlinks=False)
                        files.append((known.st_mtime_ns, known.st_size, Path(entry.path)))
        total = sum(size for _, size, _ in files)
        if total > self._most:
            for _, size, path in sorted(files):
                if total <= self._most * 3 // 4:
                    break
                with contextlib.suppress(OSError):
                    path.unlink()
                total -= size
        self._room = (self._most - total) // 4


def _checksum(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + content).digest()
