"""Sharpness against the Hessian itself, and the bound B^2 of safe steps against autograd rows."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
import scipy.linalg.lapack
import torch
from torch import Tensor

from engine.losses import Loss
from engine.measurements.curvature import sharpness
from engine.networks.activations import activation
from tests.engine.cases import ADAM, Plain, columns, history, measured, plain_margins, prepared

CASES: dict[str, dict[str, Any]] = {
    "gelu": {"network": {"kind": "mlp", "widths": [3], "activation": "gelu"}},
    "relu, logistic": {"network.widths": [4], "loss.kind": "logistic"},
    "classes": {
        "data": {"kind": "blobs", "n": 9, "classes": 3},
        "network.widths": [3],
        "loss.kind": "cross-entropy",
    },
    "convolution": {"network": {"kind": "conv", "channels": [2], "kernel": 2, "activation": "silu"}},
    "residual": {"network": {"kind": "residual", "width": 2, "blocks": 1, "activation": "softplus"}},
    "diagonal": {"network": {"kind": "diagonal", "depth": 3}},
    "no rotation": {"network": {"kind": "no-rotation", "width": 6}},
    "linear": {"network.widths": []},
}


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_sharpness_is_the_largest_eigenvalue_of_the_hessian(said: dict[str, Any]) -> None:
    training, thetas = history({**said, "run.steps": 8, "replicas": 2, "measure.groups": ["curvature"]})
    exponential = training.experiment.loss.kind == "exponential"
    for r in range(2):
        plain = Plain(training, r)

        def log_loss(theta: torch.Tensor, plain: Plain = plain) -> torch.Tensor:
            f = plain.f(theta)
            if f.shape[1] > 1:
                return torch.nn.functional.cross_entropy(f, plain.labels.long(), reduction="sum").log()
            q = plain_margins(f, plain.labels)
            each = torch.exp(-q) if exponential else torch.log1p(torch.exp(-q))
            return each.sum().log()

        for t in (0, 8):
            with torch.enable_grad():
                hessian = torch.autograd.functional.hessian(log_loss, thetas[t][r])
            largest = torch.linalg.eigvalsh(hessian)[-1].item()
            assert columns(training)["sharpness"][t, r] == pytest.approx(largest, rel=1e-6, abs=1e-9)


LOSSES = {
    "exponential": (1, "exponential"),
    "logistic": (1, "logistic"),
    "exponential of classes": (4, "exponential"),
    "cross-entropy": (4, "cross-entropy"),
}


@pytest.mark.parametrize(("outputs", "kind"), LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_how_a_loss_turns_is_its_second_derivative(outputs: int, kind: str, scale: float) -> None:
    noise = torch.Generator().manual_seed(4)
    f, along = torch.randn(2, 2, 7, outputs, dtype=torch.float64, generator=noise)
    f = (scale * f).requires_grad_()
    labels = torch.arange(14, dtype=torch.float64).reshape(2, 7) % 3
    loss = Loss(kind, labels if outputs > 1 else labels.clamp(max=1) * 2 - 1, outputs)
    with torch.enable_grad():
        (pull,) = torch.autograd.grad(loss.log_loss(f).sum(), f, create_graph=True)
        (turned,) = torch.autograd.grad((pull * along).sum(), f)
    found, turn = loss.second(f.detach())
    torch.testing.assert_close(found, pull.detach(), rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(turn(along), turned, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("optimizer", [{"kind": "steepest"}, {"kind": "steepest", "norm": "l1"}, ADAM])
def test_the_step_bound_is_the_largest_gradient_of_a_margin(optimizer: dict[str, Any]) -> None:
    training, thetas = history({"optimizer": optimizer, "run.steps": 6, "measure.groups": ["norms"]})
    dual = {"l2": 2, "l1": torch.inf, "linf": 1}[training.stepper.optimizer.geometry.name]
    for t in (0, 6):
        rows = Plain(training, 0, thetas[t][0]).jacobian()[:, 0]
        wanted = torch.linalg.vector_norm(rows, ord=dual, dim=1).square().max().item()
        assert columns(training)["step_bound"][t, 0] == pytest.approx(wanted, rel=1e-10)


def exact_sharpness(x: Tensor, labels: Tensor, weights: Tensor) -> float:
    """Return the largest eigenvalue of the Hessian of the log of cross-entropy of f = W x, in 60 digits.

    Of one sample the gradient with respect to f is softmax(f) - e_y, the Hessian diag(softmax) - softmax softmax^T.
    """
    classes, inputs = weights.shape
    size = classes * inputs
    total, slope, curve = mpmath.mpf(0), mpmath.zeros(size, 1), mpmath.zeros(size, size)
    for point, label in zip(x.tolist(), labels.long().tolist(), strict=True):
        outputs = [
            mpmath.fsum(mpmath.mpf(w) * v for w, v in zip(row, point, strict=True))
            for row in weights.tolist()
        ]
        powers = [mpmath.exp(f - outputs[label]) for f in outputs]
        shares = [power / mpmath.fsum(powers) for power in powers]
        others = mpmath.fsum(power for j, power in enumerate(powers) if j != label)
        total += mpmath.log1p(others)
        # 1 - softmax_y is what the others have: the difference itself would cancel
        slopes = [-others / mpmath.fsum(powers) if j == label else shares[j] for j in range(classes)]
        for i in range(size):
            slope[i] += slopes[i // inputs] * point[i % inputs]
            for k in range(size):
                j, l = i // inputs, k // inputs
                second = -shares[j] * shares[l] if j != l else -slopes[label] * shares[label]
                if j == l != label:
                    second = shares[j] * (1 - shares[j])
                curve[i, k] += second * point[i % inputs] * point[k % inputs]
    hessian = curve / total - slope * slope.T / total**2
    return float(max(mpmath.eigsy(hessian, eigvals_only=True)))


@pytest.mark.parametrize("scale", [-2000.0, -60.0, 3.0, 40.0, 700.0, 1e4, 1e6])
@pytest.mark.parametrize("classes", [2, 3])
def test_sharpness_is_a_number_at_any_margin(classes: int, scale: float) -> None:
    """The half of log softplus that is not taken has an infinite derivative once a margin passes 745, or -709."""
    x = [[1.0, 0.2], [0.9, 0.21], [-0.3, 1.0], [-1.0, -0.8], [-0.9, -1.0], [-0.2, 0.9]]
    y = [0, 0, 1, 2, 2, 1] if classes == 3 else [-1, -1, 1, 1, 1, 1]
    data = {"kind": "points", "x": x, "y": y}
    kind = "cross-entropy" if classes == 3 else "logistic"
    training = prepared(
        {"data": data, "network.widths": [], "loss.kind": kind, "measure.groups": ["curvature"]}
    )
    rows = [[1.0, 0.1], [-0.2, 0.8], [-0.9, -0.9]] if classes == 3 else [[-1.0, 0.05]]
    weights = scale * torch.tensor(rows, dtype=torch.float64)
    found = measured(training, weights.flatten()[None])["sharpness"]
    labels = torch.tensor(y)
    if classes == 2:
        # f and 0 are the outputs of two classes; the other half of the parameters is not there
        labels, weights = (labels > 0).long(), torch.cat([torch.zeros_like(weights), weights])
    with mpmath.workdps(60):
        wanted = exact_sharpness(torch.tensor(x, dtype=torch.float64), labels, weights)
    if classes == 2:
        wanted /= 2  # along (-1, 1)/sqrt 2 the Hessian of two outputs is twice that of their difference
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "kind",
    ["relu", "leaky-relu", "relu2", "abs", "linear", "gelu", "silu", "softplus", "tanh", "maxout"],
)
def test_second_derivatives_of_activations_are_numbers_far_out(kind: str) -> None:
    z = torch.tensor([s * 10.0**k for s in (-1, 1) for k in range(0, 200, 3)], dtype=torch.float64)
    z.requires_grad_()
    with torch.enable_grad():
        slope = torch.autograd.grad(activation(kind).forward(z).sum(), z, create_graph=True)[0]
        second = torch.autograd.grad(slope.sum(), z)[0] if slope.requires_grad else slope
    assert torch.isfinite(slope).all() and torch.isfinite(second).all()
    phi = activation(kind)
    if phi.bend is not None:
        bend = phi.bend(z.detach(), phi.forward(z.detach()))
        torch.testing.assert_close(bend, second, rtol=1e-9, atol=1e-9)
    assert (second[z.abs() > 1e3].abs() <= 2).all()


def test_a_replica_whose_eigenvalue_is_not_found_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others have theirs."""
    matrices = torch.diag_embed(torch.tensor([[3.0, 1.0, 0.5], [5.0, 2.0, 0.25]], dtype=torch.float64))
    theta, start = torch.zeros(2, 3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    solve = scipy.linalg.lapack.dstemr

    def fails(on: Any, *others: Any) -> Any:
        *found, failed = solve(on, *others)
        return *found, failed or int(on.sum() < 5)

    def found() -> Tensor:
        return sharpness(lambda v: torch.bmm(matrices, v.unsqueeze(2)).squeeze(2), theta, 3, start)

    torch.testing.assert_close(found(), torch.tensor([3.0, 5.0], dtype=torch.float64))
    monkeypatch.setattr(scipy.linalg.lapack, "dstemr", fails)
    torch.testing.assert_close(found().nan_to_num(-1.0), torch.tensor([-1.0, 5.0], dtype=torch.float64))
