"""A column that scrolls and keeps the field in focus where it is while others above it come, go and grow."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

BELOW = 40
"""Pixels beneath a field in which it says what is wrong with it."""
CHANGES = (QEvent.Type.LayoutRequest, QEvent.Type.Resize)


class SteadyScroll(QScrollArea):
    """Scrolls by as much as the field in focus was moved, where that could be seen before."""

    def __init__(self, inside: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._at: int | None = None
        """Where the field in focus begins, in pixels from the top of what is seen; None where it is not seen."""
        self._inside = inside
        self._height = 0
        """That of the contents, when it was noted."""
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        done = super().eventFilter(watched, event)  # which lays out what is inside
        if watched is self._inside and event.type() in CHANGES:
            self._hold()
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hold()

    def show_top(self) -> None:
        """Scroll to the top; a field that is out of sight there has the focus no more: nobody is to type unseen."""
        self.verticalScrollBar().setValue(0)
        focused = self._focused()
        if focused is not None and not 0 <= self._top_of(focused) < self.viewport().height():
            focused.clearFocus()
        self._note()

    def _hold(self) -> None:
        """Bring the field in focus back to where it was, and into what is seen now."""
        focused = self._focused()
        if focused is not None and self._at is not None:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self._top_of(focused) - self._at)
            self.ensureWidgetVisible(focused, 0, min(BELOW, self.viewport().height() // 4))
        self._note()

    def _note(self) -> None:
        focused, self._height = self._focused(), self._inside.height()
        self._at = None
        if focused is not None:
            top = self._top_of(focused)
            if -focused.height() < top < self.viewport().height():
                self._at = top

    def _focused(self) -> QWidget | None:
        focused = QApplication.focusWidget()
        return focused if focused is not None and self._inside.isAncestorOf(focused) else None

    def _top_of(self, widget: QWidget) -> int:
        return widget.mapTo(self.viewport(), QPoint()).y()

    @Slot(int)
    def _on_scrolled(self, _value: int) -> None:
        if self._inside.height() == self._height:  # else Qt scrolls, as there is less than before
            self._note()

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _before: QWidget | None, _now: QWidget | None) -> None:
        self._note()
