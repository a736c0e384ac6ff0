"""Markdown tables whose cells hold formulas and bars."""

from __future__ import annotations

import re
from collections.abc import Sequence

BAR = r"\|"
"""A bar inside a cell; in formulas the bars of a norm."""
UNESCAPED = re.compile(r"(?<!\\)\|")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    return "\n".join([row(header), "|" + "---|" * len(header), *(row(cells) for cells in rows)])


def row(cells: Sequence[str]) -> str:
    """Return one row of a table, the bars of its cells escaped."""
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def cells_of(line: str) -> list[str]:
    """Return the cells of a row, without the escapes."""
    return [cell.strip().replace(BAR, "|") for cell in UNESCAPED.split(line.strip()[1:-1])]


def formula(mathtext: str) -> str:
    """Return a formula for a cell, with words for the bars that would end it."""
    words = mathtext.replace(BAR, r"\Vert ").replace("|", r"\vert ")
    return f"$`{words}`$"


def code(text: object) -> str:
    """Return text as code."""
    return f"`{text}`"
