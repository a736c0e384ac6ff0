"""Which plane of many inputs the drawing board shows."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from gui.choices_row import ChoicesRow
from gui.forms.tones import ToneLabel
from gui.layouts import in_column
from gui.plain_text import tooltip

PLANES = {
    "principal": "Principal components 1 and 2",
    "samples": "Through three selected points",
    "inputs": "Two inputs",
}


class PlaneRow(QWidget):
    """The choice of a plane, and what is seen of the points in it."""

    plane_wanted = Signal(str, int, int)
    """How the plane is chosen, and two inputs, counted from 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("board plane")
        self.kind = QComboBox(self)
        self.kind.setObjectName("board plane kind")
        self.kind.setAccessibleName("Plane")
        self.kind.setToolTip(tooltip("Points of more than two inputs are drawn and moved in a plane."))
        for kind, title in PLANES.items():
            self.kind.addItem(title, kind)
        self.inputs = [QSpinBox(self), QSpinBox(self)]
        for place, box in enumerate(self.inputs):
            box.setObjectName(f"board plane input {place + 1}")
            box.setAccessibleName(("Input across", "Input upwards")[place])
            box.setPrefix("x")
            box.setRange(1, 2)
            box.setValue(place + 1)
        self.words = ToneLabel(wrap=True, parent=self)
        self.words.setObjectName("board plane words")
        row = ChoicesRow((0, 0, 0, 0))
        row.add(self.kind, *self.inputs)
        in_column((row, self.words), self, spacing=2)
        self.kind.activated.connect(self._on_chosen)
        for box in self.inputs:
            box.valueChanged.connect(self._on_chosen)
        self._show_boxes()

    def show_plane(self, inputs: int, sentence: str) -> None:
        """Show how many inputs there are, and what the plane is; nothing where two are drawn as they are."""
        self.setVisible(bool(sentence))
        self.kind.setVisible(inputs > 2)
        for box in self.inputs:
            box.blockSignals(True)
            box.setRange(1, max(inputs, 2))
            box.blockSignals(False)
        self._show_boxes(inputs > 2)
        self.words.setText(sentence)

    def show_kind(self, kind: str) -> None:
        """Show how the plane is chosen."""
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self._show_boxes()

    def _show_boxes(self, many: bool = True) -> None:
        for box in self.inputs:
            box.setVisible(many and self.kind.currentData() == "inputs")

    @Slot()
    def _on_chosen(self) -> None:
        self._show_boxes()
        across, up = (box.value() - 1 for box in self.inputs)
        self.plane_wanted.emit(str(self.kind.currentData()), across, up)
