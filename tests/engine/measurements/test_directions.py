"""Directions, path and stationarity against formulas on autograd's gradients; near 1 against mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import lsq_linear
from torch import Tensor

from engine.measurements.directions import gap_from_stationarity
from engine.measurements.vectors import cosine, distance
from engine.optimizers import Memory
from engine.run.state import StepperState
from engine.steppers.gradient_average import STEPS, GradientAverage
from tests.engine.cases import ADAM, SGD, Plain, columns, history, measured, prepared, trained

mpmath.mp.dps = 60
KINDS = {
    "exponential": {"loss.kind": "exponential"},
    "logistic": {"loss.kind": "logistic"},
    "classes": {"data": {"kind": "blobs", "n": 9, "classes": 3}, "loss.kind": "cross-entropy"},
}
SLOW_SGD = {**SGD, "step": {"kind": "constant", "eta": 0.02}}


def cos(a: Tensor, b: Tensor) -> float:
    return (a @ b / (a.norm() * b.norm())).item()


@pytest.mark.parametrize("optimizer", [{"kind": "steepest"}, ADAM, SLOW_SGD], ids=["safe", "adam", "sgd"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_cosine(kind: dict[str, Any], optimizer: dict[str, Any]) -> None:
    said = {**kind, "optimizer": optimizer, "run.steps": 30, "replicas": 2, "measure.groups": ["directions"]}
    training, thetas = history(said)
    found = columns(training)
    for r in range(2):
        plain = Plain(training, r)
        path = 0.0
        for t in range(31):
            theta = thetas[t][r]
            gradient = -plain.at(theta).gradient()
            own = theta @ gradient / (theta.norm() * gradient.norm())
            if optimizer is ADAM:
                own = theta @ gradient / (theta.abs().max() * gradient.abs().sum())
            if t:
                before = thetas[t - 1][r]
                path += (theta / theta.norm() - before / before.norm()).norm().item()
                assert found["cos_previous"][t, r] == pytest.approx(cos(theta, before), abs=1e-12)
            assert found["cos_initial"][t, r] == pytest.approx(cos(theta, thetas[0][r]), abs=1e-12)
            assert found["cos_gradient"][t, r] == pytest.approx(cos(theta, gradient), abs=1e-9)
            assert found["cos_gradient_own"][t, r] == pytest.approx(own.item(), abs=1e-9)
            assert found["direction_path"][t, r] == pytest.approx(path, rel=1e-9)
    assert np.isnan(found["cos_previous"][0]).all()
    assert ("cos_gradient_mean" in found) is (optimizer is not SLOW_SGD)


def test_previous_is_the_record_before_not_the_step_before() -> None:
    said = {"run.steps": 40, "measure": {"every": 10, "groups": ["directions"]}}
    _, thetas = history({"run.steps": 40})
    found = columns(trained(said))["cos_previous"][:, 0]
    expected = [cos(thetas[t][0], thetas[t - 10][0]) for t in (10, 20, 30, 40)]
    assert found[1:] == pytest.approx(expected, abs=1e-12)


def spectral(vector: Tensor) -> Tensor:
    """Return the largest singular value of both layers of a network of 2 inputs and 3 units."""
    return max(torch.linalg.matrix_norm(vector[:6].view(3, 2), 2), vector[6:].norm())


def nuclear(vector: Tensor) -> Tensor:
    return torch.linalg.matrix_norm(vector[:6].view(3, 2), "nuc") + vector[6:].norm()


NORMS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "l2": (torch.norm, torch.norm),
    "linf": (lambda v: v.abs().max(), lambda v: v.abs().sum()),
    "l1": (lambda v: v.abs().sum(), lambda v: v.abs().max()),
    "spectral": (spectral, nuclear),
}
"""A norm, and its dual."""


@pytest.mark.parametrize("norm", NORMS)
def test_the_gradient_mean_is_over_the_last_200_steps(norm: str) -> None:
    """Of the normalised gradients of steps t - 200 to t - 1, all weighing the same; in the own norm too."""
    said = {"loss.kind": "logistic", "run.steps": 230, "network.widths": [3]}
    optimizer = {"kind": "steepest", "norm": norm, "step": {"kind": "normalised"}}
    training, thetas = history({**said, "measure.groups": ["directions"], "optimizer": optimizer})
    lengths, dual = NORMS[norm]
    plain = Plain(training)
    normalised = []
    for theta in thetas:
        now = plain.at(theta[0])
        normalised.append(-now.gradient() / torch.sigmoid(-now.q()).sum())
    found = columns(training)["cos_gradient_mean"][:, 0]
    in_own_norm = columns(training)["cos_gradient_own_mean"][:, 0]
    assert math.isnan(found[0]) and math.isnan(in_own_norm[0])
    for t in (1, 2, 50, 199, 200, 201, 230):
        theta, mean = thetas[t][0], torch.stack(normalised[max(0, t - 200) : t]).mean(0)
        assert found[t] == pytest.approx(cos(theta, mean), abs=1e-9)
        own = (theta @ mean / (lengths(theta) * dual(mean))).item()
        assert in_own_norm[t] == pytest.approx(own, abs=1e-9)


@pytest.mark.parametrize("parameters", [10, 10_000, 200_000])
def test_large_networks_average_in_blocks(parameters: int) -> None:
    """Blocks of b steps: the mean covers between 200 - b + 1 and 200 of the last steps."""
    like = torch.zeros(1, parameters, dtype=torch.float64)
    window = GradientAverage(like)
    assert STEPS % window.block == 0
    ring = torch.zeros(1, STEPS // window.block, 1, dtype=torch.float64)
    small = StepperState(Memory(), Memory(), ring)
    assert window.empty(like[:, :0]).shape[1] == STEPS // window.block
    for step in range(530):
        window.add(step, torch.full((1, 1), step + 1.0, dtype=torch.float64), small)
        mean = window.mean(step + 1, small)
        assert mean is not None
        first = max(0, (step // window.block - STEPS // window.block + 1) * window.block)
        assert mean.item() == pytest.approx((first + step + 2) / 2, rel=1e-14)


@given(st.floats(-16, 0), st.integers(0, 1000))
def test_cosines_near_one_lose_nothing(exponent: float, seed: int) -> None:
    """Where 1 - cos is far below rounding, its half square distance is still right."""
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(1, 9, dtype=torch.float64, generator=generator)
    b = a + 10**exponent * torch.randn(1, 9, dtype=torch.float64, generator=generator)
    exact_a, exact_b = ([mpmath.mpf(v) for v in vector[0].tolist()] for vector in (a, b))
    product = mpmath.fsum(x * y for x, y in zip(exact_a, exact_b, strict=True))
    norms = [mpmath.sqrt(mpmath.fsum(x * x for x in vector)) for vector in (exact_a, exact_b)]
    one_less = 1 - product / (norms[0] * norms[1])
    assert distance(a, b).item() == pytest.approx(float(mpmath.sqrt(2 * one_less)), rel=1e-6, abs=4e-16)
    assert cosine(a, b).item() == pytest.approx(float(1 - one_less), abs=1e-15)


def test_cosines_of_nothing_are_not_defined() -> None:
    zero, one = torch.zeros(1, 3), torch.ones(1, 3)
    assert cosine(zero, one).isnan().all() and cosine(one, zero).isnan().all()


# the gap from stationarity -----------------------------------------------------------------------


def norm_and_dual(norm: str, layers: list[np.ndarray], pulls: list[np.ndarray]) -> tuple[float, float]:
    """Return ||theta|| and ||ghat||_* from the layers' matrices, by NumPy alone."""
    theta, pull = (np.concatenate([m.ravel() for m in part]) for part in (layers, pulls))
    match norm:
        case "l2":
            return float(np.sqrt((theta**2).sum())), float(np.sqrt((pull**2).sum()))
        case "linf":
            return float(np.abs(theta).max()), float(np.abs(pull).sum())
        case "l1":
            return float(np.abs(theta).sum()), float(np.abs(pull).max())
        case _:
            return max(np.linalg.norm(m, 2) for m in layers), sum(np.linalg.norm(m, "nuc") for m in pulls)


