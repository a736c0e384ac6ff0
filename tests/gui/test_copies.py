"""What a person copies as text runs elsewhere to the same numbers, and what is pasted can be undone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from engine.catalog import load_preset
from engine.experiment.document import parse, to_toml
from engine.figures.own_plots import OwnPlot
from gui.model.copies import plots_in_words
from gui.model.run import Run

from .lab import CIRCLE, Lab

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.one_window
CTRL = Qt.KeyboardModifier.ControlModifier
TELL = "\nimport json\nprint(json.dumps([{c: r.final(c).tolist() for c in r.records} for r in {runs}]))\n"


def copied() -> str:
    return QGuiApplication.clipboard().text()


def finals_of(script: str, runs: str, folder: Path) -> list[dict[str, list[float]]]:
    """Run a script in a fresh Python, and return the final values of its runs."""
    done = subprocess.run(
        [sys.executable, "-c", script + TELL.replace("{runs}", runs)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: list[dict[str, list[float]]] = json.loads(done.stdout.splitlines()[-1])
    return told


def same(finals: Mapping[str, Sequence[float] | np.ndarray], run: Run) -> bool:
    assert set(finals) == set(run.history.records.names)
    return all(
        np.allclose(values, run.history.records.final(column), rtol=1e-7, atol=1e-9, equal_nan=True)
        for column, values in finals.items()
    )


def test_copy_an_edited_and_stopped_run_on_own_data_as_a_script_that_gives_its_finals(
    lab: Lab, tmp_path: Path
) -> None:
    table = tmp_path / "my data.csv"
    table.write_text(
        "a,b,label\n" + "\n".join(f"{x - 2.5},{x % 2},{'no' if x < 3 else 'yes'}" for x in range(9))
    )
    text = CIRCLE.format(title="Mine", steps=400).replace(
        'kind = "circle"', 'kind = "csv", path = "my data.csv"'
    )
    file = tmp_path / "mine.toml"
    file.write_text(f"replicas = 2\nseed = 5\n{text}")
    lab.window.files.open_path(file)
    lab.until(lambda: lab.window.parts.experiment.panel.is_complete)
    lab.button("step")
    lab.until_state("paused")
    lab.button("step")
    lab.until(lambda: lab.run.step == 1 and lab.run.status == "paused")
    lab.fill("optimizer.step.eta", "0.05")
    lab.until(lambda: lab.run.history.edits)
    lab.button("step")
    lab.until(lambda: lab.run.step == 2 and lab.run.status == "paused")
    lab.button("stop")
    lab.until_state("idle")
    lab.window.commands["copy_run_script"].trigger()
    assert lab.sentences[0].startswith("On the clipboard: a Python script")
    script = copied()
    assert str(table) in script and "steps=2" in script and "0.05" in script
    (finals,) = finals_of(script, "results.runs.values()", tmp_path)
    assert same(finals, lab.run)
    assert (tmp_path / "margins.pdf").read_bytes().startswith(b"%PDF")


def test_copy_a_plot_of_two_runs_as_a_script(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.run_through("Two", steps=30)
    lab.fill("optimizer.step.eta", "0.2")
    lab.button("run")
    lab.until(lambda: len(lab.runs) == 2)
    lab.until_state("idle")
    lab.window.parts.plots.plots["loss"]._on_action_chosen("script")
    made = OwnPlot("own-1", "Mine", ("param_norm", "nothing"), "column:log_time")
    own = plots_in_words({"own-1": {"own": made.stored(), "horizontal": "step"}})
    script = copied() + "\nfrom matplotlib.figure import Figure\n\n" + "\n".join(own[0].lines("runs"))
    monkeypatch.chdir(tmp_path)
    told: dict[str, Any] = {}
    exec(script, told)
    assert (tmp_path / "own-1.pdf").exists()
    for ended, run in zip(told["runs"], lab.runs, strict=True):
        assert same({column: ended.final(column) for column in ended.records}, run)
    assert (tmp_path / "loss.pdf").exists()


def test_copy_a_run_while_its_surface_is_looked_at_as_a_script_that_draws_it(
    lab: Lab, tmp_path: Path
) -> None:
    run = lab.run_through("Seen", steps=30)
    lab.window.parts.tabs.bring("surface")
    lab.until(lambda: lab.window.parts.tabs.pictures(run.id))
    lab.window.commands["copy_run_script"].trigger()
    (finals,) = finals_of(copied(), "runs", tmp_path)
    assert same(finals, run)
    assert (tmp_path / "surface.pdf").read_bytes().startswith(b"%PDF")


def test_copy_an_experiment_as_a_command_line_and_with_its_paper(quick: Lab) -> None:
    quick.fill("seed", "3")
    quick.window.commands["copy_experiment_command"].trigger()
    assert copied() == "marginlab run circle-global-margin --seed 3"
    quick.window.commands["copy_experiment_citation"].trigger()
    assert "1906.05890" in copied() and "2002.04486" in copied() and "Margin Lab" in copied()
    assert not quick.window.commands["copy_run_toml"].isEnabled()


def test_copy_toml_from_the_list_of_runs_and_paste_it_with_the_keys(quick: Lab) -> None:
    run = quick.run_through("Kept", steps=50)
    menu = quick.window.parts.side.runs.make_menu()
    inner = next(action.menu() for action in menu.actions() if action.text() == "Copy as")
    next(action for action in inner.actions() if action.text() == "TOML").trigger()
    menu.close()
    assert parse(copied()) == run.document
    quick.open_preset("rings")
    quick.press(quick.window.menuBar())
    quick.window.centralWidget().setFocus()
    quick.key(Qt.Key.Key_V, CTRL)
    assert quick.window.model.editor.document == run.document
    assert quick.sentences[0].startswith("Pasted: Kept")
    quick.window.commands["undo"].trigger()
    assert quick.window.model.editor.document == load_preset("rings-ntk")


def test_paste_into_a_field_goes_into_the_field(quick: Lab) -> None:
    before = quick.window.model.editor.document
    QGuiApplication.clipboard().setText("77")
    line = quick.row("seed").editor.line
    quick.press(line)
    quick.key(Qt.Key.Key_A, CTRL)
    quick.key(Qt.Key.Key_V, CTRL)
    assert line.text() == "77" and quick.window.model.editor.document == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is nothing to paste: the clipboard holds no text."),
        ("version = 1\n[data]\nkind = 'circle'\nn = -3", "Not pasted: data.n: -3"),
        ("once upon a time", "Not pasted: "),
    ],
)
def test_what_cannot_be_pasted_is_said_in_one_line(quick: Lab, text: str, sentence: str) -> None:
    before = quick.window.model.editor.document
    QGuiApplication.clipboard().setText(text)
    quick.window.commands["paste_experiment"].trigger()
    assert quick.sentences[0].startswith(sentence) and quick.window.model.editor.document is before


def test_a_pasted_experiment_that_reads_other_data_asks_first(quick: Lab, tmp_path: Path) -> None:
    document = load_preset("circle-global-margin").with_values(
        {"data.kind": "csv", "data.path": str(tmp_path / "theirs.csv")}
    )
    QGuiApplication.clipboard().setText(to_toml(document))
    before = quick.window.model.editor.document
    quick.window.commands["paste_experiment"].trigger()
    assert "theirs.csv" in quick.sentences[0] and quick.window.model.editor.document is before
    line = quick.window.parts.info.lines[0]
    quick.press(line.findChild(QPushButton, "read"))
    assert quick.window.model.editor.document.base.data.kind == "csv"
