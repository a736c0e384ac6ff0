"""Claims about a map: how last values order or slope along an axis, and in which share of its points they lie.

The value at a place of the map is the median over its seeds that have one. Along an axis every line of places with the
same values of all other axes is judged for itself, and the worst one decides. Where a claim says values of axes (`at`),
only the places that have them count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ..experiment.claims import EVENT_STEPS, Claim
from ..experiment.columns import title_of
from ..experiment.differences import last_words
from ..experiment.sweep import Grid, number_of
from ..protocol.point_table import PointTable
from ..protocol.points import PointResult
from ..protocol.records import Array
from ..words.formats import number, percentage
from .measured import Measured, within
from .verdict import Status, Verdict, bound_text, finite, measured_text

STATUSES: Final[tuple[Status, ...]] = ("fails", "void", "not yet", "holds")
"""The worst one first."""
SHARE = 1.0
"""Of the points that a claim about their share asks for where it says nothing else."""


@dataclass(frozen=True)
class _Line:
    """Places along an axis, all other axes at one value each."""

    words: str
    """Of the other axes; '' where there are none."""
    at: tuple[Any, ...]
    """The axis's values (K,)."""
    medians: Array
    """Over seeds (K,); NaN where none has a value."""


def judge_over(claim: Claim, grid: Grid, results: Mapping[int, PointResult]) -> Verdict:
    """Judge a claim about a map by what there is of its points so far.

    Args:
        claim: one with `over`, or about a share.
        grid: the map's points.
        results: theirs, by number.
    """
    missing = grid.runs - len(results)
    if missing:
        return _verdict(claim, "not yet", [], f"{missing:,} of {grid.runs:,} points have not been trained")
    if claim.check == "share":
        return _share(claim, grid, results)
    lines = list(_lines(claim, grid, results))
    judged = [(line, _along(claim, line)) for line in lines]
    worst, measured = max(judged, key=lambda pair: pair[1].badness)
    where = f" at {worst.words}" if worst.words else ""
    values = [finite(each.value) for _, each in judged]
    if not measured.defined:
        return _verdict(claim, "fails", values, f"{_title(claim)} is not defined along {claim.over}{where}")
    if not measured.holds:
        return _verdict(claim, "fails", values, f"{measured.phrase}{where}, {measured.miss}")
    share = f", and on all {len(judged)} lines" if len(judged) > 1 else ""
    return _verdict(
        claim, "holds", values, f"{measured.phrase}{where}, the worst{share}" if share else measured.phrase
    )


def judge_points(claim: Claim, verdicts: Sequence[str]) -> Verdict:
    """Judge a claim about every point of a map by its verdicts there: it ends as it does where that is unexpected."""
    if not verdicts:
        return _verdict(claim, "not yet", [], "no point has been trained")
    met = sum(verdict == claim.expect for verdict in verdicts)
    others = [verdict for verdict in verdicts if verdict != claim.expect]
    status: Status = next((word for word in STATUSES if word in others), claim.expect)
    sentence = f"it {claim.expect} at {met:,} of {len(verdicts):,} points"
    return replace(_verdict(claim, status, [], sentence), measured=f"{met:,} of {len(verdicts):,} points")


def _lines(claim: Claim, grid: Grid, results: Mapping[int, PointResult]) -> Iterator[_Line]:
    table = PointTable(grid)
    table.take(results.values())
    medians = table.over_seeds(claim.of)
    settings = {setting.places[: len(grid.shape)]: setting for setting in grid.settings()}
    axis = grid.paths.index(claim.over)
    inside = _places_of(claim, grid)
    along = 0 if grid.sweep.order == "zip" else axis
    for others in np.ndindex(*(n for k, n in enumerate(grid.shape) if k != along)):
        places = [(*others[:along], k, *others[along:]) for k in range(grid.shape[along])]
        places = [place for place in places if place in inside]
        if not places:
            continue
        first = settings[places[0]]
        words = ", ".join(
            f"{last_words(path)} {value}"
            for k, (path, value) in enumerate(first.values.items())
            if k != axis and grid.sweep.order != "zip"
        )
        yield _Line(
            words,
            tuple(grid.axes[axis][place[along]] for place in places),
            np.array([medians[place] for place in places]),
        )


def _places_of(claim: Claim, grid: Grid) -> Set[tuple[int, ...]]:
    """Return the places of a map that a claim is about."""
    return {
        setting.places[: len(grid.shape)]
        for setting in grid.settings()
        if all(setting.values[path] == value for path, value in claim.at.items())
    }


def _along(claim: Claim, line: _Line) -> Measured:
    """Judge one line: the smallest step between neighbours, or the slope over logarithms by least squares."""
    title = _title(claim)
    low, high = _limits(claim)
    if np.isnan(line.medians).any() or len(line.at) < 2:
        return within(math.nan, low, high, title)
    if claim.check == "order":
        steps = np.diff(line.medians)
        if (low, high) == (-math.inf, math.inf):
            least = float(steps.min())
            verb = "rises" if least > 0 else "does not rise"
            told = f"{title} {verb} all along {claim.over}, least by {number(least)}"
            return Measured(least, -least if least else math.nextafter(0, 1), told, "where it should rise")
        worst = min(steps, key=lambda step: min(step - low, high - step))
        return within(float(worst), low, high, f"{title} changes along {claim.over} by")
    at = np.array([number_of(value) for value in line.at])
    if not (at > 0).all() or (line.medians == 0).any():
        return within(math.nan, low, high, title)
    slope = float(np.polyfit(np.log(at), np.log(np.abs(line.medians)), 1)[0])
    return within(slope, low, high, f"{title} has along {claim.over} a log-log slope of")


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


def _share(claim: Claim, grid: Grid, results: Mapping[int, PointResult]) -> Verdict:
    """Judge in which share of the points the last value lies within the bounds; one without a value does not."""
    low = claim.at_least if isinstance(claim.at_least, float | int) else -math.inf
    high = claim.at_most if isinstance(claim.at_most, float | int) else math.inf
    table = PointTable(grid)
    table.take(results.values())
    values = np.concatenate([table.values(claim.of)[place] for place in sorted(_places_of(claim, grid))])
    inside = int(np.sum((values >= low) & (values <= high)))
    share, wanted = inside / values.size, SHARE if claim.target is None else claim.target
    told = f"{_title(claim)} lies within bounds in {inside:,} of {values.size:,} points ({number(share)})"
    holds = share >= wanted - claim.tolerance
    status: Status = "holds" if holds else "fails"
    return _verdict(claim, status, [share], f"{told}; at least {number(wanted - claim.tolerance)} is claimed")


def _measured(claim: Claim, values: list[float | None]) -> str:
    """Say what was measured over lines, or the share."""
    if claim.check == "share" and values and values[0] is not None:
        return f"{percentage(values[0])} of the points"
    return measured_text(claim, values)


def _verdict(claim: Claim, status: Status, values: list[float | None], sentence: str) -> Verdict:
    text = f"{sentence[:1].upper()}{sentence[1:]}."
    return Verdict(
        status, values, bound_text(claim), text, status == claim.expect, measured=_measured(claim, values)
    )
