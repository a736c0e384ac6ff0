"""Degrees of homogeneity from structure alone, checked on the numbers: f(c theta) = c^L f(theta), or not."""

from __future__ import annotations

import math

import pytest
import torch

from engine.experiment.networks import Mlp
from engine.experiment.structure import memory_bytes, structure
from tests.engine.cases import ACTIVATIONS, BIASES, plain_outputs

TRAINED: dict[tuple[int, ...], tuple[str | tuple[str, ...], ...]] = {
    (): ("all", ("W1",)),
    (3,): ("all", ("W1",), ("W2",)),
    (3, 2): ("all", ("W1",), ("W2",), ("W3",), ("W1", "W3"), ("W2", "W3"), ("W1", "W2")),
}
SUBSETS = [(widths, train) for widths, trains in TRAINED.items() for train in trains]


def exponents(fields: Mlp, scale: float) -> torch.Tensor:
    """Return log|f(c theta)/f(theta)| / log c over random parameters, frozen parameters and inputs."""
    shape = structure(fields, 3, 2)
    generator = torch.Generator().manual_seed(5)

    def normal(*size: int) -> torch.Tensor:
        return torch.randn(*size, generator=generator, dtype=torch.float64)

    found = []
    for _ in range(8):
        theta, frozen = normal(shape.parameters), normal(shape.all_parameters - shape.parameters)
        x = normal(6, 3)
        before = plain_outputs(fields, theta, frozen, x, 2)
        after = plain_outputs(fields, scale * theta, frozen, x, 2)
        alive = before.abs() > 1e-6
        found.append((after / before).abs().log()[alive] / math.log(scale))
    return torch.cat(found)


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_degrees_hold_on_the_numbers(activation: str, bias: str) -> None:
    for widths, train in SUBSETS:
        said = {"kind": "mlp", "widths": widths, "train": train, "activation": activation, "bias": bias}
        fields = Mlp.model_validate(said)
        shape = structure(fields, 3, 2)
        measured = exponents(fields, 1.7)
        if shape.degree is None:
            assert measured.max() - measured.min() > 1e-3, f"{said} is homogeneous after all"
            assert shape.exact_layer_degrees == ()
            assert "network.activation" in shape.why_not or "biases of W" in shape.why_not
            continue
        assert shape.why_not == ""
        for found in (measured, exponents(fields, 0.3)):
            assert torch.allclose(found, torch.full_like(found, shape.degree), atol=1e-9), said
        assert sum(shape.exact_layer_degrees) == shape.degree
        names = [layer.name for layer in shape.layers if layer.trained]
        for name, degree in zip(names, shape.exact_layer_degrees, strict=True):
            alone = exponents(Mlp.model_validate({**said, "train": (name,)}), 1.7)
            assert torch.allclose(alone, torch.full_like(alone, degree), atol=1e-9), (said, name)


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
    first, second, third = (
        4 * pieces * (5 + (bias != "none")),
        3 * pieces * (4 + (bias == "all")),
        3 + (bias == "all"),
    )
    shape = structure(fields, 5, 1)
    assert (shape.parameters, shape.all_parameters) == (second, first + second + third)
    assert [layer.name for layer in shape.layers if layer.trained] == ["W2"]


def test_memory_grows_with_everything() -> None:
    small = memory_bytes(Mlp(kind="mlp", widths=(10,)), 2, 1, 20, 1)
    assert memory_bytes(Mlp(kind="mlp", widths=(20,)), 2, 1, 20, 1) > small
    assert memory_bytes(Mlp(kind="mlp", widths=(10,)), 2, 1, 40, 1) > small
    assert memory_bytes(Mlp(kind="mlp", widths=(10,)), 2, 1, 20, 3) == 3 * small
    assert memory_bytes(Mlp(kind="mlp", widths=(10,)), 2, 1, 20, 1, 4) == small / 2
