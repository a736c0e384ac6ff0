"""The checks on one run: each measures one replica of one column and says how far it is from the claim."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..experiment.claims import FINITE, Claim
from ..experiment.columns import title_of
from ..protocol.records import Array
from ..words.formats import apart, counted, number, power_of_ten
from .measured import UNDEFINED, Measured, within
from .reading import Reading, limits_along, limits_at_the_end

Check = Callable[[Reading, str, int, Claim], Measured]

ROUNDING = 1e-12
"""A relative drop up to this is rounding, in counters and records alike."""
PARTS = 8
"""Equal parts of a run whose increments `shrinking` compares."""
DOUBLINGS = 3
"""The fewest doublings that have a spread of ratios, of which `length` speaks."""
LONG = 500
"""The fewest steps of which it does: log log t has a ratio above 0.88 from there on, and below none."""


def is_log(column: str) -> bool:
    """Say whether a column is the natural log of what it is about (`log_loss`, `log_time`)."""
    return column.startswith(("log_", "twin_log_"))


def tends_to_one(column: str) -> bool:
    """Say whether what is told of a column is its distance from 1: cosines, and margins over the best there is."""
    return column.startswith(("cos_", "margin_ratio"))


def final(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge the last defined value."""
    verb, value = "ends at" if reading.over else "is at", reading.final(column, r)
    both = f" ({power_of_ten(value)})" if column == "log_loss" and math.isfinite(value) else ""
    return within(value, *limits_at_the_end(claim, reading, r), f"{title_of(column)} {verb}", both)


