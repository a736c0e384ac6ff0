"""What buttons, boxes and menus of a tab offer, in their words: foretold until its view is made, then as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QMenu, QToolButton, QWidget

from gui.plain_text import untagged

SAID_ELSEWHERE = ("maximise_", "replica_name", "qt_")
"""How controls are called whose actions have other words already, or that stand for what is chosen elsewhere."""
WITHIN = "/"
"""Between a control and the entry of its menu."""


@dataclass(frozen=True)
class TabOffer:
    """Something that can be done with a control of a tab."""

    control: str
    """The control's name; behind `WITHIN`, an entry of its menu."""
    title: str
    help: str = ""
    why_not: str = ""
    """Why it cannot be done now."""


COMPARING = (
    TabOffer(
        "compare", "Compare two steps", "Hold the step shown as A at the left, and see another beside it."
    ),
    TabOffer("hold", "Hold the step shown", "Make the step that is shown at the right step A."),
)
"""What every tab offers that can hold a step beside the one shown."""


def comparing(tab: str) -> tuple[TabOffer, ...]:
    """Return what a tab offers that can hold a step."""
    return tuple(replace(offer, control=f"{offer.control}_{tab}") for offer in COMPARING)


def offers_of(page: QWidget) -> list[TabOffer]:
    """Return what the controls of a page offer that can be seen."""
    return [offer for control in controls_in(page) for offer in _of(control)]


def controls_in(page: QWidget, *, hidden: bool = False) -> list[QWidget]:
    """Return the controls of a page that have words of their own, in sight or also hidden ones."""
    return [
        widget
        for widget in page.findChildren(QWidget)
        if isinstance(widget, QAbstractButton | QComboBox | QLineEdit)
        and widget.objectName()
        and not widget.objectName().startswith(SAID_ELSEWHERE)
        and (hidden or not _is_hidden(widget, page))
    ]


def _is_hidden(widget: QWidget, page: QWidget) -> bool:
    """Say whether somebody hid a widget or what it lies in; one that was just made is not yet shown, but not hidden."""
    around: QWidget | None = widget
    while around is not None and around is not page:
        if around.isHidden() and around.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
            return True
        around = around.parentWidget()
    return False


def title_of(control: QWidget) -> str:
    """Return the words of a control."""
    text = control.text() if isinstance(control, QAbstractButton) else ""
    words = control.accessibleName() or text.rstrip(" ▾")
    return words[:1].upper() + words[1:]


def do(page: QWidget, name: str) -> None:
    """Do what a control offers, or open what is chosen with it; nothing where it is not to be seen, or disabled."""
    control, _, entry = name.partition(WITHIN)
    found = next((each for each in controls_in(page) if each.objectName() == control), None)
    if found is None or not found.isEnabled():
        return
    found.setFocus(Qt.FocusReason.ShortcutFocusReason)
    menu = _menu(found)
    if menu is not None:
        action = next((each for each in menu.actions() if bare(each) == entry), None)
        if action is not None:
            action.trigger()
        else:
            menu.popup(found.mapToGlobal(QPoint(0, found.height())))
    elif isinstance(found, QAbstractButton):
        found.click()
    elif isinstance(found, QComboBox):
        found.showPopup()


def bare(action: QAction) -> str:
    """Return the words of an action without marks and dots."""
    return action.text().replace("&", "").rstrip("…")


def _menu(control: QWidget) -> QMenu | None:
    return control.menu() if isinstance(control, QToolButton) else None


def _of(control: QWidget) -> Iterator[TabOffer]:
    name, title, help = control.objectName(), title_of(control), untagged(control.toolTip())
    if not control.isEnabled():
        yield TabOffer(name, title, "", help or "Not possible now.")
        return
    yield TabOffer(name, title, help)
    menu = _menu(control)
    for action in [] if menu is None else menu.actions():
        if action.isVisible() and not action.isSeparator() and not action.isCheckable():
            yield TabOffer(f"{name}{WITHIN}{bare(action)}", f"{title}: {bare(action)}", help)
