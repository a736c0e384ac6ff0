"""Step rules: each step's size recomputed from its formula by brute force."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.protocol.records import RecordBatch
from engine.training.loop import Training
from tests.engine.cases import Plain, batches_of, columns, experiment, history, trained

LOSSES = ("exponential", "logistic")
PRESETS = Path(__file__).parents[3] / "presets" / "data"
SAFE_CASES: dict[str, dict[str, Any]] = {
    "relu": {},
    "linear": {"network.widths": []},
    "deep, squared relu": {"network": {"kind": "mlp", "widths": [4, 3], "activation": "relu2"}},
    "not homogeneous": {"network.activation": "gelu"},
    "first bias": {"network.bias": "first", "loss.kind": "logistic"},
    "several classes": {"data": {"kind": "blobs", "n": 9, "classes": 3}, "loss.kind": "cross-entropy"},
    "frozen layer": {"network.train": ["W1"]},
}


def curvature(plain: Plain) -> float:
    """Return max_n ||grad q_n||^2, for several classes max over n and j != y_n of ||grad (f_y - f_j)||^2."""
    rows = plain.jacobian()
    if plain.outputs_count == 1:
        return rows[:, 0].square().sum(-1).max().item()
    found = 0.0
    for n, y in enumerate(plain.labels.long()):
        for j in range(plain.outputs_count):
            if j != y:
                found = max(found, (rows[n, y] - rows[n, j]).square().sum().item())
    return found


def normalised_gradient(plain: Plain) -> tuple[Tensor, float]:
    """Return ghat = -grad L / S (P,) and log S, S = sum of -l'(qt_n), from the loss itself."""
    f, labels = plain.f(), plain.labels
    if plain.outputs_count == 1:
        smooth = f[:, 0] * labels
    else:
        true = f[torch.arange(len(f)), labels.long()]
        rest = f.clone()
        rest[torch.arange(len(f)), labels.long()] = -torch.inf
        smooth = true - rest.logsumexp(1)
    exponential = plain.member.loss.kind == "exponential"
    weight = (torch.exp(-smooth) if exponential else torch.sigmoid(-smooth)).sum()
    return -plain.gradient() / weight, weight.log().item()


@pytest.mark.parametrize("said", SAFE_CASES.values(), ids=SAFE_CASES)
def test_safe_steps_by_brute_force(said: dict[str, Any]) -> None:
    """By theory 0.1: min(c/B^2, kappa ||theta||/||g||), B^2 now and then, times ||theta||^(2L-2) between."""
    step = {"kind": "safe", "c": 0.4, "kappa": 0.03, "refresh": 7}
    training, thetas = history({**said, "optimizer.step": step, "run.steps": 30})
    plain = Plain(training)
    refresh = 7 if plain.degree is not None else 5
    power = 0.0 if plain.degree is None else 2 * plain.degree - 2
    sizes = columns(training)["step_size"][:, 0]
    for t in range(30):
        if t % refresh == 0:
            measured = curvature(plain.at(thetas[t][0]))
            norm = thetas[t][0].norm().item()
        now = plain.at(thetas[t][0])
        ghat, _ = normalised_gradient(now)
        bound = measured * (now.theta.norm().item() / norm) ** power
        expected = min(0.4 / bound, 0.03 * now.theta.norm().item() / ghat.norm().item())
        assert sizes[t + 1] == pytest.approx(expected, rel=1e-9)
        assert torch.allclose(thetas[t + 1][0], now.theta + expected * ghat, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("activation", "scale"), [("relu", 0.1), ("relu2", 1.0)])
def test_safe_steps_never_lower_the_smoothed_margin(activation: str, scale: float) -> None:
    said = {"data": {"kind": "circle"}, "network.widths": [20], "network.activation": activation}
    training = trained(
        {**said, "network.init": {"scale": scale}, "run.steps": 1000, "measure.groups": ["margins"]}
    )
    assert training.history.events["separated_step"][0] is not None
    assert training.history.counters["smoothed_margin_decreases"].tolist() == [0]


