"""The examples run: each file through the command line, the script as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli import main
from engine.experiment.document import load

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
FILES = sorted(EXAMPLES.glob("*.toml"))


def test_there_is_one_of_each_sort() -> None:
    documents = [load(file) for file in FILES]
    assert any(document.base.data.kind == "csv" for document in documents)
    assert any(document.base.vary for document in documents)
    assert any(len(document.experiments()) > 1 and document.claims for document in documents)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_files_run(file: Path, tmp_path: Path) -> None:
    table = tmp_path / "records.csv"
    assert main(["run", str(file), "--steps", "200", "--csv", str(table)]) in (0, 1), "claims may be open"
    assert len(table.read_text("utf-8").splitlines()) > 20


def test_the_script_trains_and_draws(tmp_path: Path) -> None:
    script = EXAMPLES / "train_and_plot.py"
    done = subprocess.run(
        [sys.executable, str(script), "--steps", "30", "--to", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("after 30 steps") == 3
    assert all((tmp_path / f"{plot}.pdf").read_bytes().startswith(b"%PDF") for plot in ("margins", "kernel"))


def test_the_script_uses_the_public_interface_alone() -> None:
    lines = (EXAMPLES / "train_and_plot.py").read_text("utf-8").splitlines()
    ours = [line for line in lines if line.startswith(("import ", "from ")) and "engine" in line]
    assert ours == ["import engine"]
