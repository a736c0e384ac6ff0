"""Which columns of a table are inputs and which one is the label, and whether its first line names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.data.csv_lines import Row
from engine.data.csv_numbers import is_missing, is_number
from engine.data.files import refuse
from engine.experiment.data import CsvSpec
from engine.words.errors import Refusal, nearest

LONGEST_NUMBER = 9
"""Digits of a whole number that may be a column's name."""
LABEL_NAMES = ("label", "labels", "class", "target")
"""How a header calls the column that it means to be the label."""
_UNNAMED = re.compile(r"(Unnamed: \d+)?")  # pandas' word for no name


@dataclass(frozen=True)
class Columns:
    """What is done with the columns of a table.

    Attributes:
        width: cells of every row.
        empty: how many of them, at the end, have neither a name nor anything in them.
        label: which column has the labels, from 0.
        inputs: the other columns that are taken, ascending.
        names: of the columns but the empty ones; none where there is no header.
        shifted: whether the header has no name for the first column, as R writes it.
    """

    width: int
    empty: int
    label: int
    inputs: tuple[int, ...]
    names: tuple[str, ...] = ()
    shifted: bool = False

    def called(self, column: int) -> str:
        """Return a column's number from 1 and its name, as sentences say it."""
        name = self.names[column] if self.names else ""
        return f"column {column + 1}" + (f" ({name[:30]})" if name else "")

    def said(self, column: int) -> str:
        """Return what a file says to mean a column: its name, or its number where that is not enough."""
        name = self.names[column] if self.names else None
        return f"{column + 1}" if name is None or self.names.count(name) > 1 else f'"{name[:30]}"'

    def unnamed(self) -> list[int]:
        """Return the inputs that a header leaves without a name."""
        return [i for i in self.inputs if self.names and _UNNAMED.fullmatch(self.names[i])]


def chosen_columns(
    data: CsvSpec, header: Sequence[str] | None, row: Sequence[str], *, quotes: bool
) -> Columns:
    """Return what the fields of the data say of the columns.

    Args:
        data: what the user said.
        header: the cells of the header, None where there is none.
        row: the first row of points.
        quotes: whether a sentence may repeat the header's names.

    Raises:
        Refusal: where a column is meant that there is not, or none is left for an input.
    """
    width = len(row)
    shifted = header is not None and _shifted(header, row)
    every = names_of(header, row)
    kept, names = len(every), every if header is not None else []
    ignored: set[int] = set()
    for said in data.ignore:
        ignored |= set(_positions(said, "data.ignore", data.ignore, names, header, width, quotes))
    free = [i for i in range(kept) if i not in ignored]
    if data.label in ("first", "last"):
        label = free[0 if data.label == "first" else -1] if free else 0
        if data.label == "last" and header is not None:
            _refuse_other_label(label, {i: names[i].lower() for i in free})
    else:
        label, *others = _positions(data.label, "data.label", data.label, names, header, width, quotes)
        if others:
            raise Refusal(
                "data.label",
                data.label,
                f"is the name of columns {label + 1} and {others[0] + 1}; give the column's number",
            )
        if label in ignored:
            raise Refusal(
                "data.label", data.label, "is a column that data.ignore leaves out; take it out there"
            )
    inputs = tuple(i for i in free if i != label)
    if not inputs:
        if ignored:
            raise Refusal("data.ignore", list(data.ignore), "leaves no column for an input")
        raise refuse(data.path, "has only one column; give at least 1 input and the label")
    return Columns(width, width - kept, label, inputs, tuple(names), shifted and 0 in inputs)


def names_of(header: Sequence[str] | None, row: Sequence[str]) -> list[str]:
    """Return the name of every column but the empty ones at the end, '' for one that has none."""
    names = list(header or ())
    if header is not None and _shifted(header, row):
        names.insert(0, "")
    kept = max(_filled(names), _filled(row))
    return (names + [""] * kept)[:kept]


def label_without_header(data: CsvSpec, first: Sequence[str]) -> int:
    """Return which column has the labels if the first line has a point."""
    if isinstance(data.label, int):
        return data.label - 1
    free = [i for i in range(_filled(first)) if i + 1 not in data.ignore] or [0]
    return free[0 if data.label == "first" else -1]


def _refuse_other_label(last: int, called: Mapping[int, str]) -> None:
    """Refuse the last column for the label where the header calls another one so, as tables of digits do."""
    other = next((i for i, name in called.items() if name in LABEL_NAMES), last)
    if other != last and called[last] not in LABEL_NAMES:
        raise Refusal(
            "data.label",
            "last",
            f"is column {last + 1}, and the header calls column {other + 1} '{called[other]}'; set label "
            f"to {other + 1}, or to {last + 1} if the last is meant",
        )


