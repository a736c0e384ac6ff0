"""The order in which Tab leads through the window: as its parts are read, whenever they were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget

LEADS = Qt.FocusPolicy.TabFocus


def in_reading_order(parts: Sequence[QWidget]) -> list[QWidget]:
    """Return what Tab leads to, part by part, each line by line from left to right."""
    return [widget for part in parts for widget in _within(part)]


def _within(widget: QWidget) -> Iterator[QWidget]:
    if not (widget.isVisible() and widget.isEnabled()):
        return
    if widget.focusPolicy() & LEADS and widget.focusProxy() is None:
        yield widget
    children = [child for child in widget.children() if isinstance(child, QWidget) and child.isVisible()]
    for child in _in_lines(children):
        yield from _within(child)


def _in_lines(widgets: Sequence[QWidget]) -> Iterator[QWidget]:
    """Return widgets line by line: what begins above the middle of the line's first is in the line."""
    left = sorted(widgets, key=lambda widget: (widget.y(), widget.x()))
    while left:
        first = left[0]
        middle = first.y() + first.height() / 2
        line = [widget for widget in left if widget.y() < middle or widget is first]
        yield from sorted(line, key=lambda widget: widget.x())
        left = left[len(line) :]


def after(order: Sequence[QWidget], current: QWidget | None, forward: bool) -> QWidget | None:
    """Return what comes after a widget, or before it; the first or the last where it is none of them."""
    if not order:
        return None
    if current not in order:
        return order[0 if forward else -1]
    return order[(order.index(current) + (1 if forward else -1)) % len(order)]


def lead_to(widget: QWidget, forward: bool) -> None:
    """Give a widget the focus as Tab does, and bring it into sight."""
    reasons = Qt.FocusReason
    widget.setFocus(reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea) and around.widget() is not None:
            around.ensureWidgetVisible(widget)
        around = around.parentWidget()
