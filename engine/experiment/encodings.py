"""How the bytes of a text file are letters: UTF-8, or what a mark at its beginning says; never a guess."""

from __future__ import annotations

import codecs
from collections.abc import Iterable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(start: bytes) -> str:
    """Return the encoding that the first bytes of a file say, their mark included.

    Raises:
        UnicodeError: where they have no mark and are no text: zero bytes, as UTF-16 has them.
    """
    encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in start:
        raise UnicodeError("zero bytes")
    return encoding


def undecodable_line(lines: Iterable[bytes]) -> int:
    """Return the first line, from 1, that is no text in UTF-8."""
    for number, line in enumerate(lines, start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            return number
        if b"\0" in line:
            return number
    return 1
