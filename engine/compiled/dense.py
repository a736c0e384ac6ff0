"""Dense networks of one replica: outputs, the gradient of all samples, and the largest gradient of one.

Room: z, h and delta (L, N W) hold layer i's (N, rows) or, of h, (N, columns of the layer above) in row i; up (N W).
W is the largest number of rows or columns.
"""

from __future__ import annotations

import math

import numpy as np

from .activations import activate, pull_back
from .jit import compiled
from .losses import pair_cotangent
from .plan import Norm

L2, LINF, L1 = int(Norm.L2), int(Norm.LINF), int(Norm.L1)


@compiled
def own_of(layers, i, theta, frozen):  # type: ignore[no-untyped-def]
    """Return a layer's weights and its biases as one vector."""
    start, size = layers.start[i], layers.rows[i] * (layers.columns[i] + layers.bias[i])
    if layers.trained[i]:
        return theta[start : start + size]
    return frozen[start : start + size]


@compiled
def forward(kinds, slope, layers, scale, theta, frozen, x, z, h):  # type: ignore[no-untyped-def]
    """Write every layer's z and h at x (N, d); the last z are the outputs, times their scale."""
    count, last = x.shape[0], layers.rows.size - 1
    for i in range(last + 1):
        rows, columns = layers.rows[i], layers.columns[i]
        own = own_of(layers, i, theta, frozen)
        weight = own[: rows * columns].reshape((rows, columns))
        out = z[i, : count * rows].reshape((count, rows))
        if i == 0:
            np.dot(x, weight.T, out)
        else:
            np.dot(h[i - 1, : count * columns].reshape((count, columns)), weight.T, out)
        if layers.bias[i]:
            bias = own[rows * columns :]
            for n in range(count):
                for k in range(rows):
                    out[n, k] += bias[k]
        if i < last:
            above = layers.columns[i + 1]
            into = h[i, : count * above].reshape((count, above))
            activate(kinds.activation, kinds.power, slope, out, into)
        elif scale != 1.0:
            for n in range(count):
                for k in range(rows):
                    out[n, k] *= scale


@compiled
def pass_down(kinds, slope, layers, i, count, theta, frozen, z, h, delta, up):  # type: ignore[no-untyped-def]
    """Write the signal of the layer below i, d/dz (N, rows of i - 1), from that of layer i."""
    rows, columns, under = layers.rows[i], layers.columns[i], layers.rows[i - 1]
    weight = own_of(layers, i, theta, frozen)[: rows * columns].reshape((rows, columns))
    here = delta[i, : count * rows].reshape((count, rows))
    above = up[: count * columns].reshape((count, columns))
    if rows == 1:
        for n in range(count):
            for j in range(columns):
                above[n, j] = here[n, 0] * weight[0, j]
    else:
        np.dot(here, weight, above)
    pull_back(
        kinds.activation,
        kinds.power,
        slope,
        z[i - 1, : count * under].reshape((count, under)),
        h[i - 1, : count * columns].reshape((count, columns)),
        above,
        delta[i - 1, : count * under].reshape((count, under)),
    )


@compiled
def backward(kinds, slope, layers, theta, frozen, x, z, h, delta, up, gradient):  # type: ignore[no-untyped-def]
    """Write the gradient (P,) of all samples together, from the signal of the last layer down."""
    count = x.shape[0]
    for i in range(layers.rows.size - 1, layers.lowest - 1, -1):
        rows, columns = layers.rows[i], layers.columns[i]
        if layers.trained[i]:
            start, size = layers.start[i], rows * columns
            here = delta[i, : count * rows].reshape((count, rows))
            into = gradient[start : start + size].reshape((rows, columns))
            if i == 0:
                np.dot(here.T, x, into)
            else:
                np.dot(here.T, h[i - 1, : count * columns].reshape((count, columns)), into)
            if layers.bias[i]:
                bias = gradient[start + size : start + size + rows]
                for k in range(rows):
                    bias[k] = 0.0
                for n in range(count):
                    for k in range(rows):
                        bias[k] += here[n, k]
        if i > layers.lowest:
            pass_down(kinds, slope, layers, i, count, theta, frozen, z, h, delta, up)


@compiled
def curvature(kinds, slope, layers, scale, labels, theta, frozen, x, z, h, delta, up, norms):  # type: ignore[no-untyped-def]
    """Return the largest squared dual norm of a margin's gradient, over samples and other classes; norms (N,): room."""
    count, last = x.shape[0], layers.rows.size - 1
    classes = layers.rows[last]
    most = -math.inf
    for shift in range(1, max(2, classes)):
        pair_cotangent(labels, shift, scale, delta[last, : count * classes].reshape((count, classes)))
        norms[:] = 0.0
        for i in range(last, layers.lowest - 1, -1):
            if layers.trained[i]:
                add_norms(kinds.norm, layers, i, x, h, delta, norms)
            if i > layers.lowest:
                pass_down(kinds, slope, layers, i, count, theta, frozen, z, h, delta, up)
        for n in range(count):
            square = norms[n] if kinds.norm != LINF and kinds.norm != L1 else norms[n] * norms[n]
            if not square <= most:
                most = square
    return most


@compiled
def add_norms(norm, layers, i, x, h, delta, norms):  # type: ignore[no-untyped-def]
    """Add a layer's share to the dual norm (N,) of every sample's gradient; l2: to its square."""
    count, rows, columns = x.shape[0], layers.rows[i], layers.columns[i]
    here = delta[i, : count * rows].reshape((count, rows))
    under = x if i == 0 else h[i - 1, : count * columns].reshape((count, columns))
    for n in range(count):
        above, below = 0.0, float(layers.bias[i])
        if norm == LINF:  # whose dual is l1
            for k in range(rows):
                above += abs(here[n, k])
            for j in range(columns):
                below += abs(under[n, j])
            norms[n] += above * below
        elif norm == L1:
            for k in range(rows):
                above = max(above, abs(here[n, k]))
            for j in range(columns):
                below = max(below, abs(under[n, j]))
            norms[n] = max(norms[n], above * below)
        else:
            for k in range(rows):
                above += here[n, k] * here[n, k]
            for j in range(columns):
                below += under[n, j] * under[n, j]
            norms[n] += above * below
