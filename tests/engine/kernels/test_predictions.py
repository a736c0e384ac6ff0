"""The initial kernel's predictor, along gradients and with the kernel written down."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.experiment.experiment import experiment_from
from engine.kernels import initial_kernel, kernel_inputs, kernel_prediction, solve_kernel_references
from engine.run.problem import prepare
from tests.engine.cases import tables

NETWORKS: list[dict[str, Any]] = [
    {"kind": "mlp", "widths": [8, 5], "activation": "gelu"},
    {"kind": "mlp", "widths": [6], "bias": "all", "train": ["W2"]},
    {"kind": "residual"},
    {"kind": "diagonal"},
    {"kind": "no-rotation"},
    {"kind": "quasi"},
    {"kind": "mlp", "widths": []},
]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: "-".join(map(str, network.values())))
def test_it_is_the_same_along_gradients_as_with_the_kernel_between_points(network: dict[str, Any]) -> None:
    data = {"kind": "blobs", "n": 8, "classes": 2, "d": 2, "separation": 6.0}
    problem = prepare(experiment_from({**tables({"data": data, "replicas": 2}), "network": network}))
    solutions, why = solve_kernel_references(problem)
    assert not why
    points = torch.linspace(-2.0, 2.0, 40, dtype=torch.float64).view(1, 20, 2).repeat(2, 1, 1)
    kernel = initial_kernel(problem)
    with torch.no_grad():
        along = kernel_prediction(problem, solutions, points)
        written = kernel_prediction(problem, solutions, points, kernel=kernel)
        alone = kernel_prediction(problem, solutions, points[1:], 1)
    assert kernel_inputs(problem).shape[1] == 8
    torch.testing.assert_close(along, written, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(alone[0], along[1], rtol=1e-9, atol=1e-12)
