"""Points and labels from a table of numbers as text: CSV, with commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
import math
import re
from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import TextIO

import numpy as np

from engine.data.dataset import Array, Labels
from engine.data.files import FIELD, Stamp, file_name, find_file, reason, refuse, refuse_large, stamp_of
from engine.data.labels import class_numbers
from engine.data.memory import COPIES
from engine.data.table import Table
from engine.experiment.data import CsvSpec
from engine.experiment.plain_files import opened

SEPARATORS = "\t;,"
MISSING = {"", "?", "na", "n/a", "nan", "null", "none", "inf", "infinity", "missing"}
"""Words that stand for a number that is not there; a first line that has one is no header for it."""
LONGEST_LINE = 1 << 22
"""Characters of a line: 200,000 numbers in full precision."""
_LIKE_A_NUMBER = re.compile(r"[-+\d.,_'e %]{1,20}")
CHECKED_EVERY = 1 << 20
"""Numbers after which it is seen whether memory holds on."""
_COMMENT = re.compile(r"(^|\s)#.*")


def csv_table(data: CsvSpec, folder: Path) -> Table:
    """Read a table whose last column is the label.

    A header is optional; blank lines and what follows a # are skipped; the first separator found among tab,
    semicolon and comma separates.

    Raises:
        Refusal: with the file and the line.
    """
    path = find_file(data.path, folder)
    try:
        values, lines = _read(data.path, path, stamp_of(path))
    except UnicodeDecodeError:
        raise refuse(data.path, "is not text in UTF-8; export it as CSV (UTF-8)") from None
    except (OSError, csv.Error) as error:
        raise refuse(data.path, f"cannot be read ({reason(error)}); check the file") from None

    def place(i: int) -> str:
        return f"line {lines[i]}"

    labels, names = class_numbers(values[:, -1], "data.path", file_name(data.path), place)
    return Table(values[:, :-1], labels, names, field="data.path")


@lru_cache(maxsize=2)  # every replica, thumbnail and size asks for the same file
def _read(name: str, path: Path, stamp: Stamp) -> tuple[Array, Labels]:
    """Return the numbers (n, d + 1), read-only, and the line each row stands on (n,)."""
    refuse_large(name, stamp[-1])
    with opened(path, file_name(name), FIELD) as (content, _):
        text = io.TextIOWrapper(content, encoding="utf-8-sig")
        values, lines = _parse(name, _lines(name, text))
    for table in (values, lines):
        table.setflags(write=False)
    return values, lines


def _lines(name: str, text: TextIO) -> Iterator[str]:
    """Yield the lines, or refuse one that would take much memory before anything is known of it."""
    for number in count(1):
        line = text.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise refuse(name, f"has more than {LONGEST_LINE:,} characters in line {number}; it is no table")
        if not line:
            return
        yield line


def _parse(name: str, text: Iterable[str]) -> tuple[Array, Labels]:
    """Return the numbers and the lines they stand on."""
    values, lines = array("d"), array("q")
    separator, columns, first, checked = "", 0, 0, 0
    for number, line in enumerate(text, start=1):
        content = _COMMENT.sub("", line).strip(" \r\n")
        if not content.strip(SEPARATORS + ' "'):
            continue
        separator = separator or next((s for s in SEPARATORS if s in content), ",")
        cells = _cells(content, separator)
        if not first:
            first, columns = number, len(cells)
            if columns < 2:
                raise refuse(
                    name,
                    f"line {number} has one column; give at least 1 input and the label, separated by commas",
                )
            if _is_header(cells):
                continue
        if len(cells) != columns:
            raise refuse(
                name,
                f"line {number} has {len(cells)} columns where line {first} has {columns}; make them equal",
            )
        values.extend(_numbers(name, number, cells, quotes=bool(lines)))
        lines.append(number)
        if len(values) - checked > CHECKED_EVERY:
            checked = len(values)
            refuse_large(name, COPIES * 8 * checked)
    if not lines:
        raise refuse(
            name,
            "has a header but no rows; add rows of numbers" if first else "is empty; give it rows of numbers",
        )
    return np.array(values).reshape(-1, columns), np.array(lines, dtype=np.int64)


def _cells(content: str, separator: str) -> list[str]:
    """Split a line; a separator inside quotes does not separate."""
    if '"' in content:
        return [
            cell.strip() for cell in next(csv.reader([content], delimiter=separator, skipinitialspace=True))
        ]
    return [cell.strip() for cell in content.split(separator)]


def _is_header(cells: list[str]) -> bool:
    """Say whether the first line names columns: it has words, and what numbers it has could number columns.

    So 'x1,x2,label' and '0,1,label' are headers; '0.5,abc,1' is a row with a fault that is not passed over.
    """
    given = [cell for cell in cells if cell.lower() not in MISSING]
    words = [cell for cell in given if cell[:1].isalpha() or cell[:1] == "_"]
    numbers = [cell for cell in given if cell.isdigit()]
    return bool(words) and len(words) + len(numbers) == len(given) and len(set(numbers)) == len(numbers)


def _numbers(name: str, number: int, cells: list[str], *, quotes: bool) -> list[float]:
    """Return a line's numbers, or refuse the first that is none or not finite.

    `quotes`: whether lines before were numbers. A file that has shown no such line, nor one most of which are
    numbers, may be no table at all but somebody's secrets: its cells are not repeated.
    """
    try:
        row = [float(cell) for cell in cells]
    except ValueError:
        row = []
    # Python reads 1_000 as a number; people who write tables do not
    if row and all(map(math.isfinite, row)) and "_" not in "".join(cells):
        return row
    column, cell = next((i, cell) for i, cell in enumerate(cells, start=1) if not _is_finite(cell))
    where = f"line {number}, column {column}"
    if cell.lower().lstrip("+-") in MISSING:
        raise refuse(name, f"{where} is {cell or 'empty'}; fill in a finite number or remove the line")
    hint = (
        "write decimals with a point"
        if re.fullmatch(r"[+-]?\d*,\d+", cell)
        else "every cell below the header must be one"
    )
    quotes = quotes or 2 * sum(map(_is_finite, cells)) > len(cells)
    quoted = f": {cell[:20]!r}" if quotes or _LIKE_A_NUMBER.fullmatch(cell) else ""
    raise refuse(name, f"{where}{quoted} is not a finite number; {hint}")


def _is_finite(cell: str) -> bool:
    try:
        return "_" not in cell and math.isfinite(float(cell))
    except ValueError:
        return False
