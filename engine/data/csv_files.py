"""Points and labels from a table as text, as spreadsheets, pandas, R and NumPy write it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.data.csv_reader import Content, read_table
from engine.data.files import file_name, readable
from engine.data.labels import file_classes, named_classes
from engine.data.source import Source, source_of
from engine.data.table import Table
from engine.experiment.data import CopiedSpec, CsvSpec
from engine.words.errors import one_line

DECIDING = ("label", "ignore", "header", "separator", "decimal", "encoding")
"""The fields that decide how a table is read."""
LONGEST_INPUT = 40
"""Letters of an input's name."""


def csv_table(data: CsvSpec, folder: Path) -> Table:
    """Read a table of numbers with a column of labels, which may be words.

    Blank lines and what follows a # outside quotes are passed over; the first separator found among tab,
    semicolon and comma separates, else blanks do. Numbers have decimals after a point, or all after a comma.

    Raises:
        Refusal: with the file, the line and the column.
    """
    return table_from(data, source_in(data, folder))


def source_in(data: CopiedSpec, folder: Path) -> Source:
    """Return where data are read from.

    Raises:
        Refusal: where it is not there.
    """
    with readable(data.path):
        return source_of(data, folder)


def table_from(data: CsvSpec, source: Source) -> Table:
    """Read a table from where its bytes are, as `csv_table` does."""
    with readable(data.path):
        content = _read(source, *(getattr(data, name) for name in DECIDING))

    def place(i: int) -> str:
        return f"line {content.lines[i]}"

    if content.numbers:
        values = np.array(content.numbers)[content.codes]
        labels, names = file_classes(values, "data.path", file_name(data.path), place)
    else:
        labels, names = named_classes(content.codes, content.words, "data.path", file_name(data.path))
    inputs = tuple(one_line(name, LONGEST_INPUT) for name in content.inputs)
    return Table(content.points, labels, names, field="data.path", input_names=inputs)


@lru_cache(maxsize=2)  # every replica, thumbnail and size asks for the same file
def _read(source: Source, *deciding: object) -> Content:
    """Read by the fields that decide how; the others may differ between replicas."""
    said = {"kind": "csv", "path": source.name, **dict(zip(DECIDING, deciding, strict=True))}
    return read_table(CsvSpec.model_validate(said), source)
