"""The IDX format of MNIST: a small header, then numbers, mostly unsigned bytes; packed by gzip or not.

A file starts with two zero bytes, the type of its numbers (8: unsigned bytes), the number of dimensions, and
each dimension as four bytes, the most significant first (LeCun et al., the page of MNIST).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.data.files import reason, refuse, refuse_bomb, refuse_large
from engine.experiment.plain_files import opened
from engine.words.errors import Refusal

FIELD = "data.folder"
UNSIGNED_BYTES = 0x08
TYPES = {UNSIGNED_BYTES: "u1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""What numbers a file may hold, by the type that it says."""
SIGNED_BYTES = 0x09
WANTED = {1: "labels have 1 (number)", 3: "images have 3 (number, height, width)"}
AGAIN = "get the file again"
GZIP = b"\x1f\x8b"
CHUNK = 1 << 16
LONGEST_TEXT = 1 << 12
"""Letters of the name or comment that gzip keeps."""
_TRAILER = 8  # checksum and length, which are not looked at
_HAS_CHECKSUM, _HAS_EXTRA, _HAS_NAME, _HAS_COMMENT = 2, 4, 8, 16

Numbers = NDArray[Any]
"""Unsigned bytes, as almost all have, or another type."""


class _Source(Protocol):
    """Where the bytes of an IDX file come from, unpacked."""

    def read(self, count: int) -> bytes:
        """Return the next bytes, fewer at the end."""
        ...

    def refuse(self, path: Path, wanted: int) -> None:
        """Refuse what it would hold only by a trick."""
        ...

    def rest(self) -> str:
        """Say what is wrong with what follows the bytes that were read; '' where nothing does."""
        ...


def read_idx(path: Path, dimensions: int) -> Numbers:
    """Read a whole file: images (n, height, width) or labels (n,), as their number of dimensions says.

    Raises:
        Refusal: naming the file, where it is not such a file, is cut off, or goes on after its end.
    """
    with _opened(path) as source:
        shape, kind = _header(source, path, dimensions)
        wanted = math.prod(shape) * kind.itemsize
        source.refuse(path, wanted)
        refuse_large(path.name, 2 * wanted, FIELD)
        content = source.read(wanted)
        if len(content) < wanted:
            raise _refuse(
                path, f"is cut off: its header promises {wanted} bytes and {len(content)} follow; {AGAIN}"
            )
        wrong = source.rest()
        if wrong:
            raise _refuse(path, wrong)
    return np.frombuffer(content, dtype=kind).reshape(shape)


def idx_shape(path: Path, dimensions: int) -> tuple[int, ...]:
    """Return what a file's header says, (n, height, width) or (n,), without reading on.

    Raises:
        Refusal: naming the file, where it has no such header.
    """
    with _opened(path) as source:
        return _header(source, path, dimensions)[0]


@contextmanager
def _opened(path: Path) -> Iterator[_Source]:
    """Open a file, packed or not; whatever goes wrong with it is a refusal."""
    try:
        with opened(path, path.name, FIELD) as (file, size):
            packed = file.read(len(GZIP)) == GZIP
            file.seek(0)
            yield _Packed(file, path, size) if packed else _Plain(file, size)
    except Refusal:
        raise
    except MemoryError:
        raise _refuse(path, "needs more memory than there is; take another file") from None
    except EOFError:
        raise _refuse(path, f"is cut off within what gzip packed; {AGAIN}") from None
    except (OSError, zlib.error) as error:
        raise _refuse(path, f"cannot be read ({reason(error)}); {AGAIN}") from None


def _header(source: _Source, path: Path, dimensions: int) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Read the header and return the dimensions and the type of the numbers, or refuse a wrong one."""
    start = source.read(4)
    if len(start) < 4:
        raise _refuse(path, f"is cut off within its header; {AGAIN}" if start else f"is empty; {AGAIN}")
    zero, kind, rank = start[:2], start[2], start[3]
    if zero == b"\0\0" and kind == SIGNED_BYTES:
        remedy = "holds int8, a damaged uint8 or pixels of no known range; write uint8 or float32"
        raise _refuse(path, remedy)
    if zero != b"\0\0" or kind not in TYPES:
        raise _refuse(path, f"is no IDX file, it does not begin like one; {AGAIN}")
    if rank != dimensions:
        raise _refuse(path, f"has {rank} dimensions where {WANTED[dimensions]}; is it another file's name?")
    lengths = source.read(4 * dimensions)
    if len(lengths) < 4 * dimensions:
        raise _refuse(path, f"is cut off within its header; {AGAIN}")
    shape = tuple(int(length) for length in np.frombuffer(lengths, dtype=">u4"))
    if 0 in shape:
        raise _refuse(path, f"is empty, its header says {' x '.join(map(str, shape))}; {AGAIN}")
    return shape, np.dtype(TYPES[kind])


def _refuse(path: Path, remedy: str) -> Refusal:
    return refuse(path.name, remedy, FIELD)


class _Plain:
    """A file that is not packed."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._size = file, size

    def read(self, count: int) -> bytes:
        return self._file.read(min(count, self._size))

    def refuse(self, path: Path, wanted: int) -> None:
        """Refuse nothing: it holds what it is."""

    def rest(self) -> str:
        return f"goes on after what its header promises; {AGAIN}" if self._file.read(1) else ""


class _Packed:
    """A gzip file (RFC 1952) of one member, whose checksum is not looked at: some that are served are wrong."""

    def __init__(self, file: IO[bytes], path: Path, size: int) -> None:
        """Skip the gzip header."""
        self._file, self._size = file, size
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._waiting = b""
        flags = self._exactly(10)[3]
        if flags & _HAS_EXTRA:
            self._exactly(int.from_bytes(self._exactly(2), "little"))
        for text in (_HAS_NAME, _HAS_COMMENT):
            if flags & text:
                self._skip_text(path)
        if flags & _HAS_CHECKSUM:
            self._exactly(2)

    def refuse(self, path: Path, wanted: int) -> None:
        refuse_bomb(path.name, self._size, wanted, FIELD)

    def _skip_text(self, path: Path) -> None:
        for _ in range(LONGEST_TEXT):
            if self._exactly(1) == b"\0":
                return
        raise _refuse(
            path, f"names itself in more than {LONGEST_TEXT:,} letters, which no packed file does; {AGAIN}"
        )

    def read(self, count: int) -> bytes:
        parts: list[bytes] = []
        while count and not self._inflate.eof:
            packed = self._waiting or self._file.read(CHUNK)
            part = self._inflate.decompress(packed, count)
            self._waiting = self._inflate.unconsumed_tail
            if not packed and not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def rest(self) -> str:
        if self.read(1):
            return f"goes on after what its header promises; {AGAIN}"
        trailer = self._inflate.unused_data + self._file.read(_TRAILER + 1)
        if len(trailer) < _TRAILER:
            raise EOFError
        return f"goes on after what gzip packed; {AGAIN}" if len(trailer) > _TRAILER else ""

    def _exactly(self, count: int) -> bytes:
        content = self._file.read(count)
        if len(content) < count:
            raise EOFError
        return content
