"""Outputs at many points: one record after the other, in blocks of points whose values stay in the cache."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ..run.problem import Problem, distinct
from .cost import laid_out
from .dense import weights_of
from .jit import compiled, entry
from .networks import forward, prepare
from .plan import Array, Family, Layers, One, Room
from .run_plan import layers_of, room_for

FEW = 8
"""Inputs up to which points lie side by side, one number of each: products of so few numbers leave tiles idle."""
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
def predict_beside(layers: Layers, one: One, across: Array, room: Room, out: Array) -> None:
    """Write the outputs (G,) of two layers with one output at points (d, G)."""
    below, above = weights_of(layers, 0, one), weights_of(layers, 1, one)[0]
    units, inputs = below.shape
    sources = (
        (one.theta if layers.trained[0] else one.frozen),
        (one.theta if layers.trained[1] else one.frozen),
    )
    last = sources[1][layers.start[1] + units] if layers.bias[1] else 0.0
    for begin in range(0, out.size, BESIDE):
        part = out[begin : begin + BESIDE]
        for n in range(part.size):
            part[n] = last
        for j in range(units):
            bias = sources[0][layers.start[0] + units * inputs + j] if layers.bias[0] else 0.0
            bent_along(below[j], bias, above[j], layers.slope, across, begin, room.up, part)
        for n in range(part.size):
            part[n] *= one.scale


@entry
def predict(
    layers: Layers,
    frozen: Array,
    scale: Array,
    points: Array,
    beside: int,
    theta: Array,
    rows: Array,
    room: Room,
    block: int,
    out: Array,
) -> None:
    """Write the outputs of rows of theta (M, P), row m being of replica m mod R.

    Args:
        layers: the network's.
        frozen: what does not train (R, .).
        scale: of the outputs (R,).
        points: (1 or R, G, d), or (1 or R, d, G) where they lie side by side.
        beside: whether they do.
        theta: (M, P).
        rows: which rows.
        room: for a block.
        block: points that are looked at together, at most.
        out: (M, G C); rows that are not asked for stay.
    """
    classes, last = layers.classes, layers.rows.size - 1
    count = out.shape[1] // classes
    blocks = (count + block - 1) // block
    for m in rows:  # labels are not looked at
        r = m % len(frozen)
        x = points[r % len(points)]
        if beside:
            predict_beside(layers, One(theta[m], frozen[r], x, theta[m], scale[r]), x, room, out[m])
            continue
        prepare(layers, One(theta[m], frozen[r], x, theta[m], scale[r]), room)
        for b in range(blocks):
            first, behind = count * b // blocks, count * (b + 1) // blocks
            forward(layers, One(theta[m], frozen[r], x[first:behind], theta[m], scale[r]), room)
            for i in range((behind - first) * classes):
                out[m, first * classes + i] = room.z[last, i]


class CompiledPredictions:
    """The outputs of a run's network at points, of any number of records."""

    def __init__(self, problem: Problem, points: Tensor) -> None:
        """Have the points (R, G, d), and room."""
        self._layers, network = layers_of(problem), problem.network
        two = problem.structure.chain and len(network.layers) == 2 and network.outputs_count == 1
        dense = self._layers.family == Family.DENSE and bool(self._layers.bends)
        self._beside = int(two and dense and points.shape[2] <= FEW)
        once = distinct(points)
        self._points = (once.mT if self._beside else once).contiguous().numpy()
        self._frozen, self._scale = network.frozen.numpy(), network.output_scale.double().numpy()
        count, size = points.shape[1], problem.initial.element_size()
        layout = laid_out(problem.structure, count, 1, size, 1, divisible=False, twin=0)
        self._block, self._room = layout.block, room_for(problem, max(layout.block, BESIDE), 0)
        self._shape = count, network.outputs_count

    def __call__(self, theta: Array, rows: Array) -> Array:
        """Return the outputs (M, G, C) of some rows of theta (M, P)."""
        count, classes = self._shape
        out = np.empty((len(theta), count * classes), theta.dtype)
        predict(
            self._layers,
            self._frozen,
            self._scale,
            self._points,
            self._beside,
            theta,
            rows,
            self._room,
            self._block,
            out,
        )
        return out.reshape(-1, count, classes)
