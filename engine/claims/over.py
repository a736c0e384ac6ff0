"""Claims about a map: how last values order or slope along an axis, and in which share of its runs they lie.

The value at a place of the map is the median over its seeds that have one; the verdict says how many have none. Along
an axis every line of places with the same values of all other axes is judged for itself, and the worst one decides.
Where a claim says values of axes (`at`), only the places that have them count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..experiment.claims import EVENT_STEPS, Claim
from ..experiment.columns import title_of
from ..experiment.sweep import Grid, number_of, value_in_words
from ..experiment.titles import short_title
from ..protocol.map_pictures import CellState, seed_counts, states_in_words
from ..protocol.point_table import PointTable, over_seeds
from ..protocol.records import Array
from ..words.formats import counted, number, percentage
from .checks import is_log
from .measured import UNDEFINED, Measured, within
from .verdict import Status, Verdict, bound_text, finite, measured_text

SHARE = 1.0
"""Of the runs that a claim about their share asks for where it says nothing else."""


@dataclass(frozen=True)
class _Line:
    """Places along an axis, all other axes at one value each."""

    along: str
    """What the axis is called."""
    words: str
    """Of the other axes; '' where there are none."""
    at: tuple[Any, ...]
    """The axis's values (K,)."""
    medians: Array
    """Over seeds (K,); NaN where none has a value."""

    @property
    def way(self) -> str:
        """Say in which order the axis is gone along."""
        return f"as {self.along} falls" if self._falls else f"along {self.along}"

    @property
    def all_the_way(self) -> str:
        """Say so of every step of it."""
        return f"all the way as {self.along} falls" if self._falls else f"all along {self.along}"

    @property
    def _falls(self) -> bool:
        return all(b < a for a, b in pairwise(map(number_of, self.at)))


@dataclass(frozen=True)
class _About:
    """The points that a claim is about."""

    places: tuple[tuple[int, ...], ...]
    """Of the map (N,), in order."""
    values: Array
    """Of the claim's column (N, seeds); NaN where there is none."""
    counts: NDArray[np.int64]
    """How many runs are in each `CellState` (5,)."""

    @classmethod
    def of(cls, claim: Claim, table: PointTable) -> _About:
        """Return what there is of the points that a claim is about."""
        places = tuple(
            setting.places[: len(table.grid.shape)]
            for setting in table.grid.settings()
            if all(setting.values[path] == value for path, value in claim.at.items())
        )
        there = tuple(np.array(places).T)
        counts = seed_counts(table.states(claim.of)[there].ravel())
        return cls(places, table.values(claim.of)[there], counts)

    @property
    def without(self) -> str:
        """Say how many runs have no value, and why; '' where all have one."""
        return states_in_words(self.counts)


def judge_over(claim: Claim, table: PointTable) -> Verdict:
    """Judge a claim about a map, one with `over` or about a share, by what there is of its points so far."""
    about = _About.of(claim, table)
    if about.counts[CellState.WAITING] or about.counts[CellState.FAILED]:
        told = f"of {counted(about.values.size, 'run')} {about.without}"
        return _verdict(claim, "not yet", [], told, about.without)
    if claim.check == "share":
        return _share(claim, about)
    judged = [(line, _along(claim, line)) for line in _lines(claim, table.grid, about)]
    worst, measured = max(judged, key=lambda pair: pair[1].badness)
    where = f" at {worst.words}" if worst.words else ""
    values = [finite(each.value) for _, each in judged]
    status: Status = "holds" if measured.holds else "fails"
    claimed = f" (claimed: {bound_text(claim)})" if measured.defined and bound_text(claim) else ""
    told = f"{measured.phrase}{claimed}{where}"
    if status == "fails":
        told += f", {measured.miss}" if measured.defined else measured.miss
    elif len(judged) > 1:
        told += f", the worst, and on all {len(judged)} lines"
    if about.without:
        there = f"{about.counts[CellState.VALUE]:,} of {counted(about.values.size, 'run')}"
        told += f"; the medians are of {there}, the rest have no value: {about.without}"
    brief = next((each.brief for _, each in judged if each.brief), "")
    return _verdict(claim, status, values, told, about.without, brief)


def _lines(claim: Claim, grid: Grid, about: _About) -> Iterator[_Line]:
    inside = dict(zip(about.places, over_seeds(about.values, "median").tolist(), strict=True))
    axis = grid.paths.index(claim.over)
    along = 0 if grid.sweep.order == "zip" else axis
    for others in np.ndindex(*(n for k, n in enumerate(grid.shape) if k != along)):
        places = [(*others[:along], k, *others[along:]) for k in range(grid.shape[along])]
        places = [place for place in places if place in inside]
        if not places:
            continue
        first = grid.setting(places[0])
        words = ", ".join(
            f"{short_title(grid.base, path)} {value}"
            for k, (path, value) in enumerate(first.values.items())
            if k != axis and grid.sweep.order != "zip"
        )
        yield _Line(
            short_title(grid.base, claim.over),
            words,
            tuple(grid.axes[axis][place[along]] for place in places),
            np.array([inside[place] for place in places]),
        )


