"""One window for several tests: brought back to an empty session after each, closed where it does not look as new."""

from __future__ import annotations

import gc
from threading import Thread
from typing import Any
from unittest.mock import patch

import shiboken6
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gui.controllers import layout_controller
from gui.engine_thread import EngineThread
from gui.forms.section import FoldButton
from gui.main_window import MainWindow
from gui.plots.menus import PlotMenu
from gui.theme import apply_theme, theme
from tests.gui.lab import Lab

LOOKS = 40
"""How often a window is looked at until it looks as new."""
TURNS = 100
"""How many turns of its loop it has to come to rest before each look."""
STILL = 5
"""How many looks in a row are alike where nothing changes any more."""

Looks = list[tuple[Any, ...]]


class KeptWindow:
    """The window of a file's tests, for as long as it is as good as new."""

    def __init__(self) -> None:
        self.lab: Lab | None = None
        self.new: Looks = []
        """What there was to see when it had opened."""
        self.unseen: dict[QObject, tuple[str, ...]] = {}
        """What every action and widget was set to then, also where it could not be seen."""

    def open(self, qtbot: QtBot, engine: EngineThread) -> None:
        """Open the window, or bring the one that is there to the front."""
        if self.lab is None or theme().dark:  # it takes long with a window there
            apply_theme(QApplication.instance(), "light")
        if self.lab is None:
            self.lab = Lab(qtbot, engine)
            begin_anew(self.lab.window)
            self.new = settled(self.lab)
            fill_menus(self.lab.window)
            self.unseen = unseen(self.lab.window)
            gc.collect()
            gc.freeze()  # what a test makes is looked through after it, and not the window each time
        self.lab.qtbot = qtbot
        self.lab.window.activateWindow()
        self.lab.until(self.lab.window.isActiveWindow)

    def owns(self, thing: QObject) -> bool:
        """Say whether something belongs to the window."""
        above: QObject | None = thing
        while above is not None and not isinstance(above, MainWindow):
            above = above.parent()
        return self.lab is not None and above is self.lab.window

    def put_back(self) -> None:
        """Bring the window back to how it opened; close it where something stays of the test."""
        lab = self.lab
        if lab is None or not shiboken6.isValid(lab.window) or "model" not in vars(lab.window):
            self.lab = None
            return
        lab.window.setUpdatesEnabled(False)  # nobody watches, and painting is most of the work
        begin_anew(lab.window)
        self.fold_back()
        for _ in range(LOOKS):
            if not self.comes_to_rest():
                break
            scroll_back(lab.window)
            if looks(lab.window) == self.new:
                fill_menus(lab.window)
                if any(  # menus make some of their actions anew
                    settings(thing) != was for thing, was in self.unseen.items() if shiboken6.isValid(thing)
                ):
                    break
                lab.window.setUpdatesEnabled(True)
                return
        self.close()

    def fold_back(self) -> None:
        """Fold and unfold the parts of forms as they were when the window had opened."""
        for thing, was in self.unseen.items():
            if isinstance(thing, FoldButton) and shiboken6.isValid(thing):
                thing.setChecked(was[0] == str(True))

    def comes_to_rest(self) -> bool:
        """Wait until the window shows all that it is about to; say whether it does."""
        for _ in range(TURNS):
            self.lab.qtbot.wait(2)
            if is_at_rest(self.lab.window):
                return True
        return False

    @property
    def writer(self) -> Thread | None:
        """Return the thread that writes the window's session where the window is late; it ends a while later."""
        is_there = self.lab is not None and "model" in vars(self.lab.window)
        return self.lab.window.model.store._late._thread if is_there else None

    def close(self) -> None:
        if self.lab is not None:
            self.lab.close()
            self.lab, self.unseen = None, {}
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            gc.unfreeze()
            gc.collect()
            gc.freeze()


def begin_anew(window: MainWindow) -> None:
    """Do what a person does who begins an empty session and gives everything its place back."""
    for dialog in window.findChildren(QDialog):
        dialog.reject()
    popup = QApplication.activePopupWidget()
    while popup is not None:
        popup.close()
        popup = QApplication.activePopupWidget()
    parts, model = window.parts, window.model
    window.centralWidget().setFocus()  # what is typed is taken up before all is new
    window.resize(1440, 900)
    with patch.object(layout_controller, "keep_on_screen"):  # the tests' screen is smaller
        window.laid_out.reset()
        window.laid_out.settle()
    model.steering.switch(True)
    model.start_new()  # in a window of its size: it shows as many plots as have a place
    parts.tabs.bring("plots")
    for line in list(parts.info.lines):
        parts.info.clear(line.key)
    scroll_back(window)
    window.centralWidget().setFocus()


def scroll_back(window: MainWindow) -> None:
    """Bring the beginning of everything into sight; where it is anew, forms hold a field in its place once more."""
    for area in window.findChildren(QAbstractScrollArea):
        area.verticalScrollBar().setValue(0)


def fill_menus(window: MainWindow) -> None:
    """Let the plots' menus offer what they would if they were opened now, whether or not somebody did."""
    for menu in window.findChildren(PlotMenu):
        menu.now()


def settled(lab: Lab) -> Looks:
    """Wait until a window looks the same for a while; return what there is to see."""
    seen: list[Looks] = []
    while len(seen) < STILL or seen[-STILL:] != [seen[-1]] * STILL or not is_at_rest(lab.window):
        lab.qtbot.wait(2)
        seen.append(looks(lab.window))
    return seen[-1]


def is_at_rest(window: MainWindow) -> bool:
    """Say whether a window shows all that it is about to."""
    return (
        window.parts.experiment.panel.is_complete
        and not window.controller._waiting
        and not any(timer.isActive() and timer.isSingleShot() for timer in window.findChildren(QTimer))
    )


def looks(window: MainWindow) -> Looks:
    """Return what there is to see of a window: its title, its focus, and what every visible widget says and can do."""
    seen = sorted(
        (
            type(widget).__name__,
            widget.objectName(),
            widget.isEnabled(),
            said(widget, "text"),
            said(widget, "isChecked"),
        )
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and not is_blank(widget)
    )
    return [(window.windowTitle(), type(window.focusWidget()).__name__), *seen]


def unseen(window: MainWindow) -> dict[QObject, tuple[str, ...]]:
    """Return what every action and widget is set to, whether it is seen or not."""
    return {thing: settings(thing) for kind in (QAction, QWidget) for thing in window.findChildren(kind)}


def settings(thing: QObject) -> tuple[str, ...]:
    """Return what is chosen in a widget, or whether an action can be chosen and is."""
    if isinstance(thing, QAction):
        return thing.text(), str(thing.isEnabled()), str(thing.isChecked()), str(thing.isVisible())
    return tuple(said(thing, name) for name in ("isChecked", "currentText", "value"))


def is_blank(widget: QWidget) -> bool:
    """Say whether a label says nothing."""
    return isinstance(widget, QLabel) and not widget.text() and widget.pixmap().isNull()


def said(widget: QObject, name: str) -> str:
    """Return what a widget answers, '' where it does not know the question."""
    answer = getattr(widget, name, None)
    try:
        return str(answer()) if callable(answer) else ""
    except TypeError:
        return ""
