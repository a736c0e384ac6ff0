"""Data of plug-ins: points and classes as they say them, judged like those of files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.labels import SIGNS
from engine.data.table import Table
from engine.experiment.plug_ins.absent import AbsentData, why_absent
from engine.experiment.plug_ins.asking import asked, refused
from engine.experiment.plug_ins.kinds import DataPlugIn


def own_table(data: DataPlugIn, _: Path) -> Table:
    """Return the points of a plug-in's data.

    Raises:
        Refusal: where the plug-in fails, or says what no labelled points are.
    """
    return _made(data)


def absent_table(data: AbsentData, _: Path) -> Table:
    """Refuse to make data whose plug-in is not there."""
    raise why_absent("data", data)


@lru_cache(maxsize=4)  # sizes are asked for at every edit, and only the points tell them
def _made(data: DataPlugIn) -> Table:
    def made() -> tuple[Any, Any, tuple[str, ...]]:
        said, classes = data.points()
        return np.asarray(said, np.float64), np.asarray(classes), tuple(map(str, data.class_names()))

    points, numbers, names = asked("data.kind", data.kind, "to make its points", made)
    if points.ndim != 2 or not points.size or numbers.shape != points.shape[:1]:
        shapes = f"points {points.shape} and classes {numbers.shape}"
        raise refused("data.kind", data.kind, f"makes {shapes}; (n, d) and (n,) are needed")
    if not np.isfinite(points).all():
        raise refused("data.kind", data.kind, "makes points that are not finite")
    count = len(np.unique(numbers))
    if not np.issubdtype(numbers.dtype, np.integer) or set(np.unique(numbers)) != set(range(max(2, count))):
        raise refused(
            "data.kind",
            data.kind,
            "makes classes that are not 0, 1, ... with a point in each, and at least two",
        )
    if names and len(names) != count:
        raise refused("data.kind", data.kind, f"names {len(names)} classes, and has {count}")
    names = names or (SIGNS if count == 2 else tuple(map(str, range(count))))
    return Table(points, numbers.astype(np.int64), names, field="data.kind")
