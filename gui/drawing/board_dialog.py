"""The window of the drawing board: beside the plots, which follow the hand."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QPoint, QSettings, QSize, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QSplitter, QWidget

from gui.screen_fit import FRAME
from gui.views.dialog import Dialog

from .board import DrawingBoard

SIZE = QSize(500, 680)
SHARE = 0.4
"""Of the window's width at most, so that plots stay in sight beside it."""
KEY = "board/geometry"


class BoardDialog(Dialog):
    """Holds the board over the column of the experiment, so that plots and surface stay in sight."""

    def __init__(self, actions: Iterable[QAction], parent: QWidget | None = None) -> None:
        """Make it; the `actions` of the main window have their keys here, too."""
        super().__init__("drawing board", "Drawing board", SIZE, parent)
        self.board = DrawingBoard(self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.fit = self._button("&Fit", "board fit", "Show all points.")
        self.anew = self._button("Begin &anew", "board anew", "Leave one point of each of two classes.")
        self.fill(self.board, self.buttons)
        for button in self.buttons.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter on the board is no wish to close it
        self.addActions(list(actions))
        self.fit.clicked.connect(self.board.canvas.fit)
        self.anew.clicked.connect(self.board.begin_anew)
        self.board.tiles_shown.connect(self._on_tiles_shown)
        self.finished.connect(self._keep_place)
        self._restore_place(parent)
        self.board.canvas.setFocus()

    def _button(self, text: str, name: str, help: str) -> QPushButton:
        button = self.buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setObjectName(name)
        button.setToolTip(help)
        return button

    def _restore_place(self, window: QWidget | None) -> None:
        geometry = QSettings().value(KEY)
        if isinstance(geometry, QByteArray) and self.restoreGeometry(geometry):
            return
        body = None if window is None else window.findChild(QSplitter, "body")
        if window is not None and body is not None:  # Run stays in sight below it
            corner = body.mapToGlobal(QPoint(0, 0))
            self.resize(SIZE.boundedTo(QSize(round(SHARE * window.width()), body.height() - FRAME.height())))
            self.move(corner.x() + 8, corner.y())

    @Slot(bool)
    def _on_tiles_shown(self, tiles: bool) -> None:
        for button in (self.fit, self.anew):
            button.setVisible(not tiles)
        (self.board.page.tiles if tiles else self.board.canvas).setFocus()

    @Slot()
    def _keep_place(self) -> None:
        QSettings().setValue(KEY, self.saveGeometry())
