"""A view with headers over what it shows, or over why it shows nothing."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QStackedLayout, QWidget

from gui.choices_row import ChoicesRow
from gui.layouts import in_column

READING = 150
"""Pixels for a reading, at least; with less beside it, it has a line of its own."""
CHOICES = "choices"
"""The name of what holds the choices about a view."""
LEAST_HEIGHT = 120
"""Of what is seen of the pictures, in pixels."""


def lay_out_pages(
    view: QWidget, choices: QLayout, readings: QLayout, nothing: QWidget, body: QWidget
) -> QStackedLayout:
    """Put choices and readings over two pages, `nothing` (0) and `body` (1), which scrolls, and return the pages."""
    chosen = QWidget(view)
    chosen.setObjectName(CHOICES)
    chosen.setLayout(choices)
    scroll = QScrollArea(view)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setMinimumHeight(LEAST_HEIGHT)
    scroll.setAccessibleName("Pictures")
    scroll.setWidget(body)
    pages = QStackedLayout()
    pages.addWidget(nothing)
    pages.addWidget(scroll)
    in_column((chosen, readings, pages), view).setStretchFactor(pages, 1)
    return pages


def line_of_readings(step: QWidget, reading: QWidget, slider: QWidget) -> ChoicesRow:
    """Return the line that says the step, what is under the mouse, and which replica is looked at."""
    line = ChoicesRow((8, 0, 8, 4))
    reading.setMinimumWidth(READING)
    line.add(step)
    line.add(reading, stretch=2)
    line.add(slider, stretch=1)
    return line
