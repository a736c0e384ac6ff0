"""A point of data in the plane, in the hand: which one, where it goes, and the data that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from engine.data.dataset import Dataset
from engine.experiment.data import DataSpec
from gui.model.drawn_points import drawn_points, place_in, why_too_many

REACH = 9.0
"""Pixels around a point within which a hand takes it."""


def why_fixed(data: Dataset) -> str:
    """Say why points of this data cannot be dragged; '' where they can."""
    if data.raw.shape[1] != 2 or data.image_shape is not None:
        return "Only points in the plane can be dragged."
    return why_too_many(len(data.raw) + len(data.raw_test), 2)


@dataclass(frozen=True)
class PointDrag:
    """A point, the pixels of a unit, and where point and hand were at first."""

    index: int
    start: tuple[float, float]
    hand: QPointF
    """On the screen: what the point is drawn in may move meanwhile."""
    scale: float
    half: float
    """Half the side of what was shown, which stays while the point is in the hand."""

    @classmethod
    def at(cls, data: Dataset, area: QRectF, half: float, place: QPointF, hand: QPointF) -> PointDrag | None:
        """Take the point nearest to a place in an area; None where none is near."""
        if why_fixed(data) or half <= 0:
            return None
        scale = min(area.width(), area.height()) / 2 / half
        x = area.center().x() + scale * data.raw[:, 0]
        y = area.center().y() - scale * data.raw[:, 1]
        distance = np.hypot(x - place.x(), y - place.y())
        index = int(distance.argmin())
        if distance[index] > REACH:
            return None
        across, up = data.raw[index]
        return cls(index, (float(across), float(up)), hand, scale, half)

    def to(self, hand: QPointF) -> tuple[float, float]:
        """Return where the point is with the hand here, to three digits of what is shown."""
        moved = hand - self.hand
        x, y = self.start[0] + moved.x() / self.scale, self.start[1] - moved.y() / self.scale
        decimals = max(0, 3 - int(np.floor(np.log10(self.half))))
        return round(x, decimals), round(y, decimals)


def edits_of(spec: DataSpec, data: Dataset, index: int, place: tuple[float, float]) -> dict[str, Any]:
    """Return the edits, by dotted path, after which a point is elsewhere: the data are then one's own."""
    points = drawn_points(spec, data)
    return points.with_moved(np.array([place_in(points, data, index)]), np.array([place])).changes(spec)
