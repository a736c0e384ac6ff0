"""Plug-ins at the window: trained, drawn and saved with one; opened, shown and refused without; ticked in a dialog."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget

from engine.experiment.plug_ins import loaded
from engine.experiment.plug_ins.installed import PlugIn
from engine.experiment.plug_ins.preferences import prefer, preferred
from gui.__main__ import _plug_ins_before, main
from tests.engine.plug_ins.site import ROOT, install
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window
NEEDED = "needs the plug-in margin-template 0.1.0, "


def test_a_plug_in_is_trained_in_the_window_and_its_session_opens_without_it(
    lab: Lab, tmp_path: Path
) -> None:
    """One process has the plug-in, and leaves a session; this one has not."""
    session, site = tmp_path / "gates.mlab", tmp_path / "site"
    site.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.gui.plug_in_window", str(session)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(install(site))])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert lab.window.files.open_anything(str(session))
    lab.until(lambda: len(lab.rows) == 1 and lab.line("norms", "param_norm")[0].size)
    assert any(f"This session {NEEDED}" in sentence for sentence in lab.sentences)
    assert lab.run.history.records.final("participation").shape == (3,)
    lab.button("run")
    lab.until(lambda: any(sentence.count(NEEDED) for sentence in lab.sentences if "Not run" in sentence))
    assert len(lab.runs) == 1 and lab.run.status == "done"
    lab.pick("network.kind", "mlp")
    assert lab.window.model.editor.experiment.network.kind == "mlp", "it can be edited into what is there"


FILE = """version = 1
plug_ins = { margin-template = "0.1.0" }
title = "Gates"
data = { kind = "circle" }
network = { kind = "gated", width = 16 }
loss = { kind = "exponential" }
optimizer = { kind = "steepest" }
"""


def test_a_file_without_its_plug_in_opens_and_says_which(quick: Lab, tmp_path: Path) -> None:
    file = tmp_path / "gates.toml"
    file.write_text(FILE, "utf-8")
    assert quick.window.files.open_anything(str(file))
    assert any(f"gates.toml {NEEDED}" in sentence for sentence in quick.sentences)


def test_a_tick_is_kept_for_the_next_start(quick: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    one = PlugIn("gates", "1.2", "Ada", "Gates of one's own", ())
    monkeypatch.setattr("engine.experiment.plug_ins.installed.installed", lambda: [one])
    monkeypatch.setitem(loaded.WRONG, "gone", "The plug-in gone is not installed.")
    prefer(["gone"])
    quick.menu("File", "Plug-ins…")
    table = quick.dialog("plug_ins").findChild(QTableWidget)
    rows = [[table.item(row, column).text() for column in range(5)] for row in range(2)]
    assert rows[0][:3] == ["gates", "1.2", "Ada"] and rows[0][4] == "off"
    assert rows[1][3:] == ["is not installed", "The plug-in gone is not installed."]
    quick.press(table.viewport(), table.visualItemRect(table.item(0, 0)).center())
    quick.key(Qt.Key.Key_Space)
    quick.until(lambda: preferred() == ["gates", "gone"])
    assert table.item(0, 4).text() == "off; on at the next start"


@pytest.mark.parametrize(
    ("words", "named", "rest"),
    [
        ([], [], []),
        (["--plugin", "a", "--plugin=b", "x.mlab"], ["a", "b"], ["x.mlab"]),
        (["run", "--plugin", "a"], [], ["run", "--plugin", "a"]),
        (["--plugin"], [], ["--plugin"]),
    ],
)
def test_plug_ins_are_named_before_a_file(words: list[str], named: list[str], rest: list[str]) -> None:
    assert _plug_ins_before(words) == (named, rest)


@pytest.mark.parametrize(("words", "asked"), [([], 1), (["--no-plugins"], 0)])
def test_the_lab_can_be_opened_without_what_is_ticked(
    words: list[str], asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in: list[int] = []
    monkeypatch.setattr("engine.experiment.plug_ins.preferences.let_in_preferred", lambda: let_in.append(1))
    monkeypatch.setattr("gui.app.open_lab", lambda file: 0)
    assert main(words) == 0 and len(let_in) == asked
