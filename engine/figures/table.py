"""Records as a table that any other program reads: one row a step and replica, in full precision."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.experiment.edits import LiveEdit
from engine.protocol.records import Records

_FORMULA_SIGNS = tuple("=+-@＝＋－＠")
"""What a cell begins with that spreadsheets take for a formula, whose functions can load and send."""


@dataclass(frozen=True)
class TableRun:
    """One run in a table."""

    id: str
    """What no other run of the table has."""
    records: Records
    name: str = ""
    """How people call it, where that is not its id; others may be called the same."""
    columns: Sequence[str] | None = None
    """Which to write; None: all that it has."""
    edits: Sequence[LiveEdit] = ()


def csv_text(runs: Sequence[TableRun]) -> str:
    """Return `step, replica, <columns>` in long form; where there are several runs, `run` first: its id; then `name`.

    A value that is not defined is an empty field; numbers are Python's shortest that read back the same. Where runs
    were edited, `edit` is last: what was set after that step, in a row of its own where that was no record.
    """
    columns = list(dict.fromkeys(name for run in runs for name in _columns(run)))
    several, edited = len(runs) > 1, any(run.edits for run in runs)
    named = several and any(run.name for run in runs)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    head = (["run"] if several else []) + (["name"] if named else [])
    writer.writerow([*head, "step", "replica", *map(name_cell, columns), *(["edit"] if edited else [])])
    for run in runs:
        whose = ([name_cell(run.id)] if several else []) + ([name_cell(run.name)] if named else [])
        wanted = set(_columns(run)) & set(run.records.names)
        values = [run.records.column(name).tolist() if name in wanted else None for name in columns]
        rows = {step: row for row, step in enumerate(run.records.steps.tolist())}
        edits = {edit.step: _edits(run.edits, edit.step) for edit in run.edits}
        for step in sorted({*rows, *edits}):
            tail = [edits.get(step, "")] if edited else []
            for replica in range(run.records.replicas):
                fields = [
                    "" if column is None or step not in rows else _field(column[rows[step]][replica])
                    for column in values
                ]
                writer.writerow([*whose, step, replica, *fields, *tail])
    return stream.getvalue()


def _columns(run: TableRun) -> Sequence[str]:
    return run.records.names if run.columns is None else run.columns


def _field(value: float) -> str:
    return "" if math.isnan(value) else repr(value)


def _edits(edits: Sequence[LiveEdit], step: int) -> str:
    """Return what was set after a step, as paths with the value before and the new one."""
    there = (edit for edit in edits if edit.step == step)
    return "; ".join(f"{edit.field}: {_value(edit.old)} -> {_value(edit.new)}" for edit in there)


def _value(value: object) -> str:
    return "none" if value is None else str(value)


def name_cell(text: str) -> str:
    """Return a name as a cell that no spreadsheet takes for a formula: behind an apostrophe, in one line."""
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text
