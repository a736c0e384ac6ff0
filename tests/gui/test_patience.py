"""What is done beside the event loop, and what waits for its end."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer

from engine.words.errors import Refusal
from gui.main_window import MainWindow
from gui.model.patience import in_background
from gui.views import figure_dialog
from gui.views.figure_dialog import FigureDialog

from .lab import Lab


def test_the_event_loop_turns_while_something_long_is_done(quick: Lab) -> None:
    turned = threading.Event()
    QTimer.singleShot(0, turned.set)
    assert in_background(turned.wait) is True  # without turns it would wait for ever

    def refuse() -> None:
        raise Refusal("", None, "no")

    with pytest.raises(Refusal, match="no"):
        in_background(refuse)


def test_a_window_that_is_closed_while_a_figure_is_written_waits_for_it(
    quick: Lab, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.run_through()
    window.figures.export_plot("margins", "figure")
    (dialog,) = window.findChildren(FigureDialog)
    asked, open_still = threading.Event(), []

    def slowly(path: Path, wanted: object) -> None:
        asked.wait()
        path.write_text("whole")

    monkeypatch.setattr(figure_dialog, "write_figure", slowly)

    def ask() -> None:  # as a signal does
        window.close_once()
        open_still.append(window.isVisible())
        asked.set()

    QTimer.singleShot(0, ask)
    assert dialog.export_to(tmp_path / "margins.pdf")
    assert open_still == [True]
    assert (tmp_path / "margins.pdf").read_text() == "whole"
    quick.until(lambda: not window.isVisible())
