"""Margins over exactly known optima, angles to separators and asymptotes, each against a general solver."""

from __future__ import annotations

import math
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
import torch

from engine.references import asymptote
from engine.training.loop import Training
from tests.engine.cases import Plain, columns, history, measured, prepared

HYPERPLANE = {"kind": "hyperplane", "n": 9, "d": 3}
CLASSES = {"kind": "blobs", "n": 12, "classes": 3, "d": 3}
DEEP = {"kind": "mlp", "widths": [4], "activation": "linear"}
DIAGONAL = {"kind": "diagonal", "init": {"kind": "identity", "scale": 0.3}}
NORMS = {"l1": 1, "l2": 2, "linf": math.inf}


def steepest(norm: str) -> dict[str, Any]:
    return {"kind": "steepest", "norm": norm}


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "linear": ({"network.widths": []}, "l2"),
    "linear, a bias": ({"network": {"kind": "mlp", "bias": "first", "init": {"bias": 0.3}}}, "l2"),
    "linear, l1": ({"network.widths": [], "optimizer": steepest("l1")}, "l1"),
    "linear, linf": ({"network.widths": [], "optimizer": steepest("linf")}, "linf"),
    "deep linear": ({"network": DEEP}, "l2"),
    "diagonal": ({"network": DIAGONAL}, "l1"),
    "classes": ({"network.widths": [], "data": CLASSES}, "l2"),
    "classes, spectral": (
        {"network.widths": [], "data": CLASSES, "optimizer": steepest("spectral")},
        "spectral",
    ),
    "deep linear, classes": ({"network": DEEP, "data": CLASSES}, ""),
}


def predictor(plain: Plain) -> np.ndarray:
    """Return the weights (C, d) of a network that is linear; a bias is a further input that is always 1."""
    d = plain.x.shape[1]
    zero = plain.f(x=torch.zeros(1, d, dtype=torch.float64))[0]
    rows = plain.f(x=torch.eye(d, dtype=torch.float64)) - zero
    biased = getattr(plain.fields, "bias", "none") != "none"
    return np.vstack([rows.numpy(), zero[None].numpy()] if biased else [rows.numpy()]).T


def inputs(plain: Plain) -> np.ndarray:
    x = plain.x.numpy()
    biased = getattr(plain.fields, "bias", "none") != "none"
    return np.column_stack([x, np.ones(len(x))]) if biased else x


def best(plain: Plain, norm: str) -> tuple[float, np.ndarray]:
    """Return the largest margin of predictors of norm 1 and one that has it."""
    x, labels = inputs(plain), plain.labels.numpy()
    w, margin = cp.Variable((plain.outputs_count, x.shape[1])), cp.Variable()
    if plain.outputs_count == 1:
        constraints = [cp.multiply(labels, (x @ w.T)[:, 0]) >= margin]
    else:
        constraints = [
            x[n] @ w[int(y)] - x[n] @ w[j] >= margin
            for n, y in enumerate(labels)
            for j in range(plain.outputs_count)
            if j != y
        ]
    length = cp.sigma_max(w) if norm == "spectral" else cp.norm(cp.vec(w, order="C"), NORMS[norm])
    problem = cp.Problem(cp.Maximize(margin), [*constraints, length <= 1])
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    return float(problem.value), w.value


def size(w: np.ndarray, norm: str) -> float:
    if norm == "spectral":
        return float(np.linalg.norm(w, 2))
    return float(np.linalg.norm(w.ravel(), NORMS[norm]))


@pytest.mark.parametrize(("said", "own"), CASES.values(), ids=CASES)
def test_margins_over_the_best_in_every_norm(said: dict[str, Any], own: str) -> None:
    training, thetas = history({"data": HYPERPLANE, **said, "run.steps": 30, "measure.groups": ["margins"]})
    found, plain = columns(training), Plain(training)
    margins = {norm: best(plain, norm)[0] for norm in ("l1", "l2", "linf", *([own] if own else []))}
    for t in (1, 5, 30):
        now = plain.at(thetas[t][0])
        w, least = predictor(now), now.q().min().item()
        for norm in NORMS:
            expected = least / size(w, norm) / margins[norm]
            assert found[f"margin_ratio_{norm}"][t, 0] == pytest.approx(expected, rel=1e-6), norm
            assert expected < 1 + 1e-8
        if own:
            expected = least / size(w, own) / margins[own]
            assert found["margin_ratio"][t, 0] == pytest.approx(expected, rel=1e-6)
    assert ("margin_ratio" in found) == bool(own)


@pytest.mark.parametrize(
    ("said", "optimum"),
    [
        ({"network.widths": []}, lambda w: w),
        # w = W1' W2 with both layers of norm ||w||^(1/2), along one hidden unit
        ({"network": DEEP}, lambda w: np.concatenate([np.outer(np.eye(4)[0], w).ravel(), np.eye(4)[0]])),
        # w = u^2 - v^2 with one of both 0
        ({"network": DIAGONAL}, lambda w: np.sqrt(np.concatenate([w.clip(min=0), (-w).clip(min=0)]))),
    ],
    ids=["linear", "deep linear", "diagonal"],
)
def test_the_best_margin_is_reached_where_the_proof_says(said: dict[str, Any], optimum: Any) -> None:
    training = prepared({"data": HYPERPLANE, **said, "measure.groups": ["margins"]})
    plain = Plain(training)
    w = best(plain, "l1" if said.get("network") is DIAGONAL else "l2")[1][0]
    if said.get("network") is DEEP:
        w = w / np.linalg.norm(w)
    found = measured(training, torch.from_numpy(optimum(w))[None])
    assert found["normalized_margin"] == pytest.approx(found["best_margin"], rel=1e-6)
    generator = torch.Generator().manual_seed(1)
    for _ in range(50):
        theta = torch.randn(training.state.theta.shape, generator=generator, dtype=torch.float64)
        other = measured(training, theta)
        assert (other["normalized_margin"] < other["best_margin"]).all()


