"""Networks of plug-ins: a plain `torch.nn.Module`, through `torch.func`, for R parameter vectors at once.

Shapes: R replicas, N samples, d inputs, C outputs. A layer's signal is every sample's gradient by its parameters, so
that gradients, their norms and tangent kernels follow as for layers by element.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call, vmap

from ..experiment.networks import NetworkSpec
from ..experiment.plug_ins.asking import asked, refused
from ..experiment.plug_ins.kinds import NetworkPlugIn
from ..experiment.structure import Ends, Layer, MeasuredDegree, note_degree, structure
from ..experiment.structure.modules import ModuleLayer, module_layers
from . import sites
from .base import Network, Tape
from .initial import STREAM, drawn_layer
from .sites import MatrixNorm, Weights

TRIED = 8
"""Random inputs at which the degree is measured."""
RADII = (0.5, 1.0, 2.0, 4.0)
"""Multiples of the parameters at which it is."""
WHOLE = 1e-6
"""Distance from a whole number, or a half, within which a measured degree is that number."""


class ModuleNetwork(Network):
    """f(x; theta) = scale * module(x), the module's parameters taken from theta."""

    def __init__(self, fields: NetworkSpec, ends: Ends, frozen: Tensor, output_scale: Tensor) -> None:
        super().__init__(fields, ends, frozen, output_scale)
        assert isinstance(fields, NetworkPlugIn)
        self._parts = module_layers(fields, ends)
        self._module = new_module(fields, ends)
        for tensor in chain(self._module.parameters(), self._module.buffers()):
            tensor.requires_grad_(False) if tensor.is_floating_point() else None
        self._module.to(device=frozen.device, dtype=frozen.dtype)
        self._buffers = {name: b for name, b in self._module.named_buffers() if b.is_floating_point()}

    def _named(self, weights: Sequence[Tensor]) -> dict[str, Tensor]:
        """Return the module's parameters (R, ...) of every layer's (R, size, 1)."""
        named = {}
        for part, flat in zip(self._parts, weights, strict=True):
            sizes = [int(np.prod(shape)) for shape in part.shapes]
            for name, shape, numbers in zip(
                part.names, part.shapes, flat.squeeze(-1).split(sizes, 1), strict=True
            ):
                named[name] = numbers.unflatten(1, shape) if shape else numbers.squeeze(1)
        return named

    def _fixed(self) -> dict[str, Tensor]:
        """Return the module's buffers (R, ...), each replica's own."""
        sizes = [buffer.numel() for buffer in self._buffers.values()]
        start = self.frozen.shape[1] - sum(sizes)
        parts = self.frozen[:, start:].split(sizes, 1) if sizes else ()
        return {
            name: part.unflatten(1, tuple(buffer.shape)) if buffer.dim() else part.squeeze(1)
            for (name, buffer), part in zip(self._buffers.items(), parts, strict=True)
        }

    def _call(self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor) -> Tensor:
        """Return one replica's outputs (N, C) at x (N, d)."""
        outputs: Tensor = functional_call(self._module, (parameters, buffers), (x,))
        return outputs

    def _all(self, weights: Sequence[Tensor], x: Tensor) -> Tensor:
        outputs: Tensor = vmap(self._call)(self._named(weights), self._fixed(), x)
        if outputs.shape != (*x.shape[:2], self.outputs_count):
            raise refused(
                "network.kind",
                self.fields.kind,
                f"gives outputs of shape {tuple(outputs.shape[1:])} for {x.shape[1]} samples; "
                f"({x.shape[1]}, {self.outputs_count}) is needed",
            )
        return outputs

    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, d), and what takes cotangents back to the layers."""
        numbers = [layer.weight for layer in weights]
        nothing = (None,) * len(weights)
        if any(layer.requires_grad for layer in numbers):  # who differentiates it asks for no signals
            return self._scaled(self._all(numbers, x)), Tape(nothing, tuple(numbers), (None, (), x))
        with torch.enable_grad():
            leaves = [layer.detach().requires_grad_() for layer in numbers]
            outputs = self._all(leaves, x)
        return self._scaled(outputs.detach()), Tape(nothing, tuple(numbers), (outputs, leaves, x))

    def _values(self, weights: list[Weights], x: Tensor) -> Tensor:
        return self._scaled(self._all([layer.weight for layer in weights], x))

    def backward(
        self, weights: list[Weights], tape: Tape, cotangent: Tensor, gradient: list[Weights]
    ) -> None:
        """Write sum_n <cotangent_n, df_n/dtheta> into views of a (R, P) tensor."""
        outputs, leaves, _ = tape.kept
        summed = _gradients(outputs, leaves, self._scaled(cotangent), kept=True)
        for layer, into, each in zip(self.layers, gradient, summed, strict=True):
            if layer.trained:
                into.weight.copy_(each)

    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (layer, every sample's d<cotangent_n, f_n>/d its parameters (R, N, size)), top down."""
        x: Tensor = tape.kept[2]

        def one(numbers: Sequence[Tensor], buffers: dict[str, Tensor], x: Tensor) -> Tensor:
            named = {name: each.squeeze(0) for name, each in self._named([n[None] for n in numbers]).items()}
            return self._call(named, buffers, x[None])[0]

        with torch.enable_grad():
            # parameters of its own for every sample: their gradients are the sample's
            leaves = [
                layer.weight.detach().unsqueeze(1).expand(-1, x.shape[1], -1, -1).requires_grad_()
                for layer in weights
            ]
            outputs = vmap(vmap(one, (0, None, 0)))(leaves, self._fixed(), x)
        gradients = _gradients(outputs, leaves, self._scaled(cotangent))
        for i in reversed(range(len(weights))):
            yield i, gradients[i].squeeze(-1)

    def sample_norms(
        self, weights: list[Weights], tape: Tape, cotangent: Tensor, norm: MatrixNorm = "l2"
    ) -> Tensor:
        """Return a norm (R, N) of d<cotangent_n, f_n>/dtheta for every sample; l2: its square."""
        if norm != "nuclear":
            return super().sample_norms(weights, tape, cotangent, norm)
        norms = [
            sites.nuclear_norms(self._matrix(i), delta)
            for i, delta in self.signals(weights, tape, cotangent)
            if self.layers[i].trained
        ]
        return sites.combined(norm, norms)

    def _matrix(self, i: int) -> Layer:
        """Return a layer as the matrix that its weights are, biases beside it."""
        return matrix_of(self.layers[i], self._parts[i])

    @property
    def matrix_layers(self) -> tuple[Layer, ...]:
        """Return the layers as the matrices that their weights are, biases beside them."""
        return tuple(self._matrix(i) for i in range(len(self.layers)))

    def matrix(self, layer: int, weight: Tensor) -> Tensor:
        """Return the weights (R, rows, columns) of a layer, without its biases, of its numbers (R, size, 1)."""
        part = self._parts[layer]
        matrix: Tensor = weight[:, : part.rows * part.columns].reshape(-1, part.rows, part.columns)
        return matrix

    def matrices(self, theta: Tensor) -> list[tuple[Layer, Tensor]]:
        """Return every trained layer with its parameters as matrices [weights, biases] (R, rows, columns + bias)."""
        trained = [i for i, layer in enumerate(self.layers) if layer.trained]
        parts = theta.split([self.layers[i].size for i in trained], dim=1)
        return [
            (self._matrix(i), sites.as_matrices(self._matrix(i), part))
            for i, part in zip(trained, parts, strict=True)
        ]


