"""Distances of inputs to the boundary: closed forms of linear predictors, and grids in two dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.training.loop import Training
from tests.engine.cases import Plain, columns, experiment, measured, plain_margins, prepared, trained

Array = NDArray[np.float64]
GROUPS = ["robustness", "margins"]
BLOBS = {"kind": "blobs", "n": 12, "classes": 3, "d": 4}
LINEAR: dict[str, dict[str, Any]] = {
    "one matrix": {"data": {"kind": "hyperplane"}, "network.widths": []},
    "deep": {
        "data": {"kind": "hyperplane"},
        "network": {"kind": "mlp", "widths": [3], "activation": "linear"},
    },
    "constant": {"data": {"kind": "blobs", "append_constant": True}, "network.widths": []},
    "bias": {"data": {"kind": "blobs"}, "network": {"kind": "mlp", "widths": [], "bias": "first"}},
    "classes, bias": {"data": BLOBS, "network": {"kind": "mlp", "widths": [], "bias": "first"}},
    "classes, constant": {"data": BLOBS | {"append_constant": True}, "network.widths": []},
}
PLANE: dict[str, dict[str, Any]] = {
    "relu": {"data": {"kind": "xor", "n": 16}, "network.widths": [12]},
    "tanh, all biases": {
        "data": {"kind": "moons", "n": 16},
        "network": {"kind": "mlp", "widths": [10], "activation": "tanh", "bias": "all"},
    },
    "relu2": {
        "data": {"kind": "circle", "n": 12},
        "network": {"kind": "mlp", "widths": [10], "activation": "relu2"},
    },
    "three classes": {"data": {"kind": "blobs", "n": 18, "classes": 3}, "network.widths": [8]},
}
MESH = 0.02


def slopes(plain: Plain, x: torch.Tensor, free: int) -> Array:
    """Return df/dx (C, d) of a linear predictor, in the inputs that may move."""
    jacobian = torch.autograd.functional.jacobian(lambda at: plain.f(x=at[None])[0], x)
    return np.asarray(jacobian)[:, :free]


@pytest.mark.parametrize("said", LINEAR.values(), ids=LINEAR)
def test_linear_predictors_have_the_distance_in_closed_form(said: dict[str, Any]) -> None:
    training = trained(
        {**said, "run.steps": 30, "replicas": 2, "measure.groups": GROUPS, "measure.radius": 0.4}
    )
    found = columns(training)
    free = training.problem.x.shape[2] - training.experiment.data.append_constant
    for r in range(2):
        plain = Plain(training, r)
        outputs = plain.f().numpy()
        weights = slopes(plain, plain.x[0], free)
        if len(weights) == 1:
            distances = plain.q().numpy() / np.linalg.norm(weights)
        else:
            pairs = [
                [(f[y] - f[j]) / np.linalg.norm(weights[y] - weights[j]) for j in range(3) if j != y]
                for f, y in zip(outputs, plain.labels.int().tolist(), strict=True)
            ]
            distances = np.min(pairs, 1)
        assert found["input_margin"][-1, r] == pytest.approx(distances.min(), rel=1e-10)
        assert found["robust_accuracy"][-1, r] == (distances > 0.4).mean()


def on_a_grid(training: Training, r: int, x: torch.Tensor, labels: torch.Tensor) -> Array:
    """Return the signed distances (N,) to the nearest points of a mesh that are classified otherwise."""
    plain = Plain(training, r)
    side = torch.arange(-4.5, 4.5, MESH, dtype=torch.float64)
    mesh = torch.cartesian_prod(side, side)
    there, here = plain.f(x=mesh), plain.f(x=x)
    distances = []
    for at, f, label in zip(x, here, labels, strict=True):
        right = plain_margins(f[None], label[None])[0] > 0
        other = (plain_margins(there, label.expand(len(mesh))) > 0) != right
        least = torch.linalg.vector_norm(mesh - at, dim=1)[other].min().item()
        distances.append(least if right else -least)
    return np.array(distances)


@pytest.mark.parametrize("said", PLANE.values(), ids=PLANE)
def test_the_search_finds_what_a_grid_finds(said: dict[str, Any]) -> None:
    radius = 0.3
    training = trained(
        {**said, "run.steps": 300, "replicas": 2, "measure.groups": GROUPS, "measure.radius": radius}
    )
    found = columns(training)
    for r in range(2):
        distances = on_a_grid(training, r, training.problem.x[r], training.problem.labels[r])
        assert found["input_margin"][-1, r] == pytest.approx(distances.min(), abs=MESH)
        share = found["robust_accuracy"][-1, r]
        assert (distances > radius + MESH).mean() <= share <= (distances > radius - MESH).mean()


def test_it_is_negative_while_a_sample_is_wrong_and_never_below_the_truth_in_size() -> None:
    said = {"data": {"kind": "moons", "n": 20}, "network": {"kind": "mlp", "widths": [6], "bias": "first"}}
    training = trained({**said, "run.steps": 5, "measure.groups": GROUPS})
    distances = on_a_grid(training, 0, training.problem.x[0], training.problem.labels[0])
    assert distances.min() < 0
    assert columns(training)["input_margin"][-1, 0] == pytest.approx(distances.min(), abs=MESH)


def test_the_test_set_is_counted_where_there_is_one() -> None:
    data = {"kind": "xor", "n": 24, "test_fraction": 0.5, "append_constant": True}
    training = trained({"data": data, "network.widths": [12], "run.steps": 200, "measure.groups": GROUPS})
    problem, found = training.problem, columns(training)
    bare = trained(
        {
            "data": data,
            "network.widths": [12],
            "run.steps": 200,
            "measure.groups": GROUPS,
            "measure.radius": 0.0,
        }
    )
    assert columns(bare)["robust_accuracy"][-1] == columns(bare)["test_accuracy"][-1]
    assert 0 < found["robust_accuracy"][-1, 0] <= found["test_accuracy"][-1, 0]
    assert problem.x_test.shape[1] == 12
    notes = {name: m.note for m in training.measurements for name in m.columns}
    assert "upper bound" in notes["input_margin"]
    assert "of the test samples, within a distance of 0.1" in notes["robust_accuracy"]


def test_nothing_is_known_where_nothing_is_classified() -> None:
    training = prepared(
        {"network": {"kind": "mlp", "widths": [], "init": {"kind": "zeros"}}, "measure.groups": GROUPS}
    )
    found = columns(training)
    assert np.isnan(found["input_margin"][0]) and found["robust_accuracy"][0] == 0
    wide = prepared({"measure.groups": GROUPS})
    zero = measured(wide, torch.zeros_like(wide.state.theta))
    assert zero["input_margin"] == 0 and zero["robust_accuracy"] == 0
    lost = measured(wide, torch.full_like(wide.state.theta, torch.nan))
    assert np.isnan(lost["input_margin"]).all()


def test_networks_that_know_samples_by_number_have_none() -> None:
    network = {"kind": "free-features", "features": 5}
    training = Training(experiment({"data": BLOBS, "network": network, "measure.groups": GROUPS}))
    assert not any("input_margin" in m.columns for m in training.measurements)
