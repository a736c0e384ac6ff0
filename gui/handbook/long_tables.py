"""Long tables of the pages in pieces: Qt lays out a table as a whole, which is felt, pieces as they come into view."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtGui import QTextDocument, QTextLength, QTextTable

ROWS = 12
"""Rows of a piece; its head stands above each of them."""
LETTERS, LONGEST = 84, 18
"""Of a line of the page, about, and of a word that a column is not to break, at most."""
_RULE = re.compile(r"\|[\s:|-]+\|?\s*")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_BAR = re.compile(r"(?<!\\)\|")

Shares = tuple[float, ...]


def in_pieces(text: str) -> tuple[str, list[Shares]]:
    """Return Markdown with long tables in pieces, and by table of the result the shares of its columns.

    Those of a table in one piece are empty: it is as wide as what stands in it.
    """
    lines, shares = [], list[Shares]()
    table: list[str] = []
    fenced = False
    for line in [*text.split("\n"), ""]:
        fenced ^= line.startswith("```")
        if line.startswith("|") and not fenced:
            table.append(line)
            continue
        if table:
            lines += _cut(table, shares)
            table = []
        lines.append(line)
    return "\n".join(lines[:-1]), shares


def dress_tables(document: QTextDocument, shares: Sequence[Shares]) -> None:
    """Give the pieces of a table columns of the same widths."""
    tables = [frame for frame in document.rootFrame().childFrames() if isinstance(frame, QTextTable)]
    for table, columns in zip(tables, shares, strict=False):
        if columns and len(columns) == table.columns():
            form = table.format()
            form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
            form.setColumnWidthConstraints(
                [QTextLength(QTextLength.Type.PercentageLength, 100 * share) for share in columns]
            )
            table.setFormat(form)


def _cut(table: list[str], shares: list[Shares]) -> list[str]:
    if len(table) < 2 or _RULE.fullmatch(table[1]) is None:
        return table
    head, rows = table[:2], table[2:]
    if len(rows) <= ROWS + ROWS // 2:
        shares.append(())
        return table
    columns = _shares([head[0], *rows])
    pieces = [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)]
    shares += [columns] * len(pieces)
    return [line for piece in pieces for line in (*head, *piece, "")]


def _shares(rows: Sequence[str]) -> Shares:
    """Return the parts of the width that columns have: their longest words, and of the rest as their texts are long."""
    cells = [[_LINK.sub(r"\1", cell).strip() for cell in _BAR.split(row.strip().strip("|"))] for row in rows]
    words, texts = [], []
    for k in range(len(cells[0])):
        column = [row[k] for row in cells if k < len(row)]
        longest = max((len(word) for cell in column for word in cell.split()), default=1)
        words.append(min(longest, LONGEST) + 2)
        texts.append(max(sum(map(len, column)) / len(column), 1.0))
    rest = max(LETTERS - sum(words), LETTERS // 3)
    widths = [word + rest * text / sum(texts) for word, text in zip(words, texts, strict=True)]
    return tuple(width / sum(widths) for width in widths)