@pytest.mark.parametrize("norm", ["l2", "linf", "l1", "spectral"])
@pytest.mark.parametrize("activation", ["relu", "relu2"])
def test_the_gap_is_the_least_of_fenchel_and_young_over_the_scale(norm: str, activation: str) -> None:
    """1/2 ||t||^2 + 1/2 ||s ghat||_*^2 - s <t, ghat> at t = theta/q_min^(1/L), minimised over s >= 0 by search."""
    said = {"network": {"kind": "mlp", "widths": [12], "activation": activation}, "data.n": 4}
    said |= {"optimizer": {"kind": "steepest", "norm": norm}, "run.steps": 120}
    training, thetas = history({**said, "measure.groups": ["directions"]})
    plain, found = Plain(training), columns(training)["bregman_gap"][:, 0]
    fitted = 0
    for t in (0, 20, 60, 120):
        now = plain.at(thetas[t][0])
        if now.q().min() <= 0:
            assert math.isnan(found[t])
            continue
        fitted += 1
        point = now.at(now.theta / now.q().min() ** (1 / (plain.degree or math.nan)))
        pull = -now.gradient()
        layers, pulls = ([w.numpy() for (w,) in now.at(v).layers] for v in (point.theta, pull))
        length, dual = norm_and_dual(norm, layers, pulls)
        product = (point.theta @ pull).item()
        scales = np.append(0, np.geomspace(1e-6, 1e6, 200_001)) * length / dual
        gaps = length**2 / 2 + (scales * dual) ** 2 / 2 - scales * product
        assert found[t] == pytest.approx(gaps.min(), rel=1e-6)
    assert fitted


