"""Lines of least squares in a plot, and their names: each beside its line, none over another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QGraphicsItem

from engine.figures.fits import Fit
from gui.theme import on_screen, text_colour, theme

from .choices import Choices
from .curves import WIDTH, Curve, line_pen
from .measured import MeasuredLine

MOST_NAMES = 8
"""Fits that are named in the plot, those of the run looked at first; of more the table below tells."""
ROOM = (400.0, 220.0)
"""Pixels of a plot, across and up, from which fits are named in it."""
SHARES = (0.5, 0.3, 0.7, 0.12, 0.88)
"""Where along its line a name may stand."""
APART = 0.15
"""Of a name's height: between it and its line."""


class FitLines:
    """All fits of one plot."""

    def __init__(self, view: pg.ViewBox, right_view: pg.ViewBox | None, choices: Choices) -> None:
        self._view, self._right_view, self._choices = view, right_view, choices
        self.lines: list[FitLine] = []
        self._font = QFont()

    def set_font(self, font: QFont) -> None:
        """Set the names' font."""
        self._font = font
        for line in self.lines:
            line.label.setFont(font)

    def dress(self) -> None:
        """Take up a theme's colours."""
        for line in self.lines:
            line.dress()

    def show(self, rows: Sequence[MeasuredLine], beside: Iterable[QGraphicsItem]) -> None:
        """Draw what was fitted, and name as many as have room beside these items and one another."""
        while len(self.lines) < len(rows):
            self.lines.append(FitLine(self._font))
        for place, line in enumerate(self.lines):
            row = rows[place] if place < len(rows) else None
            right = row is not None and self._choices.at_right(row.column)
            line.show_row(row, self._right_view if right and self._right_view else self._view)
        box = self._view.boundingRect()
        if box.width() < ROOM[0] or box.height() < ROOM[1]:
            return
        taken = [item.mapRectToScene(item.boundingRect()) for item in beside]
        for line, row in zip(self.lines[:MOST_NAMES], rows, strict=False):
            named = (
                line.name(words, taken) for words in dict.fromkeys((fit_words(row, rows), row.rate_words()))
            )
            found = next((box for box in named if box is not None), None)
            if found is not None:
                taken.append(found)

    def shown(self) -> list[tuple[str, str]]:
        """Return the colours and words of the fits that are drawn; no words where they have no room."""
        return [
            (line.colour, line.label.toPlainText() if line.label.isVisible() else "")
            for line in self.lines
            if line.line.isVisible()
        ]


class FitLine:
    """A line of least squares in its run's colour, on a pale ground: it lies on the data; and its rate."""

    def __init__(self, font: QFont) -> None:
        self.ground, self.line = Curve(2 * WIDTH), Curve(WIDTH)
        self.ground.setZValue(54)
        self.line.setZValue(55)
        self.label = pg.TextItem(anchor=(0.5, 1.15))
        self.label.setZValue(56)
        self.label.setFont(font)
        self.view: pg.ViewBox | None = None
        self.fit: Fit | None = None
        self._words = self.colour = ""
        self.dress()

    def dress(self) -> None:
        """Take up a theme's colours."""
        colours = theme().colours
        self.line.setPen(line_pen(on_screen(self.colour) if self.colour else colours.foreground, "dash"))
        self.ground.setPen(line_pen(colours.background, "solid"))
        fill = QColor(colours.background)
        fill.setAlphaF(0.82)
        self.label.fill = pg.mkBrush(fill)
        self.label.setColor(QColor(text_colour(self.colour) if self.colour else colours.foreground))

    def show_row(self, row: MeasuredLine | None, view: pg.ViewBox) -> None:
        """Draw what was fitted; None for nothing."""
        if view is not self.view:
            for item in (self.ground, self.line, self.label):
                if self.view is not None:
                    self.view.removeItem(item)
                view.addItem(item, ignoreBounds=True)
            self.view = view
        self.fit = None if row is None else row.fit
        for item in (self.ground, self.line):
            item.setVisible(self.fit is not None)
        self.label.hide()
        if row is None or row.fit is None:
            return
        if row.colour != self.colour:
            self.colour = row.colour
            self.dress()
        x = np.linspace(*row.fit.across, 2)
        y = row.fit.heights(x)
        for item in (self.ground, self.line):
            item.setData(x, y)

    def name(self, words: str, taken: Sequence[QRectF]) -> QRectF | None:
        """Say these words beside the line, within the view and over nothing that is taken; None: there is no room."""
        if self.view is None or self.fit is None:
            return None
        if words != self._words:
            self._words = words
            self.label.setText(words)
        size, area = self.label.textItem.boundingRect(), self.view.sceneBoundingRect()
        width, height = size.width(), size.height()
        (low, high), (first, last) = self.view.viewRange()[0], self.fit.across
        ends = max(first, low), min(last, high)
        if width > area.width() or ends[0] > ends[1]:
            return None
        for share, above in product(SHARES, (True, False)):
            x = ends[0] + share * (ends[1] - ends[0])
            y = float(self.fit.heights(np.array([x]))[0])
            place = self.view.mapViewToScene(QPointF(x, y))
            left = min(max(place.x() - width / 2, area.left()), area.right() - width)
            anchor = (place.x() - left) / width, 1.0 + APART if above else -APART
            box = QRectF(left, place.y() - anchor[1] * height, width, height)
            if area.contains(box) and not any(box.intersects(other) for other in taken):
                self.label.setAnchor(anchor)
                self.label.setPos(x, y)
                self.label.show()
                return box
        return None


def fit_words(row: MeasuredLine, fitted: Sequence[MeasuredLine]) -> str:
    """Say what was fitted to a line: its run's name and its own where others are fitted too, and the rate."""
    whose = [row.label] if len({other.run for other in fitted}) > 1 else []
    whose += [row.title] if len({other.column for other in fitted}) > 1 else []
    return f"{', '.join(whose)}: {row.rate_words()}" if whose else row.rate_words()
