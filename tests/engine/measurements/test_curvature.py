"""Sharpness against the Hessian itself, and the bound B^2 of safe steps against autograd rows."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.engine.cases import ADAM, Plain, columns, history, plain_margins

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


@pytest.mark.parametrize("optimizer", [{"kind": "steepest"}, {"kind": "steepest", "norm": "l1"}, ADAM])
def test_the_step_bound_is_the_largest_gradient_of_a_margin(optimizer: dict[str, Any]) -> None:
    training, thetas = history({"optimizer": optimizer, "run.steps": 6, "measure.groups": ["norms"]})
    dual = {"l2": 2, "l1": torch.inf, "linf": 1}[training.stepper.optimizer.geometry.name]
    for t in (0, 6):
        rows = Plain(training, 0, thetas[t][0]).jacobian()[:, 0]
        wanted = torch.linalg.vector_norm(rows, ord=dual, dim=1).square().max().item()
        assert columns(training)["step_bound"][t, 0] == pytest.approx(wanted, rel=1e-10)
