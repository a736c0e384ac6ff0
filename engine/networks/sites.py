"""What a layer's weights see: from its inputs and the signal at its outputs to gradients, their norms, and kernels.

Shapes: R replicas, N samples, S positions (only where a layer is applied at several), `inputs` (R, N, [S,] columns) and
`delta` (R, N, [S,] rows) = d<cotangent, f>/dz with z = W inputs + b. The gradient of one sample is the sum over
positions of delta inputs^T; of a layer by element it is `delta` itself, and `inputs` are None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..experiment.structure import Layer
from .decompositions import singular_values, svd
from .lengths import length, power_length, unit

NARROW = 8
"""Columns below which the transposed product was measured 2 to 4 times faster."""


@dataclass(frozen=True, eq=False)
class PowerNorm:
    """An lq norm over all entries, with an exponent of every replica (R,)."""

    exponents: Tensor


MatrixNorm = Literal["l2", "l1", "linf", "nuclear"] | PowerNorm


@dataclass(frozen=True)
class Weights:
    """One layer's parameters: weights (R, rows, columns) and biases (R, rows) or None."""

    weight: Tensor
    bias: Tensor | None


def affine(layer: Weights, h: Tensor) -> Tensor:
    """Return W h + b (R, N, rows) for h (R, N, columns)."""
    transposed = layer.weight.mT
    if layer.bias is None:
        return torch.bmm(h, transposed)
    return torch.baddbmm(layer.bias.unsqueeze(1), h, transposed)


def below(layer: Weights, delta: Tensor) -> Tensor:
    """Return W^T delta (R, N, columns) for delta (R, N, rows)."""
    # a product with one row is an outer product, which broadcasting does in a third of the time
    return delta * layer.weight if layer.weight.shape[1] == 1 else torch.bmm(delta, layer.weight)


def add_up(layer: Layer, inputs: Tensor | None, delta: Tensor, into: Weights) -> None:
    """Write the gradient summed over samples into views of a (R, P) tensor."""
    if inputs is None:
        into.weight.copy_(delta.sum(1).unsqueeze(-1))
        return
    if delta.dim() == 4:
        inputs, delta = inputs.flatten(1, 2), delta.flatten(1, 2)
    _sum_of_outer_products(delta, inputs, into.weight)
    if into.bias is not None:
        torch.sum(delta, 1, out=into.bias)


def along(inputs: Tensor | None, delta: Tensor, layer: Weights) -> Tensor:
    """Return every sample's gradient times a layer's parameters (R, N), with no gradient made."""
    if inputs is None:
        return torch.bmm(delta, layer.weight).squeeze(-1)
    if delta.dim() == 4:
        moved = affine(layer, inputs.flatten(1, 2)).view(delta.shape)
        return (delta * moved).sum((2, 3))
    return (delta * affine(layer, inputs)).sum(-1)


def sample_gradients(layer: Layer, inputs: Tensor | None, delta: Tensor) -> Tensor:
    """Return every sample's gradient (R, N, size), weights before biases."""
    if inputs is None:
        return delta
    if delta.dim() == 4:
        outer = (delta.mT @ inputs).flatten(2)
        return torch.cat([outer, delta.sum(2)], -1) if layer.bias else outer
    outer = (delta.unsqueeze(-1) * inputs.unsqueeze(-2)).flatten(2)
    return torch.cat([outer, delta], -1) if layer.bias else outer


def chosen_gradients(layer: Layer, inputs: Tensor | None, delta: Tensor, chosen: Tensor) -> Tensor:
    """Return the gradients (M, size) of the replicas and samples (M, 2) that are chosen."""
    r, n = chosen.unbind(1)
    if delta.dim() == 4:
        # sums over positions are made for all: how they round must not depend on who else is chosen
        return sample_gradients(layer, inputs, delta)[r, n]
    own = None if inputs is None else inputs[r, n].unsqueeze(0)
    return sample_gradients(layer, own, delta[r, n].unsqueeze(0)).squeeze(0)


def sample_norms(layer: Layer, inputs: Tensor | None, delta: Tensor, norm: MatrixNorm) -> Tensor:
    """Return a norm (R, N) of every sample's gradient as a matrix [weights, biases]; l2: its square.

    A gradient at one position has rank one, so that no norm needs the matrix.
    """
    if inputs is None:
        return _norms_of_vectors(delta, norm)
    if delta.dim() == 4:
        return _norms_of_matrices(layer, sample_gradients(layer, inputs, delta), norm)
    one = float(layer.bias)
    match norm:
        case "l2":
            return _square(delta) * (_square(inputs) + one)
        case "l1":
            return delta.abs().sum(-1) * (inputs.abs().sum(-1) + one)
        case "linf":
            return delta.abs().amax(-1) * inputs.abs().amax(-1).clamp(min=one)
        case "nuclear":
            return (_square(delta) * (_square(inputs) + one)).sqrt()
        case PowerNorm(exponents):
            within = power_length(inputs, exponents)
            if layer.bias:
                within = power_length(torch.stack([within, torch.ones_like(within)], -1), exponents)
            return power_length(delta, exponents) * within


