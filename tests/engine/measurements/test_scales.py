"""Columns that do not depend on the inputs' scale: the same at 1e30 and at 1e39, where squares of norms overflow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from engine.networks.lengths import FEW, length, ordinary, power_of_two, unit
from engine.optimizers.geometry import ConditionedL2
from engine.optimizers.rescaling import squarable
from tests.engine.cases import columns, trained

Said = dict[str, Any]
NETWORKS: dict[str, Said] = {
    "relu2 [10, 8]": {"kind": "mlp", "widths": [10, 8], "activation": "relu2"},
    "relu": {"kind": "mlp", "widths": [6]},
    "linear": {"kind": "mlp", "widths": []},
    "deep linear": {"kind": "mlp", "widths": [4, 3], "activation": "linear"},
    "convolution": {"kind": "conv", "channels": [2], "kernel": 2, "activation": "relu2"},
    "residual": {"kind": "residual", "width": 3, "blocks": 2, "activation": "relu"},
    "diagonal": {"kind": "diagonal", "depth": 3},
    "no rotation": {"kind": "no-rotation", "width": 6, "activation": "relu2"},
    "quasi": {"kind": "quasi"},
    "free features": {"kind": "free-features"},
}
STEPS = {"kind": "constant", "eta": 0.01}
OPTIMIZERS: dict[str, Said] = {
    "adam": {"kind": "adam", "epsilon": 0.0, "step": STEPS},
    "shampoo": {"kind": "shampoo", "epsilon": 0.0, "step": STEPS},
    "muon": {"kind": "muon", "step": STEPS},
}
"""Optimizers whose steps do not depend on the gradient's scale."""
FREE_OF_SCALE = (
    *("accuracy", "fitted", "active_fraction", "rotation", "coordinate_mass", "nc", "layer_rank_ratio"),
    *(
        "layer_spectral_share",
        "layer_alignment.",
        "angle",
        "cos_",
        "direction_path",
        "kkt_epsilon",
        "stationarity",
    ),
    *("certified", "margin_ratio", "margin_over", "ntk_agreement", "ntk_alignment", "ntk_drift", "ntk_own"),
    *("ntk_prediction", "ntk_target"),
)
KERNEL = "margin_over", "ntk_"


def at_scale(scale: float, network: Said, optimizer: Said, steps: int, classes: int) -> dict[str, np.ndarray]:
    """Train on eight fixed points times a scale; return the columns that should not depend on it."""
    rng = np.random.default_rng(3)
    y = [0, 1, 2, 0, 1, 2, 1, 0] if classes == 3 else [1, -1, 1, -1, 1, 1, -1, -1]
    lift = np.array([1, 0.3]) * np.where(np.array(y) > 0, 1.5, -1.5)[:, None]
    x = (rng.standard_normal((8, 2)) + lift) * scale
    said = {"data": {"kind": "points", "x": x.tolist(), "y": y}, "network": network, "optimizer": optimizer}
    loss = "cross-entropy" if classes == 3 else "exponential"
    found = columns(trained({**said, "loss.kind": loss, "run.steps": steps, "measure": {"every": 2}}))
    records = 1 if optimizer["kind"] == "steepest" else None  # its steps are in proportion to the gradient
    return {name: values[:records] for name, values in found.items() if name.startswith(FREE_OF_SCALE)}


def assert_same(network: Said, optimizer: Said, steps: int, classes: int = 2, least: int = 8) -> None:
    """Compare the two scales to 1e-12; a kernel's numbers where the kernel is one."""
    at_30, at_39 = (at_scale(scale, network, optimizer, steps, classes) for scale in (1e30, 1e39))
    beyond = network is NETWORKS["relu2 [10, 8]"]  # K = J J^T itself is above 1e308
    names = [name for name in at_30 if not (beyond and name.startswith(KERNEL))]
    assert len(names) >= least
    for name in names:
        # a kernel's smallest margins hang on the rounding of its largest entries
        close = 1e-10 if name.startswith(("ntk_own", "margin_over")) else 1e-12
        np.testing.assert_allclose(at_39[name], at_30[name], rtol=close, atol=close, err_msg=name)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_columns_do_not_depend_on_the_scale_of_the_inputs(network: Said) -> None:
    assert_same(network, OPTIMIZERS["adam"], 4)


