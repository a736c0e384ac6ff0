"""Columns of a table as people type them: names of its header, or numbers from 1."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .parsing import UnreadableError
from .quoted import parse_quoted, quoted

EXAMPLE = 'is no column; write id, 3 or "a, b"'


def parse_columns(text: str) -> tuple[str | int, ...]:
    """Read columns apart by commas; what stands in quotes is a name, whatever it looks like.

    Raises:
        UnreadableError: where a quote is not closed, or something follows it.
    """
    words = parse_quoted(text, EXAMPLE)
    return tuple(int(word) if word.isdecimal() and not is_quoted else word for word, is_quoted in words)


def parse_column(text: str) -> str | int:
    """Read one column.

    Raises:
        UnreadableError: where there is none, or several.
    """
    columns = parse_columns(text)
    if len(columns) != 1 or columns[0] == "":
        raise UnreadableError("this has to be one column; write last, first, a name, or a number from 1")
    return columns[0]


def column_text(column: str | int) -> str:
    """Write a column so that it is read as the same one."""
    if isinstance(column, int):
        return str(column)
    clear = re.fullmatch(r"[^\s\d,;\"'\[\]](?:[^,;\"'\[\]]*[^\s,;\"'\[\]])?", column)
    return column if clear else quoted(column)


def columns_text(columns: Sequence[str | int]) -> str:
    """Write columns so that they are read as the same ones."""
    return ", ".join(map(column_text, columns))
