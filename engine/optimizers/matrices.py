"""Optimizers that see every layer as a matrix: Muon and Shampoo."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from ..networks import Network
from ..networks.decompositions import eigh
from ..networks.sites import as_parameters
from .base import Direction, Pull
from .geometry import Spectral
from .memory import Memory
from .momentum import MomentumMemory, remembered
from .rescaling import nothing_yet, rescaled, squarable


class Muon:
    """Momentum, every layer of it replaced by its exact polar factor U V^T: all steps have spectral norm 1.

    Source: Jordan et al. 2024 (who approximate the factor); Gronich & Vardi 2026 ask for the exact one.
    """

    gradient_like = False
    full_batch = True

    def __init__(self, geometry: Spectral, beta: Tensor, nesterov: bool) -> None:
        """Take one value of beta per replica (R,)."""
        self.geometry = geometry
        self._beta, self._nesterov = beta, nesterov

    def initial_memory(self, theta: Tensor) -> MomentumMemory:
        """Return an empty memory."""
        return MomentumMemory.empty(theta)

    def direction(self, pull: Pull, memory: MomentumMemory) -> Direction:
        """Return the polar factors of the momentum."""
        vector, _ = remembered(pull.gradient, pull.log_weight, self._beta, self._nesterov, memory)
        return Direction(self.geometry.polar(vector), torch.zeros_like(pull.log_weight))


@dataclass
class ShampooMemory(Memory):
    """s (R,), and by `layer.side` the preconditioners in units of e^2s; by element one sum of squares a `layer`."""

    log_scale: Annotated[Tensor, "shampoo.log_scale"]
    preconditioners: Annotated[dict[str, Tensor], "shampoo"]


class Shampoo:
    """L^(-1/4) G R^(-1/4) for every layer, L and R the averages (beta < 1) or sums (beta = 1) of G G^T and G^T G.

    They are held in units of e^2s. With beta = 0 the result is the polar factor of G: spectral descent. epsilon is
    added to the eigenvalues in units of the gradient's square; directions without any gradient so far stay at 0.
    By element a layer is a diagonal matrix: g / sqrt(epsilon + v). Source: Gupta, Koren & Singer 2018, Algorithm 1.
    """

    gradient_like = False
    full_batch = True

    def __init__(self, geometry: Spectral, network: Network, beta: Tensor, epsilon: Tensor) -> None:
        """Take one value per replica, each (R,)."""
        self.geometry = geometry
        self._network = network
        self._beta, self._log_epsilon = beta, epsilon.log()

    def initial_memory(self, theta: Tensor) -> ShampooMemory:
        """Return empty preconditioners L (R, rows, rows) and R (R, columns, columns) of every layer."""
        empty: dict[str, Tensor] = {}
        for layer, matrix in self._network.matrices(theta):
            if layer.by_element:
                empty[layer.name] = torch.zeros_like(matrix)
                continue
            for side, size in (("left", matrix.shape[1]), ("right", matrix.shape[2])):
                empty[f"{layer.name}.{side}"] = theta.new_zeros(len(theta), size, size)
        return ShampooMemory(nothing_yet(theta), empty)

    def direction(self, pull: Pull, memory: ShampooMemory) -> Direction:
        """Return the preconditioned gradient; its unit is that of G over the root of its square: none."""
        log_decay = 0.5 * self._beta.log()
        entered = rescaled(*squarable(pull.gradient, pull.log_weight), memory.log_scale, log_decay)
        share = torch.where(self._beta < 1, 1 - self._beta, 1.0)[:, None, None]
        kept = entered.kept(self._beta.unsqueeze(1), 2).unsqueeze(2)
        epsilon = (self._log_epsilon - 2 * entered.log_scale).exp()
        held, directions = memory.preconditioners, []
        for layer, matrix in self._network.matrices(entered.gradient):
            if layer.by_element:
                squares = held[layer.name].mul_(kept).add_(share * matrix.square())
                total = squares + epsilon[:, None, None]
                directions.append(as_parameters(layer, torch.where(total > 0, matrix / total.sqrt(), 0.0)))
                continue
            left = held[f"{layer.name}.left"].mul_(kept).add_(share * (matrix @ matrix.mT))
            right = held[f"{layer.name}.right"].mul_(kept).add_(share * (matrix.mT @ matrix))
            preconditioned = (
                _inverse_fourth_root(left, epsilon) @ matrix @ _inverse_fourth_root(right, epsilon)
            )
            directions.append(as_parameters(layer, preconditioned))
        return Direction(torch.cat(directions, 1), torch.zeros_like(pull.log_weight))


def _inverse_fourth_root(matrix: Tensor, epsilon: Tensor) -> Tensor:
    """Return (A + epsilon I)^(-1/4) of symmetric A (R, n, n) >= 0, 0 along what has no gradient."""
    values, vectors = eigh(matrix)
    largest = values[:, -1:].clamp(min=0)
    resolution = matrix.shape[-1] * torch.finfo(matrix.dtype).eps
    noise = values <= resolution * largest
    total = torch.where(noise, 0.0, values) + epsilon.unsqueeze(1)
    roots = torch.where(total <= 0, 0.0, total.clamp(min=torch.finfo(matrix.dtype).tiny).pow(-0.25))
    roots = torch.where(roots == math.inf, 0.0, roots)
    return (vectors * roots.unsqueeze(1)) @ vectors.mT
