"""Compiled outputs at many points beside torch's, and for which networks there are such."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.compiled.predictions import CompiledPredictions
from engine.run.problem import repeated
from engine.steppers import have_compiled
from tests.engine.cases import prepared

CASES: dict[str, dict[str, Any]] = {
    "relu": {"network.widths": [5], "replicas": 3},
    "leaky, biases": {"network": {"kind": "mlp", "widths": [5], "activation": "leaky-relu", "bias": "all"}},
    "linear, scaled": {
        "network": {"kind": "mlp", "widths": [4], "activation": "linear", "output_scale": 0.3}
    },
    "first layer alone": {"network": {"kind": "mlp", "widths": [4], "bias": "all", "train": ["W1"]}},
    "last layer alone": {"network": {"kind": "mlp", "widths": [5], "bias": "all", "train": ["W2"]}},
    "five inputs": {
        "data": {"kind": "hyperplane", "n": 9, "d": 5},
        "network.widths": [5],
        "network.bias": "first",
    },
    "data of its own": {"network.widths": [5], "replicas": 2, "vary": {"data.phase": [0.0, 0.3]}},
}
OTHERS: dict[str, dict[str, Any]] = {
    "three layers": {"network.widths": [5, 4]},
    "no hidden layer": {"network.widths": []},
    "classes": {"data": {"kind": "blobs", "n": 9, "classes": 3}, "network.widths": [5]},
    "tanh": {"network": {"kind": "mlp", "widths": [5], "activation": "tanh"}},
    "maxout": {"network": {"kind": "mlp", "widths": [4], "activation": "maxout"}},
    "no rotation": {"network": {"kind": "no-rotation", "width": 6}},
    "diagonal": {"network": {"kind": "diagonal", "depth": 3}},
    "quasi": {"network": {"kind": "quasi"}},
    "many inputs": {"data": {"kind": "hyperplane", "n": 9, "d": 9}, "network.widths": [5]},
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
    assert CompiledPredictions.are_for(problem, points)
    predict, every = CompiledPredictions(problem, points), np.arange(len(theta))
    found = predict(theta.numpy(), every)
    wanted = problem.times(4).network.outputs(theta, repeated(points, 4))
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-12, atol=1e-13)
    some = every[1::2]
    assert np.array_equal(predict(theta.numpy(), some)[some], found[some])


@pytest.mark.parametrize("said", OTHERS.values(), ids=OTHERS)
def test_other_networks_are_left_to_torch(said: dict[str, Any]) -> None:
    problem = prepared(said).problem
    assert not CompiledPredictions.are_for(problem, problem.x)
