"""What the network says over 2-D inputs, another predictor beside it, and the difference of the two."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QSizePolicy,
    QWidget,
)

from engine.figures.compared import NORMALISED, RAW, Compared, compared, why_no_rings
from engine.protocol.records import Array
from engine.protocol.surface import FIRST_PREDICTOR, SurfaceReady
from engine.words.formats import percentage, read_out
from gui.choice_box import ChoiceBox
from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.plain_text import PlainLabel, ShortLabel, as_html, tooltip
from gui.plots.replica_slider import ReplicaSlider
from gui.theme import theme

from .colour_bar import ColourBar
from .colour_key import colour_key, point_marks
from .pages import lay_out_pages, line_of_readings
from .picture_row import PictureRow
from .surface_picture import SurfacePicture
from .two_sides import faint_words

RESOLUTIONS = ((61, "coarse"), (101, "medium"), (201, "fine"))
NOTHING = "The surface appears once a run with two inputs has recorded its first step."


class SurfaceView(QWidget):
    """Three linked images, their colours on one scale, and what is chosen about them."""

    surface_wanted = Signal(str, int)
    """The user wants another predictor or resolution."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surface_view")
        self.surface: SurfaceReady | None = None
        self.parts: Compared | None = None
        self.chosen: int | None = None
        """The number of the sample chosen."""
        self.network = SurfacePicture("Network", self)
        self.other = SurfacePicture(FIRST_PREDICTOR[1], self)
        self.difference = SurfacePicture("Difference", self)
        for picture in (self.other, self.difference):
            picture.hide_left_axis()
        self.bar = ColourBar(self)
        self.nothing = faint_words(self, "no_surface", NOTHING, centred=True)
        self._make_choices()
        self._lay_out()
        self._connect()
        self.show_none(NOTHING)

    @property
    def pictures(self) -> tuple[SurfacePicture, ...]:
        """Return the network, the predictor beside it, and their difference."""
        return self.network, self.other, self.difference

    def _make_choices(self) -> None:
        self.step_label, self.reading = PlainLabel("", self), ShortLabel("", self)
        self.step_label.setObjectName("surface_step")
        self.reading.setObjectName("surface_reading")
        self.reading.setProperty("role", "faint")
        # a long reading is cut off rather than making the window wider than the screen
        self.reading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.slider = ReplicaSlider(self)
        self.predictor_box = ChoiceBox(self)
        self.predictor_box.setObjectName("predictor")
        self.predictor_box.setAccessibleName("Predictor beside the network")
        self.predictor_box.setToolTip("The predictor beside the network.")
        self.predictor_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.predictor_box.setMinimumContentsLength(16)
        self.show_predictors(dict([FIRST_PREDICTOR]))
        self.normalise_box = QCheckBox("Each over its RMS", self)
        self.normalise_box.setObjectName("normalise")
        self.normalise_box.setChecked(True)
        self.normalise_box.setToolTip(
            "The network's outputs grow for ever, a kernel's predictor does not: each divided by its root mean "
            "square over the square, they and their difference can be compared."
        )
        self.resolution_box = QComboBox(self)
        self.resolution_box.setObjectName("resolution")
        for resolution, name in RESOLUTIONS:
            self.resolution_box.addItem(f"{name}, {resolution} × {resolution}", resolution)
        self.resolution_box.setCurrentIndex(1)
        self.resolution_box.setAccessibleName("Points of the surfaces")
        self.resolution_box.setToolTip("How many points the surfaces are computed at.")

    def _lay_out(self) -> None:
        beside = PlainLabel("Beside the network", self)
        beside.setProperty("role", "faint")
        beside.setBuddy(self.predictor_box)
        choices = ChoicesRow()
        choices.add(beside, self.predictor_box)
        choices.add_gap()
        choices.add(self.normalise_box, self.resolution_box)
        line = line_of_readings(self.step_label, self.reading, self.slider)
        self.row = PictureRow(self.pictures, self.bar, self)
        self.caption = faint_words(self, "surface_caption")
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        whole = QWidget(self)
        in_column((self.row, self.caption), whole).setStretchFactor(self.row, 1)
        self.pages = lay_out_pages(self, choices, line, self.nothing, whole)

    def _connect(self) -> None:
        self.predictor_box.activated.connect(self._on_wish_changed)
        self.resolution_box.currentIndexChanged.connect(self._on_wish_changed)
        self.normalise_box.toggled.connect(self._on_appearance_changed)
        theme().theme_changed.connect(self._on_appearance_changed)
        for picture in self.pictures:
            picture.pointed.connect(self._on_pointed)
            picture.left.connect(self._on_left)

    # --- what is shown ---

    @property
    def predictor(self) -> str:
        """Return the name of the predictor chosen to stand beside the network."""
        return str(self.predictor_box.currentData())

    @property
    def resolution(self) -> int:
        """Return the number of points a side chosen."""
        return int(self.resolution_box.currentData())

    def show_predictors(self, titles: Mapping[str, str]) -> None:
        """Offer the predictors that the engine knows, by name."""
        self.predictor_box.offer(titles.items(), self.predictor_box.currentData(), otherwise=0)

    def show_none(self, sentence: str) -> None:
        """Say why there is no surface."""
        self.surface = self.parts = None
        self.nothing.setText(sentence)
        self.step_label.setText("")
        self.reading.setText("")
        self.pages.setCurrentIndex(0)

    def show_surface(self, surface: SurfaceReady) -> None:
        """Show a surface."""
        self._draw(surface)
        self.show_chosen(self.chosen)

    def _draw(self, surface: SurfaceReady) -> None:
        normalise = self.normalise_box.isChecked()
        for picture in self.pictures:
            picture.show_inputs(surface.input_names)
        self.surface, self.parts = surface, compared(surface, normalise)
        self.pages.setCurrentIndex(1)
        self.step_label.setText(_step(surface))
        several, parts = surface.network_class is not None, self.parts
        self.bar.setVisible(not several)
        self.bar.show_scale(parts.level, NORMALISED if normalise else RAW)
        self.other.title.setText(surface.title or self.predictor_box.currentText())
        self.other.title.setToolTip(tooltip(self.other.title.text()))
        self.difference.title.setToolTip("The network less the predictor beside it.")
        _show(self.network, surface.axis, parts.network, parts.level, surface.network_class)
        self.network.show_points(surface.points, surface.labels, surface.support, 3 if several else 2)
        self.caption.setText(self._missing(surface) + _key(surface))
        for picture in self.pictures[1:]:
            picture.setVisible(parts.other is not None)
        self.row.arrange()
        if parts.other is None:
            return
        _show(self.other, surface.axis, parts.other, parts.level, surface.other_class)
        self.other.show_points(surface.points, surface.labels, surface.other_support, 3 if several else 2)
        self._show_difference(surface, parts)

    def _missing(self, surface: SurfaceReady) -> str:
        """Return HTML that says why no predictor stands beside the network; '' where one does."""
        if surface.other is not None:
            return ""
        why = f": {surface.why_no_other}" if surface.why_no_other else ""
        words = f"{self.predictor_box.currentText()} is not shown{why}".rstrip(".")
        return f"<b>{as_html(words)}.</b> "

    @Slot(object)
    def show_chosen(self, sample: int | None) -> None:
        """Let the sample chosen stand out."""
        self.chosen = sample
        points = None if self.surface is None else self.surface.points
        point = points[sample] if points is not None and sample is not None and sample < len(points) else None
        for picture in self.pictures:
            picture.show_chosen(point if len(picture.points.data) else None)

    def _show_difference(self, surface: SurfaceReady, parts: Compared) -> None:
        what = "signs" if parts.difference is not None else "classes"
        self.step_label.setText(
            f"{_step(surface)} · {what} differ on {percentage(parts.share)} of the square"
        )
        if parts.difference is not None:
            self.difference.title.setText("Difference")
            self.difference.show_values(surface.axis, parts.difference, parts.level, line=False)
        elif surface.network_class is not None:
            self.difference.title.setText("Where they differ")
            self.difference.show_classes(
                surface.axis, surface.network_class, parts.network, parts.level, parts.differs
            )
        classes = 2 if parts.difference is not None else 3
        self.difference.show_points(surface.points, surface.labels, None, classes)

    # --- what the user does ---

    @Slot()
    def _on_wish_changed(self) -> None:
        self.surface_wanted.emit(self.predictor, self.resolution)

    @Slot()
    def _on_appearance_changed(self) -> None:
        self.bar.update()
        if self.surface is not None:
            self.show_surface(self.surface)

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        if self.surface is None:
            return
        words = [
            f"at ({read_out(x)}, {read_out(y)})",
            f"network {read_out(self.network.value_at(x, y))}",
        ]
        if self.surface.other is not None:
            words.append(f"{self.surface.title} {read_out(self.other.value_at(x, y))}")
        if self.parts is not None and self.parts.difference is not None:
            words.append(f"difference {read_out(self.difference.value_at(x, y))}")
        self.reading.setText("   ".join(words))

    @Slot()
    def _on_left(self) -> None:
        self.reading.setText("")


