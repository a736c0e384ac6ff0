"""A window is painted once for all that a turn changes in its plots."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.painting import PaintedOnce
from gui.plots.base import PlotCanvas


class PaintsHeard(QObject):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.painted: list[QObject] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.painted.append(watched)
        return False


def test_plots_whose_ranges_change_together_are_painted_once_each(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout, canvases = QHBoxLayout(window), [PlotCanvas(window) for _ in range(3)]
    for canvas in canvases:
        layout.addWidget(canvas)
    painting, heard = PaintedOnce(window), PaintsHeard(window)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: not painting.is_due)
    for canvas in canvases:
        canvas.viewport().installEventFilter(heard)
        canvas.follow_x((0.0, 7.0))
        canvas.follow_y((0.0, 3.0), exact=True)
    qtbot.waitUntil(lambda: len(heard.painted) >= len(canvases) and not painting.is_due)
    QApplication.processEvents()
    assert len(heard.painted) == len(set(heard.painted)) == len(canvases)