def _square(vectors: Tensor) -> Tensor:
    """Return ||.||^2 over the last axis, in one pass: squares that are written down take three times as long."""
    norms: Tensor = torch.linalg.vector_norm(vectors, dim=-1)
    return norms.square()


def as_matrices(layer: Layer, flat: Tensor) -> Tensor:
    """Return parameters (..., size) as matrices [weights, biases] (..., rows, columns + 1 with biases)."""
    size = layer.rows * layer.columns
    weight = flat[..., :size].unflatten(-1, (layer.rows, layer.columns))
    return torch.cat([weight, flat[..., size:].unsqueeze(-1)], -1) if layer.bias else weight


def as_parameters(layer: Layer, matrices: Tensor) -> Tensor:
    """Return matrices [weights, biases] (..., rows, columns + 1 with biases) as parameters (..., size)."""
    if not layer.bias:
        return matrices.flatten(-2)
    return torch.cat([matrices[..., :-1].flatten(-2), matrices[..., -1]], -1)


def _norms_of_vectors(vectors: Tensor, norm: MatrixNorm) -> Tensor:
    """Return norms over the last axis; as a diagonal matrix a vector's nuclear norm is its l1 norm."""
    match norm:
        case "l2":
            return vectors.square().sum(-1)
        case "l1" | "nuclear":
            return vectors.abs().sum(-1)
        case "linf":
            return vectors.abs().amax(-1)
        case PowerNorm(exponents):
            return power_length(vectors, exponents)


def _norms_of_matrices(layer: Layer, flat: Tensor, norm: MatrixNorm) -> Tensor:
    if norm != "nuclear":
        return _norms_of_vectors(flat, norm)
    return singular_values(as_matrices(layer, flat)).sum(-1)


def _sum_of_outer_products(delta: Tensor, inputs: Tensor, into: Tensor) -> None:
    """Write sum_n delta_n inputs_n^T (R, rows, columns) into a view of the gradient.

    With several replicas the view is not contiguous, and writing to it as `out=` was measured 2 to 3 times slower.
    """
    if inputs.shape[-1] < NARROW < delta.shape[-1]:
        into.copy_(torch.bmm(inputs.mT, delta).mT)
    elif into.is_contiguous():
        torch.bmm(delta.mT, inputs, out=into)
    else:
        into.copy_(torch.bmm(delta.mT, inputs))


def nuclear_norms(layer: Layer, flat: Tensor) -> Tensor:
    """Return the nuclear norms (...) of parameters (..., size) as matrices [weights, biases]."""
    return _norms_of_vectors(flat, "l1") if layer.by_element else _norms_of_matrices(layer, flat, "nuclear")


def combined(norm: MatrixNorm, layers: list[Tensor]) -> Tensor:
    """Return a norm of all layers from those of each; l2: its square."""
    if isinstance(norm, PowerNorm):
        return power_length(torch.stack(layers, -1), norm.exponents)
    stacked = torch.stack(layers)
    return stacked.amax(0) if norm == "linf" else stacked.sum(0)


def largest_singular_value(matrices: Tensor) -> Tensor:
    """Return ||.||_2 (...) of matrices (..., rows, columns); of one row or column without a decomposition.

    It is not finite where a matrix is not.
    """
    if min(matrices.shape[-2:]) == 1:
        return length(matrices, dim=(-2, -1))
    return singular_values(matrices)[..., 0]


def polar_factor(matrices: Tensor) -> Tensor:
    """Return U V^T (..., rows, columns) over the singular values that are not 0 to rounding.

    It is NaN where a matrix is not finite.
    """
    if min(matrices.shape[-2:]) == 1:
        zero = (matrices == 0).flatten(-2).all(-1)[..., None, None]
        return torch.where(zero, 0.0, unit(matrices, dim=(-2, -1)))
    left, values, right = svd(matrices)
    resolution = max(matrices.shape[-2:]) * torch.finfo(matrices.dtype).eps
    kept = torch.where(values > resolution * values[..., :1], 1.0, 0.0 * values)  # NaN stays NaN
    return (left * kept.unsqueeze(-2)) @ right


__all__ = [
    "MatrixNorm",
    "PowerNorm",
    "Weights",
    "add_up",
    "affine",
    "as_matrices",
    "as_parameters",
    "below",
    "chosen_gradients",
    "combined",
    "largest_singular_value",
    "nuclear_norms",
    "polar_factor",
    "sample_gradients",
    "sample_norms",
]
