"""The tangent kernel of the step looked at: its heat map, its spectrum, and what either says in numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QSizePolicy,
    QWidget,
)

from engine.figures.kernel import class_words, kernel_words
from engine.protocol.kernel import KernelReady, Spectrum
from engine.words.formats import cosine, percentage, read_out
from gui.choice_box import ChoiceBox
from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.plain_text import PlainLabel, RichLabel, ShortLabel
from gui.plots.base import small_font
from gui.plots.replica_slider import ReplicaSlider
from gui.theme import text_colour, theme

from .colour_bar import ColourBar
from .kernel_map import KernelMap
from .pages import lay_out_pages, line_of_readings
from .spectrum_plot import SpectrumPlot
from .two_sides import LEAST_PLOT, TwoSides

ALL_LAYERS = ("", "All layers")

CHOICES = (("step", "At the step shown"), ("start", "At the start"), ("difference", "Step less start"))
NOTHING = "The tangent kernel appears once a run has recorded its first step."
CELL = 'style="padding: 1px 8px 1px 0"'
MOST_LAYERS = 8
"""Whose shares are listed: the largest ones of deeper networks."""


class KernelView(QWidget):
    """The map at the left; spectrum, ranks and layers at the right."""

    kernel_wanted = Signal(str, str, bool)
    """Another choice: at which moment, which layer, over its norm or not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("kernel_view")
        self.kernel: KernelReady | None = None
        self.chosen: int | None = None
        """The number of the sample chosen."""
        self._colour = theme().colours.accent
        self.map, self.spectrum, self.bar = KernelMap(self), SpectrumPlot(self), ColourBar(self)
        self.nothing = PlainLabel(NOTHING, self)
        self.nothing.setObjectName("no_kernel")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("role", "faint")
        self.numbers = RichLabel("", self)
        self.numbers.setObjectName("kernel_numbers")
        self.numbers.setTextFormat(Qt.TextFormat.RichText)
        self.numbers.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.numbers.setContentsMargins(8, 2, 4, 4)
        self.numbers.setFont(small_font(self.font()))
        # wide tables are cut off rather than making the window wider than the screen
        self.numbers.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._make_choices()
        self._lay_out()
        self.choice_box.activated.connect(self._on_wish_changed)
        self.layer_box.activated.connect(self._on_wish_changed)
        self.normalise_box.toggled.connect(self._on_wish_changed)
        self.map.pointed.connect(self._on_pointed)
        self.map.left.connect(self._on_left)
        theme().theme_changed.connect(self._on_theme_changed)
        self.show_none(NOTHING)

    def _make_choices(self) -> None:
        self.choice_box, self.layer_box = QComboBox(self), ChoiceBox(self)
        self.choice_box.setObjectName("kernel_choice")
        for name, title in CHOICES:
            self.choice_box.addItem(title, name)
        self.choice_box.setAccessibleName("Kernel of the map")
        self.choice_box.setToolTip("Which kernel the map shows; the timeline chooses the step.")
        self.layer_box.setObjectName("kernel_layer")
        self.layer_box.offer([ALL_LAYERS], "")
        self.layer_box.setAccessibleName("Layer of the kernel")
        self.layer_box.setToolTip("The share of one layer's parameters in the kernel, or all of it.")
        self.normalise_box = QCheckBox("Over its norm", self)
        self.normalise_box.setObjectName("kernel_normalise")
        self.normalise_box.setToolTip(
            "Divide either kernel by its Frobenius norm: a homogeneous network's kernel grows with its parameters, "
            "and the difference then shows how far its direction has turned."
        )
        self.step_label, self.reading = PlainLabel("", self), ShortLabel("", self)
        self.step_label.setObjectName("kernel_step")
        self.reading.setObjectName("kernel_reading")
        self.reading.setProperty("role", "faint")
        self.reading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.slider = ReplicaSlider(self)

    def _lay_out(self) -> None:
        choices = ChoicesRow()
        choices.add(self.choice_box, self.layer_box, self.normalise_box)
        line = line_of_readings(self.step_label, self.reading, self.slider)
        left = QWidget(self)
        under = in_column((self.map, self.bar), left, margins=(0, 0, 0, 4), spacing=2)
        under.setStretchFactor(self.map, 1000)
        under.addStretch(1)
        right = QWidget(self)
        beside = in_column((self.spectrum, self.numbers), right, spacing=2)
        beside.setStretchFactor(self.spectrum, 1)
        self.spectrum.setMinimumHeight(LEAST_PLOT)
        self.body = TwoSides(left, (right,), self, square=True)
        self.pages = lay_out_pages(self, choices, line, self.nothing, self.body)

    # --- what is shown ---

    def set_colour(self, colour: str) -> None:
        """Set the colour of the run looked at."""
        if colour != self._colour:
            self._colour = colour
            self._on_theme_changed()

    def show_none(self, sentence: str) -> None:
        """Say why there is no kernel."""
        self.kernel = None
        self.nothing.setText(sentence)
        self.step_label.setText("")
        self.reading.setText("")
        self.pages.setCurrentIndex(0)

    def show_kernel(self, kernel: KernelReady) -> None:
        """Show a kernel."""
        self.kernel = kernel
        self.pages.setCurrentIndex(1)
        self.step_label.setText(f"step {kernel.step:,}")
        self._offer_layers(kernel)
        self.map.show_kernel(kernel)
        self.map.show_chosen(self.chosen)
        self.bar.show_scale(self.map.level, kernel_words(kernel))
        self._on_left()
        self.spectrum.show_kernel(kernel, self._colour)
        self.numbers.setText(self._said(kernel))

    @Slot(object)
    def show_chosen(self, sample: int | None) -> None:
        """Let the sample chosen stand out."""
        self.chosen = sample
        self.map.show_chosen(sample)

    def _offer_layers(self, kernel: KernelReady) -> None:
        there = [ALL_LAYERS, *((name, f"Layer {name}") for name in kernel.shares)]
        self.layer_box.offer(there, self.layer_box.currentData(), otherwise=0)

    def _said(self, kernel: KernelReady) -> str:
        """Return ranks, traces and the layers' shares as tables."""
        faint, colour = theme().colours.faint, text_colour(self._colour)

        def row(mark: str, name: str, spectrum: Spectrum) -> str:
            cells = (f"{mark} {name}", read_out(spectrum.effective_rank), read_out(spectrum.trace))
            return "<tr>" + "".join(f"<td {CELL}>{cell}</td>" for cell in cells) + "</tr>"

        start = row(f'<span style="color:{faint}">╌╌</span>', "start", kernel.start)
        now = row(f'<span style="color:{colour}">━━</span>', f"step {kernel.step:,}", kernel.now)
        of = f"layer {kernel.layer}" if kernel.layer else "all layers"
        head = _head(of, "effective rank", "trace")
        listed = sorted(kernel.shares, key=lambda name: -kernel.shares[name][1])[:MOST_LAYERS]
        shares = "".join(
            f"<tr><td {CELL}>{name}</td><td {CELL}>{percentage(before)}</td><td {CELL}>{percentage(after)}</td></tr>"
            for name, (before, after) in kernel.shares.items()
            if name in listed
        )
        layers = f"<table>{_head('share of the trace', 'start', f'step {kernel.step:,}')}{shares}</table>"
        alignment = f"<div>alignment with the start <b>{cosine(kernel.alignment)}</b></div>"
        return f"<table>{head}{start}{now}</table>{alignment}{layers}"

    # --- what the user does ---

    @Slot()
    def _on_wish_changed(self) -> None:
        self.kernel_wanted.emit(
            self.choice_box.currentData(), self.layer_box.currentData(), self.normalise_box.isChecked()
        )

    @Slot()
    def _on_theme_changed(self) -> None:
        self.bar.update()
        if self.kernel is not None:
            self.show_kernel(self.kernel)

    @Slot(int, int)
    def _on_pointed(self, row: int, column: int) -> None:
        kernel = self.kernel
        if kernel is None:
            return
        classes = [
            class_words(int(kernel.labels[k]), kernel.labels, kernel.class_names) for k in (row, column)
        ]
        i, j = (
            f"sample {kernel.samples[k]} (class {c})" for k, c in zip((row, column), classes, strict=True)
        )
        self.reading.setText(f"{i}, {j}: {read_out(float(kernel.values[row, column]))}")

    @Slot()
    def _on_left(self) -> None:
        self.reading.setText(self.kernel.note if self.kernel is not None else "")


def _head(*words: str) -> str:
    cells = "".join(f'<td {CELL}><span style="color:{theme().colours.faint}">{w}</span></td>' for w in words)
    return f"<tr>{cells}</tr>"