@pytest.mark.parametrize("kind", LOSSES)
def test_normalised_steps_move_by_a_times_the_normalised_gradient(kind: str) -> None:
    said = {"optimizer.step": {"kind": "normalised", "a": 0.07}, "loss.kind": kind, "run.steps": 15}
    training, thetas = history(said)
    plain = Plain(training)
    found = columns(training)
    for t in range(15):
        ghat, log_weight = normalised_gradient(plain.at(thetas[t][0]))
        assert torch.allclose(thetas[t + 1][0], thetas[t][0] + 0.07 * ghat, rtol=1e-10)
        assert found["step_size"][t + 1, 0] == pytest.approx(0.07)
        assert found["log_learning_rate"][t + 1, 0] == pytest.approx(math.log(0.07) - log_weight, rel=1e-10)
    total = np.logaddexp.accumulate(found["log_learning_rate"][1:, 0])
    assert found["log_time"][1:, 0] == pytest.approx(total, rel=1e-12)
    assert np.isnan([found[name][0, 0] for name in ("step_size", "log_learning_rate", "log_time")]).all()


@pytest.mark.parametrize("norm", ["l2", "linf", "l1", "spectral"])
@pytest.mark.parametrize("backend", ["auto", "torch"])
def test_normalised_steps_fall_like_a_power_each_replica_by_its_own(norm: str, backend: str) -> None:
    """By a (t + 1)^-exponent; an exponent of 0 leaves them as they are, to the last bit."""
    said = {
        "optimizer": {"kind": "steepest", "norm": norm, "step": {"kind": "normalised", "a": 0.07}},
        "run": {"steps": 12, "backend": backend},
        "vary": {"optimizer.step.exponent": [0.0, 0.5, 1.25]},
        "measure.groups": ["norms"],
    }
    found = columns(trained(said))["step_size"][1:]
    assert (found[:, 0] == 0.07).all()
    for r, exponent in ((1, 0.5), (2, 1.25)):
        assert found[:, r] == pytest.approx(0.07 * np.arange(1.0, 13.0) ** -exponent, rel=1e-12)


def test_an_exponent_above_one_ends_the_flows_time_and_says_so() -> None:
    step = experiment({"optimizer.step": {"kind": "normalised", "exponent": 1.5}}).optimizer.step
    assert step.has_finite_sum()
    assert not experiment(
        {"optimizer.step": {"kind": "normalised", "exponent": 1.0}}
    ).optimizer.step.has_finite_sum()


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_constant_steps_report_their_learning_rate(kind: str, reduction: str) -> None:
    """The column is the rate of the summed loss: eta for the sum, eta/N for the mean."""
    said = {
        "optimizer.step": {"kind": "constant", "eta": 0.01},
        "loss": {"kind": kind, "reduction": reduction},
    }
    found = columns(trained({**said, "measure.groups": ["norms"]}))
    eta = 0.01 if reduction == "sum" else 0.01 / 8
    assert found["log_learning_rate"][1:, 0] == pytest.approx(math.log(eta), rel=1e-12)
    assert found["log_time"][1:, 0] == pytest.approx(np.log(eta * found["step"][1:]), rel=1e-10)


@pytest.mark.parametrize("optimizer", ["steepest", "adam"])
def test_powers_fall_with_the_step(optimizer: str) -> None:
    """At eta (t + 1)^-exponent, for gradient descent times S."""
    step = {"kind": "power", "eta": 0.05, "exponent": 0.7}
    training, thetas = history({"optimizer": {"kind": optimizer, "step": step}, "run.steps": 12})
    plain, found = Plain(training), columns(training)
    for t in range(12):
        eta = 0.05 * (t + 1) ** -0.7
        if optimizer == "steepest":
            assert found["log_learning_rate"][t + 1, 0] == pytest.approx(math.log(eta), abs=1e-12)
            eta *= plain.at(thetas[t][0]).loss().item()
        assert found["step_size"][t + 1, 0] == pytest.approx(eta, rel=1e-10)


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize(("widths", "degree"), [([5], 2), ([4, 4], 3)])
def test_steps_of_the_theory(widths: list[int], degree: int, kind: str) -> None:
    """By (S5): eta = a0 / kappa(L), kappa(x) = x (log 1/x)^(2-2/L) for x <= e^(2/L-2), its value there beyond."""
    step = {"kind": "theory", "a0": 0.05}
    data = {"kind": "hyperplane", "n": 6, "d": 2, "normalize": "max-norm"}
    network = {"kind": "mlp", "widths": widths, "activation": "linear"}
    said = {"optimizer.step": step, "network": network, "data": data, "loss.kind": kind}
    training, thetas = history({**said, "run.steps": 400})
    plain, found = Plain(training), columns(training)
    power = 2 - 2 / degree
    beyond = 0
    for t in range(0, 400, 9):
        x = plain.at(thetas[t][0]).loss().item()
        border = math.exp(-power)
        beyond += x > border
        kappa = x * math.log(1 / x) ** power if x <= border else border * power**power
        assert found["log_learning_rate"][t + 1, 0] == pytest.approx(math.log(0.05 / kappa), abs=1e-9)
    assert 0 < beyond < 44  # both of its branches were taken