@pytest.mark.parametrize("optimizer", ["shampoo", "muon"])
def test_nor_do_they_with_optimizers_of_matrices(optimizer: str) -> None:
    assert_same(NETWORKS["relu2 [10, 8]"], OPTIMIZERS[optimizer], 4)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_the_first_record_does_not_depend_on_it_with_several_classes(network: Said) -> None:
    assert_same(network, {"kind": "steepest"}, 1, classes=3, least=6)


def test_alignment_is_no_half_where_the_gradient_has_no_square() -> None:
    """Three layers of squared ReLU: gradients of 1e156, whose norm is a number although its square is none."""
    found = at_scale(1e39, NETWORKS["relu2 [10, 8]"], {"kind": "steepest"}, 1, 2)
    assert abs(found["cos_gradient"][0, 0] - 0.5) > 0.1
    assert np.isfinite(found["kkt_epsilon"][0, 0]) or found["fitted"][0, 0] == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_lengths_at_every_scale(dtype: torch.dtype) -> None:
    vectors = torch.randn(3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).to(dtype)
    plain = torch.linalg.vector_norm(vectors, dim=(1, 2))
    largest, least = torch.finfo(dtype).max, torch.finfo(dtype).tiny
    for scale in (1.0, largest**0.9, least**0.9, largest**0.4, least**0.6, 0.0):
        moved = vectors * scale
        torch.testing.assert_close(length(moved, (1, 2)), plain * scale, rtol=1e-5, atol=0)
        if scale:
            torch.testing.assert_close(unit(moved, 2), unit(vectors, 2), rtol=1e-5, atol=1e-6)
    assert torch.equal(length(vectors, (1, 2)), plain)
    # where one of several needs it, the others keep every bit
    mixed = torch.cat([vectors, vectors[:1] * largest**0.9])
    assert torch.equal(length(mixed, (1, 2))[:3], plain)
    assert torch.equal(unit(mixed, 2)[:3], unit(vectors, 2))


def test_scales_are_powers_of_two_next_to_the_largest_entry() -> None:
    numbers = torch.tensor(
        [[1.0], [3.0], [-4.0], [1.7e308], [5e-324], [0.0], [torch.inf]], dtype=torch.float64
    )
    assert power_of_two(numbers).flatten().tolist() == [1, 2, 4, 2.0**1023, 5e-324, 1, 1]


def test_a_metrics_norm_and_its_dual_have_no_square_to_overflow() -> None:
    theta, h = torch.tensor([[3.0, 4.0, 7.0]], dtype=torch.float64), torch.tensor([[1.0, 0.25, 0.0]])
    for scale in (1.0, 1e200, 1e-200):
        assert ConditionedL2().norm(theta * scale, h).item() == pytest.approx(scale * 73**0.5)
        assert ConditionedL2().dual_norm(theta * scale, h).item() == pytest.approx(scale * 13**0.5)


def test_gradients_enter_a_sum_of_squares_in_units_that_have_one() -> None:
    gradient = torch.tensor([[1e200, -1e190], [2.0, 1.0], [0.0, 0.0], [1e-200, 0]], dtype=torch.float64)
    log_weight = torch.tensor([0.5, -3.0, 1.0, 2.0], dtype=torch.float64)
    scaled, log_unit = squarable(gradient, log_weight)
    torch.testing.assert_close(
        scaled * (log_unit - log_weight).exp().unsqueeze(1), gradient, rtol=1e-12, atol=0
    )
    assert torch.isfinite(scaled.square()).all() and (scaled.square()[3, 0] > 0)
    assert torch.equal(scaled[1:3], gradient[1:3]) and torch.equal(log_unit[1:3], log_weight[1:3])


@pytest.mark.parametrize("count", [2, FEW, FEW + 1, 300])
@pytest.mark.parametrize(
    ("odd", "expected"), [(1.0, True), (0.0, False), (1e-160, False), (math.inf, False), (math.nan, False)]
)
def test_one_odd_length_among_many_is_seen(count: int, odd: float, expected: bool) -> None:
    for place in (0, count - 1):
        lengths = torch.ones(count, dtype=torch.float64)
        lengths[place] = odd
        assert ordinary(lengths) is expected
    assert ordinary(torch.ones(0, dtype=torch.float64))