def _step(surface: SurfaceReady) -> str:
    """Name the step, and say where its picture is a first and coarse one."""
    return f"step {surface.step:,}" + (", coarse" if surface.every > 1 else "")


def _key(surface: SurfaceReady) -> str:
    """Return HTML that says what points, rings and lines are."""
    several = surface.network_class is not None
    told = (
        []
        if surface.labels is None
        else [
            colour_key(
                "Points: class", point_marks(surface.labels, 3 if several else 2, surface.class_names)
            ),
            *_rings(surface),
        ]
    )
    field = (
        "Colours: the class that wins, the paler the nearer the next." if several else "Line: the decision."
    )
    return " ".join(part.strip() for part in (*told, field) if part)


def _rings(surface: SurfaceReady) -> list[str]:
    """Say what rings are, and why there are none over the network."""
    sides = [side for side in (surface.support, surface.other_support) if side is not None and side.any()]
    why = why_no_rings(surface)
    said = ["Rings: samples that carry the margin."] if sides else []
    return [*said, f"No rings over the network: {why}."] if why else said


def _show(
    picture: SurfacePicture, axis: Array, values: Array, level: float, winners: NDArray[np.int64] | None
) -> None:
    if winners is None:
        picture.show_values(axis, values, level)
    else:
        picture.show_classes(axis, winners, values, level)
