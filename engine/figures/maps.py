"""What figures and the window show of a map alike: its cells, its slices, and what stands in its colours."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.experiment.columns import column, title_of
from engine.experiment.document import Document
from engine.protocol.map_pictures import (
    AxisSeen,
    CellState,
    MapSeen,
    SliceLine,
    SlicesSeen,
    seed_counts,
    states_in_words,
)
from engine.protocol.point_table import (
    CLAIM,
    DIVERGED,
    OverSeeds,
    PointTable,
    is_share,
    over_seeds,
    quantiles,
    seeds_that_count,
    share_over_seeds,
)
from engine.protocol.records import Array
from engine.protocol.run_pictures import OF_NO_RUN
from engine.words.formats import counted, read_out

from .fits import Fit, fit

HOW: dict[OverSeeds, str] = {"median": "median", "mean": "mean", "spread": "largest less smallest"}
"""What becomes of the values of several seeds, in words."""
OVER_SEEDS = " over seeds"
DECADES = 2.0
"""Powers of ten that values span before logarithms are what colours follow at first."""
FIRST = ("normalized_margin", "log_loss")
"""Columns that a map shows at first where its document names none."""
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


def first_look(document: Document, table: PointTable) -> tuple[MapView, bool]:
    """Return what a map is about, for whoever has chosen nothing, and whether slices show it best.

    Its column is the first that the document shows, or else claims something of, as far as there are values of it. A
    claim over an axis, about that column if there is one, says which axis runs across, and asks for slices.
    """
    claims, names, paths = document.claims, table.names, table.grid.paths
    shown = [name for word in document.about.show for name in fnmatch.filter(names, word)]
    there = [name for name in (*shown, *(claim.of for claim in claims), *FIRST) if name in names]
    of = there[0] if there else ""
    along = sorted((claim for claim in claims if claim.over in paths), key=lambda claim: claim.of != of)
    zipped = table.grid.sweep.order == "zip"
    return MapView(of, paths.index(along[0].over) if along and not zipped else 0), bool(along)


def alone(low: Array, high: Array) -> NDArray[np.bool_]:
    """Return which places (T,) have quartiles and no neighbour that has: no band is there, but a bar."""
    there = np.pad(np.isfinite(low) & np.isfinite(high), 1)
    return np.asarray(there[1:-1] & ~there[:-2] & ~there[2:])


def words_of(name: str) -> str:
    """Return what a column of a map's points is called."""
    if name.startswith(CLAIM):
        return f"claim {name.removeprefix(CLAIM)} holds"
    if name.endswith("_step") and column(name) is None:
        return f"step: {name.removesuffix('_step').replace('_', ' ')}"
    return title_of(name)


@dataclass(frozen=True)
class OfPlaces:
    """What several seeds are at every place that is looked at."""

    values: Array
    """One a place (…,), NaN where there is none."""
    counts: NDArray[np.int64]
    """How many seeds are in each `CellState` (5, …)."""
    of: NDArray[np.int64]
    """How many seeds each value is of (…,)."""
    title: str
    """The column, what became of several seeds, and of how many."""
    head: str
    """The same, whichever seeds there are."""

    @classmethod
    def gathered(cls, name: str, how: OverSeeds, values: Array, states: NDArray[np.int8]) -> OfPlaces:
        """Return what becomes of a column's values (…, seeds), and of how many: points without one are left out."""
        counts, seeds = seed_counts(states), values.shape[-1]
        over = share_over_seeds(values, counts) if is_share(name) else over_seeds(values, how)
        of, words = seeds_that_count(name, counts), words_of(name)
        if seeds == 1:
            return cls(over, counts, of, words, words)
        done = "share" if is_share(name) else HOW[how]
        title = f"{words}, {done} of {_of_seeds(of[~np.isnan(over)], seeds)}"
        return cls(over, counts, of, title, f"{words}, {done}{OVER_SEEDS}")


