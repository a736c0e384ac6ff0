"""Initial parameters, drawn by NumPy so that every device and torch version starts alike."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..experiment.networks import (
    ConvSpec,
    FreeFeaturesSpec,
    InitSpec,
    MlpSpec,
    NetworkChoice,
    NoRotationSpec,
    QuasiSpec,
)
from ..experiment.structure import Ends, Layer, Structure, structure

STREAM = 1
"""Keeps the draws of initial parameters apart from those of data and batches."""

Array = NDArray[np.float64]
Drawn = list[tuple[Array, Array]]
"""Weights (rows, columns) and biases (rows,) or (0,) of every layer."""


def initial_parameters(fields: NetworkChoice, ends: Ends, seed: int) -> tuple[Array, Array]:
    """Draw one replica's parameters: those that train (P,), and those that do not with the network's constants."""
    generator = np.random.default_rng([seed, STREAM])
    shape = structure(fields, ends)
    drawn = [_layer(fields.init, layer, generator) for layer in shape.layers]
    constants = np.empty(0)
    match fields:
        case NoRotationSpec():
            constants = _balanced_norms(fields, drawn, shape, ends, generator)
        case FreeFeaturesSpec():
            _features_of_their_own(fields, drawn)
        case QuasiSpec():
            _alone_like_a_bias(fields.init, drawn, generator)
    if isinstance(fields, MlpSpec | ConvSpec) and fields.init.symmetrized:
        _symmetrize(drawn, shape)
    trained = [_flat(w, b) for (w, b), layer in zip(drawn, shape.layers, strict=True) if layer.trained]
    frozen = [_flat(w, b) for (w, b), layer in zip(drawn, shape.layers, strict=True) if not layer.trained]
    return np.concatenate(trained), np.concatenate([*frozen, constants])


def _layer(init: InitSpec, layer: Layer, generator: np.random.Generator) -> tuple[Array, Array]:
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
    return weight, _biases(init, layer.rows, generator) if layer.bias else np.empty(0)


def _biases(init: InitSpec, count: int, generator: np.random.Generator) -> Array:
    """Return biases of their own spread; with 'identity', where nothing is random, all of that value."""
    normal = generator.standard_normal(count)
    return np.full(count, init.bias) if init.kind == "identity" else init.bias * normal


def _balanced_norms(
    fields: NoRotationSpec, drawn: Drawn, shape: Structure, ends: Ends, generator: np.random.Generator
) -> Array:
    """Start with r_j = |a_j| (the norm of a unit's output weights); return the unit directions, flat."""
    outgoing = np.linalg.norm(drawn[1][0], axis=0)
    pieces = shape.layers[0].rows // fields.width
    drawn[0] = np.tile(outgoing, pieces)[:, None], np.empty(0)
    directions = generator.standard_normal((shape.layers[0].rows, ends.inputs))
    units: Array = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return units.ravel()


def _features_of_their_own(fields: FreeFeaturesSpec, drawn: Drawn) -> None:
    """Give the features H the spread of a layer that they lead into, times their own scale.

    H is a layer from the samples' numbers, whose count is no fan-in: a sample sees one column.
    """
    weight, none = drawn[0]
    if fields.init.kind in ("fan-in", "he"):
        weight = weight * math.sqrt(weight.shape[1] / fields.features)
    drawn[0] = weight * fields.feature_scale, none


def _alone_like_a_bias(init: InitSpec, drawn: Drawn, generator: np.random.Generator) -> None:
    """Draw b, which enters without a partner, as biases are drawn."""
    if len(drawn) > 2:
        drawn[2] = _biases(init, drawn[2][0].size, generator)[:, None], np.empty(0)


def _symmetrize(drawn: Drawn, shape: Structure) -> None:
    """Pair the last hidden layer's units: the same incoming weights, opposite outgoing ones, so that f = 0."""
    (incoming, incoming_bias), (outgoing, outgoing_bias) = drawn[-2], drawn[-1]
    units = shape.layers[-2].units
    half = units // 2
    for start in range(0, incoming.shape[0], units):  # a maxout unit has two pieces
        incoming[start + half : start + 2 * half] = incoming[start : start + half]
        if incoming_bias.size:
            incoming_bias[start + half : start + 2 * half] = incoming_bias[start : start + half]
    outgoing[:, half:] = -outgoing[:, :half]
    outgoing_bias[:] = 0


def _flat(weight: Array, bias: Array) -> Array:
    return np.concatenate([weight.ravel(), bias])
