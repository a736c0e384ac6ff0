"""Whether bounds that were found prove a margin, none, or nothing."""

from __future__ import annotations

import numpy as np

from engine.references.reference import Array, NotSeparable, NotSolved

RELATIVE_ZERO = 1e-9
"""What is left of the dual mixture, relative to what was mixed, that counts as nothing."""
ROUNDING = 32.0 * float(np.finfo(np.float64).eps)
"""Margin, relative to the length of its own point, that rounding alone may produce."""


def refuse_without_margin(margins: Array, lengths: Array, dual: Array, upper: float) -> None:
    """Raise unless every margin of a predictor of norm 1 is positive beyond rounding.

    Points z_n whose mixture sum_n p_n z_n cancels to RELATIVE_ZERO of sum_n p_n ||z_n|| are taken to have
    the origin in their hull. Both tests are relative to the points that count, so that samples of very
    different lengths are told apart from samples that contradict one another.

    Args:
        margins: z_n . w, (N,), ||w|| = 1.
        lengths: ||z_n|| in the dual norm, (N,).
        dual: p (N,) on the simplex.
        upper: ||sum_n p_n z_n|| in the dual norm.
    """
    if (margins > ROUNDING * lengths).all():
        return
    mixed = float(dual @ lengths) + float(np.finfo(np.float64).eps) * float(lengths.max())
    if upper <= RELATIVE_ZERO * mixed:
        raise NotSeparable(
            "The classes cannot be separated by a linear predictor without a bias: some mixture of "
            "the samples of one class coincides with one of the other. Append a constant input, or "
            "choose data that a hyperplane through the origin separates."
        )
    raise NotSolved(
        f"The margin is so small that it could not be certified (at most {upper:.3g} in the "
        "units of the data). Rescale the inputs, or remove samples that nearly coincide."
    )
