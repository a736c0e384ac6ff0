"""Tables hold every number in full and nothing where there is none."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Refusal
from engine.figures.table import csv_text, export_csv
from engine.protocol.records import RecordBatch, Records


def records(**columns: list[list[float]]) -> Records:
    values = {name: np.array(rows) for name, rows in columns.items()}
    result = Records(next(iter(values.values())).shape[1])
    result.extend(RecordBatch(np.arange(len(next(iter(values.values())))) * 10, values))
    return result


def test_one_run_is_a_row_a_step_and_replica() -> None:
    table = records(margin=[[0.1, 1 / 3], [np.nan, -1e-300]], loss=[[1.0, 2.0], [np.inf, -0.0]])
    assert csv_text({"": table}) == (
        "step,replica,margin,loss\n0,0,0.1,1.0\n0,1,0.3333333333333333,2.0\n10,0,,inf\n10,1,-1e-300,-0.0\n"
    )


def test_several_runs_are_named_and_share_their_columns() -> None:
    text = csv_text(
        {"a": records(margin=[[0.5]], rank=[[2.0]]), "b, too": records(loss=[[1.5]], margin=[[0.25]])}
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
    assert csv_text({"": (table, ["rank", "absent"])}) == "step,replica,rank,absent\n0,0,2.0,\n"


def test_numbers_read_back_the_same(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50, 3)) * 10.0 ** np.arange(-150, 150, 6)[:, None]
    export_csv(tmp_path / "table.csv", {"": records(x=values.tolist())})
    with (tmp_path / "table.csv").open(newline="") as file:
        read = [float(row["x"]) for row in csv.DictReader(file)]
    assert read == values.ravel().tolist()


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be written: No such file or directory; choose another folder"):
        export_csv(tmp_path / "missing" / "table.csv", {})
