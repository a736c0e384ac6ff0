"""Compiled solvers of records: all that waits in a batch in one call, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .machines import FLOATS, solve_machines
from .plan import Array


class CompiledSolvers:
    """What engine.measurements asks of solvers; of no answer it depends on the others what it is, to the last bit."""

    def machines(self, kernels: Array, signs: Array, rows: Sequence[int]) -> tuple[Array, Array]:
        """Return margins (M, S) and dual weights (M, S, n) of kernels (M, n, n) with signs (R, S, n), or NaN."""
        _, machines, count = signs.shape
        margins = np.full((len(kernels), machines), np.nan)
        duals = np.full((len(kernels), machines, count), np.nan)
        solve_machines(
            np.ascontiguousarray(kernels),
            np.ascontiguousarray(signs),
            np.array(rows, np.int64),
            margins,
            duals,
            np.empty((2, count, count)),
            np.empty((FLOATS, count)),
            np.empty((2, count), np.int64),
        )
        duals[np.isnan(margins)] = np.nan
        return margins, duals

    def solve_smallest(self) -> None:
        """Solve one problem of each kind, which compiles them."""
        self.machines(np.eye(2)[None], np.ones((1, 1, 2)), [0])
