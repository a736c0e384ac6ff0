"""What figures and the window show of a map alike: its cells, its slices, and what stands in its colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.experiment.columns import column, title_of
from engine.protocol.map_pictures import AxisSeen, CellState, MapSeen, SliceLine, SlicesSeen
from engine.protocol.point_table import (
    CLAIM,
    DIVERGED,
    STATUSES,
    OverSeeds,
    PointTable,
    is_share,
    over_seeds,
    quantiles,
)
from engine.protocol.records import Array
from engine.protocol.run_pictures import OF_NO_RUN
from engine.words.formats import counted

from .fits import Fit, fit

HOW: dict[OverSeeds, str] = {"median": "median", "mean": "mean", "spread": "largest less smallest"}
"""What becomes of the values of several seeds, in words."""
DECADES = 2.0
"""Powers of ten that values span before logarithms are what colours follow at first."""
MOST_LINES = 12
"""Slices that are drawn; of more values of an axis those at equal distances in their order."""


@dataclass(frozen=True)
class MapView:
    """What is looked at of a map."""

    of: str = ""
    """The column; '' or one that there is not: the first that there is."""
    across: int = 0
    """Which axis runs to the right, from 0."""
    up: int | None = 1
    """Which axis runs upwards, or has a line for each value; None: none."""
    at: tuple[int, ...] = ()
    """Which value every axis has that neither runs across nor up, by axis; 0 of those that are not named."""
    how: OverSeeds = "median"
    log: bool | None = None
    """Whether colours, or heights, are logarithms; None: as suits the values."""
    contour: float | None = None
    fitted: bool = False

    def fitting(self, table: PointTable) -> MapView:
        """Return what is looked at of this map: axes that it has, and a column that it has."""
        axes = len(table.grid.shape)
        across = self.across if 0 <= self.across < axes else 0
        others = [k for k in range(axes) if k != across]
        up = self.up if self.up in others else (others[0] if others and self.up is not None else None)
        at = tuple(
            min(max(self.at[k] if k < len(self.at) else 0, 0), count - 1)
            for k, count in enumerate(table.grid.shape)
        )
        names = table.names
        of = self.of if self.of in names or self.of == DIVERGED else (names[0] if names else DIVERGED)
        return MapView(of, across, up, at, self.how, self.log, self.contour, self.fitted)


def words_of(name: str) -> str:
    """Return what a column of a map's points is called."""
    if name.startswith(CLAIM):
        return f"claim {name.removeprefix(CLAIM)} holds"
    if name.endswith("_step") and column(name) is None:
        return f"step: {name.removesuffix('_step').replace('_', ' ')}"
    return title_of(name)


def title_over_seeds(name: str, seeds: int, how: OverSeeds) -> str:
    """Return what the values of places are: the column, and what became of several seeds."""
    words = words_of(name)
    if is_share(name):
        return f"{words}, share of {counted(seeds, 'seed')}" if seeds > 1 else words
    return f"{words}, {HOW[how]} of {counted(seeds, 'seed')}" if seeds > 1 else words


def map_seen(table: PointTable, view: MapView) -> MapSeen:
    """Return the cells of a map as it is looked at."""
    view = view.fitting(table)
    axes, grid = table.axes, table.grid
    how: OverSeeds = "mean" if is_share(view.of) else view.how
    status = _plane(table.status(), view)
    cells = over_seeds(_plane(table.values(view.of), view), how)
    ended = np.count_nonzero(status, axis=-1)
    states = np.full(cells.shape, int(CellState.UNDEFINED), dtype=np.int8)
    for name, state in (("diverged", CellState.DIVERGED), ("failed", CellState.FAILED)):
        states[(status == STATUSES.index(name)).any(axis=-1)] = state
    states[~np.isnan(cells)] = CellState.VALUE
    states[ended == 0] = CellState.WAITING
    return MapSeen(
        *(0, OF_NO_RUN, 0, 0),
        view.of,
        title_over_seeds(view.of, grid.sweep.seeds, how),
        axes[view.across],
        None if view.up is None else axes[view.up],
        cells,
        states,
        ended,
        grid.sweep.seeds,
        _where(axes, view),
        is_in_logarithms(cells, view),
        view.contour,
    )


