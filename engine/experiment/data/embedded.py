"""A copy of a data file as text within an experiment: its name, then its bytes, packed; bounded."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from functools import lru_cache
from pathlib import PurePath

from ...words.errors import Refusal
from ...words.formats import byte_size

MOST_PACKED = 1 << 18
"""Bytes of a copy, packed: every run of a session has its experiment, and the copy with it."""
MOST_UNPACKED = 1 << 24
_COPY = re.compile(r"(?P<name>[^/\\:\s']{1,200}):(?P<packed>[A-Za-z0-9+/]+={0,2})")
_LONGEST = 4 * MOST_PACKED // 3 + 300


def packed(name: str, content: bytes) -> str:
    """Return a copy of a file as text.

    Raises:
        Refusal: where it is too large for that, in words.
    """
    check_size(name, len(content))
    squeezed = zlib.compress(content, 9)
    if len(squeezed) > MOST_PACKED:
        raise _too_large(name, f"{byte_size(len(squeezed))} even packed")
    return f"{name_in_copy(name)}:{base64.b64encode(squeezed).decode('ascii')}"


def check_size(name: str, size: int) -> None:
    """Refuse a file of so many bytes that it need not be read to know that no copy is small enough.

    Raises:
        Refusal: in words.
    """
    if size > MOST_UNPACKED:
        raise _too_large(name, byte_size(size))


def _too_large(name: str, size: str) -> Refusal:
    return Refusal(
        "data.embedded",
        None,
        f"cannot take {name}, which has {size}: at most {byte_size(MOST_PACKED)} fit into an experiment; take "
        "fewer rows, or leave the file where it is",
    )


def name_in_copy(path: str) -> str:
    """Return how a copy calls the file at a path: by its last part, without the signs that end names or texts."""
    last = PurePath(path.replace("\\", "/")).name
    return re.sub(r"[\s:']", "_", last)[-200:] or "data"


@lru_cache(maxsize=8)
def checked_copy(text: str) -> str:
    """Return a copy as `packed` writes it, or refuse what is none; lines may break within.

    Raises:
        Refusal: where it is none, or too large.
    """
    name, mark, body = text.partition(":")
    bare = name + mark + "".join(body.split())
    if not bare:
        return ""
    if len(bare) > _LONGEST:
        raise Refusal("", None, f"is too large; copies of data have at most {byte_size(MOST_PACKED)}")
    if _COPY.fullmatch(bare) is None:
        raise Refusal("", None, "is no copy of a file; open the file in the lab, which writes one")
    return bare


def name_in(text: str) -> str:
    """Return the name of the file that a copy is of."""
    return text.partition(":")[0]


def size_of(text: str) -> int:
    """Return how many bytes a copy takes."""
    return len(text) - len(name_in(text)) - 1 if text else 0


@lru_cache(maxsize=8)
def content_of(text: str) -> bytes:
    """Return the bytes of the file that a copy is of.

    Raises:
        Refusal: where the copy is damaged.
    """
    try:
        stream = zlib.decompressobj()
        content = stream.decompress(base64.b64decode(text.partition(":")[2], validate=True), MOST_UNPACKED)
    except (zlib.error, binascii.Error):
        content, stream = b"", zlib.decompressobj()
    if not stream.eof:
        raise Refusal("data.embedded", None, f"is a damaged copy of {name_in(text)}; open the file again")
    return content
