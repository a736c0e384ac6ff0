"""Mirror descent with the potential ||theta||_p^p / p, the dual variable held in units of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from ..networks.lengths import power_of_two
from .base import Direction, Pull
from .geometry import Lp
from .memory import Memory


@dataclass
class MirrorMemory(Memory):
    """z (R, P) in units of 2^k, and k (R,), a whole number."""

    dual: Annotated[Tensor, "mirror.dual"]
    unit: Annotated[Tensor, "mirror.unit"]


class Mirror:
    """Mirror descent: z <- z - eta grad Loss, z = sign(theta) |theta|^(p - 1), theta = sign(z) |z|^(q - 1).

    z is what a run keeps: theta follows from it, so that what no gradient pulls at stays to the last bit, and a weight
    too small for its power is not lost. z grows like ||theta||^(p - 1): its units are powers of two, which round
    nothing. A rule whose rate is not known in advance says a length: with reach = a ||ghat||_q,
    eta S = ((||theta||_p + reach)^(p - 1) - ||theta||_p^(p - 1)) / ||ghat||_q, by which the norm grows by the reach at
    most, as in steepest descent, from 0, too. Source: Sun et al. 2022; theory section 5.1.
    """

    gradient_like = False
    full_batch = True

    def __init__(self, geometry: Lp, by_length: bool) -> None:
        self.geometry, self._by_length = geometry, by_length

    def initial_memory(self, theta: Tensor) -> MirrorMemory:
        """Return z of these parameters."""
        p = self.geometry.exponents.unsqueeze(1)
        size = self.geometry.norm(theta, None).unsqueeze(1)
        nowhere = size == 0
        shares = torch.where(nowhere, 0.0, theta.abs() / torch.where(nowhere, 1.0, size))
        log_unit = torch.where(nowhere, 0.0, (p - 1) * torch.where(nowhere, 1.0, size).log2())
        unit = log_unit.floor()
        dual = theta.sign() * shares.pow(p - 1) * (log_unit - unit).exp2()
        return MirrorMemory(dual, unit.squeeze(1))

    def direction(self, pull: Pull, memory: MirrorMemory) -> Direction:
        """Return the gradient, along which z moves."""
        return Direction(pull.gradient, pull.log_weight, _Mirrored(self, memory))

    def move(self, theta: Tensor, size: Tensor, vector: Tensor, memory: MirrorMemory) -> None:
        """Move z by sizes (R,) along `vector` (R, P), and write theta; where nothing moves, it stays as it is."""
        steps = self._length(theta, size, vector, memory) if self._by_length else size * (-memory.unit).exp2()
        steps = steps.unsqueeze(1)
        dual = memory.dual.addcmul_(steps, vector)
        unit = power_of_two(dual)
        dual.div_(unit)
        memory.unit.add_(unit.squeeze(1).log2())
        power = self.geometry.conjugates.unsqueeze(1) - 1
        reached = dual.sign() * dual.abs().pow(power) * (memory.unit.unsqueeze(1) * power).exp2()
        theta.copy_(torch.where(steps == 0, theta, reached))

    def _length(self, theta: Tensor, size: Tensor, vector: Tensor, memory: MirrorMemory) -> Tensor:
        """Return by how many units of z along `vector` a step of these lengths (R,) leads."""
        power = self.geometry.exponents - 1
        far, dual_norm = self.geometry.norm(theta, None), self.geometry.dual_norm(vector, None)
        reach = size * dual_norm
        log_step = power * (far + reach).log() - dual_norm.log()
        log_step = log_step + (-(-power * (reach / far).log1p()).expm1()).log()
        steps: Tensor = (log_step - memory.unit * LOG_2).exp()
        return torch.where(reach > 0, steps, 0.0 * reach)  # NaN stays NaN


LOG_2 = 0.6931471805599453


@dataclass(frozen=True)
class _Mirrored:
    """How a step moves parameters by way of the dual variable."""

    mirror: Mirror
    memory: MirrorMemory

    def __call__(self, theta: Tensor, size: Tensor, vector: Tensor) -> None:
        self.mirror.move(theta, size, vector, self.memory)
