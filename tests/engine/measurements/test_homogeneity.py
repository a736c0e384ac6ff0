"""Near-homogeneity as it is measured: Euler's identity and its failure by autograd, and the modified margin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from engine.experiment.structure import near_homogeneity, structure
from tests.engine.cases import Plain, columns, history, trained

GROUP = {"measure.groups": ["homogeneity", "margins"], "run.steps": 30, "replicas": 2}
NEAR: dict[str, dict[str, Any]] = {
    "gelu": {"network": {"kind": "mlp", "widths": [6], "activation": "gelu", "bias": "first"}},
    "deep softplus": {"network": {"kind": "mlp", "widths": [4, 3], "activation": "softplus", "bias": "all"}},
    "logistic, scaled": {
        "network": {"kind": "mlp", "widths": [6], "activation": "silu"},
        "vary": {"network.output_scale": [1.5, 0.7]},
        "loss.kind": "logistic",
    },
    "residual": {"network": {"kind": "residual", "width": 4, "blocks": 1}},
    "several classes": {
        "data": {"kind": "blobs", "n": 9, "classes": 3},
        "network": {"kind": "mlp", "widths": [5], "bias": "all", "init": {"bias": 0.3}},
        "loss.kind": "cross-entropy",
    },
}


def defect(plain: Plain, order: float, r: float = 1.0) -> float:
    """Return max |<grad f(r theta), r theta> - M f(r theta)| over samples and outputs, by autograd rows."""
    far = plain.at(r * plain.theta)
    return ((far.jacobian() @ far.theta) - order * far.f()).abs().max().item()


@pytest.mark.parametrize("said", NEAR.values(), ids=NEAR)
def test_defect_order_and_bounds(said: dict[str, Any]) -> None:
    settings = {key: value for key, value in GROUP.items() if not ("vary" in said and key == "replicas")}
    training, thetas = history({**settings, **said})
    found = columns(training)
    order = training.problem.structure.order
    assert order is not None
    for r in range(2):
        plain = Plain(training, r)
        fields = plain.fields
        largest = training.problem.x[r].norm(dim=1).max().item()
        near = near_homogeneity(fields, structure(fields, plain.ends), plain.ends, largest)
        assert near is not None
        for t in (0, 11, 30):
            now = plain.at(thetas[t][r])
            rho = now.theta.norm().item()
            defects = [defect(now, order, radius) for radius in (1.0, 2.0, 4.0, 8.0)]
            slope = np.polyfit(np.log([1, 2, 4, 8]), np.log(defects), 1)[0]
            distance = sum(c * rho**i for i, c in enumerate(near.distance))
            log_loss = math.log(now.loss().item())
            expected = {
                "homogeneity_defect": defects[0],
                "homogeneity_order": slope,
                "defect_bound": sum(c * rho**i for i, c in enumerate(near.defect)),
                "homogenization_bound": distance,
                "modified_margin": (-log_loss - distance) / rho**order,
                "normalized_margin": now.q().min().item() / rho**order,
            }
            for name, value in expected.items():
                assert found[name][t, r] == pytest.approx(value, rel=1e-7), (name, t)
            assert defects[0] <= expected["defect_bound"]


@pytest.mark.parametrize("said", [NEAR["gelu"], NEAR["residual"]], ids=["gelu", "residual"])
def test_the_homogenization_is_far_out_on_the_ray(said: dict[str, Any]) -> None:
    training, thetas = history({**GROUP, **said})
    order = training.problem.structure.order
    assert order is not None
    for t in (0, 30):
        now = Plain(training, 1, thetas[t][1])
        far = now.at(1e7 * now.theta).f() / 1e7**order
        rho = now.theta.norm().item()
        gap, margin = (columns(training)[n][t, 1] for n in ("homogenization_gap", "homogenized_margin"))
        assert gap == pytest.approx((now.f() - far).abs().max().item(), rel=1e-4)
        assert margin == pytest.approx((far[:, 0] * now.labels).min().item() / rho**order, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize(
    "network",
    [
        {"kind": "mlp", "widths": [5, 4], "activation": "relu2"},
        {"kind": "conv", "channels": [2], "kernel": 2},
        {"kind": "diagonal", "depth": 3},
        {"kind": "free-features", "features": 3},
        {"kind": "no-rotation", "width": 5},
        {"kind": "quasi"},
    ],
    ids=lambda network: network["kind"],
)
def test_a_degree_is_verified_by_eulers_identity(network: dict[str, Any]) -> None:
    """To rounding; of a quasi-homogeneous network with its lambdas."""
    training = trained({"network": network, "run.steps": 20, "measure.groups": ["homogeneity"]})
    size = Plain(training).f().abs().max().item()
    assert training.history.records.final("homogeneity_defect")[0] < 1e-12 * max(1.0, size)
    assert not {"defect_bound", "modified_margin", "homogeneity_order"} & set(training.history.records.names)


def test_networks_without_degree_and_order_have_none_of_it() -> None:
    training = trained({"network.activation": "tanh", "run.steps": 1, "measure.groups": ["homogeneity"]})
    assert not {"homogeneity_defect", "defect_bound"} & set(training.history.records.names)


def test_counters_of_the_modified_margin_by_brute_force() -> None:
    """Counted from strong separability on: the first step with log 1/Loss > p_a(rho)."""
    network = {"kind": "mlp", "widths": [6], "activation": "gelu"}
    said = {
        "network": network,
        "data.n": 4,
        "replicas": 2,
        "run.steps": 600,
        "measure.groups": ["homogeneity"],
    }
    said["optimizer.step"] = {"kind": "normalised", "a": 0.3}  # large enough for drops
    training, _ = history(said)
    rare = trained({**said, "measure.every": 170})
    found = columns(training)
    drops_seen = 0
    for r in range(2):
        strong = np.flatnonzero(-found["log_loss"][:, r] > found["homogenization_bound"][:, r])
        assert training.history.events["strongly_separated_step"][r] == (strong[0] if strong.size else None)
        if not strong.size:
            assert training.history.counters["modified_margin_decreases"][r] == 0
            continue
        values = found["modified_margin"][strong[0] :, r]
        drops = (values[:-1] - values[1:]) / np.abs(values[:-1])
        count, worst = int((drops > 1e-12).sum()), max(0.0, drops.max())
        drops_seen += count
        for one in (training, rare):
            records = one.history.records
            assert records.final("modified_margin_decreases")[r] == count
            assert records.final("modified_margin_worst_drop")[r] == pytest.approx(worst, rel=1e-9)
    assert drops_seen > 0


def test_safe_steps_never_lower_the_modified_margin() -> None:
    """Preset P11 in small."""
    network = {"kind": "mlp", "widths": [6], "activation": "gelu"}
    training = trained(
        {"network": network, "data.n": 4, "run.steps": 3000, "measure.groups": ["homogeneity"]}
    )
    assert training.history.events["strongly_separated_step"][0] is not None
    assert training.history.counters["modified_margin_decreases"].tolist() == [0]
    assert torch.isfinite(training.state.theta).all()
