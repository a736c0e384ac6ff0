"""Degrees of homogeneity from structure alone, checked on the numbers: f(c theta) = c^L f(theta), or not."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.experiment.networks import NETWORK_KINDS, MlpSpec, NetworkSpec
from engine.experiment.structure import Ends, Structure, layer_names, memory_bytes, structure
from engine.experiment.structure.activations import DEFECT, STEEPEST
from tests.engine.networks.plain_networks import ACTIVATIONS, BIASES, activated, plain_outputs

Said = dict[str, Any]
SAMPLES = 6
ENDS = Ends(4, 2, (2, 2), SAMPLES)
SHAPES: list[Said] = [
    {"kind": "mlp"},
    {"kind": "mlp", "widths": (3,)},
    {"kind": "mlp", "widths": (3, 2)},
    {"kind": "conv", "channels": (2,), "widths": (3,)},
    {"kind": "conv", "channels": (2, 2), "pool": "average"},
    {"kind": "residual", "width": 3, "blocks": 1},
    {"kind": "residual", "width": 2, "blocks": 2},
    {"kind": "diagonal"},
    {"kind": "diagonal", "depth": 3},
    {"kind": "no-rotation", "width": 4},
    {"kind": "free-features", "features": 3},
    {"kind": "quasi"},
    {"kind": "attention"},
    {"kind": "attention", "form": "factored", "rank": 3},
]


def fields_of(said: Said) -> NetworkSpec:
    return NETWORK_KINDS[said["kind"]].model_validate(said)


def normal(seed: int, *size: int) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def exponents(fields: NetworkSpec, scale: float) -> Tensor:
    """Return log|f(c theta)/f(theta)| / log c over random parameters, frozen parameters and inputs."""
    shape = structure(fields, ENDS)
    frozen_count = shape.all_parameters - shape.parameters + shape.constants
    found = []
    for seed in range(8):
        theta, frozen = normal(seed, shape.parameters), normal(seed + 50, frozen_count)
        x = normal(seed + 100, SAMPLES, 4) if shape.generalises else torch.eye(SAMPLES, dtype=torch.float64)
        before = plain_outputs(fields, theta, frozen, x, ENDS)
        after = plain_outputs(fields, scale * theta, frozen, x, ENDS)
        alive = before.abs() > 1e-6
        found.append((after / before).abs().log()[alive] / math.log(scale))
    return torch.cat(found)


def variants(said: Said) -> list[Said]:
    """Return every bias mode and set of trained layers."""
    fields = NETWORK_KINDS[said["kind"]].model_fields
    modes = {"mlp": BIASES, "conv": BIASES}.get(said["kind"], ("",))
    names = layer_names(fields_of(said))
    trains = ["all", *(s for size in range(1, len(names)) for s in combinations(names, size))]
    if len(names) > 4:
        trains = ["all", *((name,) for name in names)]
    assert ("bias" in fields) == (modes != ("",))
    return [
        {**said, **({"bias": bias} if bias else {}), "train": train} for bias in modes for train in trains
    ]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_degrees_hold_on_the_numbers(activation: str) -> None:
    for base in SHAPES:
        for said in variants(base):
            if "activation" in NETWORK_KINDS[said["kind"]].model_fields:
                said = {**said, "activation": activation}
            elif activation != "relu":
                continue
            fields = fields_of(said)
            check_degree(said, fields, structure(fields, ENDS))


def check_degree(said: Said, fields: NetworkSpec, shape: Structure) -> None:
    measured = exponents(fields, 1.7)
    if shape.degree is None:
        assert measured.max() - measured.min() > 1e-3, f"{said} is homogeneous after all"
        assert shape.exact_layer_degrees == () and shape.why_not
        return
    assert shape.why_not == "" and shape.order is None and shape.exponent == shape.degree
    for found in (measured, exponents(fields, 0.3)):
        assert torch.allclose(found, torch.full_like(found, shape.degree), atol=1e-8), said
    names = [layer.name for layer in shape.layers if layer.trained]
    if shape.exact_layer_degrees:
        assert sum(shape.exact_layer_degrees) == shape.degree
        for name, degree in zip(names, shape.exact_layer_degrees, strict=True):
            alone = exponents(fields_of({**said, "train": (name,)}), 1.7)
            assert torch.allclose(alone, torch.full_like(alone, degree), atol=1e-8), (said, name)


@pytest.mark.parametrize(
    ("said", "degree"),
    [
        ({"kind": "mlp", "widths": (4,), "activation": "relu2"}, 3),
        ({"kind": "mlp", "widths": (4, 4), "activation": "relu2"}, 7),
        ({"kind": "mlp", "widths": (4, 4, 4), "activation": "relu2"}, 15),
        ({"kind": "mlp", "widths": (4,), "activation": "relu3"}, 4),
        ({"kind": "mlp"}, 1),
        ({"kind": "conv", "channels": (8, 16), "widths": (10,)}, 4),
        ({"kind": "diagonal", "depth": 5}, 5),
        ({"kind": "no-rotation"}, 2),
        ({"kind": "free-features"}, 2),
    ],
)
def test_degrees_of_the_papers(said: Said, degree: int) -> None:
    assert structure(fields_of(said), ENDS).degree == degree


@pytest.mark.parametrize(
    ("said", "order"),
    [
        ({"kind": "mlp", "widths": (8,), "activation": "gelu", "bias": "first"}, 2),
        ({"kind": "mlp", "widths": (8, 8), "bias": "all"}, 3),
        ({"kind": "mlp", "widths": (8,), "activation": "relu2", "bias": "all"}, 3),
        ({"kind": "mlp", "widths": (8,), "activation": "tanh"}, None),
        ({"kind": "mlp", "widths": (8,), "activation": "gelu", "train": ("W1",)}, None),
        ({"kind": "residual", "blocks": 1}, 4),
        ({"kind": "residual", "blocks": 2}, 6),
        ({"kind": "residual", "blocks": 1, "activation": "relu2"}, 6),
        ({"kind": "no-rotation", "activation": "silu"}, 2),
        ({"kind": "quasi"}, None),
    ],
)
def test_orders_of_near_homogeneous_networks(said: Said, order: int | None) -> None:
    """f(r theta)/r^M has a limit that is not 0; test_near.py has the bounds."""
    fields = fields_of(said)
    shape = structure(fields, ENDS)
    assert shape.degree is None and shape.order == order == shape.exponent
    if order is not None:
        theta, frozen, x = normal(1, shape.parameters), normal(2, shape.constants), normal(3, SAMPLES, 4)
        limits = [plain_outputs(fields, r * theta, frozen, x, ENDS) / r**order for r in (1e6, 1e7)]
        assert torch.allclose(limits[0], limits[1], rtol=1e-3, atol=1e-5) and limits[1].abs().max() > 1e-3


def test_quasi_homogeneity_on_the_numbers() -> None:
    """By Kunin et al.: f(e^(a Lambda) theta) = e^a f(theta)."""
    fields = fields_of({"kind": "quasi"})
    shape = structure(fields, ENDS)
    theta, x = normal(1, shape.parameters), normal(2, SAMPLES, 4)
    by_name = dict(shape.weights)
    rates = torch.cat([torch.full((layer.size,), by_name[layer.name]) for layer in shape.layers]).double()
    for a in (-1.3, 0.4, 2.0):
        moved = plain_outputs(fields, (a * rates).exp() * theta, torch.empty(0), x, ENDS)
        assert torch.allclose(moved, math.exp(a) * plain_outputs(fields, theta, torch.empty(0), x, ENDS))


@pytest.mark.parametrize(
    ("name", "constant"), [("gelu", 0.29353), ("silu", 0.43923), ("softplus", math.log(2))]
)
def test_constants_of_near_homogeneity(name: str, constant: float) -> None:
    """By search on a fine grid: sup |z phi' - phi| (theory section 3), and the largest slope."""
    z = torch.linspace(-60, 60, 2_000_001, dtype=torch.float64).requires_grad_()
    value = activated(name, z)
    (slope,) = torch.autograd.grad(value.sum(), z)
    found = (z * slope - value).abs().max().item()
    assert found == pytest.approx(constant, abs=1e-5) and found == pytest.approx(DEFECT[name], abs=1e-8)
    assert STEEPEST[name] - 1e-6 < slope.abs().max().item() <= STEEPEST[name] + 1e-12


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", BIASES)
def test_parameters_are_counted(activation: str, bias: str) -> None:
    fields = MlpSpec.model_validate(
        {"kind": "mlp", "widths": (4, 3), "activation": activation, "bias": bias, "train": ("W2",)}
    )
    pieces = 2 if activation == "maxout" else 1
    first, second, third = (
        4 * pieces * (5 + (bias != "none")),
        3 * pieces * (4 + (bias == "all")),
        3 + (bias == "all"),
    )
    shape = structure(fields, Ends(5, 1))
    assert (shape.parameters, shape.all_parameters) == (second, first + second + third)
    assert [layer.name for layer in shape.layers if layer.trained] == ["W2"]


def test_memory_grows_with_everything() -> None:
    def bytes_of(width: int = 10, samples: int = 20, replicas: int = 1, itemsize: int = 8) -> int:
        fields = MlpSpec(kind="mlp", widths=(width,))
        return memory_bytes(fields, Ends(2, 1, samples=samples), replicas, itemsize)

    small = bytes_of()
    assert bytes_of(width=20) > small and bytes_of(samples=40) > small
    assert bytes_of(replicas=3) == 3 * small and bytes_of(itemsize=4) == small / 2
    conv = fields_of({"kind": "conv"})
    assert memory_bytes(conv, Ends(784, 1, (28, 28), 20), 1) > memory_bytes(conv, Ends(64, 1, (8, 8), 20), 1)
