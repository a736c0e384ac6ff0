"""One row of a form: label, editor, what was refused beneath; marks what differs from the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from engine.experiment.sweep_fields import can_be_axis
from gui.plain_text import PlainLabel
from gui.text_size import scaled

from .editor import FieldEditor
from .field_spec import FieldSpec
from .number_editors import NumberEditor
from .parsing import value_text
from .slider import FieldSlider
from .tones import ToneLabel

if TYPE_CHECKING:
    from gui.cards.help_text import HelpText

MARGIN = 10
"""Space left of labels, where the mark of a changed field stands."""
INDENT = 8
"""How far the rows of a choice stand in from it."""
LEAST_WIDTH, MOST_OF_SCREEN = 280, 0.3
"""Of a form, in pixels with text of the usual size, and its share of the screen."""
_WIDEST_LABEL = "records per decade"
_NOTHING = object()
_BELOW = {"message": 3, "varied": 4, "note": 5}


class FieldLabel(PlainLabel):
    """A label that wraps, and that a click takes to its editor."""

    clicked = Signal()

    def __init__(self, text: str, strong: bool = False, parent: QWidget | None = None) -> None:
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
    wanted = MARGIN + INDENT + widget.fontMetrics().horizontalAdvance(_WIDEST_LABEL)
    return min(wanted, form_width(widget) // 2)  # where text is large they fold


def form_width(widget: QWidget) -> int:
    """Return the width that forms have at least: room for text of its size, as far as the screen has it."""
    most = round(MOST_OF_SCREEN * widget.screen().availableGeometry().width())
    return max(LEAST_WIDTH, min(scaled(LEAST_WIDTH), most))


class Row(QWidget):
    """A field's label and editor; says `edited` with the dotted path."""

    edited = Signal(str, object)
    dragging = Signal(bool)
    """A hand takes the slider, or lets go of it."""
    sweep_wanted = Signal(str)
    """The field is to become an axis of the map."""

    def __init__(
        self,
        spec: FieldSpec,
        editor: FieldEditor,
        *,
        path: str = "",
        heading: str = "",
        notes: Mapping[str, str] | None = None,
        indent: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """Make a row; a `heading` stands for the rows that follow, `notes` say what each value does."""
        super().__init__(parent)
        self.spec = spec
        self.path = path or spec.path
        self.editor = editor
        self.setObjectName(f"row:{self.path}")
        editor.setObjectName(f"editor:{self.path}")
        self._value: Any = _NOTHING
        self._default: Any = _NOTHING
        self._differs = False
        self._refusal = ""
        self._problem = ""
        self._notes = notes or {}
        self._below: dict[str, ToneLabel] = {}
        self._badge: ToneLabel | None = None
        self._label = FieldLabel(heading or spec.label, bool(heading), self)
        self._reset = QAction("Reset to default", self)
        self._explained = QAction("Explain", self)
        self._swept = QAction("Sweep this field", self)
        self.slider: FieldSlider | None = None
        """Runs through the values of a number."""
        if isinstance(editor, NumberEditor):
            self.slider = FieldSlider(spec.limits, spec.shape.form == "integer", self)
            self.slider.setAccessibleName(f"{spec.title}, slider")
            self.slider.dragged_to.connect(self._on_dragged_to)
            self.slider.dragging.connect(self.dragging)
            editor.slid.connect(self._on_slid)
        self._lay_out(indent)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for action in (self._reset, self._explained, self._swept):
            self.addAction(action)
            editor.offer(action)
        self._label.clicked.connect(self._on_label_clicked)
        self._reset.triggered.connect(self._on_reset)
        self._explained.triggered.connect(self._on_explain)
        self._swept.triggered.connect(self._on_sweep)
        self._swept.setVisible(can_be_axis(self.path))
        editor.committed.connect(self._on_committed)
        editor.unreadable.connect(self._on_unreadable)

    @property
    def label(self) -> FieldLabel:
        """What stands before the editor."""
        return self._label

    @property
    def message(self) -> str:
        """What is said beneath the editor: a refusal, else a problem; '' for nothing."""
        return self._refusal or self._problem

    @property
    def refused(self) -> bool:
        """Whether what stands in the editor is not the experiment's value."""
        return bool(self._refusal)

    @property
    def differs(self) -> bool:
        """Whether the value is not the default."""
        return self._differs

    @property
    def waits(self) -> bool:
        """Whether the row is marked as waiting for a new run."""
        return self._badge is not None and not self._badge.isHidden()

    def help_text(self) -> HelpText:
        """Return what a help card says of the field."""
        from gui.cards.help_text import field_text  # which knows plots, too: not before it is wanted

        return field_text(self.spec, self._value)

    def rows(self) -> Iterator[Row]:
        """Return the row itself, as forms do theirs."""
        yield self

    def row(self, path: str) -> Row | None:
        """Return the row itself if it is of this path, as forms do theirs."""
        return self if path == self.path else None

    def show_value(self, value: Any, default: Any, *, discard: bool = False) -> None:
        """Show the model's value; refused text stays unless the value changed or `discard` says so."""
        if self._default is _NOTHING or default != self._default:
            self._explain(default)
        same = self._value is not _NOTHING and value == self._value
        if self._refusal:
            if self.editor.held and same and not discard:
                return
            self._refusal = ""
            self._say()
        elif same and not discard:
            self._mark()
            return
        self._value = value
        self.editor.show_value(value)
        if self.slider is not None:
            self.slider.show_value(value)
            if discard:
                self.slider.anew()
        self._mark()
        if self._notes:
            self._show_below("note", self._notes.get(str(value), ""))

    def take_spec(self, spec: FieldSpec) -> None:
        """Stand for the same field of another kind."""
        self.spec, self._default = spec, _NOTHING

    def refuse(self, sentence: str) -> None:
        """Show what was refused; typed text stays, a clicked choice returns to the model's."""
        if not self.editor.keeps_text and self._value is not _NOTHING:
            self.editor.show_value(self._value)
        self._refusal = sentence
        self._say()

    def accept(self) -> None:
        """Take back a refusal that no typed text stands for."""
        if self._refusal and not self.editor.held:
            self._refusal = ""
            self._say()

    def show_problem(self, sentence: str) -> None:
        """Show what is wrong with the value as the model has it; '' for nothing."""
        if sentence != self._problem:
            self._problem = sentence
            self._say()

    def show_varied(self, values: str) -> None:
        """Say that replicas have values of their own; '' where they share this one."""
        self._show_below("varied", f"↔ differs between replicas: {values}" if values else "")

    def show_restart(self, waits: bool) -> None:
        """Say beside the label whether the edit waits for a new run."""
        if self._badge is None:
            if not waits:
                return
            self._badge = ToneLabel("↻ restart", "notice", parent=self)
            font = self._badge.font()
            font.setPointSizeF(self.font().pointSizeF() * 0.8)
            self._badge.setFont(font)
            self._badge.setToolTip("<p>The run under way goes on without this edit; a new run takes it.</p>")
            self._words.addWidget(self._badge)
        self._badge.setVisible(waits)

    def minimumSizeHint(self) -> QSize:
        # editors give way before a form asks to scroll sideways
        return QSize(label_width(self) + 60, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._differs:
            painter = QPainter(self)
            colour = self.palette().color(QPalette.ColorRole.Highlight)
            height = max(self._label.height() - 4, 12)
            painter.fillRect(2, self._label.geometry().center().y() - height // 2, 2, height, colour)
            painter.end()

    def _lay_out(self, indent: int) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(0)
        self._words = QVBoxLayout()
        self._words.setContentsMargins(MARGIN + indent, 0, 0, 0)
        self._words.setSpacing(0)
        self._words.addWidget(self._label)
        self._grid.addLayout(self._words, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        if self.editor.wide:
            self.editor.setContentsMargins(MARGIN + indent, 0, 0, 0)
            self._grid.addWidget(self.editor, 1, 0, 1, 2)
        else:
            self._grid.addWidget(self.editor, 0, 1, Qt.AlignmentFlag.AlignVCenter)
        if self.slider is not None:
            self._grid.addWidget(self.slider, 1, 1)
        self._grid.setColumnStretch(1, 1)
        self._indent = indent
        self._fit_label()

    def _fit_label(self) -> None:
        """Make the label as wide as those of all forms."""
        self._grid.setColumnMinimumWidth(0, label_width(self))
        self._label.setFixedWidth(label_width(self) - MARGIN - self._indent)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_indent"):
            self._fit_label()

    def _explain(self, default: Any) -> None:
        self._default = default
        tip = self.spec.explanation(default)
        self._label.setToolTip(tip)
        self.editor.set_hint(tip, self.spec.title)
        if self._resettable:
            self._reset.setText(f"Reset to default ({value_text(default) or 'none'})")

    @property
    def _resettable(self) -> bool:
        return not self.spec.required and not isinstance(self._default, dict)

    def _say(self) -> None:
        words = self.message.rstrip(".")
        if (
            self._refusal
            and self.editor.held
            and isinstance(self._value, int | float | str)
            and self._value != ""
        ):
            words += f". Still {value_text(self._value)}"
        self._show_below("message", f"✕ {words}." if words else "")

    def _show_below(self, what: str, words: str) -> None:
        label = self._below.get(what)
        if label is None:
            if not words:
                return
            label = ToneLabel(tone="error" if what == "message" else "faint", wrap=True, parent=self)
            label.setObjectName(f"{what}:{self.path}")
            label.setContentsMargins(MARGIN, 0, 0, 2)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._below[what] = label
            self._grid.addWidget(label, _BELOW[what], 0, 1, 2)
        label.setText(words)
        label.setVisible(bool(words))

    def _mark(self) -> None:
        differs = not self.spec.required and self._value != self._default
        self._reset.setEnabled(differs and self._resettable)
        if differs != self._differs:
            self._differs = differs
            self.update()

    @Slot(object)
    def _on_committed(self, value: Any) -> None:
        refused, self._refusal = self._refusal, ""
        self._say()
        same = value == self._value and type(value) is type(self._value)
        if same:
            self.editor.show_value(value)
        if refused or not same:
            # said again even where nothing changes: whoever keeps the refusal learns that it is void
            self.edited.emit(self.path, value)

    @Slot(object)
    def _on_dragged_to(self, value: Any) -> None:
        if value != self._value or self._refusal:
            self._on_committed(value)

    @Slot(int)
    def _on_slid(self, steps: int) -> None:
        if self.slider is not None and self.slider.scale is not None:
            self.slider.setValue(self.slider.value() + steps * self.slider.singleStep())

    @Slot(str)
    def _on_unreadable(self, sentence: str) -> None:
        self._refusal = sentence
        self._say()

    @Slot()
    def _on_explain(self) -> None:
        from gui.cards.help_card import show_card

        show_card(self.help_text(), self._label)

    @Slot()
    def _on_sweep(self) -> None:
        self.sweep_wanted.emit(self.path)

    @Slot()
    def _on_reset(self) -> None:
        self._refusal = ""
        self._say()
        self.edited.emit(self.path, self._default)

    @Slot()
    def _on_label_clicked(self) -> None:
        self.editor.activate()
