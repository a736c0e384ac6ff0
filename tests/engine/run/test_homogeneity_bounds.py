"""Near-homogeneity: Cai et al.'s polynomials bound what they say they bound, and f_H is the limit of f(r theta)/r^M."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.experiment.networks import NETWORK_KINDS
from engine.experiment.structure import Ends, near_homogeneity, structure
from engine.experiment.structure.activations import DEFECT, STEEPEST
from engine.networks import build
from tests.engine.networks.plain_networks import plain_outputs

Said = dict[str, Any]
CPU = torch.device("cpu")
ENDS = Ends(9, 1, (3, 3), 5)
NEAR: dict[str, Said] = {
    "gelu": {"kind": "mlp", "widths": (6,), "activation": "gelu", "bias": "first"},
    "silu, deep": {"kind": "mlp", "widths": (4, 5), "activation": "silu", "bias": "all"},
    "softplus": {"kind": "mlp", "widths": (4, 3), "activation": "softplus", "bias": "all"},
    "relu with biases": {"kind": "mlp", "widths": (5, 4), "bias": "all"},
    "leaky relu with biases": {
        "kind": "mlp",
        "widths": (5,),
        "bias": "all",
        "activation": "leaky-relu",
        "negative_slope": 0.5,
    },
    "linear with biases": {"kind": "mlp", "widths": (3, 3), "activation": "linear", "bias": "all"},
    "maxout with biases": {"kind": "mlp", "widths": (3, 3), "activation": "maxout", "bias": "all"},
    "squared relu with biases": {"kind": "mlp", "widths": (4, 3), "activation": "relu2", "bias": "all"},
    "cubed relu with biases": {"kind": "mlp", "widths": (4,), "activation": "relu3", "bias": "all"},
    "scaled output": {"kind": "mlp", "widths": (4,), "activation": "gelu", "output_scale": 3.0},
    "convolution": {"kind": "conv", "channels": (2, 3), "activation": "gelu", "bias": "first"},
    "convolution with biases": {"kind": "conv", "channels": (2, 3), "widths": (3,), "bias": "all"},
    "convolution, averaged": {
        "kind": "conv",
        "channels": (3,),
        "activation": "softplus",
        "pool": "average",
        "widths": (4,),
    },
    "residual": {"kind": "residual", "width": 4, "blocks": 2},
    "residual gelu": {"kind": "residual", "width": 4, "blocks": 1, "activation": "gelu"},
    "residual, four blocks": {"kind": "residual", "width": 3, "blocks": 4, "activation": "softplus"},
    "residual squared": {"kind": "residual", "width": 3, "blocks": 1, "activation": "relu2"},
    "no rotation": {"kind": "no-rotation", "width": 6, "activation": "silu"},
}


def drawn(case: str, seed: int, scale: float) -> tuple[Any, Tensor, Tensor]:
    """Return a network with random parameters (1, P) of some size, and inputs (1, N, 9)."""
    fields = NETWORK_KINDS[NEAR[case]["kind"]].model_validate(NEAR[case])
    network, theta = build([fields], [seed], ENDS, torch.float64, CPU)  # type: ignore[list-item]
    generator = torch.Generator().manual_seed(seed)
    theta = scale * torch.randn(theta.shape, generator=generator, dtype=torch.float64)
    return network, theta, torch.randn(1, ENDS.samples, 9, generator=generator, dtype=torch.float64)


def terms_at(network: Any, x: Tensor, norm: float) -> tuple[float, float]:
    """Return p'(norm) and p_a(norm)."""
    near = near_homogeneity(network.fields, network.structure, ENDS, x.norm(dim=-1).max().item())
    assert near is not None and near.order == network.structure.order
    return tuple(
        sum(c * norm**i for i, c in enumerate(coefficients)) for coefficients in (near.defect, near.distance)
    )  # type: ignore[return-value]


def largest_defect(network: Any, theta: Tensor, x: Tensor) -> float:
    """Return max over samples of |<grad f, theta> - M f|."""
    f, tape = network.forward(network.views(theta), x)
    radial = network.radial_derivative(network.views(theta), tape, torch.ones_like(f))
    return (radial - network.structure.order * f.squeeze(-1)).abs().max().item()


@pytest.mark.parametrize("case", NEAR)
@settings(max_examples=20)
@given(seed=st.integers(0, 1000), scale=st.floats(0.02, 20))
def test_the_polynomials_are_bounds(case: str, seed: int, scale: float) -> None:
    network, theta, x = drawn(case, seed, scale)
    defect, distance = terms_at(network, x, theta.norm().item())
    f, _ = network.forward(network.views(theta), x)
    rounding = 1e-9 * (f.abs().max().item() + 1)
    assert largest_defect(network, theta, x) <= defect + rounding
    assert (f - network.homogenized(theta, x)).abs().max().item() <= distance + rounding


