"""Gradient flow against scipy's integrators, on the loss itself and on the log loss' own time scale."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from engine.steppers.gradient_flow import DENSE, FIFTH, FOURTH, NODES
from tests.engine.cases import Plain, columns, history, trained

CASES: dict[str, dict[str, Any]] = {
    "deep linear": {
        "data": {"kind": "hyperplane", "n": 12, "d": 3},
        "network": {"kind": "mlp", "widths": [4, 3], "activation": "linear", "init": {"scale": 0.6}},
    },
    "squared relu": {"network": {"kind": "mlp", "widths": [6], "activation": "relu2"}, "data.n": 4},
    "gelu, logistic": {
        "network": {"kind": "mlp", "widths": [8], "activation": "gelu", "bias": "first"},
        "loss.kind": "logistic",
    },
    "several classes": {
        "data": {"kind": "blobs", "n": 9, "classes": 3, "seed": 2},
        "network": {"kind": "mlp", "widths": [5], "activation": "softplus"},
        "loss.kind": "cross-entropy",
    },
}


def flow(said: dict[str, Any], steps: int, rtol: float, **more: Any) -> dict[str, Any]:
    cheap = {"optimizer": {"kind": "flow", "rtol": rtol}, "run.steps": steps, "measure.groups": ["norms"]}
    return {**said, **cheap, **more}


def times(training: Any) -> np.ndarray:
    """Return the time (T,) at every step but the first, as the run sums it up."""
    return np.exp(columns(training)["log_time"][1:, 0])


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_flow_is_scipys_in_plain_time(said: dict[str, Any]) -> None:
    """The flow d theta / dt = -grad L, by an implicit method of scipy's at the times that the run took."""
    training, thetas = history(flow(said, 60, 1e-8))
    plain = Plain(training)

    def slope(_: float, theta: np.ndarray) -> np.ndarray:
        return -plain.at(torch.from_numpy(theta)).gradient().numpy()

    at = times(training)
    exact = solve_ivp(slope, (0, at[-1]), thetas[0][0].numpy(), "LSODA", at, rtol=1e-10, atol=1e-12)
    assert exact.success
    found = torch.stack(thetas[1:])[:, 0].numpy()
    assert np.abs(found - exact.y.T).max() < 2e-4 * np.abs(exact.y).max()
    assert np.abs(found[-1] - found[0]).max() > 0.05


def error_of(said: dict[str, Any], steps: int, rtol: float) -> float:
    """Return the largest distance from scipy's solution of d theta / d tau = ghat, relative to its norm."""
    training, thetas = history(flow(said, steps, rtol))

    def slope(_: float, theta: np.ndarray) -> np.ndarray:
        return training.iterate.pull_at(torch.from_numpy(theta)[None])[0][0].numpy()

    tau = np.cumsum(columns(training)["step_size"][1:, 0])
    exact = solve_ivp(slope, (0, tau[-1]), thetas[0][0].numpy(), "DOP853", tau, rtol=1e-12, atol=1e-14)
    found = torch.stack(thetas[1:])[:, 0].numpy()
    return float((np.linalg.norm(found - exact.y.T, axis=1) / np.linalg.norm(exact.y, axis=0)).max())


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_flow_is_scipys_on_its_own_time_scale(said: dict[str, Any]) -> None:
    """Errors of single steps add up to no more than their number times the tolerance, and fall with it."""
    coarse, fine = error_of(said, 50, 1e-5), error_of(said, 50, 1e-9)
    assert coarse < 50 * 1e-5 and fine < 50 * 1e-9 and fine < coarse / 100


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_the_path_is_the_curves_and_not_that_of_chords(said: dict[str, Any]) -> None:
    """Against scipy's solution between steps; with chords alone the path of long steps is too short."""
    training, thetas = history(flow(said, 40, 1e-5, **{"measure.groups": ["norms", "directions"]}))

    def slope(_: float, theta: np.ndarray) -> np.ndarray:
        return training.iterate.pull_at(torch.from_numpy(theta)[None])[0][0].numpy()

    tau = np.concatenate([[0.0], np.cumsum(columns(training)["step_size"][1:, 0])])
    between = np.concatenate([np.linspace(a, b, 101)[:-1] for a, b in itertools.pairwise(tau)] + [tau[-1:]])
    exact = solve_ivp(slope, (0, tau[-1]), thetas[0][0].numpy(), "DOP853", between, rtol=1e-11, atol=1e-13)
    curve = np.cumsum(np.linalg.norm(np.diff(exact.y / np.linalg.norm(exact.y, axis=0)), axis=0))[99::100]
    found = columns(training)["direction_path"][1:, 0]
    assert np.abs(found - curve).max() < 2e-4 * curve[-1]
    units = torch.stack(thetas)[:, 0] / torch.stack(thetas)[:, 0].norm(dim=1, keepdim=True)
    chords = units.diff(dim=0).norm(dim=1).cumsum(0).numpy()
    assert (chords < found).all() and np.abs(chords - curve).max() > 4 * np.abs(found - curve).max()


