"""Editors of one number, typed in any notation, stepped by keys, buttons and, once focused, the wheel."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy, QWidget

from engine.words.formats import editable_integer, editable_number
from gui.plain_text import tooltip

from .field_spec import Limits
from .parsing import UnreadableError
from .text_editors import LineEdit, LineEditor
from .typed_numbers import parse_integer, parse_number

SLIDES = {
    int(Qt.Key.Key_Up): 1,
    int(Qt.Key.Key_Down): -1,
    int(Qt.Key.Key_PageUp): 10,
    int(Qt.Key.Key_PageDown): -10,
}
"""What keys do to the slider with Alt held, in hundredths of its way."""
_TINY = 1e-3  # a step below this reaches a bound that belongs to the range
_NOTHING = 1e-100  # what is smaller counts as being at the bound, or as zero


def next_in_decade(value: float, up: bool) -> float:
    """Return the next of 1, 2, 5, 10, 20, ... above or below a positive number."""
    exponent = math.floor(math.log10(value) + 1e-9)
    ladder = [m * 10.0**e for e in (exponent - 1, exponent, exponent + 1) for m in (1, 2, 5)]
    close = 1e-9 * value
    rung = min(v for v in ladder if v > value + close) if up else max(v for v in ladder if v < value - close)
    return float(f"{rung:.12g}")


def stepped(value: float, up: bool, limits: Limits) -> float:
    """Return a number one step away: by factors above a bound, by twentieths between two, else by digits."""
    low, high = limits.least, limits.most
    if low is not None and high is not None:
        step = (high - low) / 20
        moved = (round((value - low) / step) + (1 if up else -1)) * step + low
        if up and not limits.allow(moved) and value < high:
            moved = high - (high - value) / 2  # ever closer to an open end
        return float(f"{moved:.6g}")
    if low is not None:
        offset = value - low
        if offset < _NOTHING:
            return low + (_TINY if up else -_TINY)
        if not up and offset <= _TINY * (1 + 1e-9) and not limits.open_least:
            return low
        return float(f"{low + next_in_decade(offset, up):.12g}")
    if abs(value) < _NOTHING:
        return 0.1 if up else -0.1
    digit = 10.0 ** math.floor(math.log10(abs(value)) + 1e-9)
    if (value > 0) != up and math.isclose(abs(value), digit):
        digit /= 10  # from 1 to 0.9, not to 0
    return float(f"{value + (digit if up else -digit):.12g}")


def stepped_integer(value: int, by: int, limits: Limits, coarse: bool) -> int:
    """Return a whole number some steps away: by one, or by factors where it counts in hundreds."""
    if not coarse or value < 10:
        return value + by
    for _ in range(abs(by)):
        value = round(next_in_decade(max(value, 1), by > 0))
    return value


class StepBox(QAbstractSpinBox):
    """A spin box that lets any text stand and only asks for steps."""

    step_wanted = Signal(int)
    slide_wanted = Signal(int)
    """By hundredths of the slider's way."""
    escaped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.can_step = (True, True)
        """Whether there is a value above, and one below; Qt asks from here on."""
        self.line = LineEdit(self)
        self.setLineEdit(self.line)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        # any text may stand; the editor judges it when it is left
        return QValidator.State.Acceptable, text, position

    def stepBy(self, steps: int) -> None:
        self.step_wanted.emit(steps)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        up, down = self.can_step
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if up:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if down:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.line.isModified():
            self.escaped.emit()
            return
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in SLIDES:
            self.slide_wanted.emit(SLIDES[event.key()])
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.line.contextMenuEvent(event)


class NumberEditor(LineEditor):
    """A number, whole or not; where it is optional, no text means off."""

    slid = Signal(int)
    """By so many hundredths of the slider's way."""

    def __init__(
        self,
        limits: Limits,
        *,
        whole: bool = False,
        optional: bool = False,
        coarse: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self.box = StepBox()
        super().__init__(self.box.line, self._read_number, self._write_number, parent)
        self._limits = limits
        self._whole = whole
        self._optional = optional
        self._coarse = coarse
        if optional:
            self.box.line.setPlaceholderText("off")
        self._hold(self.box)
        self.box.editingFinished.connect(self._on_finished)
        self.box.escaped.connect(self._on_escaped)
        self.box.step_wanted.connect(self._on_step_wanted)
        self.box.slide_wanted.connect(self.slid)

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        self._look_around(value)

    def offer(self, action: QAction) -> None:
        super().offer(action)
        self.box.addAction(action)

    def set_enabled_because(self, enabled: bool, reason: str) -> None:
        """Enable or disable it, with the reason as tooltip."""
        self.box.setEnabled(enabled)
        self.box.setToolTip("" if enabled else tooltip(reason))

    def _read_number(self, text: str) -> float | int | None:
        if self._optional and text.strip().lower() in ("", "off", "none"):
            return None
        return parse_integer(text) if self._whole else parse_number(text)

    def _write_number(self, value: Any) -> str:
        if value is None:
            return ""
        return editable_integer(value) if self._whole else editable_number(value)

    def _neighbour(self, value: float, steps: int) -> float:
        if self._whole:
            return stepped_integer(int(value), steps, self._limits, self._coarse)
        for _ in range(abs(steps)):
            value = stepped(value, steps > 0, self._limits)
        return value

    def _look_around(self, value: Any) -> None:
        """Find out which way there is a value to step to."""
        if value is None:
            self.box.can_step = (False, False)
        else:
            allow = self._limits.allow
            self.box.can_step = (allow(self._neighbour(value, 1)), allow(self._neighbour(value, -1)))

    @Slot(int)
    def _on_step_wanted(self, steps: int) -> None:
        try:
            start = self._read(self.line.text()) if self.held else self._value
        except UnreadableError:
            start = self._value
        if start is None:
            return
        if not self._limits.allow(start):
            start = self._value
        moved = self._neighbour(start, steps)
        if not self._limits.allow(moved):
            # a page of steps may overshoot: go as far as single steps do
            moved = start
            while self._limits.allow(self._neighbour(moved, 1 if steps > 0 else -1)):
                moved = self._neighbour(moved, 1 if steps > 0 else -1)
        if moved == start:
            return
        self.line.setText(self._write(moved))
        self.line.selectAll()
        if self._typed.judge(self.line.text()):
            self.committed.emit(moved)  # not what the text reads back to, which is shorter
