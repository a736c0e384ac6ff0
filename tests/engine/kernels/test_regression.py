"""Ridgeless regression with tangent kernels, from least squares on autograd's features."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.kernels import (
    Regression,
    kernel_inputs,
    kernel_regression,
    kernel_subset,
    regression_prediction,
    regression_targets,
    tangent_kernel,
)
from engine.run.problem import Problem
from engine.training.loop import Training
from tests.engine.cases import Plain, experiment
from tests.rounding import ROUNDING, assert_close

CASES: dict[str, dict[str, Any]] = {
    "binary": {
        "data": {"kind": "rings", "inner": 4, "outer": 5, "append_constant": True},
        "network.widths": [9],
    },
    "rank below N": {"data": {"kind": "circle", "n": 12}, "network.widths": [2]},
    "classes": {
        "data": {"kind": "blobs", "n": 9, "classes": 3, "d": 2},
        "network.widths": [7],
        "loss.kind": "cross-entropy",
    },
}


def regression_of(problem: Problem) -> Regression:
    """Return the initial kernel's regression of every replica."""
    kernel = tangent_kernel(problem.network, problem.initial, kernel_inputs(problem))
    return kernel_regression(kernel, regression_targets(problem))


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_it_is_the_least_squares_solution_of_least_norm(said: dict[str, Any]) -> None:
    """On the features of every output one after the other, whose inner products are the trace kernel."""
    training = Training(experiment({**said, "replicas": 2}))
    problem = training.problem
    regression = regression_of(problem)
    points = torch.randn(
        2, 6, problem.x.shape[2], generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    predicted = regression_prediction(problem, points)
    alone = regression_prediction(problem, points[1:], only=1)
    assert_close(alone[0], predicted[1], rounding=ROUNDING * float(regression.condition[1]))
    for r in range(2):
        plain = Plain(training, r, problem.initial[r])
        features = plain.jacobian().flatten(1).numpy()
        labels = plain.labels.numpy()
        if plain.outputs_count == 1:
            targets = labels[:, None]
        else:
            targets = np.where(labels[:, None] == np.arange(plain.outputs_count), 1.0, -1.0)
        np.testing.assert_array_equal(regression_targets(problem)[r].numpy(), targets)
        weights, _, rank, singular = np.linalg.lstsq(features, targets, rcond=1e-7)
        expected = plain.jacobian(points[r]).flatten(1).numpy() @ weights
        np.testing.assert_allclose(predicted[r].numpy(), expected, rtol=1e-6, atol=1e-8)
        assert int(regression.rank[r]) == rank
        assert float(regression.condition[r]) == pytest.approx(
            (singular[0] / singular[rank - 1]) ** 2, rel=1e-6
        )


def test_with_full_rank_it_interpolates_and_scales_with_the_targets() -> None:
    problem = Training(experiment(CASES["binary"])).problem
    regression = regression_of(problem)
    assert int(regression.rank[0]) == problem.samples
    torch.testing.assert_close(regression_prediction(problem, problem.x), regression_targets(problem))
    kernel = torch.eye(3, dtype=torch.float64)[None] * 4
    targets = torch.tensor([[[1.0], [2.0], [-3.0]]], dtype=torch.float64)
    found = kernel_regression(kernel, targets)
    torch.testing.assert_close(found.coefficients, targets / 4)
    assert (found.rank.item(), found.condition.item()) == (3, pytest.approx(1.0))


def test_many_samples_are_fitted_on_their_subset() -> None:
    said = {"data": {"kind": "blobs", "n": 1200, "d": 2}, "network.widths": [3]}
    problem = Training(experiment(said)).problem
    subset = kernel_subset(problem, 0)
    assert subset is not None
    np.testing.assert_array_equal(
        regression_targets(problem)[0, :, 0].numpy(), problem.dataset(0).labels[subset]
    )
