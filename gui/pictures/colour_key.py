"""What colours and shapes of a view mean: marks with their words, for the line beneath it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.figures.kernel import class_words
from engine.figures.plots import NEGATIVE, POSITIVE
from gui.plain_text import as_html
from gui.theme import legible, on_screen, run_colour, theme

DOT, SQUARE, STROKE = "●", "■", "━"
SHAPES = ("o", "s", "t1", "d", "+", "x", "t", "t3", "t2", "star")
"""One a class, as in exported figures."""
MARKS = ("●", "■", "▲", "◆", "+", "×", "▼", "◀", "▶", "★")
"""The same as letters."""
POINT_CONTRAST = 6.0
"""Of a point to the background: it is seen over a field of its own colour too."""
MOST = 12
"""Marks that are explained, one after the other."""
Mark = tuple[str, str, str]
"""The mark as a letter, its colour, what it means."""


def class_colour(label: int, place: int, classes: int) -> str:
    """Return the colour of a class by its label and its place among the classes, as figures keep it."""
    return (NEGATIVE, POSITIVE)[place % 2] if classes <= 2 else run_colour(label)


def point_colours(labels: NDArray[np.int64], classes: int = 0) -> list[str]:
    """Return the colours of points over a plane, one a class of these labels (n,), of so many where it is known."""
    kinds = np.unique(labels).tolist()
    return [
        legible(class_colour(kind, place, classes or len(kinds)), theme().colours.background, POINT_CONTRAST)
        for place, kind in enumerate(kinds)
    ]


def class_marks(labels: NDArray[np.int64], names: Sequence[str] = ()) -> list[Mark]:
    """Return the classes of samples (n,) with their colours, by their names where they have some."""
    kinds = np.unique(labels).tolist()
    return [
        (DOT, on_screen(class_colour(kind, place, len(kinds))), class_words(kind, labels, names))
        for place, kind in enumerate(kinds)
    ]


def point_marks(labels: NDArray[np.int64], classes: int = 0, names: Sequence[str] = ()) -> list[Mark]:
    """Return the classes of points (n,) over a plane, with their names, where they have some, colours and shapes."""
    kinds, colours = np.unique(labels).tolist(), point_colours(labels, classes)
    return [
        (MARKS[place % len(MARKS)], colour, class_words(kind, labels, names))
        for place, (kind, colour) in enumerate(zip(kinds, colours, strict=True))
    ]


def colour_key(subject: str, marks: Iterable[Mark]) -> str:
    """Return HTML that says what marks mean, after what they are of: "Class ● −1 ■ +1"; '' for none."""
    every = list(marks)
    told = [
        f'<span style="color:{colour}">{mark}</span> {as_html(words)}' for mark, colour, words in every[:MOST]
    ]
    rest = f" and {len(every) - MOST:,} others" if len(every) > MOST else ""
    # no full stop: after a number it would be a decimal point
    return f"{as_html(subject)} {' '.join(told)}{rest} &nbsp; " if told else ""
