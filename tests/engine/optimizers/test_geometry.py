"""Norms, their duals and steepest directions: what is true of every geometry, for every kind of network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.optimizers.geometry import Geometry, Lp, geometry, sample_dual_squares
from engine.training.loop import Training
from tests.engine.cases import Plain, experiment, history, prepared

NAMES = ("l2", "linf", "l1", "lp", "spectral", "conditioned")
EXPONENTS = torch.tensor([1.4, 5.0], dtype=torch.float64)
NETWORKS: dict[str, dict[str, Any]] = {
    "dense with biases": {"kind": "mlp", "widths": [4, 3], "bias": "all"},
    "one layer of three": {"kind": "mlp", "widths": [4, 3], "train": ["W2"]},
    "convolution": {"kind": "conv", "channels": [2], "bias": "first"},
    "residual": {"kind": "residual", "width": 3, "blocks": 1},
    "diagonal": {"kind": "diagonal"},
    "no rotation": {"kind": "no-rotation", "width": 5},
    "free features": {"kind": "free-features", "features": 3},
    "quasi": {"kind": "quasi"},
}
TRAININGS: dict[str, Training] = {}


def made(name: str, case: str) -> tuple[Geometry, Training, Tensor]:
    """Return a geometry of a network, and the metric of one that makes its own."""
    if case not in TRAININGS:
        TRAININGS[case] = prepared({"network": NETWORKS[case], "replicas": 2})
    training = TRAININGS[case]
    theta = training.state.theta
    conditioner = torch.rand(theta.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    own = Lp(EXPONENTS) if name == "lp" else geometry(name, training.problem.network)
    return own, training, conditioner + 0.01


def of_experiment(norm: str, training: Training) -> Geometry:
    """Return the geometry of steepest descent in a norm, lp with the p that experiments begin with."""
    own = torch.tensor([3.0], dtype=torch.float64)
    return Lp(own) if norm == "lp" else geometry(norm, training.problem.network)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", NETWORKS)
@settings(max_examples=15)
@given(seed=st.integers(0, 10**6))
def test_steepest_directions_are_what_they_say(name: str, case: str, seed: int) -> None:
    """<g, d> = ||g||_*^2 and ||d|| = ||g||_*; no theta of norm 1 has a larger product; norms are norms."""
    chosen, training, conditioner = made(name, case)
    generator = torch.Generator().manual_seed(seed)
    shape = training.state.theta.shape
    g, other = (torch.randn(shape, dtype=torch.float64, generator=generator) for _ in range(2))
    dual, direction = chosen.dual_norm(g, conditioner), chosen.steepest(g, conditioner)
    assert torch.allclose((g * direction).sum(1), dual.square(), rtol=1e-9)
    assert torch.allclose(chosen.norm(direction, conditioner), dual, rtol=1e-9)
    norm = chosen.norm(other, conditioner)
    assert ((g * other).sum(1) <= norm * dual * (1 + 1e-12)).all()
    assert torch.allclose(chosen.norm(-2.5 * other, conditioner), 2.5 * norm)
    assert (
        chosen.norm(other + direction, conditioner) <= norm + chosen.norm(direction, conditioner) + 1e-12
    ).all()


def test_ties_go_to_the_first_coordinate_and_zeros_stay() -> None:
    """By theory section 9.4; sign(0) = 0."""
    _, training, conditioner = made("l1", "diagonal")
    network = training.problem.network
    g = torch.tensor([[1.0, -2.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    assert geometry("l1", network).steepest(g, conditioner).tolist() == [[0.0, -2.0, 0.0, 0.0], [0.0] * 4]
    assert geometry("linf", network).steepest(g, conditioner).tolist() == [[5.0, -5.0, 5.0, 0.0], [0.0] * 4]
    assert not geometry("spectral", network).steepest(torch.zeros_like(g), conditioner).any()


@pytest.mark.parametrize("name", NAMES[:4])
@pytest.mark.parametrize("case", NETWORKS)
def test_dual_norms_of_samples_are_those_of_their_gradients(name: str, case: str) -> None:
    chosen, training, conditioner = made(name, case)
    iterate = training.iterate
    for cotangent in training.problem.loss.pair_cotangents(iterate.evaluation.outputs):
        found = sample_dual_squares(
            chosen, training.problem.network, iterate.weights, iterate.tape, cotangent
        )
        gradients = training.problem.network.sample_gradients(iterate.weights, iterate.tape, cotangent)
        for n in range(gradients.shape[1]):
            assert torch.allclose(
                found[:, n], chosen.dual_norm(gradients[:, n], conditioner).square(), rtol=1e-8
            )


def test_the_spectral_norm_is_the_largest_of_the_layers() -> None:
    """Biases are a further column of their layer; by NumPy."""
    chosen, training, conditioner = made("spectral", "dense with biases")
    theta = training.state.theta
    for r in range(2):
        plain = Plain(training, r, theta[r])
        layers = [np.column_stack([w.numpy(), b.numpy()]) for w, b in plain.layers]
        values = [np.linalg.svd(layer, compute_uv=False) for layer in layers]
        assert chosen.norm(theta, conditioner)[r].item() == pytest.approx(max(v[0] for v in values))
        assert chosen.dual_norm(theta, conditioner)[r].item() == pytest.approx(sum(v.sum() for v in values))


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("norm", NAMES[:5])
def test_steps_of_steepest_descent(norm: str, scaled: bool) -> None:
    """Constant steps: eta S ||ghat||_* along the unit direction, or eta along it where steps are not scaled."""
    optimizer = {
        "kind": "steepest",
        "norm": norm,
        "scaled": scaled,
        "step": {"kind": "constant", "eta": 0.01},
    }
    training, thetas = history({"optimizer": optimizer, "run.steps": 8, "network.bias": "first"})
    chosen = of_experiment(norm, training)
    plain = Plain(training)
    for t in range(8):
        g = -plain.at(thetas[t][0]).gradient()[None]
        step = 0.01 * chosen.steepest(g, None)
        if not scaled:
            step /= chosen.dual_norm(g, None)
        assert torch.allclose(thetas[t + 1], thetas[t] + step, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("norm", NAMES[:5])
def test_safe_steps_in_every_norm(norm: str) -> None:
    """By theory 0.1: a = min(c/B^2, kappa ||theta||/||ghat||_*), all norms those of the geometry."""
    said = {
        "optimizer": {
            "kind": "steepest",
            "norm": norm,
            "step": {"kind": "safe", "refresh": 4, "kappa": 0.05},
        },
        "data": {"kind": "blobs", "n": 9, "classes": 3, "seed": 2},
        "loss.kind": "cross-entropy",
        "run.steps": 12,
    }
    training, thetas = history(said)
    chosen, plain = of_experiment(norm, training), Plain(training)
    for t in range(12):
        now = plain.at(thetas[t][0])
        if t % 4 == 0:
            bound, measured_at = largest_pair(chosen, now), chosen.norm(thetas[t], None)
        f, labels = now.f(), now.labels.long()
        true = f[torch.arange(len(f)), labels]
        others = f.clone()
        others[torch.arange(len(f)), labels] = -torch.inf
        weight = torch.sigmoid(others.logsumexp(1) - true).sum()
        ghat = (-now.gradient() / weight)[None]
        norm_now = chosen.norm(thetas[t], None)
        scaled = bound * (norm_now / measured_at) ** 2
        size = torch.minimum(0.5 / scaled, 0.05 * norm_now / chosen.dual_norm(ghat, None))
        wanted = thetas[t] + size[:, None] * chosen.steepest(ghat, None)
        assert torch.allclose(thetas[t + 1], wanted, rtol=1e-9, atol=1e-13)


def largest_pair(chosen: Geometry, plain: Plain) -> Tensor:
    """Return max ||grad (f_y - f_j)||_*^2 over samples and other classes, by autograd."""
    rows = plain.jacobian()
    pairs = [
        rows[n, y] - rows[n, j] for n, y in enumerate(plain.labels.long()) for j in range(3) if j != int(y)
    ]
    return max(chosen.dual_norm(pair[None], None).square() for pair in pairs)


def test_experiments_name_their_geometry() -> None:
    """What an optimizer's fields say is what computes."""
    for kind, wanted in (
        ("adam", "linf"),
        ("muon", "spectral"),
        ("adagrad", "conditioned"),
        ("momentum", "l2"),
        ("flow", "l2"),
        ("margin-flow", "l2"),
    ):
        one = experiment({"optimizer": {"kind": kind}})
        assert one.optimizer.geometry == wanted == Training(one).stepper.optimizer.geometry.name