def _gradients(
    outputs: Tensor, leaves: Sequence[Tensor], cotangent: Tensor, kept: bool = False
) -> tuple[Tensor, ...]:
    """Return d<cotangent, outputs>/d each of the leaves, 0 where the outputs do not depend on one."""
    if not outputs.requires_grad:
        return tuple(torch.zeros_like(leaf) for leaf in leaves)
    return torch.autograd.grad(
        outputs, leaves, cotangent, retain_graph=kept, allow_unused=True, materialize_grads=True
    )


def matrix_of(layer: Layer, part: ModuleLayer) -> Layer:
    """Return a layer as a matrix; a vector stays one that acts by element."""
    return Layer(
        layer.name,
        part.rows,
        part.columns,
        layer.units,
        bias=len(part.names) > 1,
        trained=layer.trained,
        by_element=len(part.shapes[0]) < 2,
    )


def new_module(fields: NetworkPlugIn, ends: Ends) -> Any:
    """Return a plug-in's module, in evaluation mode: what it says of a sample depends on no other.

    Raises:
        Refusal: where the plug-in fails, or its parameters are not those that it said.
    """
    module = asked("network.kind", fields.kind, "to make its module", lambda: fields.module(ends))
    if not isinstance(module, torch.nn.Module):
        raise refused(
            "network.kind", fields.kind, f"makes a {type(module).__name__}, which is no torch.nn.Module"
        )
    has = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    says = {
        name: shape
        for part in module_layers(fields, ends)
        for name, shape in zip(part.names, part.shapes, strict=True)
    }
    if list(has.items()) != list(says.items()):
        raise refused("network.kind", fields.kind, f"has parameters {_shown(has)}, and says {_shown(says)}")
    return module.eval()