@pytest.mark.parametrize("norm", ["l2", "l1", "linf", "spectral"])
def test_the_certificate_is_the_margin_over_the_smallest_dual_norm(norm: str) -> None:
    """Of the gradient now and of the mean one of the last 200 steps; it never exceeds the true ratio."""
    said = {"network.widths": [], "data": CLASSES, "loss.kind": "cross-entropy", "optimizer": steepest(norm)}
    training, thetas = history({**said, "run.steps": 260, "measure.groups": ["margins"]})
    found, plain = columns(training), Plain(training)
    dual = {
        "l2": lambda g: np.linalg.norm(g),
        "l1": lambda g: np.abs(g).max(),
        "linf": lambda g: np.abs(g).sum(),
        "spectral": lambda g: np.linalg.svd(g, compute_uv=False).sum(),
    }[norm]
    gradients = []
    for theta in thetas:
        now = plain.at(theta[0])
        outputs = now.f()
        weights = 1 - torch.softmax(outputs, 1)[torch.arange(len(outputs)), now.labels.long()]
        gradients.append((-now.gradient() / weights.sum()).numpy().reshape(3, -1))
    value = best(plain, norm)[0]
    for t in (0, 1, 60, 200, 260):
        now = plain.at(thetas[t][0])
        bound = dual(gradients[t])
        if t:
            bound = min(bound, dual(np.mean(gradients[max(0, t - 200) : t], axis=0)))
        margin = now.q().min().item() / size(thetas[t][0].numpy().reshape(3, -1), norm)
        assert found["certified_ratio"][t, 0] == pytest.approx(margin / bound, rel=1e-9)
        assert margin <= 0 or margin / bound <= margin / value + 1e-7


def angle(a: np.ndarray, b: np.ndarray) -> float:
    product = a.ravel() @ b.ravel() / np.linalg.norm(a) / np.linalg.norm(b)
    return math.degrees(math.acos(min(1.0, product)))


def test_angles_of_a_predictor_in_the_plane() -> None:
    said = {"network.widths": [], "data": {"kind": "hyperplane", "n": 9, "d": 2}, "replicas": 2}
    training, thetas = history({**said, "run.steps": 30, "measure.groups": ["directions"]})
    found = columns(training)
    for r in range(2):
        plain = Plain(training, r)
        separator = best(plain, "l2")[1]
        for t in (0, 7, 30):
            w = thetas[t][r].numpy()
            turned = math.degrees(math.atan2(w[1], w[0]))
            assert found["predictor_angle"][t, r] == pytest.approx(turned, abs=1e-9)
            assert found["angle_reference"][t, r] == pytest.approx(angle(w, separator), abs=1e-3)


@pytest.mark.parametrize("kind", ["adagrad", "rmsprop"])
def test_the_angle_to_the_separator_of_the_optimizers_own_metric(kind: str) -> None:
    optimizer = {"kind": kind, "step": {"kind": "constant", "eta": 0.05}}
    said = {"network.widths": [], "data": {**HYPERPLANE, "n": 20}, "optimizer": optimizer}
    training = prepared({**said, "measure.groups": ["directions"]}, steps=40)
    plain = Plain(training)
    found = measured(training, training.state.theta)
    h = training.state.conditioner[0].numpy()
    w = cp.Variable(3)
    z = plain.labels.numpy()[:, None] * inputs(plain)
    cp.Problem(cp.Minimize(cp.sum_squares(cp.multiply(h**-0.5, w)) / 2), [z @ w >= 1]).solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12
    )
    assert found["angle_conditioned"] == pytest.approx(angle(plain.theta.numpy(), w.value), abs=1e-4)


def test_the_asymptote_of_gradient_descent() -> None:
    """w(T) - what log T - wtilde goes to 0 and Loss T to sum alpha; the reference has tests of its own."""
    points = {"kind": "points", "x": [[1.0, 2.0], [2.0, 1.0], [3.0, 3.0], [-2.0, -2.0]], "y": [1, 1, 1, -1]}
    optimizer = {"kind": "steepest", "step": {"kind": "constant", "eta": 0.1}}
    said = {"network.widths": [], "data": points, "optimizer": optimizer}
    training, thetas = history({**said, "run.steps": 50, "measure.groups": ["directions", "norms"]})
    found, plain = columns(training), Plain(training)
    solved = asymptote(plain.labels.numpy()[:, None] * plain.x.numpy())
    assert math.isnan(found["asymptote_distance"][0, 0])
    for t in (1, 20, 50):
        log_time = math.log(0.1 * t)
        apart = thetas[t][0].numpy() - solved.w_hat * log_time - solved.w_tilde
        assert found["log_time"][t, 0] == pytest.approx(log_time)
        assert found["asymptote_distance"][t, 0] == pytest.approx(np.linalg.norm(apart))
        loss = plain.at(thetas[t][0]).loss().item()
        assert found["asymptote_loss"][t, 0] == pytest.approx(loss * 0.1 * t / solved.alpha.sum())
    assert found["asymptote_distance"][50, 0] < found["asymptote_distance"][5, 0]


def test_what_has_no_exact_answer_has_no_column() -> None:
    training: Training = prepared(
        {"network.activation": "relu2", "measure.groups": ["margins", "directions"]}
    )
    found = measured(training, training.state.theta)
    absent = {"margin_ratio", "best_margin", "certified_ratio", "predictor_angle", "asymptote_distance"}
    assert not absent & set(found)
    assert not [name for name in found if name.startswith("margin_ratio_")]
