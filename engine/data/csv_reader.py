"""Read a table as text into numbers and labels, or say which line and column cannot be."""

from __future__ import annotations

import io
import math
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import itemgetter

import numpy as np

from engine.data.csv_columns import chosen_columns, has_header, is_ragged, label_without_header
from engine.data.csv_lines import SAID, LineFault, Row, Rows, bounded
from engine.data.csv_numbers import (
    Place,
    UnclearError,
    is_missing,
    is_number,
    is_plain,
    notation_of,
    number_in,
)
from engine.data.dataset import Array, Labels
from engine.data.files import file_name, refuse, refuse_large
from engine.data.memory import COPIES
from engine.data.source import Source
from engine.experiment.data import CsvSpec
from engine.experiment.encodings import encoding_of, undecodable_line
from engine.experiment.numerals import Notation
from engine.words.errors import Refusal

MOST_LABELS = 10_000
"""Different labels; a column that has more is not one of labels."""
CHECKED_EVERY = 1 << 20
"""Numbers after which it is seen whether memory holds on."""
_LIKE_A_NUMBER = re.compile(r"[-+\d.,_'e %]{1,20}")


@dataclass(frozen=True, eq=False)
class Content:
    """What was read of a table; arrays are read-only.

    Attributes:
        points: (n, d) float64, finite.
        lines: (n,) int64, the line that each row begins on.
        codes: (n,) int64, which of `words` is each row's label.
        words: the different labels as they are written.
        numbers: the same as numbers; none where they are words.
        inputs: what the header calls the d columns; none where there is no header.
    """

    points: Array
    lines: Labels
    codes: Labels
    words: tuple[str, ...]
    numbers: tuple[float, ...]
    inputs: tuple[str, ...] = ()


class _OtherNotation(Exception):
    """A number that is not written as tables usually are: the whole table has to be looked at."""


def read_table(data: CsvSpec, source: Source) -> Content:
    """Read a table.

    Raises:
        Refusal: with the line and the column of what cannot be read.
        OSError: where the file cannot be.
    """
    refuse_large(data.path, source.stamp[-1])
    reader = _Reader(data, source)
    try:
        if data.decimal != "comma":  # to whom 1.234 is another number
            return reader.content(float)
    except _OtherNotation:
        pass
    return reader.content(partial(number_in, notation=reader.notation()))


