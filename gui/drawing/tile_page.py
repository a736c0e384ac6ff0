"""The drawing board of pictures and signals: tiles, in which order, and the sample in hand in words."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from engine.data.dataset import Array, Dataset
from engine.experiment.data import DataSpec
from engine.words.formats import counted, read_out, with_minus
from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.plain_text import PlainLabel, ShortLabel, tooltip

from .tiles import TileView

NO_MARGINS = "Margins appear once a run of these data has recorded a step."


class TilePage(QWidget):
    """Shows samples as tiles and says which of them get another class."""

    class_given = Signal(int, int)
    """A sample, and the number of its new class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("board tile page")
        self.number = 0
        """The class that a click gives, where there are more than two."""
        self._whose = NO_MARGINS
        self.tiles = TileView(self)
        self.order = QComboBox(self)
        self.order.setObjectName("board tile order")
        self.order.setAccessibleName("Order of the samples")
        self.order.addItem("In their order", False)
        self.order.addItem("Smallest margins first", True)
        self.order.setToolTip(tooltip("Which samples come first."))
        self.whose = PlainLabel("", self)
        self.whose.setObjectName("board margins of")
        self.whose.setProperty("role", "faint")
        self.whose.setWordWrap(True)
        self.reading = ShortLabel("", self)
        self.reading.setObjectName("board tile reading")
        row = ChoicesRow((0, 0, 0, 0))
        row.add(self.order)
        row.add(self.whose, stretch=1)
        in_column((row, self.tiles, self.reading), self, spacing=5).setStretchFactor(self.tiles, 1)
        self.order.activated.connect(self._on_order)
        self.tiles.clicked.connect(self._on_clicked)
        self.tiles.class_keyed.connect(self._on_class_keyed)
        self.tiles.looked.connect(self._show_reading)

    def show_data(self, spec: DataSpec, data: Dataset) -> None:
        """Show the training samples."""
        self.tiles.show_data(data, frozenset(row[0] - 1 for row in spec.relabel))
        self._show_reading()

    @Slot(object, str)
    def show_margins(self, margins: Array | None, whose: str) -> None:
        """Show margins (N,) and of which run and step they are; None: they are not known, and why."""
        was_known = self.tiles.margins is not None
        self.tiles.show_margins(margins)
        self._whose = whose if self.tiles.margins is not None or margins is None else NO_MARGINS
        self.whose.setText(self._whose)
        self.order.setEnabled(self.tiles.margins is not None)
        if not was_known:  # later tiles stay where they are under a hand, until somebody sorts them
            self._on_order()
        self._show_reading()

    @Slot()
    def _show_reading(self) -> None:
        data, sample = self.tiles.data, self.tiles.sample
        if data is None or sample is None:
            self.reading.setText("")
            return
        words = [f"sample {sample + 1:,} of {len(data.raw):,}"]
        words.append(f"class {with_minus(data.class_names[self.tiles.class_of(sample)])}")
        if self.tiles.margins is not None:
            words.append(f"margin {read_out(float(self.tiles.margins[sample]))}")
        if self.tiles.by_hand:
            words.append(f"{counted(len(self.tiles.by_hand), 'label')} by hand")
        self.reading.setText(" · ".join(words))

    @Slot()
    def _on_order(self) -> None:
        self.tiles.sort(by_margin=bool(self.order.currentData()))
        self._show_reading()

    @Slot(int, bool)
    def _on_clicked(self, sample: int, is_right: bool) -> None:
        """Give a sample the class chosen; the next one by the right button, and where there are two."""
        data = self.tiles.data
        if data is None:
            return
        following = (self.tiles.class_of(sample) + 1) % data.classes
        self._give(sample, following if is_right or data.classes == 2 else self.number)

    @Slot(int, int)
    def _on_class_keyed(self, sample: int, number: int) -> None:
        if self.tiles.data is not None and number < self.tiles.data.classes:
            self._give(sample, number)

    def _give(self, sample: int, number: int) -> None:
        if number != self.tiles.class_of(sample):
            self.class_given.emit(sample, number)
