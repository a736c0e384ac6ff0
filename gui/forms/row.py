"""One row of a form: label, editor, what was refused beneath; marks what differs from the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from .editor import Editor
from .field_spec import FieldSpec
from .tones import ToneLabel
from .words import value_text

MARGIN = 10
"""Space left of labels, where the mark of a changed field stands."""
INDENT = 10
_WIDEST_LABEL = "records per decade "


class FieldLabel(QLabel):
    """A label that wraps, and that a click takes to its editor."""

    clicked = Signal()

    def __init__(self, text: str, strong: bool, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setWordWrap(True)
        if strong:
            font = self.font()
            font.setWeight(font.Weight.DemiBold)
            self.setFont(font)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
        super().mouseReleaseEvent(event)


def label_width(widget: QWidget) -> int:
    """Return the width of every form's column of labels, so that editors align across forms."""
    return MARGIN + widget.fontMetrics().horizontalAdvance(_WIDEST_LABEL)


class Row(QWidget):
    """A field's label and editor; says `edited` with the dotted path."""

    edited = Signal(str, object)

    def __init__(
        self,
        spec: FieldSpec,
        editor: Editor,
        *,
        path: str = "",
        label: str = "",
        strong: bool = False,
        indent: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.spec = spec
        self.path = path or spec.path
        self.editor = editor
        self.setObjectName(f"row:{self.path}")
        editor.setObjectName(f"editor:{self.path}")
        self._value: Any = None
        self._default: Any = None
        self._differs = False
        self._refusal = ""
        self._message: ToneLabel | None = None
        self._badge: ToneLabel | None = None
        self._label = FieldLabel(label or spec.label, strong, self)
        self._reset = QAction("Reset to default", self)
        self._reset.setEnabled(False)
        self._lay_out(indent)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.addAction(self._reset)
        editor.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        editor.offer(self._reset)
        self._label.clicked.connect(self._on_label_clicked)
        self._reset.triggered.connect(self._on_reset)
        editor.committed.connect(self._on_committed)
        editor.unreadable.connect(self._on_unreadable)

    @property
    def refusal(self) -> str:
        """What was refused, as shown; '' for nothing."""
        return self._refusal

    @property
    def differs(self) -> bool:
        """Whether the value is not the default."""
        return self._differs

    @property
    def waits(self) -> bool:
        """Whether the row is marked as waiting for a new run."""
        return self._badge is not None and self._badge.isVisibleTo(self)

    def rows(self) -> Iterator[Row]:
        """Return the row itself, as forms do theirs."""
        yield self

    def row(self, path: str) -> Row | None:
        """Return the row itself if it is of this path, as forms do theirs."""
        return self if path == self.path else None

    def show_value(self, value: Any, default: Any, *, discard: bool = False) -> None:
        """Show the model's value; refused text stays unless the value changed or `discard` says so."""
        if not self._label.toolTip() or (default is not self._default and default != self._default):
            self._default = default
            tip = self.spec.explanation(default)
            self._label.setToolTip(tip)
            self.editor.set_hint(tip, self.spec.title)
            self._reset.setText(
                f"Reset to default ({value_text(default)})" if self._can_reset else "No default"
            )
        if self._refusal:
            if self.editor.keeps_text and value == self._value and not discard:
                return
            self._say("")
        elif value == self._value and not discard and self._value is not None:
            return
        self._value = value
        self.editor.show_value(value)
        self._mark(self._can_reset and value != self._default)

    def refuse(self, sentence: str) -> None:
        """Show what was refused; typed text stays, a clicked choice returns to the model's."""
        if not self.editor.keeps_text:
            self.editor.show_value(self._value)
        self._say(sentence)

    def accept(self) -> None:
        """Take back a refusal that no typed text stands for."""
        if self._refusal and not self.editor.keeps_text:
            self._say("")

    def show_restart(self, waits: bool) -> None:
        """Say beside the label whether the edit waits for a new run."""
        if self._badge is None:
            if not waits:
                return
            self._badge = ToneLabel("↻ restart", "notice", parent=self)
            font = self._badge.font()
            font.setPointSizeF(self.font().pointSizeF() * 0.75)
            self._badge.setFont(font)
            self._badge.setToolTip("The run under way goes on without this edit; a new run takes it.")
            self._words.addWidget(self._badge)
        self._badge.setVisible(waits)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._differs:
            painter = QPainter(self)
            colour = self.palette().color(QPalette.ColorRole.Highlight)
            painter.fillRect(1, self._label.y() + 3, 2, max(self._label.height(), 18) - 6, colour)
            painter.end()

    @property
    def _can_reset(self) -> bool:
        return not self.spec.required

    def _lay_out(self, indent: int) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(2)
        self._words = QVBoxLayout()
        self._words.setContentsMargins(MARGIN + indent, 0, 0, 0)
        self._words.setSpacing(0)
        self._words.addWidget(self._label)
        top = Qt.AlignmentFlag.AlignTop if self.editor.wide else Qt.AlignmentFlag.AlignVCenter
        self._grid.addLayout(self._words, 0, 0, top)
        if self.editor.wide:
            self.editor.setContentsMargins(MARGIN + indent, 0, 0, 0)
            self._grid.addWidget(self.editor, 1, 0, 1, 2)
        else:
            self._grid.addWidget(self.editor, 0, 1, Qt.AlignmentFlag.AlignVCenter)
        self._grid.setColumnMinimumWidth(0, label_width(self))
        self._grid.setColumnStretch(1, 1)
        self._label.setFixedWidth(label_width(self) - MARGIN - indent)

    def _say(self, sentence: str) -> None:
        self._refusal = sentence
        if not sentence:
            if self._message is not None:
                self._message.hide()
            return
        if self._message is None:
            self._message = ToneLabel(tone="error", wrap=True, parent=self)
            self._message.setContentsMargins(MARGIN, 0, 0, 2)
            self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(self._message, 2, 0, 1, 2)
        kept = ""
        if self.editor.keeps_text and self._value is not None and not isinstance(self._value, tuple | dict):
            kept = f" Still {value_text(self._value)}." if self._value != "" else ""
        self._message.setText(f"✕ {sentence.rstrip('.')}.{kept}")
        self._message.show()

    def _mark(self, differs: bool) -> None:
        if differs != self._differs:
            self._differs = differs
            self._reset.setEnabled(differs)
            self.update()

    def minimumSizeHint(self) -> QSize:
        # narrower than the contents ask: editors give way before the form scrolls sideways
        return QSize(label_width(self) + 60, super().minimumSizeHint().height())

    @Slot(object)
    def _on_committed(self, value: Any) -> None:
        self._say("")
        if value == self._value and type(value) is type(self._value):
            self.editor.show_value(value)
        else:
            self.edited.emit(self.path, value)

    @Slot(str)
    def _on_unreadable(self, sentence: str) -> None:
        self._say(sentence)

    @Slot()
    def _on_reset(self) -> None:
        self._say("")
        self.edited.emit(self.path, self._default)

    @Slot()
    def _on_label_clicked(self) -> None:
        self.editor.activate()
