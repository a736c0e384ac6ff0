"""Rows as an arrangement wants them, and the words of filters: of runs, and of whatever else has rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .arranged import COUNT, filtered, grouped, ordered
from .arrangement import Arrangement
from .column import ColumnBook
from .expression import Condition, Names, condition
from .rows import TableRow
from .values import Value, in_file


def condition_of(text: str, book: ColumnBook) -> Condition | None:
    """Return what a filter says of rows with these columns; None where it says nothing.

    Raises:
        Refusal: where it cannot be understood.
    """
    text = text.strip()
    return condition(text, Names(book.named, book.is_text, book.titles, book.near)) if text else None


def arranged(
    rows: Iterable[TableRow],
    choice: Arrangement,
    book: ColumnBook,
    met: Condition | None,
    before: Sequence[TableRow] = (),
) -> tuple[list[TableRow], list[TableRow]]:
    """Return the rows that a filter keeps, and these grouped and sorted.

    Args:
        rows: all of them.
        choice: how they are arranged.
        book: the columns that there are.
        met: what rows must meet.
        before: the groups as they were, of which those that are as before are not asked again.
    """
    kept = filtered(rows, met)
    shown = kept if choice.group not in book else grouped(kept, choice.group, before)
    sort = choice.sort if choice.sort in book or choice.sort == COUNT else ""
    return kept, ordered(shown, sort, choice.descending)


def filter_of_group(choice: Arrangement, book: ColumnBook, column: str, value: Value) -> str:
    """Return the filter that leaves the rows of a group alone, beside what was filtered before."""
    name = book.shortest(column)
    if value is None or value == "":
        said = "none"
    elif isinstance(value, str):
        said = f'"{value}"' if '"' not in value else f"'{value}'"
    else:
        said = in_file(value)
    before = choice.filter.strip()
    return f"({before}) and {name} = {said}" if before else f"{name} = {said}"