def peak(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge the highest value."""
    steps, values = reading.series(column, r)
    if not values.size:
        return UNDEFINED
    at = int(np.argmax(values))
    low, high = limits_at_the_end(claim, reading, r)
    return within(float(values[at]), low, high, f"{title_of(column)} peaks at", f" at step {steps[at]:,}")


def fall(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge the peak minus the final value."""
    steps, values = reading.series(column, r)
    if not values.size:
        return UNDEFINED
    at = int(np.argmax(values))
    low, high = limits_at_the_end(claim, reading, r)
    top, end = number(values[at]), number(values[-1])
    where = f", from {top} at step {steps[at]:,} to {end}"
    return within(float(values[at] - values[-1]), low, high, f"{title_of(column)} falls by", where)


def always(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge every defined record; the value is the one nearest to, or farthest beyond, a bound."""
    rows = np.arange(len(reading.history.records))[reading.rows(r)]
    values = reading.raw(column, r)[rows]
    low, high = limits_along(claim, reading, r, rows)
    below, above = low - values, values - high
    excess = np.maximum(below, above)
    defined = np.flatnonzero(~np.isnan(excess))
    if not defined.size:
        return UNDEFINED
    at = int(defined[np.argmax(excess[defined])])
    steps = reading.history.records.steps[rows]
    title = title_of(column)
    if excess[at] <= 0:
        phrase = f"{title} stays within its bounds; the nearest is {number(values[at])} at step {steps[at]:,}"
        return Measured(float(values[at]), float(excess[at]), phrase)
    first = int(defined[excess[defined] > 0][0])
    limit, word = (low[at], "below") if below[at] > 0 else (high[at], "above")
    shown, shown_limit = apart(values[at], limit)
    miss = f"{word} {shown_limit} by {number(excess[at])}"
    phrase = (
        f"{title} breaks its bounds first at step {steps[first]:,}; worst is {shown} at step {steps[at]:,}"
    )
    return Measured(float(values[at]), float(excess[at]), phrase, miss, int(steps[first]), settled=True)


def slope(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge the least-squares slope of log `column` against log `against` over the last half of the latter.

    A column that is a log already is taken as it is: log_loss against log_time gives d log L / d log T. Of a
    cosine, and of a margin over the best, the distance from 1 is taken. The last half starts in the middle of log
    `against`: at step 100 of a run of 10,000 steps.
    """
    rows = reading.rows(r)
    x, y = (_logs(name, reading.raw(name, r)[rows]) for name in (claim.against, column))
    defined = np.isfinite(x) & np.isfinite(y)
    x, y = x[defined], y[defined]
    if x.size:
        late = x >= (x.min() + x.max()) / 2
        x, y = x[late], y[late]
    if x.size < 3 or x.max() == x.min():
        return UNDEFINED
    gradient = float(np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2))
    low, high = limits_at_the_end(claim, reading, r)
    over_what, of_what = map(_logged, (claim.against, column))
    return within(gradient, low, high, f"{of_what} against {over_what} has slope")


def drift(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge the distance between the values at the middle step and at the end.

    Relative to the value at the middle; absolute for columns that are logs, whose differences are relative.
    """
    steps, values = reading.series(column, r)
    if values.size < 2:
        return UNDEFINED
    middle = (float(steps[0]) + float(steps[-1])) / 2
    before, after = float(np.interp(middle, steps, values)), float(values[-1])
    change = abs(after - before)
    if not is_log(column) and change:
        change = change / abs(before) if before else math.inf
    low, high = limits_at_the_end(claim, reading, r)
    unit = "" if is_log(column) else " of itself"
    where = f"{unit} from step {middle:,.0f} to the end"
    return within(change, low, high, f"{title_of(column)} moves by", where)


def shrinking(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge whether the increments over equal eighths of the run get smaller, from the second eighth on.

    The value is the largest ratio of an increment to the one before; it must be below 1, or at most `at_most`
    or 1 + tolerance where these are given.
    """
    steps, values = reading.series(column, r)
    if values.size <= PARTS:
        return UNDEFINED
    marks = np.linspace(float(steps[0]), float(steps[-1]), PARTS + 1)
    increments = np.abs(np.diff(np.interp(marks, steps, values)))[1:]
    ratios = _ratios(increments)
    at = int(np.argmax(ratios))
    low, high = limits_at_the_end(claim, reading, r)
    if claim.at_most is None and claim.target is None:
        # without tolerance an increment has to be smaller than the one before, not equal to it
        high = 1 + claim.tolerance if claim.tolerance else math.nextafter(1, 0)
    phrase = f"an eighth of the run adds to the {title_of(column)} at most"
    where = f" of what the eighth before added (the one that ends at step {marks[at + 3]:,.0f})"
    return within(float(ratios[at]), low, high, phrase, where)


def length(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge whether a path has a finite length: what it adds over each doubling of the steps falls like a power.

    The doublings are counted back from the last record to the first that is judged. The value is the largest ratio
    of an increment to the one before, at most 0.88 where nothing else is said: sqrt t has 1.41, log t 1, and log log t
    .88 and more from 500 steps on, so that shorter runs are not judged. What is left is the last increment times
    r/(1 - r) by the last ratio r, and by the least and the largest one.
    Source: theory section 11, finite path.
    """
    steps, values = reading.series(column, r)
    steps, values = steps[steps > 0], values[steps > 0]
    doublings = math.floor(math.log2(steps[-1] / steps[0])) if steps.size else 0
    if doublings < DOUBLINGS or steps[-1] < LONG:
        return UNDEFINED
    marks = float(steps[-1]) / 2.0 ** np.arange(doublings, -1, -1)
    increments = np.abs(np.diff(np.interp(np.log(marks), np.log(steps), values)))
    ratios = _ratios(increments)
    at = int(np.argmax(ratios))
    low, high = limits_at_the_end(claim, reading, r)
    if claim.at_most is None and claim.target is None:
        high = FINITE
    left = _to_come(float(increments[-1]), ratios)
    phrase = f"a doubling of the steps adds to the {title_of(column)} at most"
    where = f" of what the one before added (the one that ends at step {marks[at + 2]:,.0f})"
    told = within(float(ratios[at]), low, high, phrase, f"{where}; {number(values[-1])} so far, {left}")
    return replace(told, brief=f"largest ratio {number(told.value)}, {left}")


def growth(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge the final value over the first judged one; of columns that are logs, the final minus the first.

    It is not defined where the first is not above 0.
    """
    steps, values = reading.series(column, r)
    if values.size < 2 or (values[0] <= 0 and not is_log(column)):
        return UNDEFINED
    first, last = float(values[0]), float(values[-1])
    grown = last - first if is_log(column) else last / first
    low, high = limits_at_the_end(claim, reading, r)
    verb = "changes by" if is_log(column) else "changes by a factor of"
    where = f", from {number(first)} at step {steps[0]:,} to {number(last)}"
    return within(grown, low, high, f"{title_of(column)} {verb}", where)


def non_decreasing(reading: Reading, column: str, r: int, claim: Claim) -> Measured:
    """Judge the counters over every step since separation, or the records where nothing was counted.

    Without tolerance no decrease is allowed and the value is their number; with one, the value is the worst
    drop of a single step relative to the value before (absolute for columns that are logs).
    """
    counters = counters_of(reading, column)
    if counters is not None and reading.after in ("start", "separated"):
        decreases, worst = (float(reading.history.counters[name][r]) for name in counters)
        since = reading.event(counted_since(column), r)
        if since is None or since >= reading.last_step:
            return UNDEFINED
        judged = counted(reading.last_step - since, "step")
        strongly = "strong " if counted_since(column) == "strongly_separated" else ""
        phrase = f"{title_of(column)} decreases in {decreases:,.0f} of {judged} since {strongly}separation"
        brief = f"{counted(decreases, 'decrease')} in {judged}"
        first = _first_drop(reading, column, r, claim.tolerance)
        return _drops(decreases, worst, claim, phrase, brief, first)
    _, values = reading.series(column, r)
    if values.size < 2:
        return UNDEFINED
    drops = relative_drops(column, values)
    judged = counted(len(drops), "record")
    phrase = f"{title_of(column)} decreases at {np.sum(drops > 0)} of {judged}"
    phrase += " (records, not every step)"
    first = _first_drop(reading, column, r, claim.tolerance)
    brief = f"{counted(float(np.sum(drops > 0)), 'decrease')} in {judged}"
    return _drops(float(np.sum(drops > 0)), float(drops.max()), claim, phrase, brief, first)


def counted_since(column: str) -> str:
    """Return the event from which a quantity's decreases are counted."""
    return "strongly_separated" if column == "modified_margin" else "separated"


def counters_of(reading: Reading, column: str) -> tuple[str, str] | None:
    """Return the names of a column's counters (decreases, worst drop), None where nothing was counted."""
    names = (f"{column}_decreases", f"{column}_worst_drop")
    return names if all(name in reading.history.counters for name in names) else None


def relative_drops(column: str, values: Array) -> Array:
    """Return by how much each value is below the one before (T-1,), relative to that; logs: the difference.

    What is no more than rounding is no drop.
    """
    before, drops = values[:-1], values[:-1] - values[1:]
    if not is_log(column):
        drops = np.divide(drops, np.abs(before), out=np.where(drops > 0, np.inf, 0.0), where=before != 0)
    return np.where(drops > ROUNDING, drops, 0.0)


def _drops(
    decreases: float, worst: float, claim: Claim, phrase: str, brief: str, first: int | None
) -> Measured:
    """Compare a number of decreases and the worst of them with the tolerance."""
    if math.isnan(decreases) or math.isnan(worst):
        return UNDEFINED
    value = worst if claim.tolerance else decreases
    if decreases:
        phrase += f", at worst by {number(worst)} of itself"
    excess = 0.0 if decreases == 0 else value - claim.tolerance
    miss = f"above the {number(claim.tolerance)} allowed" if claim.tolerance else "where none is allowed"
    where = "" if first is None else f" (first seen at step {first:,})"
    broken = first if excess > 0 else None
    shown = "" if claim.tolerance else brief  # with a tolerance the value is the worst drop
    return Measured(value, excess, phrase, miss + where, broken, settled=True, brief=shown)


def _first_drop(reading: Reading, column: str, r: int, tolerance: float) -> int | None:
    """Return the first judged record that is below the one before by more than allowed."""
    if not reading.has(column):
        return None
    steps, values = reading.series(column, r)
    if counters_of(reading, column) is not None:
        late = steps >= (reading.event(counted_since(column), r) or 0)
        steps, values = steps[late], values[late]
    dropped = (
        np.flatnonzero(relative_drops(column, values) > tolerance) if values.size > 1 else np.empty(0, int)
    )
    return int(steps[dropped[0] + 1]) if dropped.size else None


def _logs(column: str, values: Array) -> Array:
    """Return natural logs, NaN where a value is not positive; of what tends to 1 those of its distance from it.

    A column that is a log already is returned as it is.
    """
    if is_log(column):
        return values
    if tends_to_one(column):
        values = 1 - values
    return np.log(values, out=np.full_like(values, np.nan), where=values > 0)


def _to_come(last: float, ratios: Array) -> str:
    """Say what a path still adds after its last increment: by the last ratio, the least and the largest one."""
    if ratios[-1] >= 1 - ROUNDING:
        return "no end in sight"
    about, least, largest = (
        number(last * ratio / (1 - ratio)) if ratio < 1 - ROUNDING else "∞"
        for ratio in (ratios[-1], ratios.min(), ratios.max())
    )
    return f"about {about} to come ({least} to {largest})"


def _logged(column: str) -> str:
    """Return the words of what `_logs` returns."""
    title = title_of(column)
    if is_log(column):
        return title
    return f"ln (1 − {title})" if tends_to_one(column) else f"ln {title}"


def _ratios(increments: Array) -> Array:
    """Return every increment over the one before; 0 where both are 0, infinity where only that is."""
    later, before = increments[1:], increments[:-1]
    return np.divide(later, before, out=np.where(later > 0, np.inf, 0.0), where=before > 0)


CHECKS: dict[str, Check] = {
    "final": final,
    "always": always,
    "peak": peak,
    "fall": fall,
    "slope": slope,
    "drift": drift,
    "shrinking": shrinking,
    "length": length,
    "growth": growth,
    "non_decreasing": non_decreasing,
}
"""The checks that read one run; `ratio` and `order` read two."""
