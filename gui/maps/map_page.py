"""A map of a session: its axes and its training above, and what it shows below."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.protocol.map_pictures import LinesSeen, MapSeen, SlicesSeen
from gui.layouts import in_column
from gui.pictures.low_scroll import LowScroll
from gui.pictures.pages import lay_out_pages
from gui.pictures.two_sides import faint_words

from .axes_editor import AxesEditor
from .map_body import MapBody
from .map_choices import MapChoices
from .training_row import TrainingRow

READING = "Its points are being read."
NOTHING = (
    "A map is an experiment over values of its fields. Add an axis above, or choose “Sweep this field” in the menu of "
    "any field at the left; then run the map."
)
TO_RUN = "Run map trains every point of the axes above; the map fills while they end."


class MapPage(QWidget):
    """Knows no model: shows what it is given, and says what a person wants."""

    body_made = Signal(object)
    """The `MapBody`, as soon as it is there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map_view")
        self.axes, self.training, self.choices = AxesEditor(self), TrainingRow(self), MapChoices(self)
        self.nothing = faint_words(self, "no_map", NOTHING, centred=True)
        self.axes.setAccessibleName("Axes of the map")
        above = QWidget(self)
        above.setAccessibleName("Axes and choices of the map")
        in_column((self.axes, self.training, self.choices), above)
        self.above, self._room = LowScroll(above, self), QWidget(self)
        self.pages = lay_out_pages(self, in_column((self.above,)), in_column(()), self.nothing, self._room)
        self.training.fold.toggled.connect(self.axes.setVisible)

    @cached_property
    def body(self) -> MapBody:
        """What shows a map, made when there is the first one to be looked at."""
        body = MapBody(self)
        in_column((body,), self._room)
        self.body_made.emit(body)
        return body

    @property
    def has_body(self) -> bool:
        """Whether that is made."""
        return "body" in self.__dict__

    def show_none(self, *, reading: bool = False, has_axes: bool = False, others: bool = False) -> None:
        """Show that there is no map yet, and what is to be done, or that its points are being read.

        Args:
            reading: whether they are.
            has_axes: whether what is edited is a map.
            others: whether there are other maps, which can then be chosen.
        """
        self.nothing.setText(READING if reading else TO_RUN if has_axes else NOTHING)
        self.pages.setCurrentIndex(0)
        self.choices.setVisible(others)
        self.choices.show_kind("")

    def show_map(
        self, kind: str, seen: MapSeen, slices: SlicesSeen | None = None, lines: LinesSeen | None = None
    ) -> None:
        """Show a map in one of its ways: `slices` and `lines` are there where they are looked at."""
        self.choices.show()
        self.pages.setCurrentIndex(1)
        self.choices.show_kind(kind)
        self.body.show_map(kind, seen, slices, lines)
