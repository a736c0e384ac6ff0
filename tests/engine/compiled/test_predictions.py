"""Compiled outputs at many points beside torch's, for every family, and what one record's depend on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.compiled.predictions import CompiledPredictions
from engine.run.problem import repeated
from engine.steppers import have_compiled
from tests.engine.cases import prepared

BLOBS = {"data": {"kind": "blobs", "n": 9, "classes": 3}, "loss.kind": "cross-entropy"}
CASES: dict[str, dict[str, Any]] = {
    "relu": {"network.widths": [5], "replicas": 3},
    "leaky, biases": {"network": {"kind": "mlp", "widths": [5], "activation": "leaky-relu", "bias": "all"}},
    "five inputs": {
        "data": {"kind": "hyperplane", "n": 9, "d": 5},
        "network.widths": [5],
        "network.bias": "first",
    },
    "twelve inputs": {"data": {"kind": "hyperplane", "n": 9, "d": 12}, "network.widths": [5]},
    "last layer alone": {"network.widths": [5], "network.train": ["W2"]},
    "deep, classes, biases": {**BLOBS, "network": {"kind": "mlp", "widths": [6, 5], "bias": "all"}},
    "maxout, scaled": {
        "network": {"kind": "mlp", "widths": [4], "activation": "maxout", "output_scale": 0.3}
    },
    "tanh, first layer alone": {
        "network": {"kind": "mlp", "widths": [4], "activation": "tanh", "train": ["W1"]}
    },
    "linear": {"network.widths": []},
    "diagonal": {"network": {"kind": "diagonal", "depth": 3}},
    "no rotation": {"network": {"kind": "no-rotation", "width": 6}},
    "quasi": {"network": {"kind": "quasi"}},
    "data of its own": {"network.widths": [5], "replicas": 2, "vary": {"data.phase": [0.0, 0.3]}},
}


@pytest.fixture(scope="module", autouse=True)
def kept_code() -> None:
    """Have the code from its folder."""
    have_compiled(torch.float64, lambda sentence: None)


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_outputs_are_those_of_torch(said: dict[str, Any]) -> None:
    problem = prepared(said).problem
    replicas, inputs = problem.replicas, problem.x.shape[2]
    noise = torch.Generator().manual_seed(1)
    points = torch.randn(1, 1301, inputs, dtype=torch.float64, generator=noise).expand(replicas, -1, -1)
    if len(problem.datasets) > 1:
        points = points * torch.arange(1, replicas + 1)[:, None, None]
    theta = torch.randn(4 * replicas, problem.initial.shape[1], dtype=torch.float64, generator=noise)
    predict, every = CompiledPredictions(problem, points), np.arange(len(theta))
    found = predict(theta.numpy(), every)
    wanted = problem.times(4).network.outputs(theta, repeated(points, 4))
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-12, atol=1e-13)
    some = every[1::2]
    assert np.array_equal(predict(theta.numpy(), some)[some], found[some])
