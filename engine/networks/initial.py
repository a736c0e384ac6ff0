"""Initial parameters, drawn by NumPy so that every device and torch version starts alike."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..experiment.networks import Init, Mlp
from ..experiment.structure import Layer, structure

STREAM = 1
"""Keeps the draws of initial parameters apart from those of data and batches."""


def initial_parameters(
    fields: Mlp, inputs: int, outputs: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw one replica's parameters: those that train (P,) and those that do not."""
    generator = np.random.default_rng([seed, STREAM])
    layers = structure(fields, inputs, outputs).layers
    drawn = [_layer(fields.init, layer, generator) for layer in layers]
    if fields.init.symmetrized:
        _symmetrize(drawn, layers, pieces=2 if fields.activation == "maxout" else 1)
    trained = [_flat(w, b) for (w, b), layer in zip(drawn, layers, strict=True) if layer.trained]
    frozen = [_flat(w, b) for (w, b), layer in zip(drawn, layers, strict=True) if not layer.trained]
    return np.concatenate(trained), np.concatenate(frozen) if frozen else np.empty(0)


def _layer(
    init: Init, layer: Layer, generator: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
            weight = init.scale * np.eye(*shape)
        case "zeros":
            weight = np.zeros(shape)
    bias = init.bias * generator.standard_normal(layer.rows) if layer.bias else np.empty(0)
    return weight, bias


def _symmetrize(
    drawn: list[tuple[NDArray[np.float64], NDArray[np.float64]]], layers: tuple[Layer, ...], pieces: int
) -> None:
    """Pair the last hidden layer's units: the same incoming weights, opposite outgoing ones, so that f = 0."""
    (incoming, incoming_bias), (outgoing, outgoing_bias) = drawn[-2], drawn[-1]
    half = layers[-2].units // 2
    for piece in range(pieces):
        start = piece * layers[-2].units
        incoming[start + half : start + 2 * half] = incoming[start : start + half]
        if incoming_bias.size:
            incoming_bias[start + half : start + 2 * half] = incoming_bias[start : start + half]
    outgoing[:, half:] = -outgoing[:, :half]
    outgoing_bias[:] = 0


def _flat(weight: NDArray[np.float64], bias: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([weight.ravel(), bias])
