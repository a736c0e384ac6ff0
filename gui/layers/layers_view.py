"""The singular values of every layer: of one of them over steps, of all at the step shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from engine.figures.layers import layer_words, over_steps, stable_rank
from engine.figures.ranges import bounds
from engine.protocol.layers import LayersReady, SpectraSeen
from engine.words.formats import read_out
from gui.choice_box import ChoiceBox
from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.pictures.colour_key import STROKE
from gui.pictures.pages import lay_out_pages, line_of_readings
from gui.pictures.two_sides import LEAST_PLOT, TwoSides, faint_words
from gui.plain_text import PlainLabel, RichLabel, ShortLabel, as_html, tooltip
from gui.plots.base import small_font
from gui.plots.replica_slider import ReplicaSlider
from gui.theme import theme

from .values_now import ValuesNow, layer_colour
from .values_over_steps import ValuesOverSteps

NOTHING = "The singular values appear once a run has recorded its first step."
CELL = 'style="padding: 1px 10px 1px 0"'
MOST_LISTED = 12
"""Layers that the table names, from the input up."""


class LayersView(QWidget):
    """Over steps at the left; at the step shown at the right, over a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layers_view")
        self.layers: LayersReady | None = None
        """What the engine answered last."""
        self.shown: SpectraSeen | None = None
        """The values at the step shown, which may be a stored one that was looked at before."""
        self._rows: Sequence[SpectraSeen] = ()
        self._missing = 0
        self._wish = ""
        """The layer that the user chose; '' for the first."""
        self.over_steps, self.now = ValuesOverSteps(self), ValuesNow(self)
        self.nothing = faint_words(self, "no_layers", NOTHING, centred=True)
        self.caption = faint_words(self, "layers_caption")
        self.table = RichLabel("", self)
        self.table.setObjectName("layers_table")
        self.table.setTextFormat(Qt.TextFormat.RichText)
        self.table.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.table.setContentsMargins(8, 2, 4, 4)
        self.table.setFont(small_font(self.font()))
        self.table.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.step_label, self.reading = PlainLabel("", self), ShortLabel("", self)
        self.step_label.setObjectName("layers_step")
        self.reading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.slider = ReplicaSlider(self)
        self.layer_box = ChoiceBox(self)
        self.layer_box.setObjectName("layers_layer")
        self.layer_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.layer_box.setAccessibleName("Layer whose singular values are shown over steps")
        self.layer_box.setToolTip(tooltip("The layer whose singular values are shown over steps."))
        self._lay_out()
        self.layer_box.activated.connect(self._on_layer_chosen)
        theme().theme_changed.connect(self._draw)
        self.show_none(NOTHING)

    def _lay_out(self) -> None:
        choices = ChoicesRow()
        choices.add(self.layer_box)
        line = line_of_readings(self.step_label, self.reading, self.slider)
        right = QWidget(self)
        under = in_column((self.now, self.table), right, spacing=2)
        under.setStretchFactor(self.now, 1)
        self.now.setMinimumHeight(LEAST_PLOT)
        self.body = TwoSides(self.over_steps, (right,), self)
        whole = QWidget(self)
        in_column((self.body, self.caption), whole).setStretchFactor(self.body, 1)
        self.pages = lay_out_pages(self, choices, line, self.nothing, whole)

    # --- what is shown ---

    def show_none(self, sentence: str) -> None:
        """Say why there are no singular values."""
        self.layers = self.shown = None
        self.nothing.setText(sentence)
        self.step_label.setText("")
        self.pages.setCurrentIndex(0)

    def show_layers(self, picture: LayersReady) -> None:
        """Show all layers at a step."""
        other = self.layers is None or (self.layers.run, self.layers.replica) != (
            picture.run,
            picture.replica,
        )
        self.layers, self.shown = picture, picture.seen
        self.pages.setCurrentIndex(1)
        there = [(layer.name, layer_words(picture, k)) for k, layer in enumerate(picture.layers)]
        self.layer_box.offer(there, self._wish, otherwise=0)
        if other:
            self._draw_path()
        self._draw_seen()

    def show_rows(self, rows: Sequence[SpectraSeen], missing: int) -> None:
        """Show the values at stored steps, of which so many are still to come."""
        self._rows, self._missing = rows, missing
        self._draw_path()
        self._draw_seen()

    def show_seen(self, seen: SpectraSeen) -> None:
        """Show the values of a stored step that has been looked at."""
        if self.layers is not None and len(seen.values) == len(self.layers.layers):
            self.shown = seen
            self._draw_seen()

    @Slot()
    def _draw(self) -> None:
        self._draw_path()
        self._draw_seen()

    @property
    def place(self) -> int:
        """Return the place of the layer chosen."""
        return max(0, self.layer_box.currentIndex())

    def _fitting(self) -> list[SpectraSeen]:
        """Return the rows that are of these layers."""
        picture = self.layers
        if picture is None:
            return []
        sizes = [len(layer.ranks) for layer in picture.layers]
        return [row for row in self._rows if [len(values) for values in row.values] == sizes]

    def _draw_path(self) -> None:
        """Show what is of all stored steps; it stays while one looks back."""
        picture = self.layers
        if picture is None:
            return
        steps, values = over_steps(self._fitting() or [picture.seen], self.place)
        title = f"singular values of {picture.layers[self.place].name}"
        self.over_steps.show_values(steps, values, title, layer_colour(self.place))

    def _draw_seen(self) -> None:
        """Show what is of the step shown."""
        picture, seen = self.layers, self.shown
        if picture is None or seen is None:
            return
        answered = seen.step == picture.step
        values = [layer.now for layer in picture.layers] if answered else list(seen.values)
        chosen = picture.layers[self.place]
        start = chosen.start if answered else chosen.start[chosen.ranks]
        reach = bounds(over_steps(self._fitting(), self.place)[1]) if self._rows else None
        places = [np.arange(len(layer.now)) if answered else layer.ranks for layer in picture.layers]
        self.now.show_values(values, [at + 1 for at in places], start, self.place, reach)
        self.over_steps.mark(seen.step)
        self.step_label.setText(f"step {seen.step:,}")
        self.table.setText(_table(picture, values))
        self.caption.setText(_caption(picture, self.place, self._missing))

    # --- kept in the session ---

    def state(self) -> dict[str, Any]:
        """Return what is chosen."""
        return {"layer": self._wish}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Choose what was chosen; what is not as it should be is left at its default."""
        wish = state.get("layer")
        self._wish = wish if isinstance(wish, str) else ""
        self.layer_box.setCurrentIndex(max(0, self.layer_box.findData(self._wish)))
        self._draw()

    # --- what the user does ---

    @Slot()
    def _on_layer_chosen(self) -> None:
        self._wish = str(self.layer_box.currentData())
        self._draw()


def _table(picture: LayersReady, values: Sequence[np.ndarray]) -> str:
    faint = theme().colours.faint
    head = "".join(
        f'<td {CELL}><span style="color:{faint}">{word}</span></td>'
        for word in ("layer", "σ₁", "σ₂/σ₁", "stable rank", "at the start")
    )
    rows = []
    for place, (layer, own) in enumerate(list(zip(picture.layers, values, strict=True))[:MOST_LISTED]):
        ratio = read_out(float(own[1] / own[0])) if len(own) > 1 and own[0] > 0 else "–"
        # of a step that the engine has not answered yet, not all values are at hand
        now = read_out(stable_rank(own)) if len(own) == len(layer.now) else "…"
        ranks = (now, read_out(stable_rank(layer.start)))
        mark = f'<span style="color:{layer_colour(place)}">{STROKE}</span>'
        cells = (read_out(float(own[0]) if len(own) else float("nan")), ratio, *ranks)
        told = (f"{mark} {as_html(layer.name)}", *map(as_html, cells))
        rows.append("<tr>" + "".join(f"<td {CELL}>{cell}</td>" for cell in told) + "</tr>")
    return f"<table>{'<tr>' + head + '</tr>'}{''.join(rows)}</table>"


def _caption(picture: LayersReady, place: int, missing: int) -> str:
    layer = picture.layers[place]
    one = len(layer.now) == 1
    told = [f"{'ring' if one else 'dashed'}: {layer.name} at the start"]
    if not one:
        told.append("over steps the smaller values are the paler")
    if layer.by_element:
        told.append("a layer that multiplies number by number is a diagonal matrix")
    if len(layer.ranks) < len(layer.now):
        told.append(f"over steps {len(layer.ranks):,} of its {len(layer.now):,} singular values, log-spaced")
    told.append("stable rank: ‖W‖²_F/σ₁²")
    told.append(picture.left_out)
    if missing:
        told.append(f"{missing:,} stored steps are still to come")
    words = "; ".join(word for word in told if word)
    return f"{words[:1].upper()}{words[1:]}."