def has_header(
    first: Sequence[str], second: Sequence[str] | None, body: Callable[[], Iterator[Row]], label: int
) -> bool | None:
    """Say whether the first line names the columns; None where it may or may not.

    It does where it has a word above a number, beside nothing but further words and whole numbers that differ; or
    where it numbers the columns 0, 1, 2, ... or 1, 2, 3, ... and could be no point. So 'x1,x2,label' and '0,1,label'
    are headers; '0.5,abc,1' is a row with a fault that is not passed over.

    Args:
        first: the cells of the first line.
        second: those of the next; None where there is none.
        body: reads all lines but the first.
        label: which column has the labels if the first line has a point.
    """
    given = {i: cell for i, cell in enumerate(first) if not is_missing(cell)}
    words = [i for i, cell in given.items() if _is_word(cell)]
    numbers = [int(cell) for cell in given.values() if cell.isdecimal() and len(cell) <= LONGEST_NUMBER]
    if not given or len(words) + len(numbers) < len(given) or len(set(numbers)) < len(numbers):
        return False
    if words:
        return _words_are_names(first, words, numbers, second, body)
    count = len(numbers)
    if second is None or not (
        numbers == list(range(count)) or (count > 2 and numbers == list(range(1, count + 1)))
    ):
        return False
    width = _filled(first)
    without_name = not first[0] and count == width - 1
    if count < width and not without_name:
        return False
    if without_name and _counts_rows(body):
        return True
    return True if count > 2 and _is_no_point(first, width, label, body) else None


def _counts_rows(body: Callable[[], Iterator[Row]]) -> bool:
    """Say whether the first cells are 0, 1, 2, ..., as pandas numbers rows, and there are two or more."""
    count = 0
    for _, cells in body():
        if cells[0] != str(count):
            return False
        count += 1
    return count > 1


def _is_no_point(first: Sequence[str], width: int, label: int, body: Callable[[], Iterator[Row]]) -> bool:
    """Say whether a line of whole numbers cannot be a point of the table that it begins.

    It cannot where a column of decimals alone stands below one of them: such a column has 2.0 for a whole number; or,
    where no number in it is whole, the line's label comes nowhere else.
    """
    decimals, written_whole = set(range(width)), set[int]()
    label_again = False
    for _, cells in body():
        decimals -= {i for i in decimals if i >= len(cells) or re.fullmatch(r"[+-]?\d*", cells[i])}
        if not decimals:
            return False
        written_whole |= {i for i in decimals if re.fullmatch(r"[+-]?\d+[.,]0+", cells[i])}
        label_again = label_again or cells[label : label + 1] == first[label : label + 1]
    return bool(decimals & written_whole) or not label_again


def _is_word(cell: str) -> bool:
    """Say whether a cell is a word, and no number with a slip in it."""
    return cell[0] not in "+-.,0123456789" and any(letter.isalpha() or letter == "_" for letter in cell)


def _words_are_names(
    first: Sequence[str],
    words: Sequence[int],
    numbers: Sequence[int],
    second: Sequence[str] | None,
    body: Callable[[], Iterator[Row]],
) -> bool | None:
    """Say whether a first line with words is a header: classes may be words, too."""
    if second is None or not numbers or any(is_number(second[i]) for i in words if i < len(second)):
        return True
    if any(len(cells) > i and cells[i] == first[i] for _, cells in body() for i in words):
        return False  # a class that comes again
    return None


def is_ragged(header: Sequence[str], row: Sequence[str]) -> bool:
    """Say whether a row has other columns than the header, empty ones at the end of either left aside."""
    named, filled = _filled(header), _filled(row)
    return not (named <= len(row) and filled <= len(header)) and not _shifted(header, row)


def _shifted(header: Sequence[str], row: Sequence[str]) -> bool:
    """Say whether the first column has no name at all: R writes none for the names of rows."""
    return len(header) + 1 == _filled(row) == len(row)


def _filled(cells: Sequence[str]) -> int:
    """Return how many cells there are without the empty ones at the end."""
    return max((i + 1 for i, cell in enumerate(cells) if cell), default=0)


def _positions(
    said: str | int,
    field: str,
    value: object,
    names: Sequence[str],
    header: Sequence[str] | None,
    width: int,
    quotes: bool,
) -> list[int]:
    """Return the columns, from 0, that a name or a number means."""
    if isinstance(said, int):
        if said > width:
            raise Refusal(field, said, f"is no column; the table has {width}")
        return [said - 1]
    if header is None:
        raise Refusal(
            field, said, "names a column, and the table has no header; give the column's number, from 1"
        )
    found = [i for i, name in enumerate(names) if name == said]
    if not found:
        hint = nearest(said, [name for name in names if name]) if quotes else "the header has no such name"
        raise Refusal(field, said, f"is no column's name; {hint}")
    return found
