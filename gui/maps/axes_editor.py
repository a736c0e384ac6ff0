"""The axes of a map as people write them: a field and its values a line, how they combine, seeds, what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSpinBox, QToolButton, QWidget

from engine.experiment.axis_text import HOW
from gui.choice_box import ChoiceBox
from gui.choices_row import ChoicesRow, named
from gui.forms.tones import ToneLabel
from gui.layouts import in_column
from gui.model.maps.axis_lines import AxisLine
from gui.plain_text import PlainLabel, tooltip
from gui.tool_buttons import tool_button

MOST_SEEDS = 1000
ORDERS = (("grid", "crossed"), ("zip", "side by side"))
KEEPS = (
    ("final", "last values", "The last value of every measurement."),
    ("records", "and curves", "Thinned curves of every point, too."),
    ("snapshot", "and parameters", "Thinned curves and the last parameters of every point, too."),
)


class AxesEditor(QWidget):
    """Says what a person writes; whoever shows it judges that, and takes it or leaves it standing as it is written."""

    typed = Signal()
    """Something is being written that is not told yet."""
    axis_written = Signal(str, str)
    """The path of an axis, and its values in one line."""
    axis_removed = Signal(str)
    axis_wanted = Signal(str)
    """The path of a field that is to become an axis."""
    seeds_chosen = Signal(int)
    order_chosen = Signal(str)
    keep_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: dict[str, QLineEdit] = {}
        self._shown: tuple[AxisLine, ...] = ()
        self._told: dict[str, str] = {}
        """What every line told last, or has shown since."""
        self._left: dict[tuple[AxisLine, ...], dict[str, str]] = {}
        """By axes that were let go of: what was written of them and not taken."""
        self.grid = QGridLayout()
        self.grid.setContentsMargins(8, 2, 8, 2)
        self.grid.setHorizontalSpacing(8)
        self.grid.setColumnStretch(1, 1)
        self.add_box = ChoiceBox(self)
        self.add_box.setObjectName("map_add_axis")
        self.add_box.setAccessibleName("Add an axis")
        self.add_box.setMinimumContentsLength(16)
        self.add_box.setMaxVisibleItems(24)
        self.order_box, self.keep_box = ChoiceBox(self), ChoiceBox(self)
        for box, name, words, offers in (
            (self.order_box, "map_order", "How axes are combined", ORDERS),
            (self.keep_box, "map_keep", "What is kept of every point", KEEPS),
        ):
            box.setObjectName(name)
            box.setAccessibleName(words)
            box.setToolTip(tooltip(f"{words}."))
            box.offer(offers, offers[0][0])
        self.seeds = QSpinBox(self)
        self.seeds.setObjectName("map_seed_count")
        self.seeds.setAccessibleName("Seeds of every point")
        self.seeds.setRange(1, MOST_SEEDS)
        self.seeds.setKeyboardTracking(False)
        self.seeds.setToolTip(tooltip("Every point is trained with the seed, the seed + 1, …"))
        self.cost, self.refusal = (
            ToneLabel(wrap=True, parent=self),
            ToneLabel(tone="error", wrap=True, parent=self),
        )
        self.cost.setObjectName("map_cost")
        self.refusal.setObjectName("map_refusal")
        self._lay_out()
        self.add_box.activated.connect(self._on_added)
        self.order_box.activated.connect(self._on_order)
        self.keep_box.activated.connect(self._on_keep)
        self.seeds.valueChanged.connect(self.seeds_chosen)
        self.seeds.lineEdit().textEdited.connect(self.typed)

    def _lay_out(self) -> None:
        row = ChoicesRow((8, 2, 8, 2))
        row.add(self.add_box, self.order_box)
        row.add(named("seeds", self.seeds, self), named("keep", self.keep_box, self))
        said = in_column((self.cost, self.refusal), margins=(8, 0, 8, 2))
        in_column((self.grid, row, said), self)

    def show_axes(self, lines: Sequence[AxisLine], *, seeds: int, order: str, keep: str) -> None:
        """Show the axes of a map; what is being typed stays."""
        if seeds != self.seeds.value():
            self.seeds.blockSignals(True)
            self.seeds.setValue(seeds)
            self.seeds.blockSignals(False)
        self.order_box.setCurrentIndex(self.order_box.findData(order))
        self.order_box.setVisible(len(lines) > 1)
        self.keep_box.setCurrentIndex(self.keep_box.findData(keep))
        if [line.path for line in lines] != [line.path for line in self._shown]:
            self._make_lines(lines)
        comes_back = tuple(lines) != self._shown
        before, self._shown = {line.path: line.text for line in self._shown}, tuple(lines)
        for line in lines:
            edit = self.lines[line.path]
            if line.text != before.get(line.path) or not edit.isModified():  # what was refused stays
                self._set(edit, line)
            edit.setToolTip(tooltip(line.preview))
        if comes_back:
            self._write_again()

    def _write_again(self) -> None:
        """Write what was not taken of these axes before others, or a point of them, were shown."""
        for path, text in self._left.pop(self._shown, {}).items():
            self.lines[path].setText(text)
            self.lines[path].setModified(True)

    def _set(self, edit: QLineEdit, line: AxisLine) -> None:
        edit.setText(line.text)
        self._told[line.path] = line.text

    @property
    def is_typed(self) -> bool:
        """Whether something is written that was not told yet."""
        lines = any(edit.text() != self._told.get(path) for path, edit in self.lines.items())
        return lines or self.seeds.text() != self.seeds.textFromValue(self.seeds.value())

    def settle(self) -> None:
        """Tell what is written and not taken: what is being typed, and what was refused."""
        self.seeds.interpretText()
        for line in self._shown:
            edit = self.lines[line.path]
            if edit.text() != line.text:
                self._tell(line.path, edit.text())

    def take(self, path: str) -> None:
        """Show a line as it was taken."""
        for line in self._shown:
            if line.path == path:
                self._set(self.lines[path], line)

    def forget(self) -> None:
        """Let go of what is written and not taken, until the same axes are back: it is of another document."""
        self.seeds.setValue(self.seeds.value())
        texts = ((line, self.lines[line.path].text()) for line in self._shown)
        written = {line.path: text for line, text in texts if text != line.text}
        if written:
            self._left[self._shown] = written
        for line in self._shown:
            self._set(self.lines[line.path], line)

    def begin_anew(self) -> None:
        """Forget what was written of axes and not taken, for good: a session begins."""
        self._left.clear()

    def offer_fields(self, fields: Sequence[tuple[str, str]]) -> None:
        """Offer fields that are no axis yet, by path and title."""
        self.add_box.offer([("", "Add an axis…"), *((path, title, path) for path, title in fields)], "")

    def say(self, cost: str, refusal: str) -> None:
        """Say what the map takes, and why it is refused."""
        for label, text in ((self.cost, cost), (self.refusal, refusal)):
            label.setText(text)
            label.setVisible(bool(text))

    def _make_lines(self, lines: Sequence[AxisLine]) -> None:
        while (item := self.grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.lines, self._told = {}, {}
        for row, line in enumerate(lines):
            label, edit = PlainLabel(line.title, self), QLineEdit(self)
            label.setBuddy(edit)
            edit.setObjectName(f"axis:{line.path}")
            edit.setAccessibleName(f"{line.title}: values")
            edit.setPlaceholderText(HOW)
            edit.textEdited.connect(self.typed)
            edit.editingFinished.connect(self._on_written)
            remove: QToolButton = tool_button(
                "×", self, name=f"remove:{line.path}", help="Take this axis out."
            )
            remove.setAccessibleName(f"Take {line.title} out")
            remove.clicked.connect(self._on_removed)
            for column, widget in enumerate((label, edit, remove)):
                self.grid.addWidget(widget, row, column, Qt.AlignmentFlag(0))
            self.lines[line.path] = edit

    @Slot()
    def _on_written(self) -> None:
        edit = self.sender()
        assert isinstance(edit, QLineEdit), "a line tells"
        path = edit.objectName().removeprefix("axis:")
        if edit.text() != self._told.get(path):
            self._tell(path, edit.text())

    def _tell(self, path: str, text: str) -> None:
        self._told[path] = text
        self.axis_written.emit(path, text)

    @Slot()
    def _on_removed(self) -> None:
        path = self.sender().objectName().removeprefix("remove:")
        self.take(path)
        self.settle()
        self.axis_removed.emit(path)

    @Slot(int)
    def _on_added(self, place: int) -> None:
        path = str(self.add_box.offered(place))
        self.add_box.setCurrentIndex(0)
        if path:
            self.axis_wanted.emit(path)

    @Slot(int)
    def _on_order(self, place: int) -> None:
        self.order_chosen.emit(str(self.order_box.offered(place)))

    @Slot(int)
    def _on_keep(self, place: int) -> None:
        self.keep_chosen.emit(str(self.keep_box.offered(place)))