def test_the_gap_keeps_what_is_left_of_one_minus_beta() -> None:
    """A linear model of two orthogonal points close to its solution, against 40 digits."""
    two = {"kind": "points", "x": [[1.0, 0.0], [0.0, -1.0]], "y": [1.0, -1.0]}
    training = prepared({"data": two, "network.widths": []})
    theta = 3.0, 3.0 + 1e-7
    near = measured(training, torch.tensor([theta], dtype=torch.float64))
    with mpmath.workdps(40):
        first, second = (mpmath.mpf(value) for value in theta)
        pull = mpmath.exp(-first), mpmath.exp(-second)
        beta = (first * pull[0] + second * pull[1]) / mpmath.hypot(first, second) / mpmath.hypot(*pull)
        wanted = (1 - beta**2) / 2 * mpmath.hypot(first, second) ** 2 / first**2
    assert near["bregman_gap"] == pytest.approx(float(wanted), rel=1e-6)


def test_the_gap_is_half_the_square_where_the_gradient_points_away() -> None:
    """beta_* below 0, as near-homogeneous networks can have it: the least is at the scale 0."""
    numbers = torch.tensor([[1.3], [1.0], [0.5]], dtype=torch.float64)
    found = gap_from_stationarity(numbers, torch.full_like(numbers, 4.0), torch.full_like(numbers, 6.0), 2.0)
    assert found.flatten().tolist() == pytest.approx([4.5, 4.5, 4.5 * 0.75])
    assert gap_from_stationarity(numbers, -numbers, numbers, 2.0).isnan().all()