def _along(claim: Claim, line: _Line) -> Measured:
    """Judge one line: the smallest step between neighbours, or the slope over logarithms by least squares."""
    title = _title(claim)
    low, high = _limits(claim)
    words = [value_in_words(at) for at in line.at]
    nowhere = [at for at, median in zip(words, line.medians, strict=True) if np.isnan(median)]
    if nowhere or len(words) < 2:
        why = f"no seed has a value at {', '.join(nowhere)}" if nowhere else "there is one value alone"
        return _undefined(f"{title} is not defined along {line.along}", why)
    if claim.check == "order":
        steps = np.diff(line.medians)
        if (low, high) == (-math.inf, math.inf):
            least = float(steps.min())
            verb = "rises" if least > 0 else "does not rise"
            told = f"{title} {verb} {line.all_the_way}, least by {number(least)}"
            return Measured(least, -least if least else math.nextafter(0, 1), told, "where it should rise")
        worst = min(steps, key=lambda step: min(step - low, high - step))
        return within(float(worst), low, high, f"{title} changes {line.way} by")
    return _slope(claim, line, title)


def _slope(claim: Claim, line: _Line, title: str) -> Measured:
    """Judge the slope of the logarithm of values of one sign; a column that is a logarithm is taken as it is."""
    at = np.array([number_of(value) for value in line.at])
    if not (at > 0).all():
        return _undefined(
            f"{title} has no slope along {line.along}", "its values are not all numbers above 0"
        )
    signs = np.sign(line.medians)
    if is_log(claim.of):
        up, words, brief = line.medians, f"{title}, a logarithm itself, has along {line.along} a slope of", ""
    elif signs[0] == 0 or (signs != signs[0]).any():
        why = "it is 0 somewhere" if (signs == 0).any() else "it changes its sign"
        return _undefined(f"{title} is no power law of {line.along}", why)
    else:
        up, brief = np.log(np.abs(line.medians)), "" if signs[0] > 0 else "of its size, "
        of = title if signs[0] > 0 else f"the size of {title}, which is below 0,"
        words = f"{of} has along {line.along} a log-log slope of"
    slope = float(np.polyfit(np.log(at), up, 1)[0])
    return replace(within(slope, *_limits(claim), words), brief=brief)


def _undefined(what: str, why: str) -> Measured:
    """Say that there is nothing to measure, and why."""
    return replace(UNDEFINED, phrase=what, miss=f": {why}")


def _title(claim: Claim) -> str:
    """Return what a claim about a map is of: a column, or the step of an event."""
    event = claim.of.removesuffix("_step").replace("_", " ")
    return f"step of '{event}'" if claim.of in EVENT_STEPS else title_of(claim.of)


def _limits(claim: Claim) -> tuple[float, float]:
    low = claim.at_least if isinstance(claim.at_least, float | int) else -math.inf
    high = claim.at_most if isinstance(claim.at_most, float | int) else math.inf
    if claim.target is not None:
        low, high = max(low, claim.target - claim.tolerance), min(high, claim.target + claim.tolerance)
    return low, high


def _share(claim: Claim, about: _About) -> Verdict:
    """Judge in which share of the runs the last value lies within the bounds; one without a value does not."""
    low = claim.at_least if isinstance(claim.at_least, float | int) else -math.inf
    high = claim.at_most if isinstance(claim.at_most, float | int) else math.inf
    inside = int(np.sum((about.values >= low) & (about.values <= high)))
    runs, wanted = about.values.size, SHARE if claim.target is None else claim.target
    share = inside / runs
    bounds = bound_text(claim.model_copy(update={"target": None}))
    where = f"{inside:,} of {counted(runs, 'run')} ({number(share)})"
    told = f"{_title(claim)} lies within bounds ({bounds}) in {where}"
    without = f", and not in those without a value ({about.without})" if about.without else ""
    holds = share >= wanted - claim.tolerance
    told = f"{told}{without}; at least {number(wanted - claim.tolerance)} is claimed"
    return _verdict(claim, "holds" if holds else "fails", [share], told, about.without)


def _verdict(
    claim: Claim,
    status: Status,
    values: list[float | None],
    sentence: str,
    without: str = "",
    brief: str = "",
) -> Verdict:
    """Return a verdict; without, brief: how many runs have no value, and whose slope it is that was measured."""
    is_share = claim.check == "share" and values and values[0] is not None
    told = f"{percentage(values[0] or 0.0)} of the runs" if is_share else measured_text(claim, values)
    return Verdict(
        status,
        values,
        bound_text(claim),
        f"{sentence[:1].upper()}{sentence[1:]}.",
        status == claim.expect,
        measured="; ".join(part for part in (f"{brief}{told}" if told else "", without) if part),
    )
