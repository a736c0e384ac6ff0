"""What training and measurements ask of a network, for R parameter vectors at once.

Shapes: R replicas, N samples, d inputs, C outputs. Every parameter has the leading axis R; `theta` (R, P) is one
contiguous tensor of the trained parameters and layers are views of it. A family says how values go up (`forward`) and
how signals come down (`signals`); the gradient, the norms of all per-sample gradients, the Jacobian and the tangent
kernel follow from what each layer's weights see.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..experiment.networks import NetworkSpec
from ..experiment.structure import Ends, Layer, Structure, structure
from . import sites
from .activations import Activation
from .second_order import Product, Turned
from .sites import MatrixNorm, Weights

AT_ONCE = 2**17
"""Numbers in one layer's activations that are computed at once where nothing has to be kept."""


@dataclass(frozen=True)
class Tape:
    """What a forward pass leaves for the signals: what each layer's weights were applied to, and what came out."""

    inputs: tuple[Tensor | None, ...]
    """(R, N, [S,] columns) a layer; None for a layer by element."""
    pre: tuple[Tensor, ...]
    """(R, N, [S,] rows) a layer."""
    kept: tuple[Any, ...] = ()
    """What the family keeps besides."""


class Network(ABC):
    """f(x; theta), its gradients and kernels in closed form."""

    def __init__(self, fields: NetworkSpec, ends: Ends, frozen: Tensor, output_scale: Tensor) -> None:
        """Bind the structure.

        Args:
            fields: what the user said.
            ends: inputs, outputs and what else decides shapes.
            frozen: (R, parameters that do not train, in the order of the layers, then the constants).
            output_scale: (R,).
        """
        self.fields = fields
        self.ends = ends
        self.structure: Structure = structure(fields, ends)
        self.outputs_count = ends.outputs
        self.degree = self.structure.degree
        self.frozen = frozen
        """What does not train (R, .), in the order of the layers, then the constants."""
        self.output_scale = output_scale
        self._scale = output_scale[:, None, None]
        self._unscaled = bool((output_scale == 1).all())

    # --- what a family says ---

    @abstractmethod
    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, d), and the tape that `signals` reads."""

    @abstractmethod
    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (layer, d<cotangent, f>/dz (R, N, [S,] rows)), top down, to the lowest trained layer at least."""

    def hessian_product(
        self, weights: list[Weights], tape: Tape, pull: Tensor, turned: Turned
    ) -> Product | None:
        """Return the product with the Hessian of a function of the outputs by hand; None where only autograd has it.

        Args:
            weights: the layers'.
            tape: of the forward pass there.
            pull: u (R, N, C), the function's derivative by the outputs.
            turned: how u turns where outputs move.
        """
        return None

    def homogenized(self, theta: Tensor, x: Tensor, phi: Activation | None = None) -> Tensor:
        """Return f_H (R, N, C), the limit of f(r theta)/r^M; f itself where the network is homogeneous.

        Args:
            theta: (R, P).
            x: (R, N, d).
            phi: stands in place of the limit's activation, for whoever looks at it piece by piece.
        """
        if self.degree is None:
            raise NotImplementedError(f"{self.fields.kind} networks have no homogenization")
        return self.outputs(theta, x)

    # --- parameters ---

    def one(self, replica: int) -> Network:
        """Return the network of one replica alone."""
        chosen = slice(replica, replica + 1)
        return type(self)(self.fields, self.ends, self.frozen[chosen], self.output_scale[chosen])

    def times(self, count: int) -> Network:
        """Return the network of all replicas, so many times after one another."""
        return type(self)(
            self.fields, self.ends, self.frozen.repeat(count, 1), self.output_scale.repeat(count)
        )

    def in_float64(self) -> Network:
        """Return the same network on the processor in float64."""
        return type(self)(
            self.fields, self.ends, self.frozen.cpu().double(), self.output_scale.cpu().double()
        )

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Return the layers' structure, from the input up."""
        return self.structure.layers

    @property
    def trained_layers(self) -> list[int]:
        """Return the indices of the layers that train."""
        return [i for i, layer in enumerate(self.layers) if layer.trained]

    @property
    def constants(self) -> Tensor:
        """Return the numbers (R, constants) that were drawn with the parameters and never train."""
        return self.frozen[:, self.frozen.shape[1] - self.structure.constants :]

    @property
    def fixed_directions(self) -> Tensor | None:
        """Return the unit vectors (R, units, d) that hidden units keep for ever; None where they turn."""
        return None

    def views(self, theta: Tensor) -> list[Weights]:
        """Return every layer as views of theta (R, P), frozen layers as views of the fixed parameters."""
        starts = {True: 0, False: 0}
        weights = []
        for layer in self.layers:
            source = theta if layer.trained else self.frozen
            start = starts[layer.trained]
            end = start + layer.rows * layer.columns
            weight = source[:, start:end].unflatten(1, (layer.rows, layer.columns))
            bias = source[:, end : end + layer.rows] if layer.bias else None
            starts[layer.trained] = start + layer.size
            weights.append(Weights(weight, bias))
        return weights

    def layer_slices(self) -> dict[str, slice]:
        """Return where each trained layer, biases included, lies in theta."""
        slices, start = {}, 0
        for layer in self.layers:
            if layer.trained:
                slices[layer.name] = slice(start, start + layer.size)
                start += layer.size
        return slices

    @property
    def matrix_layers(self) -> tuple[Layer, ...]:
        """Return the layers as the matrices that their weights are."""
        return self.layers

    def matrix(self, layer: int, weight: Tensor) -> Tensor:
        """Return the weights (R, rows, columns) of a layer as one of `matrix_layers`, of those that `views` has."""
        return weight

    def matrices(self, theta: Tensor) -> list[tuple[Layer, Tensor]]:
        """Return every trained layer with its parameters as matrices [weights, biases] (R, rows, columns + bias)."""
        trained = [layer for layer in self.layers if layer.trained]
        parts = theta.split([layer.size for layer in trained], dim=1)
        return [(layer, sites.as_matrices(layer, part)) for layer, part in zip(trained, parts, strict=True)]

    # --- what follows from the signals ---

    def rows_at_once(self, replicas: int) -> int:
        """Return how many samples to take at once, so that their activations stay within the processor's caches."""
        widest = max(
            layer.positions * max(layer.rows, layer.columns if layer.positions > 1 else 1)
            for layer in self.layers
        )
        return max(32, AT_ONCE // (replicas * widest))

    def outputs(self, theta: Tensor, x: Tensor) -> Tensor:
        """Return f (R, N, C) at x (R, N, d), many samples in parts."""
        weights = self.views(theta)
        parts = [self._values(weights, part) for part in x.split(self.rows_at_once(len(theta)), dim=1)]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

    def _values(self, weights: list[Weights], x: Tensor) -> Tensor:
        """Return f (R, N, C) at x (R, N, d) where nothing else is asked for."""
        return self.forward(weights, x)[0]

    def backward(
        self, weights: list[Weights], tape: Tape, cotangent: Tensor, gradient: list[Weights]
    ) -> None:
        """Write sum_n <cotangent_n, df_n/dtheta> into views of a (R, P) tensor."""
        for i, delta in self.signals(weights, tape, cotangent):
            if self.layers[i].trained:
                sites.add_up(self.layers[i], tape.inputs[i], delta, gradient[i])

    def sample_norms(
        self, weights: list[Weights], tape: Tape, cotangent: Tensor, norm: MatrixNorm = "l2"
    ) -> Tensor:
        """Return a norm (R, N) of d<cotangent_n, f_n>/dtheta for every sample; l2: its square.

        l1, linf and l2 are over all entries; nuclear is the sum over layers of their nuclear norms.
        """
        norms = [
            sites.sample_norms(self.layers[i], tape.inputs[i], delta, norm)
            for i, delta in self.signals(weights, tape, cotangent)
            if self.layers[i].trained
        ]
        return sites.combined(norm, norms)

    def sample_gradients(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Tensor:
        """Return d<cotangent_n, f_n>/dtheta for every sample (R, N, P)."""
        parts = {
            i: sites.sample_gradients(self.layers[i], tape.inputs[i], delta)
            for i, delta in self.signals(weights, tape, cotangent)
            if self.layers[i].trained
        }
        return torch.cat([parts[i] for i in sorted(parts)], -1)

    def chosen_gradients(
        self, weights: list[Weights], tape: Tape, cotangent: Tensor, chosen: Tensor
    ) -> Tensor:
        """Return d<cotangent_n, f_n>/dtheta (M, P) of replicas and samples (M, 2)."""
        parts = {
            i: sites.chosen_gradients(self.layers[i], tape.inputs[i], delta, chosen)
            for i, delta in self.signals(weights, tape, cotangent)
            if self.layers[i].trained
        }
        return torch.cat([parts[i] for i in sorted(parts)], -1)

    def radial_derivative(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Tensor:
        """Return <theta, d<cotangent_n, f_n>/dtheta> (R, N): L <cotangent_n, f_n> where f has a degree (Euler).

        A layer's share is <delta, z>, for z = W inputs + b is linear in its parameters; of a quasi-homogeneous network
        it is taken times the layer's lambda.
        """
        rates = dict(self.structure.weights)
        total = torch.zeros(cotangent.shape[:2], dtype=cotangent.dtype, device=cotangent.device)
        for i, delta in self.signals(weights, tape, cotangent):
            if not self.layers[i].trained:
                continue
            if tape.inputs[i] is None:
                share = torch.einsum("rnk,rk->rn", delta, weights[i].weight.squeeze(-1))
            else:
                share = (delta * tape.pre[i]).flatten(2).sum(-1)
            total += rates.get(self.layers[i].name, 1.0) * share
        return total

    def derivative_along(
        self, weights: list[Weights], tape: Tape, cotangent: Tensor, along: list[Weights]
    ) -> Tensor:
        """Return <v, d<cotangent_n, f_n>/dtheta> (R, N) for parameters v, given as weights.

        A layer's share is <delta, V inputs + its biases>, so that no gradient is made.
        """
        total = torch.zeros(cotangent.shape[:2], dtype=cotangent.dtype, device=cotangent.device)
        for i, delta in self.signals(weights, tape, cotangent):
            if self.layers[i].trained:
                total += sites.along(tape.inputs[i], delta, along[i])
        return total

    def _scaled(self, values: Tensor) -> Tensor:
        """Return outputs, or a cotangent, times the output's scale."""
        return values if self._unscaled else values * self._scale