def test_the_theorys_step_keeps_its_word() -> None:
    """On a deep linear network it raises the smoothed margin, and a of its own scale falls as it says."""
    data = {"kind": "csv", "path": "p6-hyperplane-10.csv", "normalize": "max-norm"}
    network = {"kind": "mlp", "widths": [10], "activation": "linear", "init": {"scale": 0.3}}
    said = {
        "data": data,
        "network": network,
        "optimizer.step": {"kind": "theory", "a0": 0.1},
        "run.steps": 3000,
    }
    training = trained({**said, "measure.groups": ["margins"]}, PRESETS)
    assert training.history.events["separated_step"][0] is not None
    assert training.history.counters["smoothed_margin_decreases"].tolist() == [0]


@pytest.mark.parametrize("kind", LOSSES)
def test_line_search_is_a_plain_loop(kind: str) -> None:
    """Here a grows by 2^(1/5) after a success; a step that did not lower the loss is taken again with a / 2^(1/10)."""
    said = {
        "optimizer.step": {"kind": "line-search", "a": 0.5},
        "loss.kind": kind,
        "run.steps": 40,
        "replicas": 2,
    }
    training, thetas = history(said)
    rejected = 0
    for r in range(2):
        plain = Plain(training, r, thetas[0][r])
        a = 0.5
        for t in range(40):
            now = plain.at(thetas[t][r])
            ghat, _ = normalised_gradient(now)
            while plain.at(now.theta + a * ghat).loss() >= now.loss():
                a, rejected = a / 2**0.1, rejected + 1
            assert torch.allclose(thetas[t + 1][r], now.theta + a * ghat, rtol=1e-9, atol=1e-12)
            a *= 2**0.2
    assert rejected > 5


def test_line_search_works_in_every_norm() -> None:
    for norm in ("linf", "l1", "spectral"):
        training = trained(
            {
                "optimizer": {"kind": "steepest", "norm": norm, "step": {"kind": "line-search", "a": 0.01}},
                "data.n": 4,
                "network.widths": [12],
                "run.steps": 80,
                "measure.groups": [],
            }
        )
        losses = training.history.records.column("log_loss")[:, 0]
        assert (np.diff(losses) < 0).all() and losses[-1] < losses[0] - 0.5


# the loss-based rule of Lyu & Li ----------------------------------------------------------------


def lyu_li(training: Training, replica: int, epochs: int) -> tuple[list[Tensor], list[int], list[float]]:
    """Return theta after every accepted epoch, the attempts it took and log alpha, by a plain loop."""
    plain = Plain(training, replica)
    step, reduction = plain.member.optimizer.step, plain.member.loss.reduction
    batches = batches_of(training)
    length = batches.per_epoch if batches is not None else 1
    count = len(plain.labels)
    alpha = step.alpha
    thetas, attempts, alphas = [plain.theta], [], []
    for epoch in range(epochs):
        before = plain.at(thetas[-1]).loss().item()
        for attempt in range(400):
            theta = thetas[-1]
            for k in range(length):
                now = plain.at(theta)
                size = count
                if batches is not None:
                    rows = batches.at(epoch * length + k, attempt)[replica]
                    now.x, now.labels, size = plain.x[rows], plain.labels[rows], batches.size
                mean = size if reduction == "mean" else 1
                loss = before / count if reduction == "mean" else before
                theta = theta - alpha / loss * now.gradient() / mean
            lowered = plain.at(theta).loss().item() < before
            alpha = alpha * step.up if lowered else alpha / step.down
            if lowered:
                break
        thetas.append(theta)
        attempts.append(attempt + 1)
        alphas.append(math.log(alpha))
    return thetas, attempts, alphas


