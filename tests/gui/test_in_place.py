"""What the window says, it says in place: nothing moves beneath the mouse, and nothing impossible is offered."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QApplication

from engine.words.errors import Refusal
from gui.model.figures import FigureWanted
from gui.views.figure_dialog import FigureDialog
from tests.deadlines import PATIENCE
from tests.gui.lab import Lab, pointed_at


def test_a_line_that_comes_and_goes_moves_nothing(quick: Lab) -> None:
    window = quick.window
    parts, info = window.parts, window.parts.info
    window.resize(1000, 620)
    QApplication.processEvents()
    pointed_at(info.parentWidget(), True)
    before = parts.tabs.geometry(), parts.plots.plots["margins"].canvas.geometry()
    info.tell("bad", "A sentence that is long enough to need several lines of its own. " * 4, "")
    info.ask("k", "ask", "Shall it?", actions=[("yes", "Yes")])
    QApplication.processEvents()
    assert (parts.tabs.geometry(), parts.plots.plots["margins"].canvas.geometry()) == before
    centre = info.parentWidget()
    assert centre.rect().contains(info.geometry()) and info.isVisible()
    for line in info.lines:
        assert info.rect().contains(line.geometry())
        assert line.height() >= line.layout().heightForWidth(line.width())
    low = info.geometry().bottom()
    window.resize(1400, 760)
    QApplication.processEvents()
    assert centre.rect().contains(info.geometry()) and info.geometry().bottom() > low
    pointed_at(centre, False)
    assert parts.tabs.geometry().bottom() < info.geometry().top(), "without the mouse they cover nothing"
    for line in list(info.lines):
        info.clear(line.key)
    QApplication.processEvents()
    assert info.isHidden() and parts.tabs.geometry() == centre.rect()


def test_another_experiment_is_shown_from_its_beginning(quick: Lab) -> None:
    window = quick.window
    bars = [
        window.parts.experiment.panel._scroll.verticalScrollBar(),
        window.parts.side.claims.verticalScrollBar(),
    ]
    window.resize(900, 520)
    QApplication.processEvents()
    for bar in bars:
        assert bar.maximum() > 0
        bar.setValue(bar.maximum())
    steps = quick.row("run.steps").editor
    steps.focus()
    window.files.open_preset("rings-ntk")
    QApplication.processEvents()
    assert [bar.value() for bar in bars] == [0, 0]
    focused = QApplication.focusWidget()
    assert focused is None or not steps.isAncestorOf(focused), "nobody types into what is not seen"
    bars[0].setValue(bars[0].maximum())
    window.model.editor.edit("data.n", 20)  # an edit is no other experiment
    assert bars[0].value() > 0


def test_beside_the_timeline_a_run_is_called_as_in_the_list(quick: Lab) -> None:
    quick.load_quick("slow", 500_000_000)
    left = quick.window.parts.transport._left
    quick.button("run")
    quick.until_state("running")
    quick.until(lambda: left.text().endswith("left"))
    quick.button("run")
    quick.until_state("paused")
    quick.until(lambda: left.text() == "paused")
    assert "holds" not in quick.verdicts  # what is judged at the end is not judged while the run is paused
    quick.button("stop")
    quick.until_state("idle")
    quick.until(lambda: left.text() == "")


def test_what_would_export_nothing_is_disabled_and_says_why(quick: Lab) -> None:
    window = quick.window
    action, plots = window.commands["export_figure"], window.parts.plots.plots

    def offered(plot: str) -> tuple[bool, str]:
        plots[plot].context_menu.show_at(QPoint())
        menu = plots[plot].context_menu
        menu.close()
        figure = next(a for a in menu.actions() if a.data() == "figure")
        return figure.isEnabled(), bare(figure.toolTip())

    def bare(tip: str) -> str:
        return tip.removeprefix("<p>").removesuffix("</p>")

    assert not action.isEnabled() and "run an experiment or a map first" in action.toolTip()
    assert offered("margins") == (False, "Press Run")
    run = quick.run_through(steps=100)
    quick.until(action.isEnabled)
    window.parts.plots.refresh()
    assert offered("margins")[0]
    window.parts.plots.set_shown(["margins", "collapse"])
    window.parts.plots.refresh()
    assert offered("collapse") == (False, "No neural collapse measured")
    window.figures.export_figure()
    dialog = quick.dialog("figure_dialog")
    assert isinstance(dialog, FigureDialog) and dialog.export_button.isEnabled()
    dialog.plots.setCurrentIndex(dialog.plots.findData("collapse"))
    quick.until(lambda: not dialog.export_button.isEnabled())
    assert "“Neural collapse”" in dialog.preview.text() == bare(dialog.export_button.toolTip())
    dialog.reject()
    window.model.run_list.set_visible(run.id, False)
    quick.until(lambda: not action.isEnabled())
    assert "hidden" in action.toolTip()


def test_the_window_lives_while_a_figure_is_written(
    quick: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.run_through(steps=50)
    quick.window.figures.export_figure()
    dialog = quick.dialog("figure_dialog")
    assert isinstance(dialog, FigureDialog)
    turned = threading.Event()

    def slow(path: Path, wanted: FigureWanted) -> None:
        assert turned.wait(PATIENCE) and not gc.isenabled() and not dialog.isEnabled()
        raise Refusal("", None, "it is full")

    monkeypatch.setattr("gui.views.figure_dialog.write_figure", slow)
    QTimer.singleShot(0, turned.set)  # comes when the event loop turns, and not before
    assert not dialog.export_to(tmp_path / "a.pdf")
    assert dialog.isEnabled() and gc.isenabled()
    assert "it is full" in quick.sentences[0]
    dialog.reject()


def test_a_refused_run_is_said_at_its_field_and_leaves_no_row(quick: Lab) -> None:
    window = quick.window
    quick.load_quick("refuse")
    quick.button("run")
    row = window.parts.experiment.panel.row("run.device")
    assert row is not None
    quick.until(lambda: row.message)
    assert "is not there" in row.message
    quick.until(lambda: quick.rows == [])  # the list follows with the next frame
    assert any("Not run" in sentence for sentence in window.parts.info.sentences())
    window.model.editor.edit("title", "")
    quick.until(lambda: not row.message)
    quick.button("run")
    quick.until(lambda: len(quick.rows) == 1)
    quick.until_state("idle")
