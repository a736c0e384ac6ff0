"""Maximum margins of kernels: exchanges in float64, then refined and certified with 30 digits.

A margin gamma = min over the simplex of sqrt(p^T G p), G the kernel times the signs of its rows and columns, is
1/sqrt(sum a) at the minimum of a^T G a / 2 - sum a over a >= 0, and p = a / sum a. The certificate is that of
engine.references.gram, on the same numbers: min_n (G p)_n / sqrt(p^T G p) <= gamma <= sqrt(p^T G p).
"""

from __future__ import annotations

import math

from .active_sets import EPSILON, SLACK, STEPS, chosen_of, drop, lowered, solved
from .jit import compiled, entry
from .plan import Array
from .twofold import added_up, corrected, heights

CERTIFIED = 1e-12
"""Relative gap between the bounds up to which they certify, as engine.references.gram has it."""
ASYMMETRY = 1e-8
FAINT = 4.0
"""Times n times the square root of rounding times the longest feature: margins below it are left to the plain solver,
which knows that of the kernel's eigenvalues. It calls nothing below sqrt(n rounding) of that length a margin; where
weights show, with 30 digits, that there is none above half of that, it need not be asked."""
ROUNDS, CORRECTIONS = 20, 30
FLOATS = 9
"""Rows of numbers, one a sample, that solving takes as room."""


@entry
def solve_machines(
    kernels: Array,
    signs: Array,
    which: Array,
    margins: Array,
    duals: Array,
    tables: Array,
    floats: Array,
    indices: Array,
) -> None:
    """Solve the machines of some kernels.

    Args:
        kernels: (M, n, n).
        signs: of their samples (R, S, n); kernel m has those of replica m mod R.
        which: of the kernels are solved.
        margins: written (M, S); NaN: not certified; 0: there is none above half of what counts as one.
        duals: written (M, S, n) where a margin is.
        tables: room (2, n, n).
        floats: room (FLOATS, n).
        indices: room (2, n).
    """
    for m in which:
        for s in range(signs.shape[1]):
            own = signs[m % signs.shape[0], s]
            margins[m, s] = _margin(kernels[m], own, duals[m, s], tables, floats, indices)


@compiled
def _margin(kernel: Array, signs: Array, dual: Array, tables: Array, floats: Array, indices: Array) -> float:
    """Return a margin, and write its dual weights; NaN: it is not certified; 0: there is none."""
    gram, table = tables[0], tables[1]
    sizes, slack, bearing = floats[0], floats[1], indices[0]
    unit = _signed(kernel, signs, gram, table, sizes)
    if math.isnan(unit):
        return math.nan
    longest = 0.0
    for i in range(sizes.size):
        longest = max(longest, sizes[i])
        bearing[i], slack[i], dual[i] = 0, 1.0, 0.0
    rounding = sizes.size * EPSILON * longest
    margin = _certified(gram, table, floats, indices, dual, rounding / 4.0)
    faint = FAINT * math.sqrt(sizes.size * rounding)
    return margin * math.sqrt(unit) if margin > faint or margin == 0.0 else math.nan


@compiled
def _signed(kernel: Array, signs: Array, gram: Array, table: Array, sizes: Array) -> float:
    """Write a kernel times its samples' signs over a power of two, which is returned; NaN: it is no kernel."""
    count, largest, apart = sizes.size, 0.0, 0.0
    for i in range(count):
        for j in range(count):
            size = abs(kernel[i, j])
            if not size < math.inf:
                return math.nan
            largest, apart = max(largest, size), max(apart, abs(kernel[i, j] - kernel[j, i]))
    if largest == 0.0 or apart > ASYMMETRY * largest:
        return math.nan
    unit = 2.0 ** (math.frexp(largest)[1] - 1)
    for i in range(count):
        for j in range(count):
            value = (kernel[i, j] + kernel[j, i]) / 2.0 / unit * (signs[i] * signs[j])
            gram[i, j] = value
            table[i, j] = value
        sizes[i] = gram[i, i]
    return unit