def test_the_gap_falls_where_the_unscaled_one_rises() -> None:
    """l-infinity descent on the circle, m = 60; `python -m tests.soak.numbers` runs to 12,000 steps, in every norm."""
    said = {
        "data.n": 24,
        "network": {"kind": "mlp", "widths": [60], "init": {"kind": "fan-in", "scale": 0.1}},
    }
    said |= {"optimizer": {"kind": "steepest", "norm": "linf"}, "run.steps": 1600}
    found = columns(trained({**said, "measure": {"groups": ["norms", "directions"], "per_decade": 20}}))
    gap = found["bregman_gap"][:, 0]
    unscaled = found["norm_linf"][:, 0] ** 2 * (1 - found["cos_gradient_own"][:, 0] ** 2) / 2
    early = int(np.argmax(found["step"] >= 75))
    assert gap[early] == pytest.approx(0.21, abs=0.03) and gap[-1] < 0.045
    assert unscaled[-1] > 1.5 * unscaled[early]


# stationarity -----------------------------------------------------------------------------------

HOMOGENEOUS = {
    "relu": {"data.n": 4, "network.widths": [12]},
    "relu2": {"data.n": 4, "network": {"kind": "mlp", "widths": [12], "activation": "relu2"}},
    "linear": {"data": {"kind": "hyperplane", "n": 9, "d": 3}, "network.widths": []},
    "logistic": {"data.n": 4, "network.widths": [12], "loss.kind": "logistic"},
}


@pytest.mark.parametrize("said", HOMOGENEOUS.values(), ids=HOMOGENEOUS)
def test_kkt_conditions_at_the_scaled_parameters(said: dict[str, Any]) -> None:
    """Of min ||theta||^2/2 with q >= 1 at theta/q_min^(1/L): residual and slackness of the gradient's duals."""
    training, thetas = history({**said, "run.steps": 250, "measure.groups": ["margins", "stationarity"]})
    found = columns(training)
    plain = Plain(training)
    degree = plain.degree
    assert degree is not None
    checked = 0
    for t in (0, 100, 250):
        now = plain.at(thetas[t][0])
        q = now.q()
        if q.min() <= 0:
            assert math.isnan(found["kkt_epsilon"][t, 0]) and math.isnan(found["kkt_delta"][t, 0])
            assert math.isnan(found["stationarity"][t, 0])
            continue
        checked += 1
        scaled = now.at(now.theta / q.min() ** (1 / degree))
        assert scaled.q().min().item() == pytest.approx(1)
        slopes = scaled.jacobian()[:, 0] * now.labels[:, None]
        weights = torch.exp(-q) if plain.member.loss.kind == "exponential" else torch.sigmoid(-q)
        # lambda_n = q_min^(1 - 2/L) rho p_n S / ||grad L||, Lyu & Li C.6-C.8
        multipliers = q.min() ** (1 - 2 / degree) * now.theta.norm() * weights / now.gradient().norm()
        residual = (scaled.theta - multipliers @ slopes).norm() / scaled.theta.norm()
        assert found["kkt_epsilon"][t, 0] == pytest.approx(residual.item(), rel=1e-8)
        slack = (multipliers * (scaled.q() - 1)).max().item()
        assert found["kkt_delta"][t, 0] == pytest.approx(slack, rel=1e-8, abs=1e-14)
        beta = cos(now.theta, -now.gradient())
        assert residual.item() == pytest.approx(math.sqrt(2 * (1 - beta)), rel=1e-6)
        near = (now.jacobian()[:, 0] * now.labels[:, None])[q <= 1.05 * q.min()]
        best = lsq_linear(
            near.T.numpy(), (now.theta / now.theta.norm()).numpy(), bounds=(0, np.inf), tol=1e-14
        )
        assert found["stationarity"][t, 0] == pytest.approx(math.sqrt(2 * best.cost), rel=1e-5, abs=1e-7)
    assert checked