@pytest.mark.parametrize("case", NEAR)
def test_homogenization_is_the_limit(case: str) -> None:
    network, theta, x = drawn(case, 3, 1.0)
    limit, order = network.homogenized(theta, x), network.structure.order
    differences = []
    for r in (1e4, 1e5):
        far = plain_outputs(network.fields, r * theta[0], network.frozen[0], x[0], ENDS) / r**order
        differences.append((far - limit[0]).abs().max().item())
    assert differences[0] < 1e-2 * limit.abs().max().item()
    assert differences[1] < 0.11 * differences[0] + 1e-12  # of lower degree by one at least


@pytest.mark.parametrize("case", NEAR)
def test_the_two_polynomials_belong_together(case: str) -> None:
    """By theory section 3: M p_a - x p_a' = p', and neither has a term of degree M."""
    network, _, _ = drawn(case, 1, 1.0)
    near = near_homogeneity(network.fields, network.structure, ENDS, 1.7)
    assert near is not None and len(near.defect) == len(near.distance) == near.order
    for i, (c, a) in enumerate(zip(near.defect, near.distance, strict=True)):
        assert c >= 0 and near.order * a - i * a == pytest.approx(c)


@pytest.mark.parametrize(
    ("name", "constant"), [("gelu", 0.29353), ("silu", 0.43923), ("softplus", math.log(2))]
)
def test_two_layers_have_the_bound_of_the_theory(name: str, constant: float) -> None:
    """By theory section 3: p'(rho) = p_a(rho) = kappa sqrt(m) rho; weights and an output bias share the last layer."""
    for bias, output_bias in (("first", 0.0), ("all", 1.0)):
        said = {"kind": "mlp", "widths": (8,), "activation": name, "bias": bias}
        fields = NETWORK_KINDS["mlp"].model_validate(said)
        near = near_homogeneity(fields, structure(fields, ENDS), ENDS, 1.0)  # type: ignore[arg-type]
        assert near is not None and near.order == 2
        assert near.defect == pytest.approx((0.0, math.hypot(constant * math.sqrt(8), output_bias)), abs=1e-4)
        assert near.distance == pytest.approx(near.defect)


@pytest.mark.parametrize("blocks", [1, 2, 3, 4])
def test_relu_blocks_have_the_bound_of_the_theory_and_reach_it(blocks: int) -> None:
    """By theory section 3, Maclaurin's inequality: what k of B blocks give; parameters of rank one come to it."""
    said = {"kind": "residual", "width": 5, "blocks": blocks}
    fields = NETWORK_KINDS["residual"].model_validate(said)
    network, theta = build([fields], [0], ENDS, torch.float64, CPU)  # type: ignore[list-item]
    x = torch.ones(1, 1, 9, dtype=torch.float64)
    near = near_homogeneity(fields, network.structure, ENDS, 3.0)  # type: ignore[arg-type]
    assert near is not None and near.order == 2 * blocks + 2
    for k in range(blocks):
        shares = 1 / (2 * k + 2)  # of the first and the last layer each; blocks have the rest
        symmetric = math.comb(blocks, k) * (shares * k / blocks) ** k
        expected = 3.0 * 2 * (blocks - k) * shares * symmetric
        assert expected <= near.defect[2 * k + 2] <= 1.005 * expected
    rho, ends = 1e4, 1 / (2 * blocks)  # their shares at the highest degree
    within = (1 - 2 * ends) / (2 * blocks)
    for layer, share in zip(network.views(theta), [ends, *[within] * (2 * blocks), ends], strict=True):
        layer.weight.fill_(rho * math.sqrt(share / layer.weight.numel()))
    defect, _ = terms_at(network, x, rho)
    assert 0.99 * defect <= largest_defect(network, theta, x) <= defect


def test_three_gelu_layers_with_biases_come_within_the_steepest_slope_of_the_bound() -> None:
    """By theory section 3: units at sqrt 2, where their defect is largest, and weights of rank one above them."""
    fields = NETWORK_KINDS["mlp"].model_validate(
        {"kind": "mlp", "widths": (8, 8), "activation": "gelu", "bias": "all"}
    )
    network, theta = build([fields], [0], ENDS, torch.float64, CPU)  # type: ignore[list-item]
    x, rho, units = torch.full((1, 1, 9), 1 / 3, dtype=torch.float64), 1e4, DEFECT["gelu"] * math.sqrt(8)
    first, second, last = network.views(theta.zero_())
    first.weight.fill_(math.sqrt(2) / 3)
    share = rho / math.sqrt(2) / math.hypot(units, 1.0)
    second.weight.fill_(share * units / 8)
    assert second.bias is not None
    second.bias.fill_(-share / math.sqrt(8))
    last.weight.fill_(rho / math.sqrt(2) / math.sqrt(8))
    defect, _ = terms_at(network, x, theta.norm().item())
    assert 0.995 * defect <= STEEPEST["gelu"] * largest_defect(network, theta, x) <= 1.005 * defect


def test_others_have_none() -> None:
    for said in (
        {"kind": "mlp", "widths": (4,)},
        {"kind": "quasi"},
        {"kind": "mlp", "widths": (4,), "activation": "tanh"},
    ):
        fields = NETWORK_KINDS[said["kind"]].model_validate(said)
        assert near_homogeneity(fields, structure(fields, ENDS), ENDS, 1.0) is None  # type: ignore[arg-type]
