"""Which norm a network and an optimizer induce: no parameters do better, constructed ones do as well."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.references import (
    InducedNorm,
    diagonal_network_norm,
    f1_margin,
    linear_network_norm,
    linear_reference,
    relu_network_norm,
)
from engine.references.induced_norm import ParameterNorm
from tests.engine.references.samples import around_centres, separable

Array = NDArray[np.float64]
Layers = list[Array]
TRIED = 300


def size(parameters: Layers, norm: ParameterNorm, exponent: float) -> float:
    """Return the norm over all parameters."""
    if norm == "spectral":
        return max(float(np.linalg.norm(layer, 2)) for layer in parameters)
    flat = np.concatenate([layer.ravel() for layer in parameters])
    return float(np.linalg.norm(flat, {"l1": 1, "l2": 2, "linf": np.inf, "lp": exponent}[norm]))


def check_bound(
    found: InducedNorm,
    norm: ParameterNorm,
    best: Layers,
    margin: Callable[[Layers], float],
    gamma: float,
    exponent: float = np.nan,
) -> None:
    """Check that the best parameters attain factor * gamma, and none near them or far away exceed it."""
    bound = found.factor * gamma
    assert margin(best) / size(best, norm, exponent) ** found.degree == pytest.approx(bound, rel=1e-9)
    generator = np.random.default_rng(0)
    scale = max(np.abs(layer).max() for layer in best)
    for index in range(TRIED):
        spread = scale * 10.0 ** -(index % 6)
        start = 0.0 if index % 6 == 0 else 1.0
        tried = [start * layer + spread * generator.normal(size=layer.shape) for layer in best]
        assert margin(tried) <= bound * size(tried, norm, exponent) ** found.degree * (1.0 + 1e-9)


def product(layers: Layers) -> Array:
    """Return W_L ... W_1."""
    return reduce(lambda below, layer: layer @ below, layers)


@pytest.mark.parametrize("widths", [(), (3,), (4, 2), (1, 5, 2)])
@pytest.mark.parametrize("norm", ["l1", "l2", "linf", "spectral"])
def test_deep_linear_networks_of_one_output(widths: tuple[int, ...], norm: ParameterNorm) -> None:
    points = separable(1, 20, 4)
    labels = np.where(np.arange(20) % 2, 1.0, -1.0)
    found = linear_network_norm(norm, widths, inputs=4)
    assert found.norm == norm
    assert found.degree == len(widths) + 1
    reference = linear_reference(points * labels[:, None], labels, 1, found.norm)
    assert reference.solution is not None
    w = reference.solution
    shapes = zip([*widths, 1], [4, *widths], strict=True)
    if norm == "linf":
        best = [np.ones(shape) for shape in shapes]
        best[0][:] = w
    else:
        best = [np.zeros(shape) for shape in shapes]
        for layer in best:
            layer[0, 0] = 1.0
        best[0][0] = w
    check_bound(found, norm, best, lambda layers: float((points @ product(layers)[0]).min()), reference.value)


@pytest.mark.parametrize("exponent", [1.3, 4.0])
@pytest.mark.parametrize("widths", [(), (3,), (4, 2)])
def test_deep_linear_networks_of_one_output_in_lp(widths: tuple[int, ...], exponent: float) -> None:
    points = separable(1, 20, 4)
    labels = np.where(np.arange(20) % 2, 1.0, -1.0)
    found = linear_network_norm("lp", widths, inputs=4, exponent=exponent)
    reference = linear_reference(points * labels[:, None], labels, 1, "lp", exponent)
    assert reference.solution is not None
    best = [np.full(shape, float(exponent > 2)) for shape in zip([*widths, 1], [4, *widths], strict=True)]
    for layer in best:
        layer[0, 0] = 1.0
    best[0][slice(None) if exponent > 2 else 0] = reference.solution
    # every layer is as long as the others
    best = [layer / np.linalg.norm(layer.ravel(), exponent) for layer in best]
    check_bound(
        found,
        "lp",
        best,
        lambda layers: float((points @ product(layers)[0]).min()),
        reference.value,
        exponent,
    )


@pytest.mark.parametrize(
    ("exponent", "depth", "norm"), [(3.0, 1, 3.0), (3.0, 3, 1.0), (5.0, 2, 2.5), (9.0, 3, 3.0)]
)
def test_diagonal_networks_in_lp(exponent: float, depth: int, norm: float) -> None:
    points = separable(4, 20, 4)
    labels = np.where(np.arange(20) % 2, 1.0, -1.0)
    found = diagonal_network_norm("lp", depth, exponent)
    assert found.exponent == pytest.approx(norm)
    reference = linear_reference(points * labels[:, None], labels, 1, "lp", norm)
    assert reference.solution is not None
    w = reference.solution
    roots = np.sign(w) * (np.abs(w) / (2 if depth % 2 else 1)) ** (1 / depth)
    best = [roots, -roots] if depth % 2 else [np.where(w > 0, roots, 0.0), np.where(w < 0, roots, 0.0)]
    check_bound(
        found,
        "lp",
        best,
        lambda layers: float((points @ (layers[0] ** depth - layers[1] ** depth)).min()),
        reference.value,
        exponent,
    )


@pytest.mark.parametrize("norm", ["l1", "l2", "linf", "spectral"])
def test_biases_of_the_first_layer_are_a_constant_input(norm: ParameterNorm) -> None:
    # A network of one hidden unit, f = a (v . x + b): the bound on (x, 1), through the first layer's biases.
    points = separable(2, 20, 3)
    labels = np.where(np.arange(20) % 2, 1.0, -1.0)
    x = np.column_stack([points[:, :2] * labels[:, None], np.ones(20)])
    x[:, 0] += 3.0 * labels
    found = linear_network_norm(norm, (1,), biases="first")
    reference = linear_reference(x, labels, 1, norm)
    assert reference.solution is not None
    best = [reference.solution[None, :], np.ones((1, 1))]
    check_bound(
        found, norm, best, lambda layers: float((labels * (x @ product(layers)[0])).min()), reference.value
    )


@pytest.mark.parametrize("norm", ["l1", "l2", "linf", "spectral"])
def test_a_layer_of_several_outputs_has_the_norm_itself(norm: ParameterNorm) -> None:
    x, labels = around_centres(1, 30, 4, 3)
    found = linear_network_norm(norm, outputs=3, inputs=4)
    reference = linear_reference(x, labels, 3, norm)
    assert reference.solution is not None
    best = [reference.solution.reshape(3, 4)]
    check_bound(found, norm, best, lambda layers: class_margin(layers[0], x, labels), reference.value)


def class_margin(weights: Array, x: Array, labels: NDArray[np.int64]) -> float:
    """Return the smallest multi-class margin of x -> W x."""
    scores = x @ weights.T
    own = scores[np.arange(len(x)), labels][:, None]
    scores[np.arange(len(x)), labels] = -np.inf
    return float((own - scores).min())


def test_deep_linear_networks_of_several_outputs_in_the_spectral_norm() -> None:
    x, labels = around_centres(2, 30, 5, 3)
    found = linear_network_norm("spectral", (2, 4), outputs=3, inputs=5)
    assert (found.norm, found.factor, found.degree) == ("spectral", 1.0, 3)
    reference = linear_reference(x, labels, 3, "spectral")
    assert reference.solution is not None
    left, sizes, right = np.linalg.svd(reference.solution.reshape(3, 5))
    best = [sizes[:2, None] * right[:2], np.eye(4, 2), left[:, :2] @ np.eye(2, 4)]
    check_bound(
        found, "spectral", best, lambda layers: class_margin(product(layers), x, labels), reference.value
    )


def test_a_narrow_layer_limits_the_rank() -> None:
    found = linear_network_norm("spectral", (4, 1), outputs=3, inputs=5)
    assert found.norm is None
    assert "1 units" in found.reason
    # Two classes, and inputs on a line, need no more than rank one.
    assert linear_network_norm("spectral", (4, 1), outputs=2, inputs=5).norm == "spectral"
    assert linear_network_norm("spectral", (4, 1), outputs=3, inputs=1).norm == "spectral"


@pytest.mark.parametrize(
    ("norm", "depth"),
    [("l2", 1), ("l2", 2), ("l1", 1), ("linf", 1), ("linf", 2), ("linf", 3), ("linf", 4)],
)
def test_diagonal_networks(norm: ParameterNorm, depth: int) -> None:
    points = separable(3, 20, 4)
    found = diagonal_network_norm(norm, depth)
    assert found.degree == depth
    assert found.norm is not None
    labels = np.where(np.arange(20) % 2, 1.0, -1.0)
    reference = linear_reference(points * labels[:, None], labels, 1, found.norm)
    assert reference.solution is not None
    w = reference.solution
    if depth % 2 and norm != "l1":
        root = np.sign(w) * np.abs(w / 2.0) ** (1.0 / depth)
        best = [root, -root]
    else:
        best = [np.maximum(w, 0.0) ** (1.0 / depth), np.maximum(-w, 0.0) ** (1.0 / depth)]

    def margin(parameters: Layers) -> float:
        return float((points @ (parameters[0] ** depth - parameters[1] ** depth)).min())

    check_bound(found, norm, best, margin, reference.value)


def test_two_layer_relu_networks() -> None:
    angles = 2.0 * np.pi * np.arange(8) / 8.0 + 0.13
    x = np.column_stack([np.cos(angles), np.sin(angles)])
    labels = np.sign(x[:, 0] * x[:, 1])
    found = relu_network_norm("l2", (20,))
    assert (found.norm, found.factor, found.degree) == ("variation", 0.5, 2)
    reference = f1_margin(x, labels)
    assert reference.solution is not None and reference.directions is not None
    roots = np.sqrt(np.abs(reference.solution))
    best = [roots[:, None] * reference.directions, np.sign(reference.solution) * roots]

    def margin(parameters: Layers) -> float:
        return float((labels * (np.maximum(x @ parameters[0].T, 0.0) @ parameters[1])).min())

    check_bound(found, "l2", best, margin, reference.value)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (linear_network_norm("l2", (5,), outputs=3), "nuclear norm"),
        (linear_network_norm("l2", (5, 5), outputs=3), "index 2/3"),
        (linear_network_norm("l1", (5,), outputs=3), "rank-one terms"),
        (linear_network_norm("l2", (5,), biases="all"), "inhomogeneous"),
        (diagonal_network_norm("l2", 3), "index 2/3"),
        (diagonal_network_norm("l1", 2), "index 1/2"),
        (diagonal_network_norm("spectral", 2), "vectors"),
        (relu_network_norm("l1", (5,)), "l2 norm"),
        (relu_network_norm("l2", (5, 5)), "two-layer"),
        (relu_network_norm("l2", (5,), outputs=3), "two classes"),
        (relu_network_norm("l2", (5,), biases="all"), "inhomogeneous"),
    ],
)
def test_what_has_no_reference_says_why(found: InducedNorm, sentence: str) -> None:
    assert found.norm is None
    assert np.isnan(found.factor)
    assert sentence in found.reason


def test_biases_of_a_single_layer_are_a_constant_input_wherever_they_are_said_to_be() -> None:
    assert linear_network_norm("l2", biases="all") == linear_network_norm("l2", biases="first")
