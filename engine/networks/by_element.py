"""Networks whose parameters multiply number by number: diagonal linear, no-rotation and quasi-homogeneous ones."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ..experiment.networks import DiagonalSpec, NetworkSpec, NoRotationSpec
from ..experiment.structure import Ends
from ..experiment.structure.activations import homogenized
from .activations import Activation, activation
from .base import Network, Tape
from .sites import Weights, affine, below


class DiagonalNetwork(Network):
    """f_c(x; u, v) = scale * <u_c^D - v_c^D, x>, powers by element."""

    @property
    def _depth(self) -> int:
        assert isinstance(self.fields, DiagonalSpec)
        return self.fields.depth

    def _per_output(self, flat: Tensor) -> Tensor:
        """Return (R, C, d) of (R, C * d, 1)."""
        rows: Tensor = flat.squeeze(-1).unflatten(1, (self.ends.outputs, self.ends.inputs))
        return rows

    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, d), and the tape that `signals` reads."""
        u, v = (self._per_output(w.weight) for w in weights)
        predictor = u.pow(self._depth) - v.pow(self._depth)
        return self._scaled(torch.bmm(x, predictor.mT)), Tape((None, None), (x, x))

    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (layer, d<cotangent, f>/dv or /du (R, N, C * d))."""
        outer = self._scaled(cotangent).unsqueeze(-1) * tape.pre[0].unsqueeze(-2)  # (R, N, C, d)
        for i, sign in ((1, -1.0), (0, 1.0)):
            power = sign * self._depth * self._per_output(weights[i].weight).pow(self._depth - 1)
            yield i, (outer * power.unsqueeze(1)).flatten(2)


class NoRotationNetwork(Network):
    """f(x; r, a) = scale * sum_j a_j phi(r_j <u_j, x>), the u_j fixed unit vectors."""

    def __init__(self, fields: NetworkSpec, ends: Ends, frozen: Tensor, output_scale: Tensor) -> None:
        super().__init__(fields, ends, frozen, output_scale)
        assert isinstance(fields, NoRotationSpec)
        self._slope = fields.negative_slope
        self._activation = activation(fields.activation, self._slope)

    @property
    def fixed_directions(self) -> Tensor:
        """Return the unit vectors u_j (R, rows, d)."""
        units: Tensor = self.constants.unflatten(1, (self.layers[0].rows, self.ends.inputs))
        return units

    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, d), and the tape that `signals` reads."""
        return self._forward(weights, x, self._activation)

    def _forward(self, weights: list[Weights], x: Tensor, phi: Activation) -> tuple[Tensor, Tape]:
        seen = torch.bmm(x, self.fixed_directions.mT)
        z = seen * weights[0].weight.mT
        h = phi.forward(z)
        out = affine(weights[1], h)
        return self._scaled(out), Tape((None, h), (z, out), (seen,))

    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (1, d<cotangent, f>/df) and (0, d<cotangent, f>/dr (R, N, rows))."""
        delta = self._scaled(cotangent)
        yield 1, delta
        h = tape.inputs[1]
        assert h is not None
        yield 0, self._activation.backward(below(weights[1], delta), tape.pre[0], h) * tape.kept[0]

    def homogenized(self, theta: Tensor, x: Tensor, phi: Activation | None = None) -> Tensor:
        """Return f_H (R, N, C): relu in place of what tends to it."""
        limit = phi or activation(homogenized(self.structure.activation), self._slope)
        return self._forward(self.views(theta), x, limit)[0]


class QuasiNetwork(Network):
    """f_c(x; u, v, b) = scale * (u_c v_c x_1 + <b_c, (x_2, ...)>)."""

    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, d), and the tape that `signals` reads."""
        u, v = weights[0].weight, weights[1].weight  # (R, C, 1)
        out = torch.bmm(x[..., :1], (u * v).mT)
        if len(weights) > 2:
            b = weights[2].weight.squeeze(-1).unflatten(1, (self.ends.outputs, self.ends.inputs - 1))
            out = out + torch.bmm(x[..., 1:], b.mT)
        return self._scaled(out), Tape((None,) * len(weights), (x,) * len(weights))

    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (layer, d<cotangent, f>/db (R, N, C * (d - 1)), /dv and /du (R, N, C))."""
        cotangent, x = self._scaled(cotangent), tape.pre[0]
        if len(weights) > 2:
            yield 2, (cotangent.unsqueeze(-1) * x[..., 1:].unsqueeze(-2)).flatten(2)
        through = cotangent * x[..., :1]
        yield 1, through * weights[0].weight.mT
        yield 0, through * weights[1].weight.mT
