"""Where the bytes of a data file come from: the file itself, its copy within an experiment, or its beginning."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from engine.data.files import FIELD, Stamp, file_name, find_file, stamp_of
from engine.experiment.data import CopiedSpec
from engine.experiment.data.embedded import content_of
from engine.experiment.plain_files import opened


@dataclass(frozen=True)
class Source:
    """Bytes under a name; equal sources with equal stamps have the same bytes.

    Attributes:
        name: how refusals call it.
        path: the file; None where `content` is all there is.
        content: the bytes; None where the file has them.
        stamp: what changes when the bytes do; its last number is how many there are.
    """

    name: str
    path: Path | None
    content: bytes | None
    stamp: Stamp

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the bytes.

        Raises:
            Refusal: where the file is no plain file.
            OSError: where it cannot be opened.
        """
        if self.content is not None:
            with io.BytesIO(self.content) as memory:
                yield memory
        elif self.path is not None:
            with opened(self.path, file_name(self.name), FIELD) as (file, _):
                yield file

    def beginning(self, most: int) -> Source:
        """Return a source of no more than the first bytes.

        Raises:
            OSError: where the file cannot be read.
        """
        with self.opened() as file:
            return in_memory(self.name, file.read(most))


def source_of(data: CopiedSpec, folder: Path) -> Source:
    """Return where data are read from.

    Raises:
        Refusal: where the file is not there, or the copy is damaged.
        OSError: where it cannot be looked at.
    """
    if data.embedded:
        return in_memory(data.path, content_of(data.embedded))
    path = find_file(data.path, folder, data.endings)
    return Source(data.path, path, None, stamp_of(path))


def in_memory(name: str, content: bytes) -> Source:
    """Return a source of these bytes."""
    return Source(name, None, content, (0, 0, len(content)))


@lru_cache(maxsize=8)
def copy_s_checksum(text: str) -> str:
    """Return the SHA-256 of the file that a copy within an experiment is of."""
    return hashlib.sha256(content_of(text)).hexdigest()
