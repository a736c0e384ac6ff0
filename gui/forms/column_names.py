"""Columns of a table as people type them: names of its header, or numbers from 1."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .parsing import UnreadableError

_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,;]*?))\s*(?:[,;]|$)""")


def parse_columns(text: str) -> tuple[str | int, ...]:
    """Read columns apart by commas; what stands in quotes is a name, whatever it looks like.

    Raises:
        UnreadableError: where a quote is not closed, or something follows it.
    """
    typed = text.strip().removeprefix("[").removesuffix("]").strip()
    columns: list[str | int] = []
    at = 0
    while at < len(typed):
        part = _PART.match(typed, at)
        if part is None or (part[3] or "").startswith(('"', "'")):
            raise UnreadableError(f'{typed[at:][:40]!r} is no column; write id, 3 or "a, b"')
        columns.append(_column(part))
        at = part.end()
    return tuple(columns)


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
    return column if clear else f"'{column}'" if '"' in column else f'"{column}"'


def columns_text(columns: Sequence[str | int]) -> str:
    """Write columns so that they are read as the same ones."""
    return ", ".join(map(column_text, columns))


def _column(part: re.Match[str]) -> str | int:
    bare = part[3]
    if bare is None:
        return part[1] if part[1] is not None else part[2]
    return int(bare) if bare.isdecimal() else bare
