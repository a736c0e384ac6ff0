"""What a person does with the lab, from the first click to the exported figure, with the real engine behind it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from gui.theme import apply_theme

from .lab import Lab, SharedEngine


@pytest.fixture(scope="module")
def engine(qapp: QApplication) -> Iterator[SharedEngine]:
    engine = SharedEngine()
    yield engine.started()
    engine.end()


@pytest.fixture
def lab(qtbot: QtBot, engine: SharedEngine) -> Iterator[Lab]:
    apply_theme(QApplication.instance(), "light")
    lab = Lab(qtbot, engine)
    yield lab
    lab.close()


def open_preset(lab: Lab, words: str) -> None:
    """Look for a preset in the gallery and open it."""
    lab.press(lab.window.findChild(QToolButton, "presets_button"))
    gallery = lab.dialog("gallery")
    lab.write(gallery.search, words)
    lab.press(gallery.open_button)


def test_pick_a_preset_press_run_and_watch_its_claims_come_to_hold(lab: Lab) -> None:
    open_preset(lab, "rings")
    open_preset(lab, "circle global")
    assert lab.window.windowTitle().startswith("Circle")
    assert lab.verdicts == ["not yet"] * 5
    lab.button("run")
    lab.until_state("running")
    lab.until(lambda: len(lab.line("margins", "normalized_margin")[0]) > 3)
    drawn = len(lab.line("margins", "normalized_margin")[0])
    lab.until(lambda: len(lab.line("margins", "normalized_margin")[0]) > drawn)  # more, while it trains
    lab.until_state("idle")
    lab.until(lambda: lab.verdicts == ["holds"] * 5)
    plots = lab.window.parts.plots
    for plot, column in (
        ("margins", "smoothed_margin"),
        ("norms", "param_norm"),
        ("directions", "cos_gradient"),
        ("kernel", "ntk_prediction_cosine"),
        ("loss", "log_loss"),
    ):
        x, y = lab.line(plot, column)
        assert len(x) > 50 and np.isfinite(y[~np.isnan(y)]).all()
        assert x[-1] == pytest.approx(np.log10(15_000))
    separated = lab.run.log.events["separated_step"][0]
    for id in plots.on_screen():
        places = [place for place, _, which in plots.plots[id].moments.lines if which == "separated"]
        assert places == [pytest.approx(np.log10(separated))]
    lab.until(lambda: lab.status("step") == "step 15,000")
    assert lab.status("place") == "cpu float64"
    assert lab.status("separated") == f"separated at step {separated:,}"
    assert lab.status("loss").startswith("log10 loss -1")
    (row,) = lab.rows
    assert (row.name, row.status) == ("Run 1", "done") and row.final.startswith("0.99")
