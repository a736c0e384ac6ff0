"""Compiled solvers of records: all that waits in a batch in one call, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from ..run.problem import Problem
from .cones import FLOATS as CONE_FLOATS
from .cones import solve_cones
from .machines import FLOATS as MACHINE_FLOATS
from .machines import solve_machines
from .plan import Array
from .predictions import CompiledPredictions
from .products import panels_of

MOST_VECTORS, MOST_SAMPLES = 256, 512
"""Of a cone or a hull, and of a kernel: each exchange takes their square, and no call can be broken off. Subsets that
grow, as the plain solvers have them, are as soon done for more vectors; for more samples a call takes too long."""


class CompiledSolvers:
    """What engine.measurements asks of solvers; of no answer it depends on the others what it is, to the last bit."""

    def machines(self, kernels: Array, signs: Array, rows: Sequence[int]) -> tuple[Array, Array]:
        """Return margins (M, S) and dual weights (M, S, n) of kernels (M, n, n) with signs (R, S, n), NaN or 0."""
        _, machines, count = signs.shape
        margins = np.full((len(kernels), machines), np.nan)
        duals = np.full((len(kernels), machines, count), np.nan)
        if count > MOST_SAMPLES:
            return margins, duals
        solve_machines(
            np.ascontiguousarray(kernels),
            np.ascontiguousarray(signs),
            np.array(rows, np.int64),
            margins,
            duals,
            np.empty((2, count, count)),
            np.empty((MACHINE_FLOATS, count)),
            np.empty((2, count), np.int64),
        )
        duals[~(margins > 0)] = np.nan
        return margins, duals

    def hulls(self, of: Sequence[tuple[Array, Array]]) -> Array:
        """Return how far hulls of gradients (K, D) across unit vectors (D,) are from the origin (M,), or NaN."""
        return _distances(of, across=True)

    def cones(self, of: Sequence[tuple[Array, Array]]) -> Array:
        """Return how far unit vectors (D,) are from the cones of gradients (K, D), (M,), or NaN."""
        return _distances(of, across=False)

    def predictor(self, problem: Problem, points: Tensor) -> CompiledPredictions | None:
        """Return what gives a network's outputs at points (R, G, d); None: torch makes them as soon."""
        return CompiledPredictions(problem, points) if CompiledPredictions.are_for(problem, points) else None

    def solve_smallest(self) -> None:
        """Solve one problem of each kind, which compiles them."""
        self.machines(np.eye(2)[None], np.ones((1, 1, 2)), [0])
        self.hulls([(np.eye(2), np.ones(2) / 2**0.5)])  # cones are solved by the same function


def _distances(of: Sequence[tuple[Array, Array]], *, across: bool) -> Array:
    distances = np.full(len(of), np.nan)
    taken = [m for m, (gradients, _) in enumerate(of) if len(gradients) <= MOST_VECTORS]
    if not taken:
        return distances
    own = [of[m] for m in taken]
    shapes, found = np.array([gradients.shape for gradients, _ in own], np.int64), np.full(len(own), np.nan)
    most, widest = shapes.max(0).tolist()
    solve_cones(
        across,
        np.concatenate([gradients.ravel() for gradients, _ in own]),
        np.concatenate([direction for _, direction in own]),
        shapes,
        found,
        np.empty(most * (widest + 1)),
        np.empty(2 * most * most),
        np.empty(panels_of(widest + 1, most, 8)),
        np.empty(CONE_FLOATS * most),
        np.empty(2 * most, np.int64),
        np.empty(2 * widest + 2),
    )
    distances[taken] = found
    return distances
