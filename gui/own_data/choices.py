"""What people choose of data that are looked at, by their kind: each choice is a field of the experiment."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFormLayout, QWidget

from engine.data.recognition import DataLook
from engine.experiment.data import DataSpec
from gui.forms.editor import CalmComboBox
from gui.plain_text import PlainLabel, tooltip


class FieldBox(CalmComboBox):
    """A combo box of the values of one field."""

    picked = Signal(str, object)
    """The field, and the value that a person chose."""

    def __init__(self, field: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"own_data_{field}")
        self.setAccessibleName(name)
        self._field = field
        self.activated.connect(self._on_activated)

    @Slot(int)
    def _on_activated(self, place: int) -> None:
        self.picked.emit(self._field, self.offered(place))


def row_label(title: str, parent: QWidget) -> PlainLabel:
    """Return the words before a choice, as wide as all others."""
    label = PlainLabel(title, parent)
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance("Separated by") + 4)
    return label


class DataChoices(QWidget):
    """The choices of one kind of data."""

    chosen = Signal(dict, bool)
    """Fields with their values, and whether the columns are to be recognised anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)

    def box(self, field: str, title: str, help: str) -> FieldBox:
        """Return a box of a field's values in a row of its own."""
        box = FieldBox(field, title, self)
        box.setToolTip(tooltip(help))
        box.picked.connect(self._on_picked)
        self.add(title, box)
        return box

    def add(self, title: str, widget: QWidget) -> None:
        """Put a widget into a row of its own."""
        self.form.addRow(row_label(title, self), widget)

    def show_look(self, data: DataSpec, look: DataLook) -> None:
        """Show what was recognised, and what is chosen."""
        raise NotImplementedError

    def columns(self) -> tuple[int, frozenset[int]]:
        """Return which column of the rows is the label, and which are left out, from 0."""
        return 0, frozenset()

    @Slot(str, object)
    def _on_picked(self, field: str, value: Any) -> None:
        self.chosen.emit({field: value}, self.is_about_columns(field))

    @staticmethod
    def is_about_columns(_field: str) -> bool:
        """Say whether another value of a field makes other columns."""
        return False


class ArchiveChoices(DataChoices):
    """Which arrays of an archive are points and labels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points = self.box(
            "x", "Points", "The array of points: (n, d), or (n, height, width) for pictures."
        )
        self.labels = self.box(
            "y", "Labels", "The array of labels: (n,), numbers or words, or one-hot (n, C)."
        )

    def show_look(self, data: DataSpec, look: DataLook) -> None:
        x_name, y_name = look.chosen
        points = next((a for a in look.arrays if a.name == x_name), None)
        self.points.offer([(a.name, a.title, "") for a in look.arrays if a.is_points], x_name)
        fitting = [a for a in look.arrays if a.is_labels(points) or a.name == y_name]
        self.labels.offer([(a.name, a.title, "") for a in fitting], y_name)


class NoChoices(DataChoices):
    """Of data whose fields are chosen in the column of the experiment."""

    def show_look(self, data: DataSpec, look: DataLook) -> None:
        pass