def test_a_path_from_zero_begins_with_the_first_direction() -> None:
    data = {"kind": "hyperplane", "n": 6, "d": 2}
    linear = {"data": data, "network": {"kind": "mlp", "init": {"kind": "zeros"}}}
    training, thetas = history(flow(linear, 30, 1e-6, **{"measure.groups": ["directions"]}))
    angles = torch.stack([torch.atan2(theta[0, 1], theta[0, 0]) for theta in thetas[1:]])
    turned = float(angles.diff().abs().sum())
    path = columns(training)["direction_path"][-1, 0]
    assert turned * (1 - 1e-3) <= path < turned + 0.05


def test_flow_raises_the_smoothed_margin_and_keeps_the_balance_to_its_tolerance() -> None:
    """W_{k+1}^T W_{k+1} - W_k W_k^T is constant along gradient flow (Ji & Telgarsky 2019)."""
    training = trained(flow(CASES["deep linear"], 400, 1e-8, **{"measure.groups": ["margins", "layers"]}))
    assert training.history.counters["smoothed_margin_decreases"].tolist() == [0]
    records = training.history.records
    assert records.final("balance_drift")[0] < 1e-5 and records.final("log_loss")[0] < -20


def test_flow_goes_below_float64() -> None:
    training = trained(
        flow({"data.n": 4, "network": {"kind": "mlp", "widths": [12], "activation": "relu2"}}, 400, 1e-5)
    )
    records = training.history.records
    assert records.final("log_loss")[0] < -800 and np.isfinite(records.column("log_time")[1:]).all()
    assert records.final("log_time")[0] > 700  # the time is as large as the loss is small


def test_replicas_integrate_alone() -> None:
    said = flow({"data.n": 4, "network.widths": [12]}, 80, 1e-6)
    together = trained({**said, "replicas": 3})
    for r in range(3):
        alone = trained({**said, "seed": r})
        for name in ("log_loss", "param_norm", "log_time", "step_size"):
            wanted = alone.history.records.final(name)[0]
            assert together.history.records.final(name)[r] == pytest.approx(wanted, rel=1e-9), name


def test_kinks_do_not_stop_it() -> None:
    """On symmetric data units sit on kinks of others' points, where no error estimate is right."""
    data = {
        "kind": "points",
        "x": [[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]],
        "y": [1.0, 1.0, -1.0, -1.0],
    }
    training = trained(flow({"data": data, "network": {"kind": "mlp", "widths": [20]}}, 1500, 1e-5))
    assert training.history.status == "done"
    assert training.history.records.final("log_loss")[0] < -5


def test_the_pair_of_methods_is_consistent() -> None:
    """Weights add up to 1, and each stage's to where it stands (order conditions of the first two orders)."""
    stages = [0.0, *(sum(row) for row in NODES)]
    assert stages == pytest.approx([0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1])
    for share in (0.25, 0.6, 1.0):
        dense = [sum(c * share ** (k + 1) for k, c in enumerate(row)) for row in DENSE]
        for power in range(4):
            total = sum(w * c**power for w, c in zip(dense, stages, strict=True))
            assert total == pytest.approx(share ** (power + 1) / (power + 1))
    assert [sum(row) for row in DENSE] == pytest.approx(FIFTH)
    for weights, order in ((FIFTH, 5), (FOURTH, 4)):
        for power in range(order):
            total = sum(w * c**power for w, c in zip(weights, stages, strict=True))
            assert total == pytest.approx(1 / (power + 1))
