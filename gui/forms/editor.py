"""What every editor of one value can do, and the editors whose values are clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from gui.choice_box import ChoiceBox
from gui.plain_text import tooltip

from .tones import blend


class FieldEditor(QWidget):
    """Shows one value and says what a person makes of it; showing never says anything."""

    committed = Signal(object)
    """A readable value that a person has settled on."""
    unreadable = Signal(str)
    """What was typed is no value: a sentence."""

    wide = False
    """Whether it stands beneath its label, in the full width."""
    keeps_text = False
    """Whether it has typed text that a refusal must not wipe."""

    def show_value(self, value: Any) -> None:
        """Show a value."""
        raise NotImplementedError

    @property
    def held(self) -> bool:
        """Whether something is typed that is not the value shown last."""
        return False

    @property
    def typed(self) -> str:
        """What is typed and not the value shown last; '' for nothing."""
        return ""

    def commit(self) -> None:
        """Settle on what is typed; nothing to do where a click settles at once."""

    def forget(self) -> None:
        """Show the value shown last again in place of what is typed; nothing where a click settles at once."""

    def offer(self, action: QAction) -> None:
        """Put an action into the context menu."""
        self.addAction(action)

    def activate(self) -> None:
        """Answer a click on the label."""
        self.focus()

    def focus(self) -> None:
        """Take the focus as Tab would bring it, its text selected, and press nothing."""
        widget = self.focusProxy() or self
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if isinstance(widget, QLineEdit | QAbstractSpinBox):
            widget.selectAll()  # also where the window becomes the active one only later

    def set_hint(self, html: str, name: str) -> None:
        """Explain the field with a tooltip, and name it to a screen reader."""
        self.setToolTip(html)
        (self.focusProxy() or self).setAccessibleName(name)

    def _hold(self, widget: QWidget) -> None:
        """Fill the editor with its one widget."""
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(widget)
        # boxes, lines and combos are as high as one another
        widget.setMinimumHeight(self.fontMetrics().height() + 9)
        self.setFocusProxy(widget)


class CalmComboBox(ChoiceBox):
    """A combo box that narrows with its form and leaves the wheel to the scroll area."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CheckBox(QCheckBox):
    """A check box whose frame can be seen on dark windows too."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        frame = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        share = 0.5 if self.isEnabled() else 0.25
        painter.setPen(blend(self.palette().windowText().color(), self.palette().window().color(), share))
        painter.drawRoundedRect(QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        painter.end()


class SwitchEditor(FieldEditor):
    """A check box."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = CheckBox(self)
        self._hold(self._box)
        self._box.clicked.connect(self._on_clicked)

    def show_value(self, value: Any) -> None:
        self._box.setChecked(bool(value))

    def activate(self) -> None:
        self._box.click()

    @Slot(bool)
    def _on_clicked(self, checked: bool) -> None:
        self.committed.emit(checked)


class ChoiceEditor(FieldEditor):
    """A combo box of words with titles and explanations; impossible ones are disabled and say why."""

    def __init__(
        self,
        options: Sequence[str],
        titles: Mapping[str, str] | None = None,
        notes: Mapping[str, str] | None = None,
        values: Sequence[Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Offer options; `values` are what they stand for, where that is not their own words."""
        super().__init__(parent)
        self._values = list(options if values is None else values)
        self.combo = CalmComboBox(self)
        for option in options:
            self.combo.addItem((titles or {}).get(option, option), option)
            note = (notes or {}).get(option)
            if note:
                self.combo.setItemData(self.combo.count() - 1, tooltip(note), Qt.ItemDataRole.ToolTipRole)
        self._explained = [self.combo.itemData(i, Qt.ItemDataRole.ToolTipRole) for i in range(len(options))]
        self._hold(self.combo)
        self.combo.activated.connect(self._on_activated)

    def show_value(self, value: Any) -> None:
        known = value in self._values
        self.combo.setCurrentIndex(self._values.index(value) if known else -1)

    def disable(self, reasons: Mapping[str, str]) -> None:
        """Disable the options that cannot be taken, with the reason as tooltip, and enable the others."""
        model = self.combo.model()
        assert isinstance(model, QStandardItemModel)
        for i in range(self.combo.count()):
            reason = reasons.get(self.combo.itemData(i))
            model.item(i).setEnabled(reason is None)
            tip = self._explained[i] if reason is None else tooltip(reason)
            self.combo.setItemData(i, tip, Qt.ItemDataRole.ToolTipRole)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.committed.emit(self._values[index])
