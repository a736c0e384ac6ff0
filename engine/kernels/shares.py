"""One layer's share of a block of the tangent kernel, the three ways that lead to it.

Shapes: R replicas, n and m samples, C outputs, S positions, e rows of the kernel a sample: 1 of a trace over
outputs, C of the full kernel. `into` is (R, n e, m e) and is added to.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..experiment.structure import Layer
from .cost import Problem, Way, products_part
from .features import Factors, Feature, Gradients


def add_share(
    problem: Problem, layer: Layer, way: Way, left: Feature, right: Feature, into: Tensor
) -> None:
    """Add a layer's share to a block."""
    if isinstance(left, Gradients) and isinstance(right, Gradients):
        _contract(problem, left.gradients, right.gradients, into)
    elif isinstance(left, Factors) and isinstance(right, Factors):
        if way == "products":
            _products(problem, layer, left, right, into)
        else:
            _grams(problem, layer, left, right, into)


def _contract(problem: Problem, left: Tensor, right: Tensor, into: Tensor) -> None:
    """Add the inner products of gradients (R, n, C, size) and (R, m, C, size)."""
    first = 1 if problem.outputs == "full" else 2
    into.baddbmm_(left.flatten(first, first + 1), right.flatten(first, first + 1).mT)


def _grams(problem: Problem, layer: Layer, left: Factors, right: Factors, into: Tensor) -> None:
    """Add sum_{s,s'} <delta_s, delta'_s'> (<h_s, h'_s'> + 1 with biases)."""
    gram = torch.bmm(left.inputs.flatten(1, 2), right.inputs.flatten(1, 2).mT)
    if layer.bias:
        gram += 1
    between = torch.bmm(_signal_rows(problem, left.signals), _signal_rows(problem, right.signals).mT)
    each, positions = problem.each, layer.positions
    if positions == 1 and each == 1:
        into.addcmul_(between, gram)
        return
    # (R, n, S, e, m, S, e) of the signals, (R, n, S, 1, m, S, 1) of the inputs
    between = between.unflatten(2, (-1, positions, each)).unflatten(1, (-1, positions, each))
    gram = gram.unflatten(2, (-1, positions, 1)).unflatten(1, (-1, positions, 1))
    shares = between.mul_(gram)
    into += (shares.sum((2, 5)) if positions > 1 else shares[:, :, 0, :, :, 0]).flatten(3, 4).flatten(1, 2)


def _signal_rows(problem: Problem, signals: Tensor) -> Tensor:
    """Return (R, n S e, rows) of the full kernel, or (R, n S, C rows), whose inner products sum over outputs."""
    return signals.flatten(1, 3) if problem.outputs == "full" else signals.flatten(1, 2).flatten(2, 3)


def _products(problem: Problem, layer: Layer, left: Factors, right: Factors, into: Tensor) -> None:
    """Add <g', grad f> = sum_s <delta_s, g' h_s> for the gradients g' of the right side, some of them at a time.

    A vector-Jacobian product makes g' (R, m, C, rows, columns), a Jacobian-vector product meets it with all samples
    of the left side and all their outputs.
    """
    inputs, others = _with_ones(layer, left.inputs), _with_ones(layer, right.inputs)
    replicas, n, positions, outputs, rows = left.signals.shape
    at_once, full = products_part(problem, layer, n), problem.outputs == "full"
    signals = left.signals.permute(0, 1, 3, 2, 4) if full else left.signals.unsqueeze(2)
    signals = signals.reshape(replicas * n, outputs if full else 1, -1)
    for start in range(0, right.inputs.shape[1], at_once):
        end = min(right.inputs.shape[1], start + at_once)
        # sum_s delta'_s h'_s^T, as (R, m C rows, columns)
        gradients = torch.einsum("rmsca,rmsb->rmcab", right.signals[:, start:end], others[:, start:end])
        moved = torch.bmm(inputs.flatten(1, 2), gradients.flatten(1, 3).mT)
        moved = moved.view(replicas, n, positions, end - start, outputs, rows)
        order = (0, 1, 2, 5, 3, 4) if full else (0, 1, 2, 4, 5, 3)
        met = torch.bmm(
            signals, moved.permute(order).reshape(replicas * n, signals.shape[2], -1)
        )  # (R n, e, m e)
        into[..., start * problem.each : end * problem.each] += met.view(replicas, n * problem.each, -1)


def _with_ones(layer: Layer, inputs: Tensor) -> Tensor:
    """Return what weights and biases together are applied to."""
    return torch.cat([inputs, torch.ones_like(inputs[..., :1])], -1) if layer.bias else inputs
