"""Optimizers step by step against torch's own on the real loss, and below float64 against mpmath."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from engine.optimizers.adaptive import Adam
from tests.engine.cases import ADAM, SGD, Plain, history, plain_loss, prepared

mpmath.mp.dps = 40
BLOBS = {"data": {"kind": "blobs", "n": 9, "classes": 3, "seed": 2}}
NETWORKS: dict[str, dict[str, Any]] = {
    "linear": {"network.widths": []},
    "relu": {"network.widths": [5]},
    "gelu with biases": {"network.widths": [4, 3], "network.activation": "gelu", "network.bias": "all"},
    "one layer of three": {"network.widths": [4, 3], "network.activation": "tanh", "network.train": ["W2"]},
    "scaled output": {"network.widths": [5], "network.output_scale": 2.5},
}


def by_torch(said: dict[str, Any], optimizer: type[torch.optim.Optimizer], **options: Any) -> list[Tensor]:
    """Return theta (P,) at every step of torch's optimizer on the sum or mean of the loss itself."""
    training = prepared(said)
    plain = Plain(training)
    theta = plain.theta.clone().requires_grad_()
    stepper = optimizer([theta], **options)
    reduction = 1 / len(plain.labels) if plain.member.loss.reduction == "mean" else 1.0
    found = [theta.detach().clone()]
    for step in range(plain.member.run.steps):
        rows = slice(None)
        factor = reduction
        if training._batches is not None:
            rows = training._batches.at(step)[0]
            factor = 1 / len(rows) if plain.member.loss.reduction == "mean" else 1.0
        stepper.zero_grad()
        loss = plain_loss(plain.member.loss.kind, plain.f(theta, plain.x[rows]), plain.labels[rows])
        (factor * loss).backward()
        stepper.step()
        found.append(theta.detach().clone())
    return found


def agree(said: dict[str, Any], expected: list[Tensor], tolerance: float = 1e-11) -> None:
    _, thetas = history(said)
    assert len(thetas) == len(expected)
    for found, theta in zip(thetas, expected, strict=True):
        assert torch.allclose(found[0], theta, rtol=tolerance, atol=tolerance)
    assert not torch.allclose(expected[0], expected[-1], atol=1e-3)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("kind", ["exponential", "logistic"])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_gradient_descent_is_torchs(network: dict[str, Any], kind: str, reduction: str) -> None:
    said = {**network, "loss": {"kind": kind, "reduction": reduction}, "run.steps": 40}
    eta = (0.03 if reduction == "sum" else 0.24) / network.get("network.output_scale", 1.0) ** 3
    said["optimizer"] = {"kind": "steepest", "step": {"kind": "constant", "eta": eta}}
    agree(said, by_torch(said, torch.optim.SGD, lr=eta))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("kind", ["exponential", "cross-entropy"])
def test_gradient_descent_is_torchs_for_several_classes(kind: str, reduction: str) -> None:
    said = {
        **BLOBS,
        "loss": {"kind": kind, "reduction": reduction},
        "network": {"kind": "mlp", "widths": [5], "bias": "first", "init": {"scale": 0.3}},
        "run.steps": 40,
    }
    eta = 5e-3 if reduction == "sum" else 0.045
    said["optimizer"] = {"kind": "steepest", "step": {"kind": "constant", "eta": eta}}
    agree(said, by_torch(said, torch.optim.SGD, lr=eta))


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_stochastic_gradient_descent_is_torchs(reduction: str, replacement: bool) -> None:
    """Batches of 4 of 8 samples: the mean of a batch divides by 4."""
    step = {"kind": "constant", "eta": 0.05}
    for data in ({}, {**BLOBS, "optimizer.batch": 3, "loss.kind": "cross-entropy"}):
        said: dict[str, Any] = {
            "optimizer": {**SGD, "batch": 4, "replacement": replacement, "step": step},
            "loss.reduction": reduction,
            "run.steps": 30,
            **data,
        }
        agree(said, by_torch(said, torch.optim.SGD, lr=0.05))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("epsilon", [0.0, 1e-8, 1e-2])
@pytest.mark.parametrize("betas", [(0.9, 0.95), (0.0, 0.9), (0.5, 0.999)])
def test_adam_is_torchs(betas: tuple[float, float], epsilon: float, reduction: str) -> None:
    """With epsilon in units of the reduced loss's own gradient; gelu, as torch knows no 0/0 = 0."""
    said = {
        **NETWORKS["gelu with biases"],
        "loss": {"kind": "exponential", "reduction": reduction},
        "optimizer": {**ADAM, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon},
        "run.steps": 60,
    }
    agree(said, by_torch(said, torch.optim.Adam, lr=0.02, betas=betas, eps=epsilon), tolerance=1e-8)