@compiled
def _certified(
    gram: Array, table: Array, floats: Array, indices: Array, dual: Array, nothing: float
) -> float:
    """Return the margin, with its dual weights, at the end of exchanges and refinements; NaN: there is none.

    0 where weights show that its square is at most `nothing`.
    """
    sizes, slack, row = floats[0], floats[1], floats[2]
    amounts, reached = floats[3:5], floats[5:7]
    bearing, chosen = indices[0], indices[1]
    least, steps = SLACK, STEPS * (sizes.size + 1)
    for i in range(sizes.size):
        amounts[0, i], amounts[1, i] = 0.0, 0.0
    for _ in range(ROUNDS):
        steps = lowered(table, sizes, amounts[0], slack, bearing, least, row, steps)
        if steps == 0:
            return _none(gram, amounts, reached, chosen, nothing)
        count = _refined(gram, table, floats, indices)
        if count == 0:
            return math.nan
        total = added_up(chosen, count, amounts, reached)  # a^T G a
        mass, lowest, where = 0.0, math.inf, -1
        for c in range(count):
            mass += amounts[0, chosen[c]]
        for i in range(sizes.size):
            height = reached[0, i] + reached[1, i]
            if not height >= lowest:
                lowest, where = height, i
        # with p = a / mass: sqrt(p^T G p) and min (G p) / sqrt(p^T G p)
        upper = math.sqrt(total) / mass
        gap = 1.0 - lowest * mass / total
        if gap <= CERTIFIED:
            for c in range(count):
                dual[chosen[c]] = amounts[0, chosen[c]] / mass
            return upper
        if not gap < math.inf or bearing[where] == 1:
            return math.nan
        least = CERTIFIED / 4.0
        for i in range(sizes.size):
            amounts[1, i] = 0.0
            slack[i] = 0.0 if bearing[i] == 1 else (1.0 - reached[0, i]) - reached[1, i]
    return math.nan


@compiled
def _none(gram: Array, amounts: Array, reached: Array, chosen: Array, nothing: float) -> float:
    """Return 0 where weights, of any sum, show that the square of the margin is at most `nothing`; else NaN."""
    count, mass = 0, 0.0
    for i in range(chosen.size):
        amounts[1, i] = 0.0
        if amounts[0, i] > 0.0:
            chosen[count] = i
            count += 1
            mass += amounts[0, i]
    heights(gram, chosen, count, amounts, reached)
    square = added_up(chosen, count, amounts, reached)
    return 0.0 if mass > 0.0 and square <= nothing * mass * mass else math.nan


@compiled
def _refined(gram: Array, table: Array, floats: Array, indices: Array) -> int:
    """Solve G_SS a = 1 with 30 digits for what bears weight, without what bears none; return how many do."""
    slack, row, amounts, reached = floats[1], floats[2], floats[3:5], floats[5:7]
    rest, change = floats[7], floats[8]
    bearing, chosen = indices[0], indices[1]
    count, last = chosen_of(bearing, chosen), math.inf
    for _ in range(CORRECTIONS + bearing.size):
        heights(gram, chosen, count, amounts, reached)
        for c in range(count):
            rest[chosen[c]] = (1.0 - reached[0, chosen[c]]) - reached[1, chosen[c]]
        solved(table, chosen, count, rest, change)
        size, largest, smallest, least = 0.0, 0.0, math.inf, -1
        for c in range(count):
            k = chosen[c]
            size, largest = max(size, abs(change[k])), max(largest, abs(amounts[0, k]))
            if amounts[0, k] + change[k] < smallest:
                smallest, least = amounts[0, k] + change[k], k
        if smallest <= 0.0:
            drop(table, amounts[0], slack, bearing, least, row)
            amounts[1, least] = 0.0
            count, last = chosen_of(bearing, chosen), math.inf
            if count == 0:
                return 0
            continue
        if size <= EPSILON * largest or not size < last / 2.0:
            return count
        for c in range(count):
            corrected(amounts, chosen[c], change[chosen[c]])
        last = size
    return 0
