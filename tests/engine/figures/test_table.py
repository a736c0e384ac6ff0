"""Tables hold every number in full and nothing where there is none."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from engine.experiment.edits import LiveEdit
from engine.figures.table import TableRun, csv_text
from engine.protocol.records import RecordBatch, Records


def records(**columns: list[list[float]]) -> Records:
    values = {name: np.array(rows) for name, rows in columns.items()}
    result = Records(next(iter(values.values())).shape[1])
    result.extend(RecordBatch(np.arange(len(next(iter(values.values())))) * 10, values))
    return result


def test_one_run_is_a_row_a_step_and_replica() -> None:
    table = records(margin=[[0.1, 1 / 3], [np.nan, -1e-300]], loss=[[1.0, 2.0], [np.inf, -0.0]])
    assert csv_text([TableRun("", table)]) == (
        "step,replica,margin,loss\n0,0,0.1,1.0\n0,1,0.3333333333333333,2.0\n10,0,,inf\n10,1,-1e-300,-0.0\n"
    )


def test_several_runs_are_named_and_share_their_columns() -> None:
    text = csv_text(
        [
            TableRun("a", records(margin=[[0.5]], rank=[[2.0]])),
            TableRun("b, too", records(loss=[[1.5]], margin=[[0.25]])),
        ]
    )
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == ["run", "step", "replica", "margin", "rank", "loss"]
    assert [row["run"] for row in rows] == ["a", "b, too"]
    assert [(row["margin"], row["rank"], row["loss"]) for row in rows] == [
        ("0.5", "2.0", ""),
        ("0.25", "", "1.5"),
    ]


def test_columns_can_be_chosen() -> None:
    table = records(margin=[[0.5]], rank=[[2.0]])
    assert (
        csv_text([TableRun("", table, columns=["rank", "absent"])]) == "step,replica,rank,absent\n0,0,2.0,\n"
    )


def test_numbers_read_back_the_same() -> None:
    values = np.random.default_rng(0).normal(size=(50, 3)) * 10.0 ** np.arange(-150, 150, 6)[:, None]
    text = csv_text([TableRun("", records(x=values.tolist()))])
    read = [float(row["x"]) for row in csv.DictReader(text.splitlines())]
    assert read == values.ravel().tolist()


def test_runs_of_one_name_are_told_apart_by_their_ids() -> None:
    alike = [TableRun(id, records(margin=[[value]]), "=Run 1") for id, value in (("f3", 0.5), ("9a", 0.25))]
    rows = list(csv.DictReader(csv_text(alike).splitlines()))
    assert [(row["run"], row["name"], row["margin"]) for row in rows] == [
        ("f3", "'=Run 1", "0.5"),
        ("9a", "'=Run 1", "0.25"),
    ]


def test_edits_stand_at_their_steps_recorded_or_not() -> None:
    c, every = "optimizer.step.c", "measure.every"
    edits = [LiveEdit(10, c, 0.5, 1.9), LiveEdit(15, c, 1.9, 0.5), LiveEdit(15, every, 4, None)]
    text = csv_text([TableRun("", records(margin=[[0.1, 0.2], [0.3, 0.4]]), edits=edits)])
    assert text.splitlines() == [
        "step,replica,margin,edit",
        "0,0,0.1,",
        "0,1,0.2,",
        "10,0,0.3,optimizer.step.c: 0.5 -> 1.9",
        "10,1,0.4,optimizer.step.c: 0.5 -> 1.9",
        "15,0,,optimizer.step.c: 1.9 -> 0.5; measure.every: 4 -> none",
        "15,1,,optimizer.step.c: 1.9 -> 0.5; measure.every: 4 -> none",
    ]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r\n=", "＝"])
def test_no_name_is_a_formula(sign: str) -> None:
    """A spreadsheet computes what begins like one: =HYPERLINK(...) sends the other cells away."""
    name = f"{sign}HYPERLINK(A1)"
    table = records(**{name: [[-0.5]], "margin": [[-1.5]]})
    text = csv_text([TableRun(id, table, name) for id in ("a", name)])
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["run", "name", "step", "replica", f"'{name.strip()}", "margin"]
    assert rows[2] == [f"'{name.strip()}"] * 2 + ["0", "0", "-0.5", "-1.5"], "numbers stay numbers"
