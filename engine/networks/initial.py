"""Initial parameters, drawn by NumPy so that every device and torch version starts alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..experiment.networks import (
    NETWORK_KINDS,
    AttentionSpec,
    ConvSpec,
    FreeFeaturesSpec,
    InitSpec,
    LayeredInitSpec,
    MlpSpec,
    NetworkSpec,
    NoRotationSpec,
    QuasiSpec,
)
from ..experiment.registry import Implementations
from ..experiment.structure import Ends, Layer, Structure, structure, token_shape

STREAM = 1
"""Keeps the draws of initial parameters apart from those of data and batches."""

Array = NDArray[np.float64]
Drawn = list[tuple[Array, Array]]
"""Weights (rows, columns) and biases (rows,) or (0,) of every layer."""


def initial_parameters(fields: NetworkSpec, ends: Ends, seed: int) -> tuple[Array, Array]:
    """Draw one replica's parameters: those that train (P,), and those that do not with the network's constants."""
    generator = np.random.default_rng([seed, STREAM])
    shape = structure(fields, ends)
    spread = fields.init.model_copy(update={"scale": fields.init.scale * by_width(fields)})
    drawn = [drawn_layer(spread, layer, generator) for layer in shape.layers]
    start = STARTS.get(fields.kind)
    constants = start(fields, Draw(drawn, shape, ends, generator)) if start is not None else np.empty(0)
    trained = [_flat(w, b) for (w, b), layer in zip(drawn, shape.layers, strict=True) if layer.trained]
    frozen = [_flat(w, b) for (w, b), layer in zip(drawn, shape.layers, strict=True) if not layer.trained]
    return np.concatenate(trained), np.concatenate([*frozen, constants])


def by_width(fields: NetworkSpec) -> float:
    """Return m^(-gamma/2), by which the weights of every layer start smaller in a network of m hidden units."""
    exponent = fields.init.exponent if isinstance(fields.init, LayeredInitSpec) else 0.0
    return float(fields.units()[0] ** (-exponent / 2)) if exponent and fields.units() else 1.0


def drawn_layer(init: InitSpec, layer: Layer, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw the weights (rows, columns) and biases (rows,) or (0,) of a layer."""
    shape = (layer.rows, layer.columns)
    normal = generator.standard_normal(shape)
    match init.kind:
        case "normal":
            weight = init.scale * normal
        case "fan-in":
            weight = init.scale / math.sqrt(layer.columns) * normal
        case "he":
            weight = init.scale * math.sqrt(2 / layer.columns) * normal
        case "identity":
            weight = init.scale * (np.ones(shape) if layer.by_element else np.eye(*shape))
        case "zeros":
            weight = np.zeros(shape)
        case _:
            raise AssertionError("what a module draws itself is drawn there")
    return weight, _biases(init, layer.rows, generator) if layer.bias else np.empty(0)


def _biases(init: InitSpec, count: int, generator: np.random.Generator) -> Array:
    """Return biases of their own spread; with 'identity', where nothing is random, all of that value."""
    normal = generator.standard_normal(count)
    return np.full(count, init.bias) if init.kind == "identity" else init.bias * normal


@dataclass(frozen=True)
class Draw:
    """What a kind of network may change of what was drawn layer by layer."""

    layers: Drawn
    shape: Structure
    ends: Ends
    generator: np.random.Generator


def _balanced_norms(fields: NoRotationSpec, draw: Draw) -> Array:
    """Start with r_j = |a_j| (the norm of a unit's output weights); return the unit directions, flat."""
    rows = draw.shape.layers[0].rows
    outgoing = np.linalg.norm(draw.layers[1][0], axis=0)
    draw.layers[0] = np.tile(outgoing, rows // fields.width)[:, None], np.empty(0)
    directions = draw.generator.standard_normal((rows, draw.ends.inputs))
    units: Array = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return units.ravel()


def _features_of_their_own(fields: FreeFeaturesSpec, draw: Draw) -> Array:
    """Give the features H the spread of a layer that they lead into, times their own scale.

    H is a layer from the samples' numbers, whose count is no fan-in: a sample sees one column.
    """
    weight, none = draw.layers[0]
    if fields.init.kind in ("fan-in", "he"):
        weight = weight * math.sqrt(weight.shape[1] / fields.features)
    draw.layers[0] = weight * fields.feature_scale, none
    return np.empty(0)


def _fixed_head(fields: AttentionSpec, draw: Draw) -> Array:
    """Return the head v (outputs, numbers of a token), flat: unit vectors, which never train."""
    shape = (draw.ends.outputs, token_shape(draw.ends)[1])
    if fields.head == "first":
        return np.eye(shape[1])[np.arange(shape[0]) % shape[1]].ravel()
    vectors = draw.generator.standard_normal(shape)
    units: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units.ravel()


def _alone_like_a_bias(fields: QuasiSpec, draw: Draw) -> Array:
    """Draw b, which enters without a partner, as biases are drawn."""
    if len(draw.layers) > 2:
        count = draw.layers[2][0].size
        draw.layers[2] = _biases(fields.init, count, draw.generator)[:, None], np.empty(0)
    return np.empty(0)


def _symmetrized(fields: MlpSpec | ConvSpec, draw: Draw) -> Array:
    """Pair the last hidden layer's units, if asked to: the same incoming weights, opposite outgoing ones, so f = 0."""
    if fields.init.symmetrized:
        (incoming, incoming_bias), (outgoing, outgoing_bias) = draw.layers[-2], draw.layers[-1]
        units = draw.shape.layers[-2].units
        half = units // 2
        for start in range(0, incoming.shape[0], units):  # a maxout unit has two pieces
            incoming[start + half : start + 2 * half] = incoming[start : start + half]
            if incoming_bias.size:
                incoming_bias[start + half : start + 2 * half] = incoming_bias[start : start + half]
        outgoing[:, half:] = -outgoing[:, :half]
        outgoing_bias[:] = 0
    return np.empty(0)


STARTS = Implementations[NetworkSpec, Callable[[Any, Draw], Array]](
    NETWORK_KINDS,
    {
        MlpSpec: _symmetrized,
        ConvSpec: _symmetrized,
        NoRotationSpec: _balanced_norms,
        FreeFeaturesSpec: _features_of_their_own,
        QuasiSpec: _alone_like_a_bias,
        AttentionSpec: _fixed_head,
    },
)
"""What the kinds change that are more than layers drawn alike; it returns the constants that they draw, flat."""


def _flat(weight: Array, bias: Array) -> Array:
    return np.concatenate([weight.ravel(), bias])