class _Reader:
    """Reads one file, once where it is written as most are."""

    def __init__(self, data: CsvSpec, source: Source) -> None:
        """Look at the beginning of the file."""
        self._data, self._source, self._name = data, source, data.path
        self._separator = SAID.get(data.separator, "")
        head = list(islice(self._all_rows(), 2))
        if not head:
            raise refuse(self._name, "is empty; give it rows of numbers")
        self._first, first = head[0]
        if len(first) < 2:
            raise refuse(
                self._name,
                f"line {self._first} has one column; give at least 1 input and the label, {self._separated()}",
            )
        self._header = first if self._begins_with_header(head) else None
        if self._header is None:
            row = first
        elif len(head) < 2:
            raise refuse(self._name, "has a header but no rows; add rows of numbers")
        else:
            line, row = head[1]
            if is_ragged(first, row):
                raise self._ragged(line, row, len(first))
        known = 2 * sum(map(is_number, row)) > len(row)
        self._columns = chosen_columns(data, self._header, row, quotes=known)

    def content(self, read: Callable[[str], float]) -> Content:
        """Read the table, its numbers by `read`.

        Raises:
            _OtherNotation: where `read` is `float` and a number needs another.
        """
        columns = self._columns
        inputs = _taker(columns.inputs)
        values, lines, codes = array("d"), array("q"), array("q")
        words: dict[str, int] = {}
        checked = 0
        for line, cells in self._rows():
            if len(cells) != columns.width:
                raise self._ragged(line, cells, columns.width)
            if columns.empty and any(cells[-columns.empty :]):
                raise self._overfull(line, cells)
            texts = inputs(cells)
            try:
                row = [read(text) for text in texts]
            except ValueError:
                row = []
            # Python reads 1_000 as a number; people who write tables do not
            if not row or not all(map(math.isfinite, row)) or "_" in "".join(texts):
                raise self._no_number(line, cells, read, quotes=bool(lines))
            values.extend(row)
            lines.append(line)
            codes.append(words.setdefault(cells[columns.label], len(words)))
            if len(values) - checked > CHECKED_EVERY:
                checked = len(values)
                refuse_large(self._name, COPIES * 8 * checked)
            if len(words) > MOST_LABELS:
                raise refuse(
                    self._name,
                    f"has more than {MOST_LABELS:,} different labels in {columns.called(columns.label)}; set "
                    "label to the column that has them",
                )
        points = np.array(values).reshape(-1, len(columns.inputs))
        content = Content(
            points,
            np.array(lines, dtype=np.int64),
            np.array(codes, dtype=np.int64),
            tuple(words),
            self._label_numbers(list(words), read, codes, lines),
            tuple(columns.names[i] for i in columns.inputs) if columns.names else (),
        )
        self._refuse_row_numbers(content)
        for table in (content.points, content.lines, content.codes):
            table.setflags(write=False)
        return content

    def notation(self) -> Notation:
        """Return how the whole table writes its numbers.

        Raises:
            Refusal: with the places that cannot be told, or contradict one another.
        """
        if self._data.decimal != "auto":
            return self._data.decimal
        columns = self._columns
        taken = (*columns.inputs, columns.label)

        def cells() -> Iterator[tuple[Place, str]]:
            for line, row in self._rows():
                for i in taken:
                    if i < len(row):
                        yield (line, i + 1), row[i]

        try:
            return notation_of(cells())
        except UnclearError as fault:
            line, column = fault.place
            raise refuse(self._name, f"line {line}, {columns.called(column - 1)}: {fault}") from None

    def _all_rows(self) -> Iterator[Row]:
        """Read every row from the beginning, the header too."""
        rows = Rows(self._separator)
        try:
            with self._source.opened() as content:
                encoding = encoding_of(content.read(4096))
                if self._data.encoding != "auto" and not encoding.startswith(self._data.encoding):
                    encoding = self._data.encoding
                content.seek(0)
                with io.TextIOWrapper(content, encoding) as text:
                    for row in rows.read(bounded(text)):
                        self._separator = rows.separator
                        yield row
        except LineFault as fault:
            raise refuse(self._name, str(fault)) from None
        except UnicodeError:
            raise self._no_text() from None

    def _rows(self) -> Iterator[Row]:
        """Read every row of points."""
        return islice(self._all_rows(), int(self._header is not None), None)

    def _begins_with_header(self, head: list[Row]) -> bool:
        """Say whether the first line names the columns, as the user or the table itself says."""
        if self._data.header != "auto":
            return bool(self._data.header)
        second = head[1][1] if len(head) > 1 else None
        first = head[0][1]
        label = label_without_header(self._data, first)
        verdict = has_header(first, second, lambda: islice(self._all_rows(), 1, None), label)
        if verdict is None:
            named = self._data.label not in ("first", "last") and isinstance(self._data.label, str)
            if named or any(isinstance(said, str) for said in self._data.ignore):
                return True
            raise Refusal(
                "data.header",
                "auto",
                f"cannot tell whether line {self._first} of {file_name(self._name)} names the columns or is a point; "
                "say in header which it is",
            )
        return verdict

    def _label_numbers(
        self, words: Sequence[str], read: Callable[[str], float], codes: Sequence[int], lines: Sequence[int]
    ) -> tuple[float, ...]:
        """Return the labels as numbers; none where all of them are words.

        Raises:
            _OtherNotation: where `read` is `float` and a number needs another.
        """
        where = self._columns.called(self._columns.label)
        for code, word in enumerate(words):
            if is_missing(word):
                raise refuse(
                    self._name,
                    f"line {lines[codes.index(code)]}, {where} is {word or 'empty'}; fill in the label or remove "
                    "the line",
                )
        numbers = [is_number(word) for word in words]
        if not any(numbers):
            return ()
        if not all(numbers):
            code = numbers.index(not numbers[0])
            odd, other = ("a number", "text") if numbers[code] else ("text", "a number")
            raise refuse(
                self._name,
                f"line {lines[codes.index(code)]}, {where}: {words[code][:20]!r} is {odd} where line {lines[0]} has "
                f"{other}; classes are all numbers or all words",
            )
        if read is float and not all(map(is_plain, words)):
            raise _OtherNotation
        return tuple(map(read, words))

    def _refuse_row_numbers(self, content: Content) -> None:
        """Refuse numbers of rows, which are no input; whoever writes them gives them no name."""
        columns = self._columns
        if columns.shifted and self._separator == ",":
            raise self._ragged(int(content.lines[0]), ["0"] * columns.width, columns.width - 1)
        for i in columns.unnamed():
            counts = content.points[:, columns.inputs.index(i)]
            if any((counts == np.arange(start, start + len(counts))).all() for start in (0, 1)):
                raise self._unnamed(i, "counts the rows")
        if columns.shifted:
            raise self._ragged(int(content.lines[0]), [""] * columns.width, columns.width - 1)

    def _no_number(
        self, line: int, cells: list[str], read: Callable[[str], float], *, quotes: bool
    ) -> Exception:
        """Return why a row has no numbers.

        `quotes`: whether rows before had. A file that has shown none, nor a line most of which are numbers, may be
        no table at all but somebody's secrets: it is not repeated.
        """
        columns = self._columns
        column = next(i for i in columns.inputs if not _is_read(cells[i], read))
        cell = cells[column]
        if read is float and is_number(cell) and not is_plain(cell):
            return _OtherNotation()
        quotes = quotes or 2 * sum(map(is_number, cells)) > len(cells)
        where = f"line {line}, {columns.called(column) if quotes else f'column {column + 1}'}"
        if is_missing(cell):
            return refuse(
                self._name, f"{where} is {cell or 'empty'}; fill in a finite number or remove the line"
            )
        if not cell[:1].isalpha():
            hint = "every cell below the header must be one"
            if self._data.decimal != "auto" and is_number(cell):
                hint = f"data.decimal says {self._data.decimal}: set it to auto"
        elif column in columns.unnamed() and quotes:
            return self._unnamed(column, f"has text ({cell[:20]!r} in line {line})")
        else:
            said = columns.said(column) if quotes else f"{column + 1}"
            other = " (or to first)" if column == min(columns.inputs) < columns.label else ""
            hint = f"if the column has the classes, set label to {said}{other}; else add {said} to ignore"
        quoted = f": {cell[:20]!r}" if quotes or _LIKE_A_NUMBER.fullmatch(cell) else ""
        return refuse(self._name, f"{where}{quoted} is not a finite number; {hint}")

    def _unnamed(self, column: int, what: str) -> Refusal:
        name = self._columns.names[column]
        return refuse(
            self._name,
            f'column {column + 1} has no name and {what}; add "{name}" to ignore, or give it a name',
        )

    def _ragged(self, line: int, cells: Sequence[str], wanted: int) -> Refusal:
        hint = "make them equal"
        if self._separator == "," and len(cells) > wanted and all(map(str.isdigit, cells)):
            hint += "; where decimals have commas, separate columns by semicolons"
        return refuse(
            self._name, f"line {line} has {len(cells)} columns where line {self._first} has {wanted}; {hint}"
        )

    def _overfull(self, line: int, cells: Sequence[str]) -> Refusal:
        columns = self._columns
        column = next(i for i in range(columns.width - columns.empty, columns.width) if cells[i])
        return refuse(
            self._name, f"line {line}, column {column + 1} has something in a column that is empty above it"
        )

    def _separated(self) -> str:
        """Return what would separate columns."""
        if self._data.separator != "auto":
            return f"separated as data.separator says: {self._data.separator}"
        return "separated by commas, semicolons, tabs or blanks"

    def _no_text(self) -> Refusal:
        said = self._data.encoding
        if said not in ("auto", "utf-8"):
            return refuse(self._name, f"is not text in {said}; set data.encoding to auto, or to what it is")
        with self._source.opened() as content:
            line = undecodable_line(content)
        return refuse(
            self._name,
            f"is not text in UTF-8 (line {line}); export it as CSV (UTF-8), or set data.encoding, such as to latin-1",
        )


def _taker(columns: Sequence[int]) -> Callable[[list[str]], Sequence[str]]:
    """Return what takes these cells out of a row."""
    if list(columns) == list(range(columns[0], columns[-1] + 1)):
        return itemgetter(slice(columns[0], columns[-1] + 1))
    return itemgetter(*columns)


def _is_read(cell: str, read: Callable[[str], float]) -> bool:
    try:
        return "_" not in cell and math.isfinite(read(cell))
    except ValueError:
        return False
