"""What is looked at of a map: which one, which column, which axes, at which values of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QSlider, QWidget

from engine.experiment.numerals import loose_number
from engine.figures.maps import HOW, MapView
from engine.protocol.map_pictures import AxisSeen
from engine.protocol.point_table import is_share
from gui.choice_box import ChoiceBox
from gui.choices_row import ChoicesRow, named
from gui.fitted_line import FittedLine
from gui.forms.editor import CheckBox
from gui.layouts import in_column
from gui.model.maps.point_rows import shown_columns
from gui.plain_text import PlainLabel, tooltip
from gui.run_table.column_box import ColumnBox
from gui.tool_buttons import tool_button

NO_AXIS = ("none", "no second axis")
NONE_SHOWN = "none shown"
"""Stands among the session's maps where none of them is the one that is edited."""
DELETES = "Delete this map and its points; Undo brings it back."


class MapChoices(QWidget):
    """Shows what is looked at, and says what a person chooses instead."""

    map_chosen = Signal(str)
    view_chosen = Signal(object)
    """A `MapView`."""
    kind_chosen = Signal(str)
    """How it is shown: cells, slices, lines or points."""
    delete_wanted = Signal()
    edit_wanted = Signal()
    """The experiment edited is to be the one of the map looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view_shown = MapView()
        self.map_box = self._box("map_shown", "Map", "Which of the session's maps is shown.", 14)
        self.of_box = ColumnBox("map_column", "Colour", self, 18)
        self.of_box.setToolTip(tooltip("What is shown at every place of the map."))
        self.how_box = self._box("map_seeds", "Seeds", "What becomes of the values of several seeds.", 9)
        self.across_box = self._box("map_across", "Across", "Which axis runs to the right.", 12)
        self.up_box = self._box("map_up", "Up", "Which axis runs upwards; of slices, has a line a value.", 12)
        self.log_box = CheckBox("Log", self)
        self.log_box.setObjectName("map_log")
        self.log_box.setToolTip(tooltip("Let colours, and the heights of slices, follow the logarithm."))
        self.contour = FittedLine("contour at 0.00", self)
        self.contour.setObjectName("map_contour")
        self.contour.setAccessibleName("Contour at")
        self.contour.setPlaceholderText("contour at")
        self.contour.setToolTip(tooltip("A value at which a line is drawn through the map."))
        self.slices = tool_button(
            "Slices", self, name="map_slices_button", help="A line for each value.", checkable=True
        )
        self.lines = tool_button(
            "Lines",
            self,
            name="map_lines_button",
            help="A line for each point over all axes; drag along an axis to choose, Escape clears.",
            checkable=True,
        )
        self.points = tool_button(
            "Table", self, name="map_points_button", help="A row for each point.", checkable=True
        )
        self.kinds = {"slices": self.slices, "lines": self.lines, "points": self.points}
        self.fit = tool_button(
            "Laws", self, name="map_fit", help="Fit a law to each slice, by least squares.", checkable=True
        )
        self.delete = tool_button("Delete", self, name="delete_map", help=DELETES)
        self.delete.setAccessibleName("Delete the map")
        self.edit = tool_button(
            "Back to this map",
            self,
            name="edit_map",
            help="Edit the experiment of this map again, with its axes; Undo has what was edited.",
        )
        row = ChoicesRow((8, 4, 8, 2))
        row.add(self.map_box, stretch=1)
        row.add(self.edit)
        boxes = (self.of_box, self.how_box, self.across_box, self.up_box)
        self._named = {box: named(box.accessibleName(), box, self) for box in boxes}
        row.add(*self._named.values())
        row.add(self.log_box, self.contour)
        row.add(*self.kinds.values(), self.fit, self.delete)
        self._sliders: list[QSlider] = []
        self._slider_row, self._slider_line = ChoicesRow((8, 2, 8, 2)), QWidget(self)
        self._slider_line.setLayout(self._slider_row)
        self._slider_line.hide()
        in_column((row, self._slider_line), self)
        self._connect()

    def _box(self, name: str, called: str, help: str, letters: int) -> ChoiceBox:
        box = ChoiceBox(self)
        box.setObjectName(name)
        box.setAccessibleName(called)
        box.setToolTip(tooltip(help))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(letters)
        box.setMaxVisibleItems(20)
        return box

    def _connect(self) -> None:
        self.map_box.activated.connect(self._on_map)
        for box in (self.of_box, self.how_box, self.across_box, self.up_box):
            box.activated.connect(self._on_chosen)
        self.log_box.clicked.connect(self._on_chosen)
        self.contour.editingFinished.connect(self._on_chosen)
        self.fit.clicked.connect(self._on_chosen)
        for button in self.kinds.values():
            button.clicked.connect(self._on_kind)
        self.delete.clicked.connect(self.delete_wanted)
        self.edit.clicked.connect(self.edit_wanted)

    # --- what is shown ---

    def show_maps(self, maps: Sequence[tuple[str, str]], shown: str) -> None:
        """Offer the session's maps, by id and name; '' is shown where none is looked at."""
        self.map_box.offer(maps if shown else [("", NONE_SHOWN), *maps], shown)
        self.map_box.setVisible(len(maps) > bool(shown))

    def show_edited(self, edited: bool, *, can_delete: bool) -> None:
        """Show whether the map looked at is the one that is edited, and whether it can be deleted: nobody trains it."""
        self.edit.setVisible(not edited)
        self.delete.setEnabled(can_delete)
        self.delete.setToolTip(tooltip(DELETES if can_delete else "It is being trained: Stop comes before."))

    def show_view(
        self, view: MapView, names: Sequence[str], axes: Sequence[AxisSeen], *, seeds: int, log: bool
    ) -> None:
        """Show what is looked at.

        Args:
            view: that; it fits the map.
            names: the columns that there are.
            axes: those of the map.
            seeds: how many every place has.
            log: whether colours follow the logarithm now.
        """
        self.view_shown = view
        self.of_box.offer_columns(shown_columns(names), view.of)
        self.how_box.offer([(how, words) for how, words in HOW.items()], view.how)
        self.how_box.setEnabled(seeds > 1 and not is_share(view.of))
        places = [(k, axis.title) for k, axis in enumerate(axes)]
        self.across_box.offer(places, view.across)
        self.up_box.offer([(None, NO_AXIS[1]), *(p for p in places if p[0] != view.across)], view.up)
        self.up_box.setEnabled(len(axes) > 1)
        self.log_box.setChecked(log)
        if not self.contour.hasFocus():
            self.forget()
        self.fit.setChecked(view.fitted)
        self._show_sliders(view, axes)

    def forget(self) -> None:
        """Let go of what is being typed."""
        at = self.view_shown.contour
        self.contour.setText("" if at is None else f"{at:.6g}")

    def show_kind(self, kind: str) -> None:
        """Show how the map is shown, and what can be chosen of that; '': there is none."""
        for name, button in self.kinds.items():
            button.setChecked(name == kind)
            button.setVisible(bool(kind))
        self.delete.setVisible(bool(kind))
        self.fit.setVisible(kind == "slices")
        self.contour.setVisible(kind == "cells")
        self.log_box.setVisible(kind not in ("points", ""))
        over_axes = kind in ("cells", "slices")
        for box, pair in self._named.items():
            pair.setVisible(over_axes or (kind == "lines" and box is self.of_box))
        self._slider_line.setVisible(over_axes and bool(self._sliders))

    def _show_sliders(self, view: MapView, axes: Sequence[AxisSeen]) -> None:
        fixed = [k for k in range(len(axes)) if k not in (view.across, view.up)]
        wanted = [(k, axes[k].path, len(axes[k].words)) for k in fixed]
        there = [(s.property("axis"), s.property("path"), s.maximum() + 1) for s in self._sliders]
        if wanted != there:
            self._make_sliders(fixed, axes)
        for slider, k in zip(self._sliders, fixed, strict=True):
            slider.setValue(view.at[k])
            words = f"{axes[k].title} {axes[k].words[view.at[k]]}"
            label = slider.property("label")
            label.setText(words)

    def _make_sliders(self, fixed: Sequence[int], axes: Sequence[AxisSeen]) -> None:
        while (item := self._slider_row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._sliders = []
        for k in fixed:
            label, slider = PlainLabel("", self), QSlider(Qt.Orientation.Horizontal, self)
            slider.setRange(0, len(axes[k].words) - 1)
            slider.setObjectName(f"map_axis_{k}")
            slider.setAccessibleName(f"{axes[k].title}: which value")
            slider.setMinimumWidth(120)
            for name, value in (("axis", k), ("path", axes[k].path), ("label", label)):
                slider.setProperty(name, value)
            slider.valueChanged.connect(self._on_chosen)
            self._slider_row.add(label, slider)
            self._sliders.append(slider)

    # --- what a person chooses ---

    @Slot(int)
    def _on_map(self, place: int) -> None:
        self.map_chosen.emit(str(self.map_box.offered(place)))

    @Slot(bool)
    def _on_kind(self, wanted: bool) -> None:
        kind = next(name for name, button in self.kinds.items() if button is self.sender())
        self.kind_chosen.emit(kind if wanted else "cells")

    @Slot()
    def _on_chosen(self) -> None:
        view = self.view_shown
        at = list(view.at)
        for slider in self._sliders:
            at[int(slider.property("axis"))] = slider.value()
        number = loose_number(self.contour.text().strip()) if self.contour.text().strip() else None
        across = self.across_box.currentData()
        up = self.up_box.currentData()
        if up == across:
            up = view.across
        chosen = replace(
            view,
            of=str(self.of_box.currentData()),
            how=self.how_box.currentData(),
            across=across,
            up=up,
            at=tuple(at),
            log=self.log_box.isChecked() if self.sender() is self.log_box else view.log,
            contour=None if number is None else float(number),
            fitted=self.fit.isChecked(),
        )
        if chosen != view:
            self.view_chosen.emit(chosen)
