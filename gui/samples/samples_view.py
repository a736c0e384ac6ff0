"""Every training sample: margins over steps as a heat map, their histogram at the step shown, their dual weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from engine.figures.kernel import class_words
from engine.figures.samples import SCALES, carried, margin_map, scale_of, shown, support_limit
from engine.protocol.samples import MarginsSeen, SamplesReady, support_of
from engine.words.formats import counted, read_out
from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.pictures.colour_bar import ColourBar
from gui.pictures.colour_key import class_marks, colour_key
from gui.pictures.pages import lay_out_pages, line_of_readings
from gui.pictures.two_sides import TwoSides, faint_words
from gui.pictures.walk import Walk, walked_to
from gui.plain_text import PlainLabel, ShortLabel, as_html, tooltip
from gui.plots.replica_slider import ReplicaSlider
from gui.theme import theme

from .margins_histogram import MarginsHistogram
from .margins_map import MarginsMap
from .sample_picture import SamplePicture
from .weights_plot import WeightsPlot

NOTHING = "The samples' margins appear once a run has recorded its first step."


class SamplesView(QWidget):
    """The heat map at the left; the histogram and the weights at the right."""

    sample_picked = Signal(object)
    """The number of a training sample that the user chose, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("samples_view")
        self.samples: SamplesReady | None = None
        """What the engine answered last."""
        self.shown: MarginsSeen | None = None
        """The margins at the step shown, which may be a stored one that was looked at before."""
        self.chosen: int | None = None
        """The number of the sample chosen."""
        self._rows: Sequence[MarginsSeen] = ()
        self._missing = 0
        self._wish = "normalized"
        self.map, self.histogram, self.weights = MarginsMap(self), MarginsHistogram(self), WeightsPlot(self)
        self.bar, self.picture = ColourBar(self), SamplePicture(self)
        self.nothing = faint_words(self, "no_samples", NOTHING, centred=True)
        self.caption = faint_words(self, "samples_caption")
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.step_label, self.reading = PlainLabel("", self), ShortLabel("", self)
        self.step_label.setObjectName("samples_step")
        self.reading.setObjectName("samples_reading")
        self.reading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.slider = ReplicaSlider(self)
        self.scale_box = QComboBox(self)
        self.scale_box.setObjectName("samples_scale")
        self.scale_box.setAccessibleName("How margins become colours")
        for name, (title, meaning) in SCALES.items():
            self.scale_box.addItem(title, name)
            self.scale_box.setItemData(self.scale_box.count() - 1, meaning, Qt.ItemDataRole.ToolTipRole)
        self._lay_out()
        self.map.sample_picked.connect(self._on_place_picked)
        self.map.pointed.connect(self._on_pointed)
        self.map.left.connect(self._say)
        self.weights.sample_picked.connect(self._on_sample_picked)
        self.walk = Walk((self.map.canvas, self.weights.canvas), self)
        self.walk.walked.connect(self._on_walked)
        self.walk.left.connect(self._on_left)
        self.scale_box.activated.connect(self._on_scale_chosen)
        theme().theme_changed.connect(self._draw)
        self.show_none(NOTHING)

    def _lay_out(self) -> None:
        of = PlainLabel("Margins", self)
        of.setProperty("role", "faint")
        of.setBuddy(self.scale_box)
        choices = ChoicesRow()
        choices.add(of, self.scale_box)
        line = line_of_readings(self.step_label, self.reading, self.slider)
        left = QWidget(self)
        under = in_column((self.map, self.bar), left, margins=(0, 0, 0, 4), spacing=2)
        under.setStretchFactor(self.map, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 0, 0, 4)
        foot.addWidget(self.picture)
        foot.addWidget(self.caption, 1)
        self.body = TwoSides(left, (self.histogram, self.weights), self)
        whole = QWidget(self)
        in_column((self.body, foot), whole).setStretchFactor(self.body, 1)
        self.pages = lay_out_pages(self, choices, line, self.nothing, whole)

    # --- what is shown ---

    def show_none(self, sentence: str) -> None:
        """Say why there are no margins."""
        self.samples = self.shown = None
        self.nothing.setText(sentence)
        self.step_label.setText("")
        self.reading.setText("")
        self.pages.setCurrentIndex(0)

    def show_samples(self, picture: SamplesReady) -> None:
        """Show all samples at a step."""
        other = self.samples is None or self.samples.run != picture.run
        self.samples, self.shown = picture, picture.now
        self.pages.setCurrentIndex(1)
        self.scale_box.setCurrentIndex(self.scale_box.findData(scale_of(picture, self._wish)))
        if other or not self._rows:
            self._draw_map()
        self._draw_seen()

    def show_rows(self, rows: Sequence[MarginsSeen], missing: int) -> None:
        """Show margins at stored steps, of which so many are still to come."""
        self._rows, self._missing = rows, missing
        self._draw_map()
        self._say()

    def show_seen(self, seen: MarginsSeen) -> None:
        """Show the margins of a stored step that has been looked at."""
        if self.samples is not None and len(seen.margins) == len(self.samples.samples):
            self.shown = seen
            self._draw_seen()

    @Slot(object)
    def show_chosen(self, sample: int | None) -> None:
        """Let the sample chosen stand out."""
        self.chosen = sample
        self.walk.is_on = sample is not None
        self._draw_seen()

    @Slot()
    def _draw(self) -> None:
        self._draw_map()
        self._draw_seen()

    @property
    def _scale(self) -> str:
        return "relative" if self.samples is None else scale_of(self.samples, self._wish)

    def _draw_map(self) -> None:
        """Show what is of all stored steps; it stays while one looks back."""
        picture, seen = self.samples, self.shown
        if picture is None or seen is None:
            return
        self.map.show_map(margin_map(self._rows, picture.now, self._scale))
        self.bar.show_scale(self.map.level, SCALES[self._scale][1])
        self._mark()

    def _mark(self) -> None:
        """Mark the step, the support vectors and the sample chosen in the map."""
        picture, seen = self.samples, self.shown
        if picture is None or seen is None:
            return
        support = picture.support[picture.samples] if seen.step == picture.step else _support(picture, seen)
        self.map.mark(seen.step, support, self._place())

    def _place(self) -> int | None:
        """Return where the sample chosen stands among those looked at over steps; None where it is not there."""
        if self.samples is None or self.chosen is None:
            return None
        found = np.flatnonzero(self.samples.samples == self.chosen)
        return int(found[0]) if len(found) else None

    def _draw_seen(self) -> None:
        """Show what is of the step shown."""
        picture, seen = self.samples, self.shown
        if picture is None or seen is None:
            return
        self._mark()
        answered = seen.step == picture.step
        # all samples where the engine has answered, else those that were looked at over steps
        all_seen = MarginsSeen(seen.step, picture.margins, seen.scale) if answered else seen
        labels = picture.labels if answered else picture.labels[picture.samples]
        chosen = self.chosen if answered else self._place()
        values = shown(all_seen, self._scale)
        known = answered or _has_all(picture)
        limit = support_limit(all_seen, self._scale) if known else float("nan")
        at = float(values[chosen]) if chosen is not None and chosen < len(values) else None
        self.histogram.show_margins(values, labels, SCALES[self._scale][1], limit, at)
        if answered:
            self.weights.show_weights(picture, self.chosen)
        else:
            self.weights.show_none("…")
        self.step_label.setText(f"step {seen.step:,}")
        there = picture.raw_of is not None and picture.raw_of == self.chosen
        self.picture.show_point(picture.raw if there else None, picture.image_shape)
        self._say()

    @Slot()
    def _say(self) -> None:
        """Say what the sample chosen is, and what is shown of all of them."""
        picture, seen = self.samples, self.shown
        if picture is None or seen is None:
            return
        self.reading.setText(_sample_words(picture, seen, self.chosen, self._place()))
        self.reading.setToolTip(tooltip(self.reading.text()))
        key = colour_key("Bars and dots: class", class_marks(picture.labels, picture.class_names))
        self.caption.setText(f"{key}{as_html(_caption(picture, self._missing))}")

    # --- kept in the session ---

    def state(self) -> dict[str, Any]:
        """Return what is chosen."""
        return {"scale": self._wish}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Choose what was chosen; what is not as it should be is left at its default."""
        wish = state.get("scale")
        self._wish = wish if isinstance(wish, str) and wish in SCALES else "normalized"
        self.scale_box.setCurrentIndex(self.scale_box.findData(self._scale))
        self._draw()

    # --- what the user does ---

    @Slot()
    def _on_scale_chosen(self) -> None:
        self._wish = str(self.scale_box.currentData())
        if self.samples is not None:
            self.scale_box.setCurrentIndex(self.scale_box.findData(self._scale))
        self._draw()

    @Slot(int)
    def _on_place_picked(self, place: int) -> None:
        if self.samples is not None:
            self._on_sample_picked(int(self.samples.samples[place]))

    @Slot(object)
    def _on_sample_picked(self, sample: int) -> None:
        """Choose a sample; the one that is chosen already is let go."""
        self.sample_picked.emit(None if sample == self.chosen else sample)

    @Slot(int)
    def _on_walked(self, by: int) -> None:
        """Choose the sample that so many keys lead to, in the order of the rows."""
        if self.samples is None or self.map.map is None:
            return
        rows = self.samples.samples[self.map.map.order]
        found = [] if self.chosen is None else np.flatnonzero(rows == self.chosen).tolist()
        row = walked_to(found[0] if found else None, by, len(rows))
        if row is not None and int(rows[row]) != self.chosen:
            self.sample_picked.emit(int(rows[row]))

    @Slot()
    def _on_left(self) -> None:
        self.sample_picked.emit(None)

    @Slot(int, float)
    def _on_pointed(self, place: int, at: float) -> None:
        picture = self.samples
        if picture is None:
            return
        sample = int(picture.samples[place])
        rows = [row for row in self._rows if row.step > 0] or [picture.now]
        row = min(rows, key=lambda row: abs(np.log10(max(row.step, 1)) - at))
        words = f"sample {sample} (class {_class_of(picture, sample)})"
        self.reading.setText(f"{words} at step {row.step:,}: margin {read_out(float(row.margins[place]))}")


def _has_all(picture: SamplesReady) -> bool:
    """Say whether every sample is looked at over steps: the smallest margin of some is none of all."""
    return len(picture.samples) == len(picture.margins)


def _support(picture: SamplesReady, seen: MarginsSeen) -> np.ndarray:
    return support_of(seen.margins) if _has_all(picture) else np.zeros(len(seen.margins), bool)


def _sample_words(picture: SamplesReady, seen: MarginsSeen, chosen: int | None, place: int | None) -> str:
    if chosen is None or chosen >= len(picture.margins):
        return "Click on a row or a dot to choose a sample; it is marked in surface, kernel and data too."
    told = [f"sample {chosen}, class {_class_of(picture, chosen)}"]
    if seen.step == picture.step:
        margin = float(picture.margins[chosen])
        told.append(f"margin {read_out(margin)}")
        if np.isfinite(seen.scale) and seen.scale > 0:
            told.append(f"over ‖θ‖ᴸ {read_out(margin / seen.scale)}")
        told.append(f"weight {read_out(float(picture.weights[chosen]))}")
        if picture.multipliers is not None:
            told.append(f"multiplier {read_out(float(picture.multipliers[chosen]))}")
        told.append("support vector" if picture.support[chosen] else "")
    elif place is not None:
        told.append(f"margin {read_out(float(seen.margins[place]))}")
    if picture.raw is not None and picture.raw_of == chosen and len(picture.raw) <= 3:
        told.append(f"at ({', '.join(read_out(float(value)) for value in picture.raw)})")
    return "   ".join(word for word in told if word)


def _class_of(picture: SamplesReady, sample: int) -> str:
    return class_words(int(picture.labels[sample]), picture.labels, picture.class_names)


def _caption(picture: SamplesReady, missing: int) -> str:
    count, near = len(picture.margins), int(picture.support.sum())
    wrong = int((~(picture.margins > 0)).sum())
    told = [
        "Map: the margin, below 0 on the wrong side",
        f"{counted(near, 'support vector')} (filled, at the right of the map, below the dashed line: "
        f"q < q_min + log 100) of {count:,} samples"
        if picture.is_fitted
        else f"support vectors are void while samples are not fitted: {wrong:,} of {count:,}",
        f"95 % of the weight lies on {carried(picture.weights):,}",
    ]
    if len(picture.samples) < count:
        told.append(
            f"over steps {len(picture.samples):,} samples, half of them the nearest to the decision, half spread over "
            "the others"
        )
    if picture.multipliers is None:
        told.append(picture.why_no_multipliers)
    if missing:
        told.append(f"{missing:,} stored steps are still to come")
    return f"{'; '.join(word for word in told if word)}."
