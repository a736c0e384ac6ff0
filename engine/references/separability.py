"""Whether bounds that were found prove a margin, none, or nothing."""

from __future__ import annotations

import numpy as np

from engine.references.contradiction import contradict
from engine.references.reference import REMEDY, Array, NotSeparable, NotSolved

ROUNDING = 32.0 * float(np.finfo(np.float64).eps)
"""Margin, relative to the length of its own point, that rounding alone may produce."""


def refuse_without_margin(
    margins: Array, lengths: Array, dual: Array, upper: float, points: Array, units: float = 1.0
) -> None:
    """Raise unless every margin of a predictor of norm 1 is positive beyond rounding.

    The test is relative to each point, so that samples of very different lengths are told apart from samples
    that contradict one another. That they do is said only where it is proved.

    Args:
        margins: z_n . w, (N,), ||w|| = 1.
        lengths: ||z_n|| in the dual norm, (N,).
        dual: p (N,) on the simplex.
        upper: ||sum_n p_n z_n|| in the dual norm.
        points: the points as they are given, (N, D), all or as many coordinates as determine them.
        units: what one unit of margins, lengths and upper is in the units of the data.
    """
    if (margins > ROUNDING * lengths).all():
        return
    if contradict(points, dual):
        raise NotSeparable(
            "The classes cannot be separated by a linear predictor without a bias: some mixture of "
            "the samples of one class coincides with one of the other. Append a constant input, or "
            "choose data that a hyperplane through the origin separates."
        )
    raise NotSolved(
        f"The margin of a linear predictor without a bias, if there is one, is too small to certify: at most "
        f"{upper * units:.3g} beside inputs of length {float(lengths.max()) * units:.3g}. {REMEDY}"
    )