@pytest.mark.parametrize("loss", ["exponential", "cross-entropy"])
def test_kkt_conditions_of_several_classes(loss: str) -> None:
    """Every s_nj = f_y - f_j is a constraint of its own, with the share of p_n that the gradient gives it."""
    data = {"kind": "blobs", "n": 12, "classes": 3, "separation": 6.0}
    said = {"data": data, "network.widths": [12], "loss.kind": loss, "run.steps": 300}
    training, thetas = history({**said, "measure.groups": ["margins", "stationarity"]})
    found, plain = columns(training), Plain(training)
    for t in (200, 300):
        now = plain.at(thetas[t][0])
        f, jacobian, labels = now.f(), now.jacobian(), now.labels.long()
        s, slopes, shares = [], [], []
        for n in range(len(f)):
            others = [j for j in range(3) if j != labels[n]]
            gaps = f[n, labels[n]] - f[n, others]
            lse = torch.logsumexp(-gaps, 0)
            pull = lse.exp() if loss == "exponential" else torch.sigmoid(lse)
            s += list(gaps)
            shares += list(pull * torch.softmax(-gaps, 0))
            slopes += [jacobian[n, labels[n]] - jacobian[n, j] for j in others]
        gaps, rows, weights = torch.stack(s), torch.stack(slopes), torch.stack(shares)
        least, unit = gaps.min(), now.theta / now.theta.norm()
        assert least > 0
        gradient = weights @ rows
        torch.testing.assert_close(gradient, -now.gradient(), rtol=1e-9, atol=1e-12)
        # degree 2: lambda = rho p / ||ghat||
        multipliers = now.theta.norm() * weights / gradient.norm()
        assert found["kkt_delta"][t, 0] == pytest.approx(
            (multipliers * (gaps / least - 1)).max().item(), rel=1e-8
        )
        near = rows[gaps <= 1.05 * least]
        best = lsq_linear(near.T.numpy(), unit.numpy(), bounds=(0, np.inf), tol=1e-14)
        assert found["stationarity"][t, 0] == pytest.approx(math.sqrt(2 * best.cost), rel=1e-5, abs=1e-7)
        every = lsq_linear(rows.T.numpy(), unit.numpy(), bounds=(0, np.inf), tol=1e-14)
        assert math.sqrt(2 * every.cost) <= found["kkt_epsilon"][t, 0] + 1e-9


def test_samples_as_close_to_two_classes_leave_no_residual() -> None:
    """The simplex of three classes: theta* is critical only by mixtures of both of every sample's constraints."""
    angles = [math.pi / 2 + 2 * math.pi * k / 3 for k in range(3)]
    points = [[math.cos(a), math.sin(a)] for a in angles]
    data = {"kind": "points", "x": points, "y": [0, 1, 2]}
    training = prepared({"data": data, "network.widths": [], "loss.kind": "cross-entropy"})
    theta = torch.tensor([[20 * number for point in points for number in point]], dtype=torch.float64)
    found = measured(training, theta)
    for name in ("kkt_epsilon", "kkt_delta", "stationarity", "tangential_residual"):
        assert found[name] == pytest.approx(0, abs=1e-12), name


def test_the_exact_solution_is_stationary() -> None:
    """Two orthogonal points of a linear model: w* = (1, 1)/sqrt 2 meets every condition."""
    data = {"kind": "points", "x": [[1.0, 0.0], [0.0, -1.0]], "y": [1.0, -1.0]}
    training = prepared({"data": data, "network.widths": []})
    found = measured(training, torch.tensor([[30.0, 30.0]], dtype=torch.float64))
    for name in ("kkt_epsilon", "kkt_delta", "stationarity"):
        assert found[name] == pytest.approx(0, abs=1e-14)
    assert found["cos_gradient"] == pytest.approx(1)
    assert found["margin_ratio"] == pytest.approx(1)
    assert found["cos_reference"] == pytest.approx(1)


def test_stationarity_is_not_for_networks_without_a_degree() -> None:
    found = columns(trained({"network.activation": "tanh", "run.steps": 3}))
    assert not {"kkt_epsilon", "kkt_delta", "stationarity"} & found.keys()
    assert {"support_count", "cos_gradient"} <= found.keys()
