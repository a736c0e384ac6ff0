"""Records as a table that any other program reads: one row a step and replica, in full precision."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.files import write_whole
from engine.protocol.records import Records

Table = Records | tuple[Records, Sequence[str]]
"""Records, and which of their columns where not all are wanted."""


def export_csv(path: Path, runs: Mapping[str, Table]) -> None:
    """Write runs by name as CSV.

    Raises:
        Refusal: where the file cannot be written.
    """
    write_whole(path, csv_text(runs))


def csv_text(runs: Mapping[str, Table]) -> str:
    """Return `step, replica, <columns>` in long form, `run` first where there are several.

    A value that is not defined is an empty field; numbers are Python's shortest that read back the same.
    """
    tables = {
        name: table if isinstance(table, tuple) else (table, table.names) for name, table in runs.items()
    }
    columns = list(dict.fromkeys(name for _, names in tables.values() for name in names))
    several = len(tables) > 1
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*(["run"] if several else []), "step", "replica", *columns])
    for run, (records, names) in tables.items():
        wanted = set(names) & set(records.names)
        values = [records.column(name).tolist() if name in wanted else None for name in columns]
        for row, step in enumerate(records.steps.tolist()):
            for replica in range(records.replicas):
                fields = ["" if column is None else _field(column[row][replica]) for column in values]
                writer.writerow([*([run] if several else []), step, replica, *fields])
    return stream.getvalue()


def _field(value: float) -> str:
    return "" if math.isnan(value) else repr(value)
