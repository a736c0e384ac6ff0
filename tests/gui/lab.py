"""A person at the window: looks, clicks, types and waits, through the window system's own events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QEnterEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QMenu,
    QScrollArea,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.experiment.document import parse
from gui.engine_thread import EngineThread
from gui.forms.row import Row
from gui.forms.text_editors import LineEditor
from gui.main_window import MainWindow
from gui.model.run import Run
from gui.model.session_model import SessionModel
from gui.run_table.column_box import PLACE, ColumnBox
from gui.views.run_rows import RunRow
from tests.deadlines import wait_until
from tests.gui.patient_bot import PatientBot

W = TypeVar("W", bound=QWidget)
LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
CIRCLE = """version = 1
title = "{title}"
data = {{ kind = "circle" }}
network = {{ kind = "mlp", widths = [20] }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "steepest", step = {{ kind = "constant", eta = 0.1 }} }}
run = {{ steps = {steps} }}
"""
"""An experiment without claims, to be given a title and a number of steps."""
REACHES = """[[claims]]
text = "The margin reaches the reference"
check = "final"
of = "margin_ratio"
at_least = {least}
"""
QUICK = (
    CIRCLE
    + REACHES.format(least=0.5)
    + """
[[claims]]
text = "The margin overtakes it"
check = "final"
of = "margin_ratio"
at_least = 2.0
expect = "fails"
"""
)
"""An experiment with one claim that holds and one that must not."""


def on_screen(qtbot: QtBot, view: W, width: int, height: int) -> W:
    """Show a view in a size of its own."""
    qtbot.addWidget(view)
    if isinstance(qtbot, PatientBot):
        qtbot.shown.append(view)
    view.resize(width, height)
    view.show()
    return view


class SharedEngine(EngineThread):
    """An engine that outlives the windows of the tests: starting it takes longer than most of them."""

    def close(self) -> None:
        pass

    def end(self) -> None:
        super().close()

    def awaited(self) -> SharedEngine:
        """Start, and return when the process has said what it is."""
        self.start_engine()
        wait_until(lambda: self.known is not None, "the engine")
        return self


class Lab:
    """The window and the hands in front of it."""

    def __init__(self, qtbot: QtBot, engine: EngineThread, file: Path | None = None) -> None:
        """Open the lab as `gui.app.open_lab` does, with a file where one is named."""
        self.qtbot = qtbot
        self.window = MainWindow(SessionModel(engine))
        self.window.model.setParent(self.window)
        with qtbot.waitExposed(self.window):
            self.window.resize(1440, 900)
            self.window.show()
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)
        if file is not None:
            self.window.files.open_anything(str(file))

    def close(self) -> None:
        """Close the window for good."""
        if not shiboken6.isValid(self.window) or "model" not in vars(self.window):
            return
        self.window.close()
        self.window.deleteLater()
        vars(
            self.window
        ).clear()  # pytest holds the window until the end, and that would hold pyqtgraph's menus

    # --- waiting -------------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(condition)

    def until_state(self, state: str) -> None:
        """Wait until the training is in a state, and the window says so."""
        self.until(
            lambda: self.window.model.trainer.state == state and "runs" not in self.window.controller._waiting
        )

    # --- quick runs ----------------------------------------------------------------------------------------

    def load_quick(self, title: str = "", steps: int = 500) -> None:
        """Load a small experiment; its title steers the engine without mathematics."""
        self.window.model.editor.load(parse(QUICK.format(title=title, steps=steps)))
        self.until(lambda: self.window.parts.experiment.panel.is_complete)

    def run_through(self, title: str = "", steps: int = 500) -> Run:
        """Load a small experiment, press Run, and return its run when it has ended and the window says so."""
        self.load_quick(title, steps)
        self.button("run")
        self.until_state("idle")
        self.until(lambda: len(self.rows) == len(self.runs) and self.rows[-1].status == self.run.status)
        return self.run

    # --- hands ---------------------------------------------------------------------------------------------

    def press(self, widget: QWidget, at: QPoint | None = None, keys: Qt.KeyboardModifier = PLAIN) -> None:
        """Click on a widget that can be seen, after scrolling to it where that is needed."""
        QTest.mouseClick(_handle(widget), LEFT, keys, self._seen(widget, at))

    def double_press(self, widget: QWidget, at: QPoint | None = None) -> None:
        QTest.mouseDClick(_handle(widget), LEFT, PLAIN, self._seen(widget, at))

    def drag(self, widget: QWidget, places: Sequence[QPoint]) -> None:
        """Press at the first place, move over the others, and let go at the last."""
        handle, window = _handle(widget), widget.window()
        QTest.mousePress(handle, LEFT, PLAIN, self._seen(widget, places[0]))
        for place in places[1:]:
            QTest.mouseMove(handle, widget.mapTo(window, place))
        QTest.mouseRelease(handle, LEFT, PLAIN, widget.mapTo(window, places[-1]))

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        window = QApplication.focusWindow()
        assert window is not None, "no window has the focus"
        for letter in text:
            QTest.keyClick(window, letter)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        window = QApplication.focusWindow()
        assert window is not None, "no window has the focus"
        QTest.keyClick(window, key, modifiers)

    def write(self, widget: QWidget, text: str) -> None:
        """Put other text into a line or a box of text."""
        self.press(widget)
        self.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.key(Qt.Key.Key_Delete)
        self.type(text)

    def choose(self, combo: QComboBox, data: object) -> None:
        """Pull a combo box down and choose what has some data, or that text."""
        place = combo.findData(data)
        place = combo.findText(str(data)) if place < 0 else place
        assert place >= 0, f"{data!r} is not offered"
        self.press(combo, QPoint(combo.width() - 8, combo.height() // 2))
        if isinstance(combo, ColumnBox):
            self._pick(combo, place)
            return
        view = combo.view()
        self.until(view.isVisible)
        self.key(Qt.Key.Key_Home)
        for _ in range(combo.count()):
            if view.currentIndex().row() == place:
                break
            self.key(Qt.Key.Key_Down)
        assert view.currentIndex().row() == place, f"{data!r} cannot be chosen"
        self.key(Qt.Key.Key_Return)
        self.until(lambda: not view.isVisible())

    def _pick(self, box: ColumnBox, place: int) -> None:
        """Click on a choice of a list that stands under headings."""
        picker = box.picker
        assert picker is not None and picker.isVisible()
        item = next(i for i in map(picker.list.item, range(picker.list.count())) if i.data(PLACE) == place)
        picker.list.scrollToItem(item)
        self.press(picker.list.viewport(), picker.list.visualItemRect(item).center())
        self.until(lambda: not picker.isVisible())

    def menu(self, title: str, text: str) -> None:
        """Choose from the menu bar."""
        for head in self.window.menuBar().actions():
            inner = head.menu()
            if isinstance(inner, QMenu) and _bare(head.text()) == title:
                action = next(a for a in inner.actions() if _bare(a.text()) == text)
                assert action.isEnabled(), f"{text} cannot be chosen"
                action.trigger()
                return
        raise AssertionError(f"no menu is called {title}")

    def open_preset(self, words: str) -> None:
        """Look for a preset in the gallery and open it."""
        self.press(self.window.findChild(QToolButton, "presets_button"))
        gallery = self.dialog("gallery")
        self.write(gallery.search, words)
        self.press(gallery.open_button)

    def button(self, name: str) -> None:
        """Press a button of the transport."""
        button = self.window.parts.transport.buttons[name]
        assert button.isEnabled(), f"{name} cannot be pressed"
        self.press(button)

    def drop(self, file: Path, on: QWidget) -> bool:
        """Drag a file onto a part of the window and let go; say whether it was taken."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file))])
        place = self._seen(on, None)
        # as Qt looks for whom to ask: what lies under the mouse, or the first around it that takes drops
        target: QWidget | None = self.window.childAt(place)
        while target is not None and not target.isWindow() and not target.acceptDrops():
            target = target.parentWidget()
        assert target is not None
        inside = target.mapFrom(self.window, place)
        action = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(inside, action, data, LEFT, PLAIN)
        QApplication.sendEvent(target, enter)
        if not enter.isAccepted():
            QApplication.sendEvent(target, QDragLeaveEvent())
            return False
        move = QDragMoveEvent(inside, action, data, LEFT, PLAIN)
        QApplication.sendEvent(target, move)
        drop = QDropEvent(QPointF(inside), action, data, LEFT, PLAIN)
        QApplication.sendEvent(target, drop)
        return drop.isAccepted()

    def dialog(self, name: str) -> QDialog:
        """Return the dialog that has opened."""
        self.until(lambda: self.dialogs(name))
        dialog = self.dialogs(name)[-1]
        dialog.activateWindow()
        self.until(dialog.isActiveWindow)
        return dialog

    def dialogs(self, name: str) -> list[QDialog]:
        """Return the open dialogs of a name."""
        return [d for d in self.window.findChildren(QDialog, name) if d.isVisible()]

    # --- forms ---------------------------------------------------------------------------------------------

    def row(self, path: str) -> Row:
        """Return the row of a field."""
        row = self.window.parts.experiment.panel.row(path)
        assert row is not None, f"no field {path}"
        return row

    def fill(self, path: str, text: str) -> None:
        """Type a field's value and press Return."""
        editor = self.row(path).editor
        assert isinstance(editor, LineEditor)
        self.write(editor.line, text)
        self.key(Qt.Key.Key_Return)

    def pick(self, path: str, value: str) -> None:
        """Choose a field's value from its list."""
        combo = self.row(path).editor.findChild(QComboBox)
        assert combo is not None
        self.choose(combo, value)

    def typed(self, path: str) -> str:
        """Return what stands in a field."""
        editor = self.row(path).editor
        assert isinstance(editor, LineEditor)
        return editor.line.text()

    def said(self, path: str) -> str:
        """Return what is said beneath a field, '' where nothing is."""
        row = self.row(path)
        label = row.findChild(QWidget, f"message:{path}")
        return label.text() if label is not None and label.isVisible() else ""

    # --- eyes ----------------------------------------------------------------------------------------------

    @property
    def runs(self) -> list[Run]:
        return self.window.model.run_list.runs

    @property
    def run(self) -> Run:
        """The run that was added last."""
        return self.runs[-1]

    @property
    def rows(self) -> list[RunRow]:
        """What the list of runs shows."""
        return self.window.parts.side.runs.model.rows

    @property
    def sentences(self) -> list[str]:
        """The lines above the plots."""
        return self.window.parts.info.sentences()

    @property
    def verdicts(self) -> list[str]:
        return [row._word.text() for row in self.window.parts.side.claims.rows]

    def status(self, name: str) -> str:
        return self.window.parts.status.labels[name].text()

    def line(self, plot: str, column: str, run: Run | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the points of a line on screen; none where it is not drawn."""
        series = self.window.parts.plots.plots[plot].series.get(((run or self.run).id, column))
        if series is None or not series.line.isVisible():
            return np.empty(0), np.empty(0)
        x, y = series.line.getData()
        return (np.empty(0), np.empty(0)) if x is None else (x, y)

    # --- where on the screen -------------------------------------------------------------------------------

    def _seen(self, widget: QWidget, at: QPoint | None) -> QPoint:
        """Return a place on a widget in its window, having made sure that a mouse would meet it there."""
        if not widget.isActiveWindow():
            widget.activateWindow()  # as a window manager would on a click
            self.until(widget.isActiveWindow)
        above = widget.parentWidget()
        while above is not None:
            if isinstance(above, QScrollArea):
                QApplication.processEvents()  # what changed in a form is laid out first
                above.ensureWidgetVisible(widget)
                QApplication.processEvents()
            above = above.parentWidget()
        assert widget.isVisible(), f"{widget.objectName() or widget!r} is not on screen"
        assert widget.isEnabled(), f"{widget.objectName() or widget!r} is disabled"
        window = widget.window()
        shown: QRect = widget.visibleRegion().boundingRect()
        place = widget.mapTo(window, at or shown.center())
        met = window.childAt(place) or window
        assert met is widget or widget.isAncestorOf(met) or met.isAncestorOf(widget), (
            f"{met!r} lies over {widget!r}"
        )
        return place


@contextmanager
def files_answered(monkeypatch: pytest.MonkeyPatch, file: Path) -> Iterator[None]:
    """Answer every file dialog with one file."""
    with monkeypatch.context() as patch:
        for name in ("getSaveFileName", "getOpenFileName"):
            patch.setattr(QFileDialog, name, lambda *_: (str(file), ""))
        yield


def pointed_at(widget: QWidget, wanted: bool) -> None:
    """Let the mouse come over a widget, or leave it."""
    QApplication.processEvents()  # one that has just been shown may hear of the mouse only now
    place = QPointF(5, 5)
    QApplication.sendEvent(widget, QEnterEvent(place, place, place) if wanted else QEvent(QEvent.Type.Leave))
    QApplication.processEvents()


def _handle(widget: QWidget) -> QWindow:
    handle = widget.window().windowHandle()
    assert handle is not None
    return handle


def _bare(text: str) -> str:
    return text.replace("&", "")
