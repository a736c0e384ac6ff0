"""Whatever Tab leads to says what it is to those who hear the window; Tab leads to Run first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from gui.tabs.listed import TABS
from tests.gui.lab import Lab

DIALOGS = (
    "presets",
    "save_preset",
    "unsaved",
    "export_figure",
    "quantities",
    "shortcuts",
    "report",
    "about",
    "queue",
    "plug_ins",
    "palette",
    "save_arrangement",
    "draw",
)


def nameless(window: QWidget) -> set[str]:
    """Return the controls in sight that have no name."""
    return {
        f"{type(widget).__name__} {widget.objectName()!r} in {widget.parentWidget()!r}"
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.window() is window
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    }


def test_every_control_of_the_window_has_a_name(quick: Lab) -> None:
    quick.run_through()
    window = quick.window
    for section in window.parts.experiment.panel.sections.values():
        section.open()
    for tab in TABS:
        window.parts.tabs.bring(tab.name)
        QApplication.processEvents()
        assert nameless(window) == set(), tab.title
    window.parts.side.judged.setCurrentIndex(1)
    assert nameless(window) == set()


def test_every_control_of_every_dialog_has_a_name(quick: Lab) -> None:
    quick.run_through()
    window = quick.window
    for name in DIALOGS:
        before = set(window.findChildren(QDialog))
        window.commands[name].trigger()
        QApplication.processEvents()
        (dialog,) = [other for other in window.findChildren(QDialog) if other not in before]
        assert nameless(dialog) == set(), name
        dialog.close()


def test_tab_leads_to_run_first_and_then_through_the_window_as_it_is_read(quick: Lab) -> None:
    window = quick.window
    reached: list[QWidget] = []
    for _ in range(200):
        QTest.keyClick(window, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now in reached:
            break
        reached.append(now)
    parts = window.parts
    assert reached[0] is parts.transport.buttons["run"] is now
    places = [
        min(place for place, widget in enumerate(reached) if part.isAncestorOf(widget))
        for part in (parts.transport, parts.experiment, parts.tabs, parts.side)
    ]
    assert places == sorted(places)
    QTest.keyClick(window, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is reached[-1]
    fields = [widget for widget in reached if parts.experiment.panel.isAncestorOf(widget)]
    heights = [widget.mapTo(parts.experiment, widget.rect().center()).y() for widget in fields]
    assert all(after > before - 60 for before, after in pairwise(heights))


def test_letters_of_a_menu_are_its_own(quick: Lab) -> None:
    heads = [action.menu() for action in quick.window.menuBar().actions()]
    for menu in (inner for head in heads if isinstance(head, QMenu) for inner in all_menus(head)):
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text.replace("&&", "")]
        assert len(letters) == len(set(letters)), texts


def all_menus(menu: QMenu) -> Iterator[QMenu]:
    yield menu
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from all_menus(inner)
