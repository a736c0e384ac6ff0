"""Runs coloured by a value: which have none, and why."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar, cast

import numpy as np
import pytest

from engine.cli.run_colours import colours_by
from engine.experiment.document import parse
from engine.figures.replicas import NO_VALUE
from engine.protocol.records import RecordBatch, Records
from engine.protocol.run_history import RunHistory
from gui.model.run import Run
from gui.model.run_table.colouring import Colouring
from gui.model.run_table.column import TableColumn
from gui.model.run_table.known_columns import KnownColumns
from gui.model.run_table.rows import RunRowOf
from gui.model.run_table.summary import summary_of

TEXT = """
version = 1
data = {{ kind = "circle", n = 4 }}
network = {{ kind = "mlp", widths = {widths}, init = {{ scale = {scale} }} }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "{kind}" }}
run = {{ steps = 10 }}
"""


class CountedNumber(float):
    """A number that counts how often it is compared."""

    compared: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        CountedNumber.compared += 1
        return float(self) == other

    __hash__ = float.__hash__


def row(id: str, value: object, is_read: bool = True) -> Any:
    return SimpleNamespace(
        run=SimpleNamespace(id=id), summary=object() if is_read else None, value=lambda _column: value
    )


@pytest.mark.parametrize(
    ("column", "rest"), [("seed", "none or not read yet or cannot be read"), ("tags", "none")]
)
def test_the_legend_says_why_runs_have_no_value(column: str, rest: str) -> None:
    rows = [row("a", 1), row("b", None), row("c", None, False), row("d", None, False)]
    found = Colouring.of(TableColumn(column, column, "run"), rows, {"d"})
    assert found.scale is not None and found.scale.rest == rest
    assert [found.colours[run] == NO_VALUE for run in "abcd"] == [False, True, True, True]


def test_many_runs_of_different_values_are_not_compared_with_one_another() -> None:
    rows = [row(str(k), CountedNumber(k)) for k in range(300)]
    found = Colouring.of(TableColumn("loss", "loss", "measurement"), rows)
    assert found.scale is not None and len(found.scale.places) == 300
    assert CountedNumber.compared < 3000


@pytest.mark.parametrize("column", ["network.init.scale", "network.widths", "optimizer.kind", "margin"])
def test_the_command_line_colours_runs_as_the_window_does(column: str) -> None:
    told = {
        "a": (0.1, [4], "steepest", 0.5),
        "b": (1.0, [8], "adam", np.nan),
        "c": (0.01, [4, 4], "steepest", 2.0),
    }
    known, runs = KnownColumns(), {}
    for id, (size, widths, kind, margin) in told.items():
        history = RunHistory(Records(1))
        history.records.extend(RecordBatch(np.array([0]), {"margin": np.array([[margin]])}))
        experiment = parse(TEXT.format(scale=size, widths=widths, kind=kind)).experiments()[""]
        runs[id] = experiment, history
        known.add(summary_of(experiment, history, {}, {}), lambda experiment=experiment: experiment)
    rows = [RunRowOf(cast(Run, SimpleNamespace(id=id)), summary_of(*run, {}, {})) for id, run in runs.items()]
    window = Colouring.of(known.book().get(column), rows)
    colours, scale = colours_by(column, {id: (run, history.records) for id, (run, history) in runs.items()})
    assert colours == window.colours and scale == window.scale and len(set(colours.values())) > 1
