"""The minimum of a^T G a / 2 - b^T a over a >= 0, G symmetric semi-definite, by exchanging what bears weight.

A table holds all that one exchange after another needs: of the samples S that bear weight -(G_SS)^-1, of those N that
do not what is left of G, G_NN - G_NS (G_SS)^-1 G_SN, and between them (G_SS)^-1 G_SN. Taking a sample up or dropping
one changes all of it by one outer product (the sweep operator, Beaton 1964), which is many lanes at once; samples are
so few that no factorisation is faster. Source of the exchanges: Lawson & Hanson 1974, chapter 23; where G is singular,
a step goes on until a weight ends.
"""

from __future__ import annotations

import math

from .jit import compiled
from .plan import Array

EPSILON = 2.0**-52
SLACK = 1e-10
"""Of b = 1: what exchanges in float64 are to find; what is corrected then says whether there is more."""
STEPS = 4
"""Times the samples: those taken up, in all of a solution, after which nobody waits for its end."""


@compiled
def exchange(table: Array, k: int, side: float, row: Array) -> None:
    """Take a sample up (side = 1) or drop it (-1); row (n,) is room."""
    over, pivot = 1.0 / table[k, k], table[k]
    for j in range(row.size):
        row[j] = pivot[j]
    for i in range(row.size):
        share, line = -row[i] * over, table[i]
        for j in range(row.size):
            line[j] += share * row[j]
    over *= side
    for j in range(row.size):
        pivot[j] = row[j] * over
        table[j, k] = row[j] * over
    pivot[k] = -side * over


@compiled
def lowered(
    table: Array,
    sizes: Array,
    amounts: Array,
    slack: Array,
    bearing: Array,
    least: float,
    row: Array,
    most: int,
) -> int:
    """Lower a^T G a / 2 - b^T a until no sample's slack is above `least`; return how many may still be taken up.

    That is 0 where it comes to no such end. Where it falls for ever, a is the way on which it does.

    Args:
        table: (n, n), of what bears weight now; of nothing it is G.
        sizes: the diagonal of G (n,).
        amounts: a (n,), 0 where no weight is borne.
        slack: b - G a (n,), 0 where it is.
        bearing: 1 or 0 (n,).
        least: slack that counts.
        row: room (n,).
        most: samples that may be taken up.
    """
    count = row.size
    for taken in range(most):
        enters, best = -1, 0.0
        for i in range(count):
            if bearing[i] == 0 and slack[i] > least:
                # how much lower it gets, if nothing ends before
                gain = slack[i] * slack[i] / max(table[i, i], count * EPSILON * sizes[i])
                if gain > best:
                    enters, best = i, gain
        if enters < 0:
            return most - taken
        if not _taken_up(table, sizes, amounts, slack, bearing, enters, row):
            return 0
    return 0


@compiled
def _taken_up(
    table: Array, sizes: Array, amounts: Array, slack: Array, bearing: Array, enters: int, row: Array
) -> bool:
    """Take a sample up, dropping those whose weight ends on the way; say whether that has an end."""
    count, line = row.size, table[enters]
    for _ in range(count + 1):
        left = line[enters]
        step, leaves = math.inf, -1
        if left > 4 * count * EPSILON * sizes[enters]:
            step = slack[enters] / left
        for i in range(count):
            if bearing[i] == 1 and line[i] > 0.0 and amounts[i] < step * line[i]:
                step, leaves = amounts[i] / line[i], i
        if not step < math.inf:  # a^T G a is 0 all along this way
            for i in range(count):
                amounts[i] = -line[i] * bearing[i]
            amounts[enters] = 1.0
            return False
        for i in range(count):
            if bearing[i] == 1:
                amounts[i] -= step * line[i]
            else:
                slack[i] -= step * line[i]
        amounts[enters] += step
        if leaves < 0:
            slack[enters] = 0.0
            bearing[enters] = 1
            exchange(table, enters, 1.0, row)
            return True
        drop(table, amounts, slack, bearing, leaves, row)
    return False


@compiled
def drop(table: Array, amounts: Array, slack: Array, bearing: Array, k: int, row: Array) -> None:
    """Let a sample bear no weight any longer."""
    amounts[k], slack[k], bearing[k] = 0.0, 0.0, 0
    exchange(table, k, -1.0, row)


@compiled
def chosen_of(bearing: Array, chosen: Array) -> int:
    """Write which samples bear weight; return how many."""
    count = 0
    for i in range(bearing.size):
        if bearing[i] == 1:
            chosen[count] = i
            count += 1
    return count


@compiled
def solved(table: Array, chosen: Array, count: int, target: Array, solution: Array) -> None:
    """Write the x with G_SS x = target, both (n,), of which the chosen matter."""
    for c in range(count):
        line, total = table[chosen[c]], 0.0
        for d in range(count):
            total -= line[chosen[d]] * target[chosen[d]]
        solution[chosen[c]] = total