def exact_adam(
    ghat: np.ndarray, log_weights: np.ndarray, beta1: float, beta2: float, epsilon: float
) -> list[list[mpmath.mpf]]:
    """Return Adam's directions (T, P) for gradients e^(log weight) ghat, in 40 digits."""
    first = [mpmath.mpf(0)] * ghat.shape[1]
    second = list(first)
    found = []
    for t, (row, log_weight) in enumerate(zip(ghat, log_weights, strict=True), start=1):
        g = [mpmath.mpf(v) * mpmath.exp(mpmath.mpf(log_weight)) for v in row]
        first = [beta1 * m + (1 - mpmath.mpf(beta1)) * v for m, v in zip(first, g, strict=True)]
        second = [beta2 * m + (1 - mpmath.mpf(beta2)) * v * v for m, v in zip(second, g, strict=True)]
        roots = [mpmath.sqrt(v / (1 - mpmath.mpf(beta2) ** t)) + mpmath.mpf(epsilon) for v in second]
        means = [m / (1 - mpmath.mpf(beta1) ** t) for m in first]
        found.append([m / r if r else mpmath.mpf(0) for m, r in zip(means, roots, strict=True)])
    return found


PACES = {
    "down to e^-2000": np.linspace(0, -2000, 120),
    "stays at e^-2000": np.full(60, -2000.0),
    "falls and rises, as with batches": -2000 + 300 * np.sin(np.arange(80) / 3) * np.linspace(0, 1, 80),
    "off a cliff": np.concatenate([[0.0], np.full(450, -900.0)]),
    "up to e^600": np.linspace(-100, 600, 60),
}


@pytest.mark.parametrize("pace", PACES.values(), ids=PACES)
@pytest.mark.parametrize("betas", [(0.9, 0.95), (0.9, 0.999), (0.0, 0.01)])
@pytest.mark.parametrize("epsilon", [0.0, 1e-300])
def test_adam_at_losses_below_float64(pace: np.ndarray, betas: tuple[float, float], epsilon: float) -> None:
    random = np.random.default_rng(1)
    ghat = random.normal(size=(len(pace), 4)) + np.array([2.0, -0.1, 0.0, 1e-5])
    ghat[:, 2] = 0.0
    values = [torch.tensor([v], dtype=torch.float64) for v in (*betas, epsilon)]
    adam = Adam(*values)
    state = adam.initial_state(torch.zeros(1, 4, dtype=torch.float64))
    expected = exact_adam(ghat, pace, *betas, epsilon)
    for row, log_weight, exact in zip(ghat, pace, expected, strict=True):
        weight = torch.tensor([log_weight], dtype=torch.float64)
        found = adam.direction(torch.from_numpy(row[None]), weight, state)[0]
        assert torch.isfinite(found).all()
        # moments that have shrunk by e^-700 beside new ones are gone, as they are from the answer
        assert found.tolist() == pytest.approx([float(e) for e in exact], rel=1e-9, abs=1e-12)
    assert torch.isfinite(state["adam.first"]).all() and torch.isfinite(state["adam.second"]).all()


def test_adam_does_not_see_the_scale_of_the_loss() -> None:
    """Without epsilon, margins larger by 2,000 (a constant input with a frozen weight) change no step."""
    paths = []
    for shift in (0.0, 2000.0):
        x = [[1.0, 0.3, shift], [-0.5, 1.0, shift], [0.7, -0.9, shift], [0.4, 0.4, -shift]]
        data = {"kind": "points", "x": x, "y": [1.0, 1.0, 1.0, -1.0]}
        training = prepared({"data": data, "network.widths": [], "optimizer": ADAM, "run.steps": 60})
        training.state["theta"][0] = torch.tensor([0.2, -0.1, 1.0])
        training._look()
        # the same margins but for the shift, so the same dual variables
        rows = [training._evaluation.p[0].clone()]
        assert training._evaluation.log_loss.item() < (-1990 if shift else 10)
        for _ in range(50):
            size = training._rule.size(None, training.state)  # type: ignore[arg-type]
            gradient = training._gradient.clone()
            gradient[0, 2] = 0.0
            step = training._optimizer.direction(gradient, training._evaluation.log_weight, training.state)
            training._theta.addcmul_(size.unsqueeze(1), step)
            training._look()
            rows.append(training._theta[0].clone())
        paths.append(rows[1:])
    assert torch.allclose(torch.stack(paths[0]), torch.stack(paths[1]), atol=1e-9)


@pytest.mark.parametrize("optimizer", [{"kind": "steepest"}, ADAM, SGD], ids=["steepest", "adam", "sgd"])
def test_norms_are_dual(optimizer: dict[str, Any]) -> None:
    """As <theta, g> <= ||theta|| ||g||_* for all theta, with equality for one."""
    rule = prepared({"optimizer": optimizer})._optimizer
    g = torch.randn(1, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    theta = torch.randn(500, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    products = (theta * g).sum(1)
    assert (products <= rule.norm(theta) * rule.dual_norm(g.expand_as(theta)) + 1e-12).all()
    best = g if rule.norm_name == "l2" else g.sign()
    assert (best * g).sum().item() == pytest.approx((rule.norm(best) * rule.dual_norm(g)).item())
