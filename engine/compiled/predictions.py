"""Outputs of two layers at many points of few inputs, one record after the other; points lie side by side."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ..run.problem import Problem, distinct
from .dense import weights_of
from .jit import compiled, entry
from .plan import Array, Family, Layers, One
from .run_plan import layers_of

FEW = 8
"""Inputs at most: products of so few numbers leave tiles idle, and most of the time goes by in passes over memory."""
BESIDE = 512
"""Points whose sums are held at once, in the nearest cache."""


@compiled
def bent_along(
    weights: Array, bias: float, by: float, slope: float, across: Array, begin: int, z: Array, out: Array
) -> None:
    """Add a unit's share by phi(<w, x> + bias) to the outputs (B,) at the points (d, G) from begin on; z (B,): room."""
    end = begin + out.size
    if weights.size == 2:
        first, second, x, y = weights[0], weights[1], across[0, begin:end], across[1, begin:end]
        for n in range(out.size):
            value = first * x[n] + second * y[n] + bias
            out[n] += by * (value if value > 0 else slope * value)
        return
    for n in range(out.size):
        z[n] = bias
    for k in range(weights.size):
        weight, x = weights[k], across[k, begin:end]
        for n in range(out.size):
            z[n] += weight * x[n]
    for n in range(out.size):
        value = z[n]
        out[n] += by * (value if value > 0 else slope * value)


@compiled
def predict_one(layers: Layers, one: One, across: Array, z: Array, out: Array) -> None:
    """Write the outputs (G,) of a replica at points (d, G)."""
    below, above = weights_of(layers, 0, one), weights_of(layers, 1, one)[0]
    units, inputs = below.shape
    lower = one.theta if layers.trained[0] else one.frozen
    upper = one.theta if layers.trained[1] else one.frozen
    last = upper[layers.start[1] + units] if layers.bias[1] else 0.0
    for begin in range(0, out.size, BESIDE):
        part = out[begin : begin + BESIDE]
        for n in range(part.size):
            part[n] = last
        for j in range(units):
            bias = lower[layers.start[0] + units * inputs + j] if layers.bias[0] else 0.0
            bent_along(below[j], bias, above[j], layers.slope, across, begin, z, part)
        for n in range(part.size):
            part[n] *= one.scale


@entry
def predict(
    layers: Layers,
    frozen: Array,
    scale: Array,
    points: Array,
    theta: Array,
    rows: Array,
    z: Array,
    out: Array,
) -> None:
    """Write the outputs of rows of theta (M, P), row m being of replica m mod R.

    Args:
        layers: the network's.
        frozen: what does not train (R, .).
        scale: of the outputs (R,).
        points: (1 or R, d, G).
        theta: (M, P).
        rows: which rows.
        z: room (B,).
        out: (M, G); rows that are not asked for stay.
    """
    for m in rows:  # labels are not looked at
        r = m % len(frozen)
        across = points[r % len(points)]
        predict_one(layers, One(theta[m], frozen[r], across, theta[m], scale[r], 2.0), across, z, out[m])


class CompiledPredictions:
    """The outputs of a run's network at points, of any number of records."""

    def __init__(self, problem: Problem, points: Tensor) -> None:
        """Have the points (R, G, d), and room."""
        network = problem.network
        self._layers = layers_of(problem)
        self._frozen, self._scale = network.frozen.numpy(), network.output_scale.double().numpy()
        self._points = distinct(points).mT.contiguous().numpy()

    @staticmethod
    def are_for(problem: Problem, points: Tensor) -> bool:
        """Say whether it is written for a network and points: two dense layers, straight on either side of 0."""
        layers = layers_of(problem)
        two = problem.structure.chain and len(layers.rows) == 2 and layers.classes == 1
        return bool(two and layers.family == Family.DENSE and layers.bends) and points.shape[2] <= FEW

    def __call__(self, theta: Array, rows: Array) -> Array:
        """Return the outputs (M, G, 1) of some rows of theta (M, P)."""
        out = np.empty((len(theta), self._points.shape[2]), theta.dtype)
        z = np.empty(BESIDE, theta.dtype)
        predict(self._layers, self._frozen, self._scale, self._points, theta, rows, z, out)
        return out[..., None]
