"""What may solve for many records at once what a record's own solvers solve one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from torch import Tensor

from ..protocol.records import Array
from ..run.problem import Problem

Predictor = Callable[[Array, Array], Array]
"""Returns the outputs (M, G, C) of some rows (K,) of theta (M, P), row m being of replica m mod R; the rest is open."""


class Solvers(Protocol):
    """Solvers of a batch of records: they answer what they can certify, and leave the rest to the plain solver."""

    def machines(self, kernels: Array, signs: Array, rows: Sequence[int]) -> tuple[Array, Array]:
        """Solve maximum margins of kernels.

        Args:
            kernels: (M, n, n) in float64.
            signs: of the samples (R, S, n), for S machines of each kernel; kernel m has those of replica m mod R.
            rows: which kernels are solved.

        Returns:
            the margins (M, S) and dual weights (M, S, n); NaN where no margin is certified; 0 where it is proved that
            there is none.
        """
        ...

    def hulls(self, of: Sequence[tuple[Array, Array]]) -> Array:
        """Solve for the distances from the origin of hulls of tangential gradients.

        Args:
            of: of each the gradients (K, D) and the unit vector (D,) along which they lose what they have.

        Returns:
            the distances (M,); NaN where one is not certified.
        """
        ...

    def predictor(self, problem: Problem, points: Tensor) -> Predictor | None:
        """Return what gives a network's outputs at points (R, G, d); None: the network itself makes them as soon."""
        ...

    def cones(self, of: Sequence[tuple[Array, Array]]) -> Array:
        """Solve for the distances of unit vectors from cones.

        Args:
            of: of each the gradients (K, D) that span the cone, and the unit vector (D,).

        Returns:
            the distances (M,); NaN where one is not certified.
        """
        ...


def machines(
    solvers: Solvers | None, kernels: Array, signs: Array, rows: Sequence[int]
) -> tuple[Array, Array]:
    """Return what solvers answer; NaN alone where there are none."""
    if solvers is not None:
        return solvers.machines(kernels, signs, rows)
    shape = (len(kernels), *signs.shape[1:])
    return np.full(shape[:2], np.nan), np.full(shape, np.nan)


def hulls(solvers: Solvers | None, of: Sequence[tuple[Array, Array]]) -> Array:
    """Return what solvers answer; NaN alone where there are none."""
    return np.full(len(of), np.nan) if solvers is None else solvers.hulls(of)


def cones(solvers: Solvers | None, of: Sequence[tuple[Array, Array]]) -> Array:
    """Return what solvers answer; NaN alone where there are none."""
    return np.full(len(of), np.nan) if solvers is None else solvers.cones(of)
