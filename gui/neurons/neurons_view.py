"""The units of a layer: arrows and kinks over the data or weights as pictures, norms against angles, over steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from engine.protocol.neurons import NeuronsReady, UnitsSeen
from engine.words.formats import counted, percentage, read_out
from gui.choice_box import ChoiceBox
from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.pictures.pages import lay_out_pages, line_of_readings
from gui.pictures.two_sides import TwoSides, faint_words
from gui.pictures.walk import Walk, walked_to
from gui.plain_text import PlainLabel, ShortLabel, as_html, tooltip
from gui.plots.replica_slider import ReplicaSlider
from gui.theme import theme

from .columns import ANGLES, SIZES, UnitColumn, offered, values
from .side_colours import neurons_key, side_words
from .unit_tiles import UnitTiles
from .units_over_steps import UnitsOverSteps
from .units_plane import UnitsPlane
from .units_scatter import UnitsScatter

NOTHING = "The units appear once a run has recorded its first step."


class NeuronsView(QWidget):
    """The plane, or the tiles, at the left; norms against angles and the way over steps at the right."""

    layer_wanted = Signal(str)
    """Another layer, by its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("neurons_view")
        self.neurons: NeuronsReady | None = None
        """What the engine answered last."""
        self.shown: UnitsSeen | None = None
        """The units at the step shown, which may be a stored one that was looked at before."""
        self.followed: int | None = None
        """The unit followed, by its number in the layer."""
        self._wishes = {"across": "", "up": ""}
        """The columns that the user chose, also where a layer has none of them; '' for the first."""
        self._path: Sequence[UnitsSeen] = ()
        self._missing = 0
        self.plane, self.scatter, self.over_steps = UnitsPlane(self), UnitsScatter(self), UnitsOverSteps(self)
        self.tiles = UnitTiles(self)
        self.nothing, self.why_no_plane = (
            faint_words(self, name, NOTHING, centred=True) for name in ("no_neurons", "no_plane")
        )
        self._make_choices()
        self._lay_out()
        self._connect()
        self.show_none(NOTHING)

    def _make_choices(self) -> None:
        self.layer_box, self.across_box, self.up_box = (ChoiceBox(self) for _ in range(3))
        for box, name, words in (
            (self.layer_box, "neurons_layer", "Layer whose units are shown"),
            (self.across_box, "neurons_across", "What runs to the right in the plot of units"),
            (self.up_box, "neurons_up", "What runs upwards in the plots of units"),
        ):
            box.setObjectName(name)
            box.setAccessibleName(words)
            box.setToolTip(tooltip(words))
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.lines_box = QCheckBox("Kinks", self)
        self.lines_box.setObjectName("neurons_kinks")
        self.lines_box.setChecked(True)
        self.rays_box = QCheckBox("Extremal directions", self)
        self.rays_box.setObjectName("neurons_extremes")
        self.rays_box.setToolTip(tooltip("Where units turn first from a small start: the dashed rays"))
        self.rays_box.setChecked(True)
        self.step_label, self.reading = PlainLabel("", self), ShortLabel("", self)
        self.step_label.setObjectName("neurons_step")
        self.reading.setObjectName("neurons_reading")
        self.reading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.caption = faint_words(self, "neurons_caption")
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.slider = ReplicaSlider(self)

    def _lay_out(self) -> None:
        choices = ChoicesRow()
        choices.add(self.layer_box, self.lines_box, self.rays_box, self.up_box, self.across_box)
        line = line_of_readings(self.step_label, self.reading, self.slider)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(self.tiles)
        scroll.setAccessibleName("Weights as pictures")
        self.left = QStackedWidget(self)
        for page in (self.plane, scroll, self.why_no_plane):
            self.left.addWidget(page)
        self.body = TwoSides(self.left, (self.scatter, self.over_steps), self, square=True)
        whole = QWidget(self)
        in_column((self.body, self.caption), whole).setStretchFactor(self.body, 1)
        self.pages = lay_out_pages(self, choices, line, self.nothing, whole)

    def _connect(self) -> None:
        self.layer_box.activated.connect(self._on_layer_chosen)
        self.across_box.activated.connect(self._on_column_chosen)
        self.up_box.activated.connect(self._on_column_chosen)
        self.lines_box.toggled.connect(self._draw)
        self.rays_box.toggled.connect(self._draw)
        for part in (self.plane, self.scatter, self.over_steps, self.tiles):
            part.unit_picked.connect(self._on_unit_picked)
        self.walk = Walk((self.plane.picture.canvas, self.scatter.canvas, self.over_steps.canvas), self)
        self.walk.walked.connect(self._on_walked)
        self.walk.left.connect(self._on_left)
        theme().theme_changed.connect(self._draw)

    # --- what is shown ---

    def show_none(self, sentence: str) -> None:
        """Say why there are no units."""
        self.neurons = self.shown = None
        self.nothing.setText(sentence)
        self.step_label.setText("")
        self.reading.setText("")
        self.pages.setCurrentIndex(0)
        self._show_choices()
        self.lines_box.setVisible(self.layer_box.count() > 0)
        self.rays_box.hide()

    def show_neurons(self, picture: NeuronsReady) -> None:
        """Show the units of a layer at a step."""
        before, of = self.neurons, (picture.run, picture.replica, picture.layer)
        other = before is None or (before.run, before.replica, before.layer) != of
        drawn = not other and picture.tiles is None and _are_same(self.shown, picture.now)
        self.neurons, self.shown = picture, picture.now
        if other and self.followed is not None and self.followed not in picture.units:
            self.followed = None
        self.pages.setCurrentIndex(1)
        self._offer_layers(picture)
        self._offer_columns(picture)
        self._show_choices()
        if other:
            self._draw()
        elif drawn:  # as the stored step that it is
            self._say(picture, picture.now, self._place())
        else:
            self._draw_seen()

    def show_rows(self, path: Sequence[UnitsSeen], missing: int) -> None:
        """Show the units at stored steps, of which so many are still to come."""
        self._path, self._missing = path, missing
        self._draw_path()
        if self.neurons is not None and self.shown is not None:
            self._say(self.neurons, self.shown, self._place())

    def show_seen(self, seen: UnitsSeen) -> None:
        """Show the units at a stored step that has been looked at."""
        if self.neurons is not None and len(seen.norm) == len(self.neurons.units):
            self.shown = seen
            self._draw_seen()

    def follow(self, unit: int | None) -> None:
        """Follow a unit by its number in the layer; None: none."""
        self.followed = unit
        self.walk.is_on = unit is not None
        self._draw()

    def _show_choices(self) -> None:
        """Show the boxes that something can be chosen in: before the first answer none."""
        for box in (self.layer_box, self.across_box, self.up_box):
            box.setVisible(box.count() > 0)

    def _offer_layers(self, picture: NeuronsReady) -> None:
        words = [
            f"{layer.name or 'Predictors'} · {counted(layer.units, layer.word.removesuffix('s'))}"
            for layer in picture.layers
        ]
        names = [layer.name for layer in picture.layers]
        self.layer_box.offer(zip(names, words, strict=True), picture.layer.name)

    def _offer_columns(self, picture: NeuronsReady) -> None:
        for box, columns, name in ((self.across_box, ANGLES, "across"), (self.up_box, SIZES, "up")):
            there = [(column.name, column.title, column.help) for column in offered(columns, picture)]
            box.offer(there, self._wishes[name], otherwise=0)

    def _columns(self) -> tuple[UnitColumn, UnitColumn]:
        """Return what runs to the right, and what runs upwards."""
        both = ((self.across_box, ANGLES), (self.up_box, SIZES))
        across, up = (
            next((column for column in columns if column.name == box.currentData()), columns[0])
            for box, columns in both
        )
        return across, up

    @Slot()
    def _draw(self) -> None:
        """Show everything."""
        self._draw_path()
        self._draw_seen()

    def _draw_path(self) -> None:
        """Show what is of all stored steps; it stays while one looks back."""
        picture = self.neurons
        if picture is None:
            return
        path = [step for step in self._path if len(step.norm) == len(picture.units)] or [picture.now]
        place, across, up = self._place(), *self._columns()
        self.across_box.setToolTip(tooltip(across.help))
        self.up_box.setToolTip(tooltip(up.help))
        if picture.now.slope is not None:
            in_plane = [step for step in path if step.slope is not None]
            self.plane.show_trail(picture, in_plane, place)
        self.scatter.show_path(path, place, across, up)
        self.over_steps.show_path(picture, path, place, up)

    def _draw_seen(self) -> None:
        """Show what is of the step shown."""
        picture, seen = self.neurons, self.shown
        if picture is None or seen is None:
            return
        place = self._place()
        flat = seen.slope is not None
        self.lines_box.setVisible(flat and bool(picture.line))
        self.lines_box.setText("Kinks" if "kinks" in picture.line else "Lines")
        self.lines_box.setToolTip(tooltip(picture.line))
        self.rays_box.setVisible(picture.extremes is not None)
        if flat:
            self.plane.show_units(picture, seen, place, self.lines_box.isChecked())
            self.plane.show_rays(picture, self.rays_box.isChecked())
            self.left.setCurrentIndex(0)
        elif picture.tiles is not None:
            self.tiles.show_tiles(picture.tiles, place, seen.step != picture.step)
            self.left.setCurrentIndex(1)
        else:
            self.why_no_plane.setText(_sentence(picture.why_no_plane))
            self.left.setCurrentIndex(2)
        self.scatter.show_units(picture, seen, place, *self._columns())
        self.over_steps.mark(seen.step)
        self.step_label.setText(f"step {seen.step:,}")
        self._say(picture, seen, place)

    def _place(self) -> int | None:
        """Return where the unit followed stands among those shown; None where it is not shown."""
        if self.neurons is None or self.followed is None:
            return None
        found = np.flatnonzero(self.neurons.units == self.followed)
        return int(found[0]) if len(found) else None

    def _say(self, picture: NeuronsReady, seen: UnitsSeen, place: int | None) -> None:
        """Say what the unit followed is, and what is shown of all of them."""
        one = picture.layer.word.removesuffix("s")
        if place is None:
            self.reading.setText(f"Click on one of the {picture.layer.word} to follow it.")
        else:
            told = [f"{one} {picture.units[place]}", f"norm {read_out(seen.norm[place])}"]
            told += [
                f"{words} {read_out(value)}°"
                for words, value in (
                    ("turned", seen.turned[place]),
                    ("in the plane", values("plane", seen)[place]),
                    ("to the leading direction", seen.leading[place]),
                    ("to the extremal direction", values("extremal", seen)[place]),
                )
                if np.isfinite(value)
            ]
            if np.isfinite(seen.share[place]):
                told.append(f"share {percentage(float(seen.share[place]))}")
            told.append(side_words(picture, int(seen.side[place])))
            self.reading.setText("   ".join(word for word in told if word))
        self.reading.setToolTip(tooltip(self.reading.text()))
        self.caption.setText(neurons_key(picture, seen) + as_html(_caption(picture, seen, self._missing)))

    # --- kept in the session ---

    def state(self) -> dict[str, Any]:
        """Return what is chosen."""
        return {
            **self._wishes,
            "kinks": self.lines_box.isChecked(),
            "extremes": self.rays_box.isChecked(),
            "followed": self.followed,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Choose what was chosen; what is not as it should be is left at its default."""
        for name in ("across", "up"):
            self._wishes[name] = str(state.get(name, ""))
        if self.neurons is not None:
            self._offer_columns(self.neurons)
        self.lines_box.setChecked(state.get("kinks") is not False)
        self.rays_box.setChecked(state.get("extremes") is not False)
        followed = state.get("followed")
        self.follow(followed if isinstance(followed, int) else None)

    # --- what the user does ---

    @Slot()
    def _on_layer_chosen(self) -> None:
        self.followed = None
        self.layer_wanted.emit(str(self.layer_box.currentData()))

    @Slot()
    def _on_column_chosen(self) -> None:
        self._wishes = {"across": self.across_box.currentData(), "up": self.up_box.currentData()}
        self._draw()

    @Slot(int)
    def _on_walked(self, by: int) -> None:
        """Follow the unit that so many keys lead to."""
        place = None if self.neurons is None else walked_to(self._place(), by, len(self.neurons.units))
        if place is not None:
            self._on_unit_picked(place)

    @Slot()
    def _on_left(self) -> None:
        self.follow(None)

    @Slot(object)
    def _on_unit_picked(self, place: int | None) -> None:
        if self.neurons is not None:
            self.follow(None if place is None else int(self.neurons.units[place]))


def _are_same(shown: UnitsSeen | None, now: UnitsSeen) -> bool:
    """Say whether units of one layer are shown as they are at this step."""
    return (
        shown is not None
        and (shown.step, shown.norm.shape) == (now.step, now.norm.shape)
        and np.allclose(shown.norm, now.norm, rtol=1e-9, equal_nan=True)
    )


def _caption(picture: NeuronsReady, seen: UnitsSeen, missing: int) -> str:
    told = []
    if seen.slope is not None:
        longest = read_out(float(np.max(seen.norm, initial=0.0)))
        told.append(f"Arrows: where a unit's input grows, as long as ‖w‖; the longest is {longest}")
        told.append(picture.line)
        if picture.extremes is not None:
            told.append(
                "dashed: extremal directions, to which units of that colour turn first from a small start"
            )
        if picture.limit is not None:
            told.append(f"rings: the tips at the limit predicted at step {picture.limit.step:,}")
    elif picture.tiles is not None:
        told.append("Weights into each unit, orange above 0 and blue below, up to its own largest")
        if len(picture.tiles) < len(picture.units):
            told.append(f"of the first {len(picture.tiles):,} units")
    if picture.bias:
        told.append("‖w‖ and angles with the bias")
    if picture.left_out:
        told.append(f"the {len(picture.units):,} longest of {picture.layer.units:,} {picture.layer.word}")
    told.append(picture.why_no_share and f"no shares: {picture.why_no_share}")
    if missing:
        told.append(f"{missing:,} stored steps are still to come")
    return _sentence("; ".join(word for word in told if word))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""
