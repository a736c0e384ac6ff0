"""What part of the plane a drawing board shows, and where on the widget."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from engine.data.dataset import Array

ZOOM = 1.2
"""A notch of the wheel."""
ROOM = 1.15
"""Half the side shown over the largest distance of points."""
SMALLEST, LARGEST = 1e-6, 1e9


@dataclass(frozen=True)
class PlaneFrame:
    """A square of the plane, around a centre."""

    half: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def scale(self, area: QRectF) -> float:
        """Return how many pixels a unit has."""
        return max(min(area.width(), area.height()), 1.0) / 2 / self.half

    def place(self, area: QRectF, at: QPointF) -> Array:
        """Return the place (2,) at a pixel."""
        scale, centre = self.scale(area), area.center()
        return np.array([self.x + (at.x() - centre.x()) / scale, self.y - (at.y() - centre.y()) / scale])

    def pixel(self, area: QRectF, place: Array) -> QPointF:
        """Return where a place (2,) is drawn."""
        scale, centre = self.scale(area), area.center()
        return QPointF(centre.x() + (place[0] - self.x) * scale, centre.y() - (place[1] - self.y) * scale)

    def centred(self, places: Array) -> Array:
        """Return places (N, 2) as seen from the centre."""
        return places - np.array([self.x, self.y])

    def zoomed(self, place: Array, notches: float) -> PlaneFrame:
        """Return the frame nearer or further, with a place (2,) where it was."""
        factor = ZOOM**-notches
        half = min(max(self.half * factor, SMALLEST), LARGEST)
        factor = half / self.half
        x, y = (
            float(at + factor * (middle - at)) for at, middle in zip(place, (self.x, self.y), strict=True)
        )
        return PlaneFrame(half, x, y)

    def panned(self, by: QPointF, area: QRectF) -> PlaneFrame:
        """Return the frame after what is drawn was pulled by some pixels."""
        scale = self.scale(area)
        return PlaneFrame(self.half, self.x - by.x() / scale, self.y + by.y() / scale)


def fitted_frame(places: Array, view: float) -> PlaneFrame:
    """Return the frame of points (N, 2): around the origin unless they lie far off it.

    Args:
        places: where they are.
        view: half the side that surfaces show; 0 where none are drawn.
    """
    largest = float(np.abs(places).max(initial=0.0))
    middle = (places.max(axis=0) + places.min(axis=0)) / 2 if len(places) else np.zeros(2)
    spread = float(np.abs(places - middle).max(initial=0.0))
    if spread > 0 and largest > 4 * spread:
        return PlaneFrame(ROOM * spread, float(middle[0]), float(middle[1]))
    return PlaneFrame(view or ROOM * largest or 1.0)


def nice_step(length: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is no larger than a length."""
    power = 10.0 ** math.floor(math.log10(length))
    return float(f"{next(n * power for n in (5.0, 2.0, 1.0) if n * power <= length * (1 + 1e-9)):.6g}")


def grid_steps(half: float) -> tuple[float, float, float]:
    """Return a fine, a middle and a coarse grid for a frame."""
    return nice_step(half / 20), nice_step(half / 8), nice_step(half / 3)
