"""Hands over the drawing board, in the window or alone with a document."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from engine.data import make_data
from engine.experiment.data import DataSpec
from engine.experiment.document import parse
from gui.drawing.board import DrawingBoard
from gui.drawing.canvas import BoardCanvas
from gui.model.drawn_points import DrawnPoints, changes_of
from gui.model.editor import ExperimentEditor
from tests.gui.lab import CIRCLE, PLAIN

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def document_about(data: str) -> str:
    """Return a small experiment about some data."""
    return CIRCLE.format(title="", steps=500).replace('{ kind = "circle" }', data)


class Joined(QObject):
    """A board over a document, without a window."""

    def __init__(self, board: DrawingBoard, data: str) -> None:
        super().__init__(board)
        self.editor = ExperimentEditor(parse(document_about(data)), self)
        self._board = board
        board.points_drawn.connect(self._on_points_drawn)
        board.dragging.connect(self.editor.drag)
        self.editor.document_changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        spec = self.editor.experiment.data
        self._board.show_data(spec, make_data(spec))

    @Slot(object, str, bool)
    def _on_points_drawn(self, points: DrawnPoints, words: str, joins: bool) -> None:
        spec = self.editor.experiment.data
        self.editor.change(changes_of(points, spec, make_data(spec)), words, "data.x" if joins else "")


class Drawer:
    """A person at the board; places are in the units of the data."""

    def __init__(self, board: DrawingBoard, data: Callable[[], DataSpec]) -> None:
        self.board, self._data = board, data

    @property
    def data(self) -> DataSpec:
        """The data of the experiment."""
        return self._data()

    @property
    def canvas(self) -> BoardCanvas:
        return self.board.canvas

    @property
    def chosen(self) -> list[int]:
        """The points that are selected."""
        return self.board.sketch.selection.tolist()

    def pixel(self, x: float, y: float) -> QPoint:
        return self.canvas.frame.pixel(self.canvas.area, np.array([x, y])).toPoint()

    def at(self, index: int) -> QPoint:
        """Return where a point is drawn."""
        return self.canvas.pixel_of(index).toPoint()

    def take(self, tool: str) -> None:
        self.press(self.board.tools.buttons[tool])

    def press(self, widget: QWidget) -> None:
        QTest.mouseClick(widget, LEFT)

    def click(self, place: QPoint, keys: Qt.KeyboardModifier = PLAIN, button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseClick(self.canvas, button, keys, place)

    def drag(self, *places: QPoint) -> None:
        """Press, let the board follow to every place, and let go at the last."""
        QTest.mousePress(self.canvas, LEFT, PLAIN, places[0])
        for place in places[1:]:
            QTest.mouseMove(self.canvas, place)
            self.canvas._follow()
        QTest.mouseRelease(self.canvas, LEFT, PLAIN, places[-1])

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.keyClick(self.canvas, key, keys)
