"""Folders of what can be made anew, named by all that it depends on: made once, read by all, whole or void."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from engine.words.errors import path_in_words

from .locks import Lock, is_locked, sweep_lock
from .temporaries import temporary_beside

WHOLE = "whole.json"
"""The file that says what belongs into a folder, and the checksum of each: written last."""
MOST = 8
"""Folders beside one another that are kept, those that were used last."""


class MadeFolder:
    """A folder whose name says all that its content depends on."""

    def __init__(self, path: Path) -> None:
        """Name it; nothing is made yet."""
        self.path = path

    @property
    def where(self) -> str:
        """Say where it lies."""
        return path_in_words(self.path.parent)

    def is_whole(self) -> bool:
        """Say whether everything is there as it was written."""
        try:
            listed = json.loads((self.path / WHOLE).read_text("utf-8"))
            return bool(listed) and listed == self._checksums()
        except (OSError, ValueError):
            return False

    def make(self, make: Callable[[], None], wait: Callable[[], None]) -> None:
        """Let `make` fill it, unless it is whole: in one process, for which others wait.

        Args:
            make: writes files into `path`, which is there and empty.
            wait: called again and again while another process makes it.

        Raises:
            OSError: where it cannot be kept; `make` has been called, or not.
        """
        self.path.parent.mkdir(0o700, parents=True, exist_ok=True)
        while not self.is_whole():
            lock = Lock.take(self.path)
            if lock is None:
                wait()
                continue
            try:
                if not self.is_whole():
                    shutil.rmtree(self.path, ignore_errors=True)
                    self.path.mkdir(0o700)
                    make()
                    self._close()
            finally:
                lock.release()

    def used(self) -> None:
        """Note that it was used now, and clear those beside it that were not for long, or never became whole."""
        with contextlib.suppress(OSError):
            os.utime(self.path / WHOLE)
        with contextlib.suppress(OSError):  # another process clears, or they are another user's
            others = sorted(
                (f for f in self.path.parent.iterdir() if f.is_dir() and f != self.path), key=_used_at
            )
            kept = others[max(0, len(others) - (MOST - 1)) :]
            for folder in others:
                if (folder not in kept or not (folder / WHOLE).exists()) and not is_locked(folder):
                    shutil.rmtree(folder, ignore_errors=True)
                sweep_lock(folder)

    def _close(self) -> None:
        """Say what belongs into it."""
        whole, checksums = self.path / WHOLE, self._checksums()
        if not checksums:
            raise OSError("nothing was written")
        with temporary_beside(whole) as temporary:
            temporary.write_text(json.dumps(checksums), "utf-8")
            temporary.replace(whole)

    def _checksums(self) -> dict[str, str]:
        files = sorted(file for file in self.path.iterdir() if file.name != WHOLE and file.suffix != ".tmp")
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _used_at(folder: Path) -> float:
    whole = folder / WHOLE
    return (whole if whole.exists() else folder).stat().st_mtime
