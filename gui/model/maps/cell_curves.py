"""The curves that are kept of the points at a place of a map, read beside the window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from engine.protocol.points import PointResult
from engine.session.session_maps import SessionMaps

from ..latest_work import LatestWork

Key = tuple[str, tuple[tuple[int, str, int], ...]]
"""The map, and of every point its number, its status and its last step: others have other curves."""


class CellCurves(QObject):
    """Holds the points of one place with their curves."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: list[PointResult] = []
        self._of: Key | None = None
        self._work = LatestWork(self)
        self._work.done.connect(self._on_read)

    def look_at(self, maps: SessionMaps | None, id: str, points: Sequence[PointResult]) -> None:
        """Read the curves of these points of a map, unless they are at hand; of no points there are none."""
        key = id, tuple((point.point, point.status, point.step) for point in points)
        if key == self._of:
            return
        self._of = key
        self._work.forget()
        if maps is not None and points:
            self._work.ask(partial(_read, maps, id, tuple(points)))
        elif self.found:
            self.found = []
            self.changed.emit()

    @Slot(object)
    def _on_read(self, found: object) -> None:
        self.found = found if isinstance(found, list) else []
        self.changed.emit()


def _read(maps: SessionMaps, id: str, points: Sequence[PointResult]) -> list[PointResult]:
    whole = [maps.whole(id, point) for point in points]
    return [point for point in whole if point.steps is not None and len(point.steps)]
