"""Activations and how a cotangent passes back through them, elementwise over any leading axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

Forward = Callable[[Tensor], Tensor]
Backward = Callable[[Tensor, Tensor, Tensor], Tensor]
Bend = Callable[[Tensor, Tensor], Tensor]
FAR = 700.0
"""Beyond plus or minus this GELU is relu, and softplus exp or the identity, in every bit."""


@dataclass(frozen=True)
class Activation:
    """phi and its transposed derivative.

    `forward(z)` gives h = phi(z); `backward(dh, z, h)` gives phi'(z) * dh. At a kink the derivative is autograd's:
    0 for relu, leaky-relu's slope, sign(0) = 0 for abs, the first piece for maxout. `bend(z, h)` gives phi''(z); None
    where phi is linear in pieces.
    """

    forward: Forward
    backward: Backward
    bend: Bend | None = None
    pairs: bool = False
    """Whether it takes two numbers to one."""


def _relu_backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
    return torch.ops.aten.threshold_backward(dh, h, 0)  # type: ignore[no-any-return]


def _power(k: int) -> Activation:
    def forward(z: Tensor) -> Tensor:
        return torch.relu(z).pow(k)

    def backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
        return dh * (k * torch.relu(z).pow(k - 1))

    def bend(z: Tensor, h: Tensor) -> Tensor:
        return (z > 0) * (k * (k - 1) * torch.relu(z).pow(k - 2))

    return Activation(forward, backward, bend)


def _leaky(slope: float) -> Activation:
    def forward(z: Tensor) -> Tensor:
        return functional.leaky_relu(z, slope)

    def backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
        return torch.where(z > 0, dh, slope * dh)

    return Activation(forward, backward)


def _gelu_backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
    density = torch.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return dh * (0.5 * torch.erfc(-z / math.sqrt(2)) + z * density)


def _gelu_bend(z: Tensor, h: Tensor) -> Tensor:
    near = z.clamp(-FAR, FAR)
    square = near * near
    return torch.exp(-0.5 * square) / math.sqrt(2 * math.pi) * (2 - square)


def _silu_backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
    gate = torch.sigmoid(z)
    return dh * gate * (1 + z * (1 - gate))


def _silu_bend(z: Tensor, h: Tensor) -> Tensor:
    gate = torch.sigmoid(z)
    return gate * torch.sigmoid(-z) * (2 + z * (1 - 2 * gate))


def _maxout_forward(z: Tensor) -> Tensor:
    first, second = z.chunk(2, dim=-1)
    return torch.maximum(first, second)


def _maxout_backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
    first, second = z.chunk(2, dim=-1)
    wins = first >= second
    return torch.cat([torch.where(wins, dh, 0.0), torch.where(wins, 0.0, dh)], dim=-1)


def _identity(z: Tensor) -> Tensor:
    return z


def _identity_backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
    return dh


def _abs_backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
    return dh * torch.sign(z)


def _gelu(z: Tensor) -> Tensor:
    if not z.requires_grad:
        return functional.gelu(z)
    # torch's second derivative is infinity times 0 from 1e154 on
    return torch.where(z.abs() > FAR, torch.relu(z), functional.gelu(z.clamp(-FAR, FAR)))


def _softplus(z: Tensor) -> Tensor:
    # torch's own softplus goes linear beyond a threshold; this one is exact
    if not z.requires_grad:
        return torch.logaddexp(z, torch.zeros_like(z))
    # its second derivative is infinity over infinity below -709
    low, high = z.clamp(max=-FAR), z.clamp(min=-FAR)
    return torch.where(z < -FAR, low.exp(), torch.logaddexp(high, torch.zeros_like(z)))


def _softplus_backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
    return dh * torch.sigmoid(z)


def _softplus_bend(z: Tensor, h: Tensor) -> Tensor:
    return torch.sigmoid(z) * torch.sigmoid(-z)


def _tanh_backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
    return dh * (1 - h * h)


def _tanh_bend(z: Tensor, h: Tensor) -> Tensor:
    return -2 * h * (1 - h * h)


_FIXED: dict[str, Activation] = {
    "relu": Activation(torch.relu, _relu_backward),
    "relu2": _power(2),
    "relu3": _power(3),
    "abs": Activation(torch.abs, _abs_backward),
    "linear": Activation(_identity, _identity_backward),
    "gelu": Activation(_gelu, _gelu_backward, _gelu_bend),
    "silu": Activation(functional.silu, _silu_backward, _silu_bend),
    "softplus": Activation(_softplus, _softplus_backward, _softplus_bend),
    "tanh": Activation(torch.tanh, _tanh_backward, _tanh_bend),
    "maxout": Activation(_maxout_forward, _maxout_backward, pairs=True),
}


def activation(name: str, negative_slope: float = 0.01) -> Activation:
    """Return an activation by the name that experiments use."""
    return _leaky(negative_slope) if name == "leaky-relu" else _FIXED[name]
