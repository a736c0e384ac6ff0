"""One layer's share of a block of the tangent kernel, the three ways that lead to it.

Shapes: R replicas, n and m samples, C outputs, S positions, e rows of the kernel a sample: 1 of a trace over
outputs, C of the full kernel. `into` is (R, n e, m e) and is added to.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..experiment.structure import Layer
from .cost import KernelSize, Way, products_part
from .features import Feature


def add_share(size: KernelSize, layer: Layer, way: Way, left: Feature, right: Feature, into: Tensor) -> None:
    """Add a layer's share to a block."""
    if left.inputs is None or right.inputs is None:
        into.baddbmm_(left.signals, right.signals.mT)
        return
    if way == "products":
        _products(size, layer, left, right, into)
        return
    gram = torch.bmm(left.inputs, right.inputs.mT)
    if layer.bias:
        gram += 1
    between = torch.bmm(left.signals, right.signals.mT)
    each, positions = size.each, layer.positions
    if positions == 1 and each == 1:
        into.addcmul_(between, gram)
        return
    # (R, n, S, e, m, S, e) of the signals, (R, n, S, 1, m, S, 1) of the inputs
    between = between.unflatten(2, (-1, positions, each)).unflatten(1, (-1, positions, each))
    gram = gram.unflatten(2, (-1, positions, 1)).unflatten(1, (-1, positions, 1))
    shares = between.mul_(gram)
    into += (shares.sum((2, 5)) if positions > 1 else shares[:, :, 0, :, :, 0]).flatten(3, 4).flatten(1, 2)


def _products(size: KernelSize, layer: Layer, left: Feature, right: Feature, into: Tensor) -> None:
    """Add <g', grad f> = sum_s <delta_s, g' h_s> for the gradients g' of the right side, some of them at a time.

    A vector-Jacobian product makes g' (R, m, C, rows, columns), a Jacobian-vector product meets it with all samples
    of the left side and all their outputs.
    """
    n, h = left.samples, _with_ones(layer, left.inputs)
    replicas, full = len(h), size.outputs == "full"
    down = left.signals.reshape(replicas, n, layer.positions, size.outputs_count, layer.rows)
    down = down.transpose(2, 3) if full else down.unsqueeze(2)
    down = down.reshape(replicas * n, size.each, -1)
    order = (0, 1, 2, 5, 3, 4) if full else (0, 1, 2, 4, 5, 3)
    at_once = products_part(size, layer, n)
    for start in range(0, right.samples, at_once):
        part = right.rows(start, min(right.samples, start + at_once))
        shape = (replicas, part.samples, layer.positions, size.outputs_count, layer.rows)
        others = _with_ones(layer, part.inputs).unflatten(1, (part.samples, -1))
        gradients = torch.einsum("rmsca,rmsb->rmcab", part.signals.reshape(shape), others)
        moved = torch.bmm(h, gradients.flatten(1, 3).mT)  # (R, n S, m C rows)
        moved = moved.view(replicas, n, layer.positions, *shape[1:2], *shape[3:]).permute(order)
        met = torch.bmm(down, moved.reshape(replicas * n, down.shape[2], -1))  # (R n, e, m e)
        columns = slice(start * size.each, (start + part.samples) * size.each)
        into[..., columns] += met.view(replicas, n * size.each, -1)


def _with_ones(layer: Layer, inputs: Tensor | None) -> Tensor:
    """Return what weights and biases together are applied to."""
    assert inputs is not None
    return torch.cat([inputs, torch.ones_like(inputs[..., :1])], -1) if layer.bias else inputs
