"""A picture of what a file will show, drawn away from the window's thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, QTimer, Signal, Slot
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.model.patience import no_collection
from gui.plain_text import PlainLabel

Content = Callable[[], bytes]
SOON = 250
"""Milliseconds after the last change, until it is drawn."""
MARGIN = 12


class _Reply(QObject):
    """Brings a picture to the window's thread."""

    drawn = Signal(int, bytes, str)
    """Its number, PNG bytes, and what went wrong."""


class _Task(QRunnable):
    """Draws one preview away from the window's thread: the first one imports matplotlib."""

    def __init__(self, number: int, content: Content) -> None:
        super().__init__()
        self.reply = _Reply()
        self._asked = number, content

    def run(self) -> None:
        number, content = self._asked
        try:
            with no_collection():
                png = content()
            self.reply.drawn.emit(number, png, "")
        except Exception as error:  # whatever goes wrong is shown in the preview's place
            self.reply.drawn.emit(number, b"", str(error))


class Preview(PlainLabel):
    """Shows the last picture asked for; one that is drawn when the next is asked for is not shown."""

    drawn = Signal(str)
    """What went wrong; '' where nothing did."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName(name)
        self.setAccessibleName("Preview of the figure")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMinimumSize(QSize(240, 160))
        self.setStyleSheet("background: white; color: #555;")
        self.pool = QThreadPool(self)
        self.pool.setMaxThreadCount(1)
        self.drawing = QPixmap()
        self._number = 0
        self._task: _Task | None = None
        self._wanted: Content | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON)
        self._soon.timeout.connect(self._draw)

    def show_soon(self, content: Content) -> None:
        """Draw PNG bytes that `content` returns, called in another thread, once nothing changes for a moment."""
        self._wanted = content
        self._number += 1
        self._soon.start()

    def show_now(self, content: Content) -> None:
        """Draw at once."""
        self.show_soon(content)
        self._soon.stop()
        self._draw()

    def show_words(self, words: str) -> None:
        """Show words in the picture's place."""
        self._number += 1
        self._soon.stop()
        self.drawing = QPixmap()
        self.setText(words)

    def wait(self) -> None:
        """Return when nothing is drawn any more."""
        self._soon.stop()
        self.pool.waitForDone()

    def wait_for_drawing(self) -> None:
        """Return when what is being drawn is done; from any thread."""
        self.pool.waitForDone()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _draw(self) -> None:
        if self._wanted is None:
            return
        self._task = _Task(self._number, self._wanted)
        self._task.reply.drawn.connect(self._on_drawn, Qt.ConnectionType.QueuedConnection)
        if self.drawing.isNull():
            self.setText("Drawing…")
        self.pool.start(self._task)

    @Slot(int, bytes, str)
    def _on_drawn(self, number: int, content: bytes, problem: str) -> None:
        if number != self._number:
            return
        if problem:
            self.drawing = QPixmap()
            self.setText(problem)
        else:
            self.drawing.loadFromData(content)
            self._fit()
        self.drawn.emit(problem)

    def _fit(self) -> None:
        if self.drawing.isNull():
            return
        room = self.size() - QSize(2 * MARGIN, 2 * MARGIN)
        ratio = self.devicePixelRatioF()
        shown = self.drawing.scaled(
            room * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        shown.setDevicePixelRatio(ratio)
        self.setPixmap(shown)
