"""What a map shows: its cells, slices, lines or points, and beside them what is known of the place chosen."""

from __future__ import annotations

from functools import cached_property
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from engine.figures.fits import Fit, Law
from engine.figures.maps import colour_range, fit_of
from engine.figures.maps_drawn import PARTLY
from engine.figures.plots import PALETTE
from engine.protocol.map_pictures import (
    STATE_WORDS,
    CellState,
    LinesSeen,
    MapSeen,
    SlicesSeen,
    seed_counts,
    states_in_words,
)
from engine.protocol.records import Array
from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.pictures.colour_bar import ColourBar
from gui.pictures.colour_key import SQUARE, STROKE, colour_key
from gui.pictures.two_sides import TwoSides
from gui.plain_text import RichLabel, as_html
from gui.theme import on_screen, theme
from gui.tool_buttons import tool_button

from .cells_plot import CellsPlot, sequential, untrained_colour
from .curves_plot import CurvesPlot
from .lines_plot import LinesPlot
from .point_table_view import PointTableView
from .slices_plot import SlicesPlot

LEAST_LEFT = 290
"""Pixels of a map with its key from top to bottom: with less room it scrolls."""
CORNER_SIGNS = {
    CellState.DIVERGED: "◥",
    CellState.FAILED: "◢",
    CellState.UNDEFINED: "◣",
    CellState.WAITING: "◤",
}
"""The corners that cells lack of which some seeds are in a state."""
SIGNS = {CellState.DIVERGED: "╱", CellState.FAILED: "✕", CellState.UNDEFINED: "—", CellState.WAITING: SQUARE}


