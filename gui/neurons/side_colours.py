"""The colours of what units speak for: the two signs, or the classes."""

from __future__ import annotations

import numpy as np

from engine.figures.kernel import class_words
from engine.figures.plots import NEGATIVE, POSITIVE
from engine.protocol.neurons import NeuronsReady, UnitsSeen
from gui.pictures.colour_key import STROKE, Mark, colour_key, point_marks
from gui.theme import on_screen, run_colour, theme


def side_colours(picture: NeuronsReady, seen: UnitsSeen) -> list[tuple[str, np.ndarray]]:
    """Return the colours on screen with the units (U,) that have them, as masks."""
    return [(side_colour(picture, side), seen.side == side) for side in np.unique(seen.side).tolist()]


def side_colour(picture: NeuronsReady, side: int) -> str:
    """Return the colour of what a unit speaks for."""
    if picture.classes > 2:
        return on_screen(run_colour(side)) if side >= 0 else theme().colours.faint
    return {1: on_screen(POSITIVE), -1: on_screen(NEGATIVE)}.get(side, theme().colours.faint)


def neurons_key(picture: NeuronsReady, seen: UnitsSeen) -> str:
    """Return HTML that says what the colours of units and points mean."""
    speaking = [(side, side_words(picture, side)) for side in np.unique(seen.side).tolist()]
    marks: list[Mark] = [(STROKE, side_colour(picture, side), words) for side, words in speaking if words]
    units = colour_key(f"{picture.layer.word.capitalize()}:", marks)
    if picture.labels is None or picture.points is None or seen.slope is None:
        return units
    return units + colour_key(
        "Points: class", point_marks(picture.labels, 2 if picture.classes == 2 else 3, picture.class_names)
    )


def side_words(picture: NeuronsReady, side: int) -> str:
    """Say what a unit speaks for; '' for nothing."""
    if not picture.speaks or picture.layer.word == "outputs":
        return ""
    if picture.classes > 2:
        named = class_words(side, np.arange(picture.classes), picture.class_names)
        return f"speaks most for class {named}" if side >= 0 else "speaks for no class"
    return {1: "output weight above 0", -1: "output weight below 0"}.get(side, "")
