"""What of units can be drawn against what else: the choices, and their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.figures.neurons import unit_angles
from engine.protocol.neurons import NeuronsReady, UnitsSeen
from engine.protocol.records import Array


@dataclass(frozen=True)
class UnitColumn:
    """One number of every unit."""

    name: str
    title: str
    help: str
    log: bool = False


ANGLES = (
    UnitColumn(
        "plane",
        "angle in the plane, degrees",
        "Where the unit's weights point over the data: the direction in which its input grows.",
    ),
    UnitColumn(
        "turned",
        "rotation from the start, degrees",
        "The angle between a unit's incoming weights w_j, with their bias, and what they were at step 0.",
    ),
    UnitColumn(
        "leading",
        "angle to the leading direction, degrees",
        "The angle, 0 to 90 degrees, between w_j and the first right singular vector of the matrix of all w_j.",
    ),
    UnitColumn(
        "extremal",
        "angle to the extremal direction, degrees",
        "The angle between w_j and the nearest extremal direction of its sign, one of the dashed rays: from a small "
        "start units turn there before they grow.",
    ),
)
SIZES = (
    UnitColumn("norm", "norm ‖w‖", "The length of a unit's incoming weights w_j, with their bias.", log=True),
    UnitColumn(
        "share",
        "share in the output",
        "Σ_n ‖a_j h_nj‖₁ over the same of all units: h_nj is what unit j makes of training sample n, a_j are its "
        "outgoing weights. In deeper networks, its share in what the next layer takes up.",
    ),
    UnitColumn("out", "outgoing norm ‖a‖", "The length of a unit's outgoing weights a_j.", log=True),
    UnitColumn(
        "turned",
        "rotation from the start, degrees",
        "The angle between a unit's incoming weights w_j, with their bias, and what they were at step 0.",
    ),
)


def offered(columns: Sequence[UnitColumn], picture: NeuronsReady) -> list[UnitColumn]:
    """Return those that the units of a picture have."""
    return [column for column in columns if np.isfinite(values(column.name, picture.now)).any()]


def values(name: str, seen: UnitsSeen) -> Array:
    """Return a column (U,) of units at a step; NaN where it is not defined."""
    if name != "plane":
        column: Array | None = getattr(seen, name)
        return np.full(len(seen.norm), np.nan) if column is None else column
    return unit_angles(seen)[0] if seen.slope is not None else np.full(len(seen.norm), np.nan)


def on_axis(column: UnitColumn, drawn: Array) -> Array:
    """Return what is drawn of values: their log10 on a logarithmic axis, NaN where there is none."""
    if not column.log:
        return drawn
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(drawn > 0, np.log10(drawn), np.nan)