class MapBody(QWidget):
    """Shows a map in one of its ways, and says what a person wants of its places."""

    opened = Signal(object)
    """A cell whose experiment is to be edited."""
    trained = Signal(object)
    """A cell that is to be trained as a run."""
    chosen = Signal(object)
    place_chosen = Signal(int, int)
    """The line among the slices, and the place along its axis."""
    point_opened = Signal(int)
    """A point whose experiment is to be edited."""
    points_wanted = Signal(list)
    """Points that are to be trained as runs."""
    steered = Signal(object)
    """A cell whose values the experiment is to take."""
    steering = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells, self.bar = CellsPlot(self), ColourBar(self)
        self.key = RichLabel("", self)
        self.key.setObjectName("map_key")
        self.key.setWordWrap(True)
        self.key.setContentsMargins(8, 0, 8, 2)
        self.card = RichLabel("", self)
        self.card.setObjectName("map_card")
        self.card.setWordWrap(True)
        self.card.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.card.setContentsMargins(8, 8, 8, 8)
        self.card.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.open_button = tool_button(
            "Edit as experiment", self, name="open_point", help="Open the experiment of this place."
        )
        self.train_button = tool_button(
            "Train as run",
            self,
            name="train_point",
            help="Train this place, with its seeds, as a run of the session; the map stays what is edited.",
        )
        self._without: NDArray[np.int64] | None = None
        """Of the points that are lines, how many are in each state."""
        self._lay_out()
        self.cells.cell_opened.connect(self.opened)
        self.cells.cell_chosen.connect(self.chosen)
        self.cells.steered.connect(self.steered)
        self.cells.steering.connect(self.steering)
        self.open_button.clicked.connect(self._on_open)
        self.train_button.clicked.connect(self._on_train)
        theme().theme_changed.connect(self._say_key)

    def _lay_out(self) -> None:
        self.plots, self.picture = QStackedWidget(self), QWidget(self)
        in_column((self.cells, self.bar), self.picture, margins=(0, 0, 0, 4), spacing=2).setStretchFactor(
            self.cells, 1
        )
        self.plots.addWidget(self.picture)
        left, right = QWidget(self), QWidget(self)
        in_column((self.plots, self.key), left).setStretchFactor(self.plots, 1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName("What is known of the place chosen")
        scroll.setWidget(self.card)
        row = ChoicesRow((8, 4, 8, 2))
        row.add(self.open_button, self.train_button)
        self._beside = in_column((row, scroll), right)
        self._beside.setStretchFactor(scroll, 1)
        self.sides = TwoSides(left, (right,), self)
        left.setMinimumHeight(LEAST_LEFT)
        in_column((self.sides,), self)

    # --- made when they are first looked at ---

    @cached_property
    def slices(self) -> SlicesPlot:
        """Lines along one axis."""
        slices = SlicesPlot(self)
        self.plots.addWidget(slices)
        slices.place_chosen.connect(self.place_chosen)
        return slices

    @cached_property
    def lines(self) -> LinesPlot:
        """A line a point over all axes."""
        lines = LinesPlot(self)
        self.plots.addWidget(lines)
        return lines

    @cached_property
    def points(self) -> PointTableView:
        """A row a point."""
        points = PointTableView(self)
        self.plots.addWidget(points)
        points.point_opened.connect(self.point_opened)
        points.points_wanted.connect(self.points_wanted)
        return points

    @cached_property
    def curves(self) -> CurvesPlot:
        """What is kept of the curves of the place chosen."""
        curves = CurvesPlot(self)
        self._beside.insertWidget(1, curves)
        return curves

    # --- what is shown ---

    def show_map(
        self, kind: str, seen: MapSeen, slices: SlicesSeen | None = None, lines: LinesSeen | None = None
    ) -> None:
        """Show a map in one of its ways: `slices` and `lines` are there where they are looked at."""
        shown: QWidget = self.picture if kind == "cells" else getattr(self, kind)
        self.plots.setCurrentWidget(shown)
        self.cells.show_map(seen)
        low, high = colour_range(seen)
        ends = (10.0**low, 10.0**high) if seen.log else (low, high)
        self.bar.setVisible(bool(seen.ended.any()))
        self.bar.show_ends(ends, sequential, f"{seen.title}{', logarithmic' if seen.log else ''}")
        if slices is not None:
            self.slices.show_slices(slices)
        if lines is not None:
            self.lines.show_lines(lines)
            self._without = seed_counts(lines.states)
        self._say_key()

    def show_card(self, html: str, curves: tuple[list[tuple[Array, Array]], str], *, can_open: bool) -> None:
        """Say what is known of the place chosen, with what is kept of its curves and what they are of."""
        if curves[0] or self.has_curves:
            self.curves.show_curves(*curves, log=self.cells.seen is not None and self.cells.seen.log)
        if html != self.card.text():
            self.card.setText(html)
            self.card.setMinimumWidth(self._width_of_table(html))
        self.open_button.setEnabled(can_open)
        self.train_button.setEnabled(can_open)

    def _width_of_table(self, html: str) -> int:
        """Return the pixels that the card's table needs: with less beside the map it scrolls."""
        _, tag, table = html.partition("<table")
        if not tag:
            return 0
        document = QTextDocument()
        document.setDefaultFont(self.card.font())
        document.setHtml(tag + table)
        margins = self.card.contentsMargins()
        return ceil(document.idealWidth()) + margins.left() + margins.right()

    @property
    def has_curves(self) -> bool:
        """Whether curves are shown, or were."""
        return "curves" in self.__dict__

    def show_draft(self, draft: tuple[Array, Array] | None) -> None:
        """Show what is steered as steps (T,) and values (T,); None for nothing."""
        if draft is not None or self.has_curves:
            self.curves.show_draft(draft)

    @Slot()
    def _say_key(self) -> None:
        """Say what marks and lines mean."""
        seen, shown = self.cells.seen, self.plots.currentWidget()
        if seen is None:
            return
        self.key.setVisible(not isinstance(shown, PointTableView))
        if isinstance(shown, SlicesPlot) and shown.seen is not None:
            self.key.setText(_key_of(shown.seen))
            return
        if isinstance(shown, LinesPlot):
            words = "Drag along an axis to choose points, and the others turn pale; Escape clears."
            told = "" if self._without is None else states_in_words(self._without)
            self.key.setText(as_html(f"{words} Grey lines have no value: {told}." if told else words))
            return
        there = [state for state in CellState if state in SIGNS and (seen.states == state).any()]
        ink = theme().colours.foreground
        inks = {CellState.WAITING: untrained_colour().name()}
        marks = [(SIGNS[state], inks.get(state, ink), STATE_WORDS[state]) for state in there]
        some = {state: sign for state, sign in CORNER_SIGNS.items() if seen.partly(state).any()}
        marks += [(sign, ink, f"some seeds {STATE_WORDS[state]}") for state, sign in some.items()]
        self.key.setText(colour_key(seen.where and f"At {seen.where}.", marks) or seen.where)

    @Slot()
    def _on_open(self) -> None:
        if self.cells.chosen is not None:
            self.opened.emit(self.cells.chosen)

    @Slot()
    def _on_train(self) -> None:
        if self.cells.chosen is not None:
            self.trained.emit(self.cells.chosen)


def _key_of(slices: SlicesSeen) -> str:
    """Return HTML that says which line is of which value, and the law fitted to each."""
    marks = []
    for k, line in enumerate(slices.lines):
        law = fit_of(slices, line) if slices.fitted else None
        told = ": ".join(part for part in (line.words, "" if law is None else _law_in_words(law)) if part)
        if told:
            marks.append((STROKE, on_screen(PALETTE[k % len(PALETTE)]), told))
    key = colour_key(f"{slices.lines_of}:" if slices.lines_of else "", marks)
    if any(line.partly.any() for line in slices.lines):
        key += colour_key("", [("○", theme().colours.foreground, PARTLY)])
    without = states_in_words(slices.counts)
    return key + as_html(f"Without a value: {without}." if without else "")


def _law_in_words(law: Fit) -> str:
    """Say how a line of least squares grows: '∝ x^(−0.98 ± 0.02)'."""
    rate = law.rate_words()
    return {
        Law.POWER: f"∝ x^({rate})",
        Law.EXPONENTIAL: f"∝ exp(({rate})·x)",
        Law.LOGARITHMIC: f"({rate})·ln x",
        Law.STRAIGHT: f"({rate})·x",
    }[law.law]
