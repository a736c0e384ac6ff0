"""A session that was moved with its data, and one whose data were changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main

TEXT = """
version = 1
data = { kind = "csv", path = "mine.csv" }
network = { kind = "mlp", widths = [4] }
loss = { kind = "exponential" }
optimizer = { kind = "steepest" }
measure = { groups = ["norms"] }
run = { steps = 10 }
"""
ROWS = "1,2,1\n2,1,1\n-1,-2,-1\n-2,-1,-1\n"


def test_pictures_are_of_the_data_that_a_run_was_trained_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "run.toml").write_text(TEXT)
    (here / "mine.csv").write_text(ROWS)
    said = ["run", str(here / "run.toml"), "--out", str(here / "kept.mlab"), "--json", str(here / "run.json")]
    assert main(said) == 0
    data = json.loads((here / "run.json").read_text())["data"]
    assert (data["samples"], data["inputs"], data["classes"]) == (4, 2, 2)
    here.rename(there)  # with its data
    export = ["export", str(there / "kept.mlab"), "--figure", "spectrum", "--out", str(tmp_path / "x.csv")]
    assert main(export) == 0
    first = (tmp_path / "x.csv").read_text()
    (there / "mine.csv").write_text(ROWS.replace("-2,-1,-1", "-2,-2,-1"))
    capsys.readouterr()
    assert main(export) == 2
    told = capsys.readouterr().err
    assert "data.path: 'mine.csv' is no longer what this run was trained on" in told
    assert (tmp_path / "x.csv").read_text() == first
    (there / "mine.csv").write_text(ROWS)
    assert main(export) == 0
    figure = [*export[:3], "norms", *export[4:]]
    (there / "mine.csv").unlink()
    assert main(figure) == 0  # of records, which no data are needed for