def _shown(shapes: dict[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in shapes.items()) or "none"


def module_parameters(fields: NetworkSpec, ends: Ends, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw one replica's parameters: those that train (P,), and those that do not with the module's buffers."""
    assert isinstance(fields, NetworkPlugIn)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = new_module(fields, ends)
    generator = np.random.default_rng([seed, STREAM])
    trained, frozen = [np.empty(0)], [np.empty(0)]
    own = dict(module.named_parameters())
    for layer, part in zip(structure(fields, ends).layers, module_layers(fields, ends), strict=True):
        if fields.init.kind == "module":
            tensors = [own[name].detach().double().flatten().numpy() for name in part.names]
            numbers = fields.init.scale * np.concatenate(tensors)
        else:
            numbers = np.concatenate(
                [a.ravel() for a in drawn_layer(fields.init, matrix_of(layer, part), generator)]
            )
        (trained if layer.trained else frozen).append(numbers)
    buffers = [b.detach().double().flatten().numpy() for b in module.buffers() if b.is_floating_point()]
    return np.concatenate(trained), np.concatenate([*frozen, *buffers])


def measured(network: Network, theta: Tensor) -> Network:
    """Return a network whose degree is known: measured by Euler's identity at random inputs, around theta (R, P).

    Source: f(c theta) = c^L f(theta) for all c > 0 if and only if <grad f, theta> = L f (Euler).
    """
    assert isinstance(network.fields, NetworkPlugIn)
    note_degree(network.fields, network.ends, _measure(network.one(0).in_float64(), theta[:1].cpu().double()))
    return network.times(1)


def _measure(network: Network, theta: Tensor) -> MeasuredDegree:
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    x = normal(1, TRIED, network.ends.inputs)
    spread = float(theta.square().mean().sqrt()) or 1.0
    places = [radius * (theta + spread * normal(*theta.shape)) for radius in RADII]
    radial, outputs, largest = [], [], []
    for place in places:
        weights = network.views(place)
        values, tape = network.forward(weights, x)
        for c in range(network.outputs_count):
            unit = torch.zeros_like(values)
            unit[..., c] = 1
            radial.append(network.radial_derivative(weights, tape, unit).flatten())
            outputs.append(values[..., c].flatten())
            largest.append(values.abs().max().expand_as(outputs[-1]))
    slope, f, size = torch.cat(radial), torch.cat(outputs), torch.cat(largest).clamp(min=1e-300)
    ratio, weighed = slope / size, f / size
    degree = float((ratio * weighed).sum() / weighed.square().sum().clamp(min=1e-300))
    if abs(2 * degree - round(2 * degree)) < 2 * WHOLE:
        degree = round(2 * degree) / 2
    return MeasuredDegree(degree, float((ratio - degree * weighed).abs().max()))