def _of_seeds(counts: NDArray[np.int64], seeds: int) -> str:
    """Say of how many seeds values are: '5 seeds', '2 to 5 of 5 seeds'."""
    low, high = (int(counts.min()), int(counts.max())) if counts.size else (seeds, seeds)
    if low == seeds:
        return counted(seeds, "seed")
    return f"{low if low == high else f'{low} to {high}'} of {counted(seeds, 'seed')}"


def map_seen(table: PointTable, view: MapView) -> MapSeen:
    """Return the cells of a map as it is looked at."""
    view = view.fitting(table)
    axes = table.axes
    places = _places(table, view)
    return MapSeen(
        *(0, OF_NO_RUN, 0, 0),
        view.of,
        places.title,
        axes[view.across],
        None if view.up is None else axes[view.up],
        places.values,
        _cell_states(places),
        places.counts,
        table.grid.sweep.seeds,
        places.head,
        _where(axes, view),
        is_in_logarithms(places.values, view),
        view.contour,
    )


def _places(table: PointTable, view: MapView) -> OfPlaces:
    """Return what there is at the places (U, A) that are looked at."""
    values, states = (_plane(told, view) for told in (table.values(view.of), table.states(view.of)))
    return OfPlaces.gathered(view.of, _how(table, view), values, states)


def _how(table: PointTable, view: MapView) -> OverSeeds:
    """Return what becomes of several seeds; one alone is its own median."""
    return view.how if table.grid.sweep.seeds > 1 else "median"


def cell_in_words(seen: MapSeen, row: int, column: int) -> str:
    """Say what the seeds of a place are, and of how many: 'margin, median of 3 of 5 seeds: 0.2; 2 diverged'."""
    counts, value = seen.counts[:, row, column], seen.values[row, column]
    of = _of_seeds(np.array([seeds_that_count(seen.name, counts)]), seen.seeds)
    head = seen.head.removesuffix(OVER_SEEDS)
    told = [f"{head} of {of}: {read_out(float(value))}" if not np.isnan(value) else f"{head}: none"]
    without = states_in_words(counts)
    return "; ".join([*told, *([without] if without else [])])


def _cell_states(places: OfPlaces) -> NDArray[np.int8]:
    """Return what there is at every place: of those without a value what most of the seeds are that have ended."""
    worst_first = (CellState.FAILED, CellState.DIVERGED, CellState.UNDEFINED)
    ended = places.counts[list(worst_first)]
    states: NDArray[np.int8] = np.array(worst_first, dtype=np.int8)[ended.argmax(axis=0)]
    without = ended.sum(axis=0) == 0
    states[without] = CellState.UNDEFINED
    states[without & (places.counts[CellState.WAITING] > 0)] = CellState.WAITING
    states[np.isfinite(places.values)] = CellState.VALUE
    return states


def slices_seen(table: PointTable, view: MapView) -> SlicesSeen:
    """Return the slices of a map as it is looked at: along one axis, a line for each value of the other."""
    view = view.fitting(table)
    axes, seeds = table.axes, table.grid.sweep.seeds
    places = _places(table, view)
    middles = places.values
    has_band = _how(table, view) == "median" and not is_share(view.of)
    lows, highs = (
        quantiles(_plane(table.values(view.of), view), 0.25, 0.75) if has_band else (middles, middles)
    )
    up = None if view.up is None else axes[view.up]
    partly = ~np.isnan(middles) & (places.of < seeds)
    lines = tuple(
        SliceLine(
            "" if up is None else up.words[k], middles[k], lows[k], highs[k], places.counts[:, k], partly[k]
        )
        for k in shown_lines(len(middles))
    )
    return SlicesSeen(
        *(0, OF_NO_RUN, 0, 0),
        view.of,
        places.title,
        axes[view.across],
        "" if up is None else up.title,
        lines,
        seeds,
        places.head,
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