def slices_seen(table: PointTable, view: MapView) -> SlicesSeen:
    """Return the slices of a map as it is looked at: along one axis, a line for each value of the other."""
    view = view.fitting(table)
    axes, grid = table.axes, table.grid
    values = _plane(table.values(view.of), view)
    how: OverSeeds = "mean" if is_share(view.of) else view.how
    middles = over_seeds(values, how)
    lows, highs = quantiles(values, 0.25, 0.75) if how == "median" else (middles, middles)
    up = None if view.up is None else axes[view.up]
    shown = shown_lines(len(middles))
    lines = tuple(SliceLine("" if up is None else up.words[k], middles[k], lows[k], highs[k]) for k in shown)
    return SlicesSeen(
        *(0, OF_NO_RUN, 0, 0),
        view.of,
        title_over_seeds(view.of, grid.sweep.seeds, how),
        axes[view.across],
        "" if up is None else up.title,
        lines,
        grid.sweep.seeds,
        _where(axes, view),
        is_in_logarithms(middles, view),
        view.fitted,
    )


def positions(axis: AxisSeen) -> Array:
    """Return where an axis's values (K,) are drawn: log10, the numbers, or their order where they are no numbers."""
    if not axis.is_of_numbers:
        return np.arange(len(axis.words), dtype=float)
    return np.log10(axis.numbers) if draws_logarithms(axis) else axis.numbers


def draws_logarithms(axis: AxisSeen) -> bool:
    """Say whether an axis is drawn over logarithms."""
    return axis.is_log and axis.is_of_numbers and bool((axis.numbers > 0).all())


def heights(values: Array, log: bool) -> Array:
    """Return where values are drawn: log10 of those above 0, or as they are."""
    if not log:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(values > 0, np.log10(values), np.nan))


def fit_of(seen: SlicesSeen, line: SliceLine) -> Fit | None:
    """Return the line of least squares through a slice as it is drawn; None through less than two points."""
    if not seen.across.is_of_numbers:
        return None
    return fit(
        positions(seen.across),
        heights(line.middles, seen.log),
        log_across=draws_logarithms(seen.across),
        log_up=seen.log,
    )


def colour_range(seen: MapSeen) -> tuple[float, float]:
    """Return the ends of the colours as they are drawn, log10 of values where `log`; apart, whatever there is."""
    if is_share(seen.name):
        return 0.0, 1.0
    drawn = heights(seen.values, seen.log)
    drawn = drawn[np.isfinite(drawn)]
    if not drawn.size:
        return 0.0, 1.0
    low, high = float(drawn.min()), float(drawn.max())
    room = 0.5 * max(abs(low), 1.0) * 1e-3
    return (low - room, high + room) if high - low <= 1e-12 * max(abs(low), abs(high)) else (low, high)


def shown_lines(count: int) -> list[int]:
    """Return which of so many slices are drawn, from 0."""
    return [int(k) for k in np.unique(np.linspace(0, count - 1, min(count, MOST_LINES)).round())]


def _plane(values: Any, view: MapView) -> Any:
    """Return values (*axes, seeds) at the fixed values of all other axes (U, A, seeds)."""
    place: list[Any] = list(view.at)
    place[view.across] = slice(None)
    if view.up is None:
        return values[tuple(place)][None]
    place[view.up] = slice(None)
    plane = values[tuple(place)]
    return plane if view.up < view.across else np.swapaxes(plane, 0, 1)


def _where(axes: Sequence[AxisSeen], view: MapView) -> str:
    fixed = [k for k in range(len(axes)) if k not in (view.across, view.up)]
    return ", ".join(f"{axes[k].title} {axes[k].words[view.at[k]]}" for k in fixed)


def is_in_logarithms(values: Array, view: MapView) -> bool:
    """Say whether colours and heights follow logarithms: as is wished where all values have one, or as suits them."""
    there = values[np.isfinite(values)]
    if view.log is False or is_share(view.of) or not there.size or there.min() <= 0:
        return False
    is_log = view.log or ((known := column(view.of)) is not None and known.scale == "log")
    return bool(is_log or there.max() > 10**DECADES * there.min())
