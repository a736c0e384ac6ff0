"""The edge of stability: learning rate times sharpness against dense Hessians, and the line against quadratics."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch

from engine.experiment.edits import EditSpec
from engine.measurements.base import FIRST, Measurement
from engine.measurements.pace import GRANT, Schedule, paced
from engine.measurements.record_point import RecordPoint
from engine.optimizers.base import Pull
from engine.optimizers.geometry import L2
from engine.optimizers.momentum import Momentum
from engine.training.loop import Training
from tests.engine.cases import Plain, columns, experiment, history, measured, plain_loss, prepared

CONSTANT = {"kind": "constant", "eta": 0.01}
GROUPS = ["curvature", "norms"]
DESCENTS: dict[str, dict[str, Any]] = {
    "safe": {},
    "constant, mean": {"optimizer.step": CONSTANT, "loss.reduction": "mean"},
    "power, logistic": {
        "optimizer.step": {"kind": "power", "eta": 0.1, "exponent": 0.5},
        "loss.kind": "logistic",
    },
    "normalised": {"optimizer.step": {"kind": "normalised", "a": 0.1, "exponent": 0.3}},
    "theory": {"optimizer.step": {"kind": "theory", "a0": 0.001}},
    "line search": {"optimizer.step": {"kind": "line-search", "a": 3.0}},
    "loss-based": {"optimizer.step": {"kind": "loss-based", "alpha": 3.0}},
    "heavy ball": {"optimizer": {"kind": "momentum", "step": CONSTANT}},
    "safe, decay": {"optimizer.weight_decay": 0.5},
    "line search, decay": {
        "optimizer": {"kind": "steepest", "weight_decay": 0.5, "step": {"kind": "line-search"}}
    },
    "heavy ball, mean, decay": {
        "optimizer": {"kind": "momentum", "weight_decay": 0.5, "step": CONSTANT},
        "loss.reduction": "mean",
    },
    "batches": {"optimizer": {"kind": "sgd", "batch": 3, "replacement": False, "step": CONSTANT}},
    "classes by torch": {
        "data": {"kind": "blobs", "n": 9, "classes": 3},
        "loss.kind": "cross-entropy",
        "network": {"kind": "conv", "channels": [2], "kernel": 1, "activation": "silu"},
        "optimizer.step": CONSTANT,
    },
}


@pytest.mark.parametrize("said", DESCENTS.values(), ids=DESCENTS)
def test_it_is_the_learning_rate_of_the_step_from_there_times_the_largest_eigenvalue(
    said: dict[str, Any],
) -> None:
    training, thetas = history({**said, "run.steps": 27, "replicas": 2, "measure.groups": GROUPS})
    found, whole = columns(training), training.experiment
    decay = whole.optimizer.weight_decay * (8 if whole.loss.reduction == "mean" else 1)
    for r in range(2):
        plain = Plain(training, r)

        def loss(theta: torch.Tensor, plain: Plain = plain) -> torch.Tensor:
            return plain_loss(plain.member.loss.kind, plain.f(theta), plain.labels)

        for t in (0, 1, 2, 25, 26):
            with torch.enable_grad():
                hessian = torch.autograd.functional.hessian(loss, thetas[t][r])
            taken = np.exp(found["log_learning_rate"][t + 1, r])
            largest = torch.linalg.eigvalsh(hessian)[-1].item() + decay
            assert found["edge"][t, r] == pytest.approx(taken * largest, rel=1e-6), t
    assert np.isfinite(found["edge"]).all()  # that of the last record, too: what the next step would be


@pytest.mark.parametrize(
    "optimizer",
    [
        {"kind": "adam"},
        {"kind": "steepest", "norm": "linf"},
        {"kind": "steepest", "scaled": False, "step": CONSTANT},
        {"kind": "flow"},
        {"kind": "sgd", "batch": 4, "step": {"kind": "loss-based"}},
    ],
    ids=lambda said: " ".join(map(str, said.values())),
)
def test_others_have_none(optimizer: dict[str, Any]) -> None:
    training = prepared({"optimizer": optimizer, "measure.groups": ["curvature"]})
    assert not {"edge", "edge_line"} & columns(training).keys()
    assert "sharpness" in columns(training)


def logistic(weights: list[float], optimizer: dict[str, Any]) -> tuple[float, float]:
    """Return the edge of a linear model under logistic loss, as measured and in closed form."""
    x = [[1.0, 0.2], [0.9, -0.4], [-0.3, 1.0]]
    data = {"kind": "points", "x": x, "y": [1, -1, 1]}
    said = {"data": data, "network.widths": [], "loss.kind": "logistic", "optimizer": optimizer}
    training = prepared({**said, "measure.groups": ["curvature"]})
    found = measured(training, torch.tensor([weights], dtype=torch.float64))["edge"][0]
    points = np.array(x) * np.array([[1], [-1], [1]])
    q = points @ weights
    bent = np.exp(-np.logaddexp(0, q) - np.logaddexp(0, -q))
    return found, optimizer["step"]["eta"] * np.linalg.eigvalsh((points.T * bent) @ points)[-1]


@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0, -30.0, -300.0])
def test_a_linear_model_has_it_in_closed_form_however_wrong_it_is(scale: float) -> None:
    found, wanted = logistic(
        [0.3 * scale, 0.8 * scale], {"kind": "steepest", "step": {"kind": "constant", "eta": 1e3}}
    )
    assert found == pytest.approx(wanted, rel=1e-9)


def test_it_is_a_number_where_the_loss_is_below_float64() -> None:
    """With the exponential loss, and steps in units of the normalised gradient, it does not see the loss."""
    said = {"optimizer.step": {"kind": "normalised", "a": 0.25}, "measure.groups": ["curvature", "margins"]}
    training = prepared(said, steps=60)
    theta = 60 * training.state.theta
    found, plain = measured(training, theta), Plain(training, 0, theta[0])
    assert found["log_loss"] < -800

    def log_loss(theta: torch.Tensor) -> torch.Tensor:
        return (-plain.f(theta)[:, 0] * plain.labels).logsumexp(0)

    with torch.enable_grad():
        hessian = torch.autograd.functional.hessian(log_loss, theta[0])
        free = theta[0].clone().requires_grad_()
        (slope,) = torch.autograd.grad(log_loss(free), free)
    wanted = 0.25 * torch.linalg.eigvalsh(hessian + torch.outer(slope, slope))[-1].item()
    assert found["edge"] == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_the_line_is_where_steps_on_a_quadratic_begin_to_grow(beta: float, nesterov: bool) -> None:
    """One replica one hundredth below it, one above."""
    momentum = Momentum(L2(), torch.full((2,), beta, dtype=torch.float64), nesterov)
    rate = momentum.stability_line * torch.tensor([0.99, 1.01], dtype=torch.float64)
    x = torch.ones(2, 1, dtype=torch.float64)
    kept = momentum.initial_memory(x)
    for step in range(1000):
        direction = momentum.direction(Pull(step, x, -x, torch.zeros(2, dtype=torch.float64)), kept)
        x = x + (rate * direction.log_unit.exp())[:, None] * direction.vector
    assert abs(float(x[0])) < 0.1 and abs(float(x[1])) > 10


@pytest.mark.parametrize("work", [0.03 * GRANT, 0.9 * GRANT])
def test_the_first_records_have_it_however_much_one_costs(work: float) -> None:
    (edge,) = paced(
        [Measurement(("edge",), lambda point: {}, work, first=FIRST)], Schedule(10_000, 1e6, 100, None)
    )
    assert all(edge.pace.due(number, number - 1, number) for number in range(3))
    assert not all(edge.pace.due(number, number - 1, number) for number in range(400))


def test_an_edit_at_a_record_makes_its_step_another() -> None:
    """Whether it comes while the run holds there, or is replayed."""
    momentum = {"kind": "momentum", "step": {"kind": "constant", "eta": 0.002}}
    said = {"optimizer": momentum, "run.steps": 20, "measure.every": 5, "measure.groups": GROUPS}
    changes = {"optimizer.step.eta": 0.004, "optimizer.beta": 0.5}
    live = Training(experiment(said))
    live.yield_at(10)
    for _ in live.run():
        if live.step == 10 and live.experiment.optimizer.beta == 0.9:
            live.edit(changes)
            assert live.measuring.anew[0].steps.tolist() == [10]
    again = Training(experiment(said), edits=[EditSpec(step=10, set=changes)])
    list(again.run())
    for name in ("edge", "edge_line"):
        np.testing.assert_allclose(columns(live)[name], columns(again)[name], rtol=1e-9)
    assert columns(live)["edge_line"][:, 0].tolist() == [3.8, 3.8, 3.0, 3.0, 3.0]


def test_no_step_is_searched_for_a_replica_that_has_ended() -> None:
    search = {"kind": "steepest", "weight_decay": 0.5, "step": {"kind": "line-search"}}
    training = prepared({"optimizer": search, "replicas": 2, "measure.groups": ["curvature"]}, steps=3)
    training.state.alive[0] = False
    with mock.patch.object(
        RecordPoint, "log_loss_at", autospec=True, side_effect=RecordPoint.log_loss_at
    ) as seen:
        edge = training.measure_now().columns["edge"][0]
    assert np.isnan(edge).tolist() == [True, False]
    assert seen.call_count < 20
