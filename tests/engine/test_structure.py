"""Degrees of homogeneity from structure alone, checked on the numbers: f(c theta) = c^L f(theta), or for no L."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from engine.experiment.networks import Mlp
from engine.experiment.structure import memory_bytes, structure
from tests.engine.cases import ACTIVATIONS, BIASES, plain_outputs

TRAINED = {
    (): ("all", ("W1",)),
    (3,): ("all", ("W1",), ("W2",)),
    (3, 2): ("all", ("W1",), ("W2",), ("W3",), ("W1", "W3"), ("W2", "W3"), ("W1", "W2")),
}
CASES = [
    (widths, train, activation, bias)
    for widths, trains in TRAINED.items()
    for train, activation, bias in itertools.product(trains, ACTIVATIONS, BIASES)
]


def exponents(fields: Mlp, scale: float) -> torch.Tensor:
    """Return log|f(c theta)/f(theta)| / log c over random parameters, frozen parameters and inputs."""
    shape = structure(fields, 3, 2)
    generator = torch.Generator().manual_seed(5)

    def normal(*size: int) -> torch.Tensor:
        return torch.randn(*size, generator=generator, dtype=torch.float64)

    found = []
    for _ in range(12):
        theta, frozen = normal(shape.parameters), normal(shape.all_parameters - shape.parameters)
        x = normal(6, 3)
        before = plain_outputs(fields, theta, frozen, x, 2)
        after = plain_outputs(fields, scale * theta, frozen, x, 2)
        alive = before.abs() > 1e-6
        found.append((after / before).abs().log()[alive] / math.log(scale))
    return torch.cat(found)


@pytest.mark.parametrize(("widths", "train", "activation", "bias"), CASES)
def test_degree_holds_on_the_numbers(
    widths: tuple[int, ...], train: str | tuple[str, ...], activation: str, bias: str
) -> None:
    fields = Mlp.model_validate(
        {"kind": "mlp", "widths": widths, "train": train, "activation": activation, "bias": bias}
    )
    shape = structure(fields, 3, 2)
    measured = exponents(fields, 1.7)
    if shape.degree is None:
        assert measured.max() - measured.min() > 1e-3, f"said not homogeneous ({shape.why_not}), but is"
        assert shape.exact_layer_degrees == ()
        assert "network.activation" in shape.why_not or "biases of W" in shape.why_not
    else:
        assert shape.why_not == ""
        assert torch.allclose(measured, torch.full_like(measured, shape.degree), atol=1e-9)
        assert torch.allclose(exponents(fields, 0.3), measured.new_tensor(shape.degree), atol=1e-9)
        assert sum(shape.exact_layer_degrees) == shape.degree


@pytest.mark.parametrize(("widths", "train", "activation", "bias"), CASES)
def test_layer_degrees_hold_layer_by_layer(
    widths: tuple[int, ...], train: str | tuple[str, ...], activation: str, bias: str
) -> None:
    said = {"kind": "mlp", "widths": widths, "train": train, "activation": activation, "bias": bias}
    shape = structure(Mlp.model_validate(said), 3, 2)
    if shape.degree is None:
        return
    names = [layer.name for layer in shape.layers if layer.trained]
    for name, degree in zip(names, shape.exact_layer_degrees, strict=True):
        alone = Mlp.model_validate({**said, "train": (name,)})
        if structure(alone, 3, 2).degree is None:
            # a bias below a frozen layer scales alone with what is trained above it, and only there
            continue
        measured = exponents(alone, 1.7)
        assert torch.allclose(measured, torch.full_like(measured, degree), atol=1e-9)


@pytest.mark.parametrize(
    ("activation", "widths", "degree"),
    [("relu2", (4,), 3), ("relu2", (4, 4), 7), ("relu2", (4, 4, 4), 15), ("relu3", (4,), 4), ("relu", (), 1)],
)
def test_degrees_of_the_papers(activation: str, widths: tuple[int, ...], degree: int) -> None:
    fields = Mlp.model_validate({"kind": "mlp", "widths": widths, "activation": activation})
    assert structure(fields, 2, 1).degree == degree


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", BIASES)
def test_parameters_are_counted(activation: str, bias: str) -> None:
    fields = Mlp.model_validate(
        {"kind": "mlp", "widths": (4, 3), "activation": activation, "bias": bias, "train": ("W2",)}
    )
    pieces = 2 if activation == "maxout" else 1
    first, second, third = 4 * pieces * (5 + (bias != "none")), 3 * pieces * (4 + (bias == "all")), 3 + (bias == "all")
    shape = structure(fields, 5, 1)
    assert (shape.parameters, shape.all_parameters) == (second, first + second + third)
    assert [layer.name for layer in shape.layers if layer.trained] == ["W2"]


def test_memory_grows_with_everything() -> None:
    small = memory_bytes(Mlp(kind="mlp", widths=(10,)), 2, 1, 20, 1)
    assert memory_bytes(Mlp(kind="mlp", widths=(20,)), 2, 1, 20, 1) > small
    assert memory_bytes(Mlp(kind="mlp", widths=(10,)), 2, 1, 40, 1) > small
    assert memory_bytes(Mlp(kind="mlp", widths=(10,)), 2, 1, 20, 3) == 3 * small
    assert memory_bytes(Mlp(kind="mlp", widths=(10,)), 2, 1, 20, 1, 4) == small / 2
