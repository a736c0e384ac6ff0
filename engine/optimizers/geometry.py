"""Norms of all parameters, their duals, and the steepest direction of each: which margin a descent maximises.

For a norm ||.|| with dual ||.||_* the steepest direction of ghat is the d with <ghat, d> = ||ghat||_*^2 and
||d|| = ||ghat||_*. Source: Tsilivis et al. 2024, section 2.

| norm | of theta | dual | steepest direction |
|---|---|---|---|
| l2 | root of the sum of squares | l2 | ghat |
| linf | largest absolute entry | l1 | ||ghat||_1 sign(ghat) |
| lp | root of the sum of p-th powers | lq, 1/p + 1/q = 1 | ||ghat||_q sign(ghat) (|ghat| / ||ghat||_q)^(q - 1) |
| l1 | sum of absolute entries | linf | ||ghat||_inf sign(ghat_j) e_j, j the first largest entry |
| spectral | largest singular value of any layer | sum of nuclear norms | that times every layer's polar factor |
| conditioned | ||theta / sqrt(h)||_2 | ||sqrt(h) ghat||_2 | h ghat |

Layers are the matrices [weights, biases]; weights that act by element are a diagonal matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from ..experiment.optimizers import GeometryName
from ..networks import Network
from ..networks.base import Tape
from ..networks.decompositions import singular_values
from ..networks.lengths import length, ordinary, power_length, power_of_two
from ..networks.sites import (
    MatrixNorm,
    PowerNorm,
    Weights,
    as_parameters,
    largest_singular_value,
    polar_factor,
)


class Geometry(Protocol):
    """A norm on theta (R, P).

    `conditioner` is h (R, P) of an optimizer that makes its own metric 1/h; None for others.
    """

    name: GeometryName
    sample_norm: MatrixNorm
    """The dual norm as per-sample gradients of a network are measured in it."""

    def norm(self, theta: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||theta|| (R,)."""

    def dual_norm(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||gradient||_* (R,)."""

    def steepest(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return the steepest direction (R, P), of norm ||gradient||_*."""

    def widest(self, parameters: int) -> float:
        """Return the largest ||v||_2^2 of all v (P,) with ||v|| = 1."""


class L2:
    """The Euclidean norm: the steepest direction is the gradient itself."""

    name: GeometryName = "l2"
    sample_norm: MatrixNorm = "l2"

    def norm(self, theta: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||theta||_2 (R,)."""
        return length(theta)

    def dual_norm(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||gradient||_2 (R,)."""
        return self.norm(gradient, conditioner)

    def steepest(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return the gradient."""
        return gradient

    def widest(self, parameters: int) -> float:
        """Return 1."""
        return 1.0


class LInfinity:
    """The largest absolute entry: sign descent."""

    name: GeometryName = "linf"
    sample_norm: MatrixNorm = "l1"

    def norm(self, theta: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||theta||_inf (R,)."""
        norm: Tensor = torch.linalg.vector_norm(theta, ord=math.inf, dim=1)
        return norm

    def dual_norm(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||gradient||_1 (R,)."""
        norm: Tensor = torch.linalg.vector_norm(gradient, ord=1, dim=1)
        return norm

    def steepest(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||gradient||_1 sign(gradient); where the gradient is 0 nothing moves."""
        return self.dual_norm(gradient, conditioner).unsqueeze(1) * gradient.sign()

    def widest(self, parameters: int) -> float:
        """Return P: all entries of size 1."""
        return float(parameters)


class L1:
    """The sum of absolute entries: coordinate descent."""

    name: GeometryName = "l1"
    sample_norm: MatrixNorm = "linf"

    def norm(self, theta: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||theta||_1 (R,)."""
        norm: Tensor = torch.linalg.vector_norm(theta, ord=1, dim=1)
        return norm

    def dual_norm(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||gradient||_inf (R,)."""
        norm: Tensor = torch.linalg.vector_norm(gradient, ord=math.inf, dim=1)
        return norm

    def steepest(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return the largest entry alone; the first of several."""
        largest = gradient.abs().argmax(1, keepdim=True)  # the first of equal ones: torch promises it
        return torch.zeros_like(gradient).scatter_(1, largest, gradient.gather(1, largest))

    def widest(self, parameters: int) -> float:
        """Return 1: one entry alone."""
        return 1.0


class Lp:
    """The root of the sum of p-th powers, 1 < p < infinity, p of every replica its own."""

    name: GeometryName = "lp"

    def __init__(self, exponents: Tensor) -> None:
        """Take p (R,)."""
        self.exponents = exponents
        self.conjugates = exponents / (exponents - 1)
        """q (R,), 1/p + 1/q = 1."""
        self._largest = float(exponents.max())
        self.sample_norm: MatrixNorm = PowerNorm(self.conjugates)

    def widest(self, parameters: int) -> float:
        """Return P^(1 - 2/p) of the largest p, 1 up to 2."""
        widest: float = float(parameters) ** max(0.0, 1 - 2 / self._largest)
        return widest

    def norm(self, theta: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||theta||_p (R,)."""
        return power_length(theta, self.exponents)

    def dual_norm(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||gradient||_q (R,)."""
        return power_length(gradient, self.conjugates)

    def steepest(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||gradient||_q sign(gradient) (|gradient| / ||gradient||_q)^(q - 1); of 0 it is 0."""
        size = self.dual_norm(gradient, None).unsqueeze(1)
        shares = gradient.abs() / torch.where(size == 0, 1.0, size)
        return size * gradient.sign() * shares.pow(self.conjugates.unsqueeze(1) - 1)


class Spectral:
    """The largest singular value of any layer: every layer moves along its gradient's polar factor."""

    name: GeometryName = "spectral"
    sample_norm: MatrixNorm = "nuclear"

    def __init__(self, network: Network) -> None:
        self._network = network

    def norm(self, theta: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return max_k ||W_k||_2 (R,)."""
        largest = [
            matrix.abs().amax((1, 2)) if layer.by_element else largest_singular_value(matrix)
            for layer, matrix in self._network.matrices(theta)
        ]
        return torch.stack(largest).amax(0)

    def dual_norm(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return sum_k of the nuclear norms ||G_k||_nuc (R,)."""
        nuclear = [
            matrix.abs().sum((1, 2)) if layer.by_element else singular_values(matrix).sum(-1)
            for layer, matrix in self._network.matrices(gradient)
        ]
        return torch.stack(nuclear).sum(0)

    def steepest(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return sum_j ||G_j||_nuc times the polar factor of every layer."""
        polar = self.polar(gradient)
        # <G, U V^T> is the nuclear norm
        return (gradient * polar).sum(1, keepdim=True) * polar

    def widest(self, parameters: int) -> float:
        """Return the sum of all layers' ranks: all singular values 1."""
        layers = [layer for layer in self._network.structure.layers if layer.trained]
        return float(
            sum(
                layer.size if layer.by_element else min(layer.rows, layer.columns + layer.bias)
                for layer in layers
            )
        )

    def polar(self, gradient: Tensor) -> Tensor:
        """Return every layer's polar factor (R, P); by element: the sign."""
        factors = [
            as_parameters(layer, matrix.sign() if layer.by_element else polar_factor(matrix))
            for layer, matrix in self._network.matrices(gradient)
        ]
        return torch.cat(factors, 1)


class ConditionedL2:
    """The Euclidean norm in the metric 1/h that an optimizer made of its gradients: ||theta / sqrt(h)||_2."""

    name: GeometryName = "conditioned"
    sample_norm: MatrixNorm = "l2"

    def norm(self, theta: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||theta / sqrt(h)||_2 (R,) over the coordinates that something pulled at; for others h is 0."""
        h = _made(conditioner)
        return _weighed_length(theta, lambda scaled: torch.where(h > 0, scaled.square() / h, 0.0))

    def dual_norm(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return ||sqrt(h) gradient||_2 (R,)."""
        return _weighed_length(gradient, lambda scaled: scaled.square() * _made(conditioner))

    def steepest(self, gradient: Tensor, conditioner: Tensor | None) -> Tensor:
        """Return h gradient."""
        return _made(conditioner) * gradient

    def widest(self, parameters: int) -> float:
        """Return 1: the largest h is 1."""
        return 1.0


def _weighed_length(vectors: Tensor, squares: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the root of the sum of weighed squares (R,), scaled first where they may overflow or vanish."""
    plain = squares(vectors).sum(1).sqrt()
    if ordinary(plain):
        return plain
    scale = power_of_two(vectors)
    return squares(vectors / scale).sum(1).sqrt() * scale.squeeze(1)


def _made(conditioner: Tensor | None) -> Tensor:
    assert conditioner is not None, "only optimizers that make a metric have this geometry"
    return conditioner


GEOMETRIES: dict[GeometryName, Callable[[Network], Geometry]] = {
    "l2": lambda network: L2(),
    "linf": lambda network: LInfinity(),
    "l1": lambda network: L1(),
    "spectral": Spectral,
    "conditioned": lambda network: ConditionedL2(),
}
"""What measures in each norm."""


def geometry(name: GeometryName, network: Network) -> Geometry:
    """Return a geometry by its name."""
    return GEOMETRIES[name](network)


def sample_dual_squares(
    chosen: Geometry, network: Network, weights: list[Weights], tape: Tape, cotangent: Tensor
) -> Tensor:
    """Return ||d<cotangent_n, f_n>/dtheta||_*^2 (R, N) of every sample."""
    norms = network.sample_norms(weights, tape, cotangent, chosen.sample_norm)
    return norms if chosen.sample_norm == "l2" else norms.square()