RULE = {"kind": "loss-based", "alpha": 1.0}
BY_EPOCHS = [
    {"kind": "steepest", "step": RULE},
    {"kind": "sgd", "batch": 4, "replacement": False, "step": {**RULE, "up": 1.5, "down": 1.3}},
    {"kind": "sgd", "batch": 3, "replacement": True, "step": RULE},
]


@pytest.mark.parametrize("optimizer", BY_EPOCHS, ids=["full batch", "shuffled", "drawn"])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_loss_based_epochs_by_a_plain_loop(optimizer: dict[str, Any], reduction: str) -> None:
    """Three replicas that accept and refuse at different times, each against its own loop."""
    per_epoch = {"steepest": 1, "sgd": 2 if optimizer.get("batch") == 4 else 3}[optimizer["kind"]]
    said = {"optimizer": optimizer, "loss.reduction": reduction, "replicas": 3, "seed": 1}
    training, thetas = history({**said, "run.steps": 25 * per_epoch})
    steps = columns(training)["step"]
    assert steps.tolist() == list(range(0, 25 * per_epoch + 1, per_epoch))  # refused epochs do not count
    start = Training(experiment(said))
    patterns = set()
    for r in range(3):
        expected, attempts, alphas = lyu_li(start, r, 25)
        patterns.add(tuple(attempts))
        for found, theta in zip(thetas, expected, strict=True):
            assert torch.allclose(found[r], theta, rtol=1e-7, atol=1e-9)
        assert training.state.stepper.rule.log_size[r].item() == pytest.approx(alphas[-1], rel=1e-9)
        losses = columns(training)["log_loss"][:, r]
        assert (np.diff(losses) < 0).all()
    assert len(patterns) == 3 and any(max(pattern) > 1 for pattern in patterns)


def test_loss_based_runs_go_far_below_float64() -> None:
    said = {"optimizer.step": {"kind": "loss-based"}, "network.activation": "relu2", "run.steps": 120}
    training = trained({**said, "measure.groups": ["margins"]})
    assert training.history.records.final("log_loss")[0] < -1000
    assert np.isfinite(training.history.records.column("normalized_margin")).all()


def test_a_replica_that_cannot_get_lower_leaves_the_others_alone() -> None:
    """With labels at odds on nearly one point a replica's loss has a least value; the other's has none."""
    data = {"kind": "points", "x": [[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]], "y": [1.0, 1.0, -1.0]}
    said = {
        "data": data,
        "network": {"kind": "mlp", "widths": []},
        "loss.kind": "logistic",
        "optimizer.step": {"kind": "loss-based", "alpha": 0.5},
        "vary": {"data.label_noise": [0.0, 0.4]},
        "measure.groups": ["norms"],
        "run.steps": 150,
    }
    both = trained(said)
    for r, member in enumerate(experiment(said).members()):
        alone = trained(member)
        found, own = columns(both)["log_loss"][:, r], columns(alone)["log_loss"][:, 0]
        length = min(len(found), len(own))
        assert found[:length] == pytest.approx(own[:length], rel=1e-9)
    assert both.step == max(trained(member).step for member in experiment(said).members())


def test_a_point_where_nothing_lowers_the_loss_ends_the_run() -> None:
    """One point with both labels: the loss is least at w = 0, and no learning rate lowers it there."""
    data = {"kind": "points", "x": [[1.0], [1.0]], "y": [1.0, -1.0]}
    said = {"data": data, "network": {"kind": "mlp", "widths": [], "init": {"kind": "zeros"}}}
    training = trained({**said, "optimizer.step": {"kind": "loss-based"}, "loss.kind": "logistic"})
    assert training.step < 60
    assert training.history.status == "done"
    assert "no learning rate lowered the loss" in training.sentence


def test_edits_reach_the_next_step() -> None:
    said = {"optimizer.step": {"kind": "normalised", "a": 0.1}, "measure.every": 1, "run.steps": 8}
    training = Training(experiment(said), yield_every=0)
    for batch in training.run():
        if isinstance(batch, RecordBatch) and batch.steps[-1] == 4:
            training.edit({"optimizer.step.a": 0.02})
    sizes = columns(training)["step_size"][:, 0]
    assert sizes[1:5] == pytest.approx(0.1)
    assert sizes[5:] == pytest.approx(0.02)
