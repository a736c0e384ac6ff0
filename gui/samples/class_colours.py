"""The colours of classes, as surfaces have them."""

from __future__ import annotations

from engine.figures.plots import NEGATIVE, POSITIVE
from gui.theme import run_colour


def class_colour(label: int, place: int, classes: int) -> str:
    """Return the colour of a class by its label and its place among the classes."""
    return (NEGATIVE, POSITIVE)[place % 2] if classes <= 2 else run_colour(label)
