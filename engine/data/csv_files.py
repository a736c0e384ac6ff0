"""Points and labels from a table as text, as spreadsheets, pandas, R and NumPy write it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.data.csv_reader import Content, read_table
from engine.data.files import Stamp, file_name, find_file, reason, refuse, stamp_of
from engine.data.labels import class_numbers, named_classes
from engine.data.table import Table
from engine.experiment.data import CsvSpec
from engine.experiment.data.own import ColumnName


def csv_table(data: CsvSpec, folder: Path) -> Table:
    """Read a table of numbers with a column of labels, which may be words.

    Blank lines and what follows a # outside quotes are passed over; the first separator found among tab,
    semicolon and comma separates, else blanks do. Numbers have decimals after a point, or all after a comma.

    Raises:
        Refusal: with the file, the line and the column.
    """
    path = find_file(data.path, folder, data.endings)
    try:
        content = _read(data.path, path, stamp_of(path), data.label, data.ignore, data.header)
    except OSError as error:
        raise refuse(data.path, f"cannot be read ({reason(error)}); check the file") from None

    def place(i: int) -> str:
        return f"line {content.lines[i]}"

    if content.numbers:
        values = np.array(content.numbers)[content.codes]
        labels, names = class_numbers(values, "data.path", file_name(data.path), place)
    else:
        labels, names = named_classes(content.codes, content.words, "data.path", file_name(data.path))
    return Table(content.points, labels, names, field="data.path")


@lru_cache(maxsize=2)  # every replica, thumbnail and size asks for the same file
def _read(
    name: str, path: Path, stamp: Stamp, label: ColumnName, ignore: tuple[ColumnName, ...], header: object
) -> Content:
    """Read by the fields that decide how; the others may differ between replicas."""
    said = {"kind": "csv", "path": name, "label": label, "ignore": ignore, "header": header}
    return read_table(CsvSpec.model_validate(said), path, stamp[-1])
