"""The tangent kernel and its max-margin predictor, from autograd's Jacobians and a general solver."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from engine.kernels import kernel_inputs, kernel_subset
from engine.measurements.grid import comparison_grid
from engine.run.problem import prepare
from tests.engine.cases import Plain, columns, experiment, history, trained

PLANE = {
    "data": {"kind": "circle", "n": 8},
    "network.widths": [12],
    "measure": {"groups": ["kernel"], "grid": 7},
}
CONSTANT = {
    "data": {
        "kind": "rings",
        "inner": 3,
        "outer": 4,
        "append_constant": True,
        "normalize": "max-norm",
        "view": 1.7,
    },
    "network.widths": [20],
    "loss.kind": "logistic",
    "measure": {"groups": ["kernel"], "grid": 6},
}
CLASSES = {
    "data": {"kind": "blobs", "n": 9, "classes": 3, "d": 2},
    "network.widths": [12],
    "loss.kind": "cross-entropy",
    "measure": {"groups": ["kernel"], "grid": 5},
}
TESTED = {
    "data": {"kind": "hyperplane", "n": 16, "d": 4, "test_fraction": 0.4},
    "network.widths": [8],
    "measure": {"groups": ["kernel"]},
}
CASES = {"plane": PLANE, "constant": CONSTANT, "classes": CLASSES, "test set": TESTED}


def kernel(plain: Plain, x: torch.Tensor | None = None) -> np.ndarray:
    """Return K (N, M) between the samples and x, traced over outputs."""
    rows = plain.jacobian()
    others = rows if x is None else plain.jacobian(x)
    return np.asarray(torch.einsum("ncp,mcp->nm", rows, others))


def max_margin(matrix: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Return c_n = p_n y_n, p minimising p^T (y y^T o K) p on the simplex, by a general solver."""
    gram = signs[:, None] * matrix * signs
    gram /= np.abs(gram).max()
    best = minimize(
        lambda p: p @ gram @ p,
        np.full(len(signs), 1 / len(signs)),
        jac=lambda p: 2 * gram @ p,
        bounds=[(0, None)] * len(signs),
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1, "jac": lambda p: np.ones(len(p))},
        method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 2000},
    )
    return np.asarray(best.x * signs)


def compared_points(training: Any) -> np.ndarray:
    """Return the points on which predictions are compared, as inputs."""
    data = training.problem.dataset(0)
    if data.raw.shape[1] != 2:
        return np.asarray(data.x_test if len(data.x_test) else data.x)
    axis = np.linspace(-data.view, data.view, training.experiment.measure.grid)
    return np.asarray(data.inputs(np.array([[a, b] for b in axis for a in axis])))


def cos(a: np.ndarray, b: np.ndarray) -> float:
    return float(a.ravel() @ b.ravel() / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_every_formula(said: dict[str, Any]) -> None:
    training, thetas = history({**said, "run.steps": 30, "seed": 1})
    found = columns(training)
    start = Plain(training, 0, thetas[0][0])
    labels = start.labels.numpy()
    points = torch.tensor(compared_points(training))
    initial, to_points = kernel(start), kernel(start, points)
    classes = start.outputs_count
    targets = [labels] if classes == 1 else [np.where(labels == c, 1.0, -1.0) for c in range(classes)]
    solutions = [max_margin(initial, signs) for signs in targets]
    if classes > 1:  # each on its own norm, or their outputs could not be compared
        solutions = [c / math.sqrt(c @ initial @ c) for c in solutions]
    predicted = np.stack([to_points.T @ c for c in solutions], 1)
    final = Plain(training, 0, thetas[30][0]).f(x=points).numpy()
    for t in (0, 10, 30):
        now = start.at(thetas[t][0])
        matrix, f = kernel(now), now.f(x=points).numpy()
        choice = (f > 0) == (predicted > 0) if classes == 1 else f.argmax(1) == predicted.argmax(1)
        expected = {
            "ntk_drift": np.linalg.norm(matrix - initial) / np.linalg.norm(initial),
            "ntk_alignment": cos(matrix, initial),
            "prediction_cosine_final": cos(f, final),
        }
        for name, value in expected.items():
            assert found[name][t, 0] == pytest.approx(value, abs=1e-9), (name, t)
        assert found["ntk_prediction_cosine"][t, 0] == pytest.approx(cos(f, predicted), abs=1e-3)
        assert found["ntk_agreement"][t, 0] == pytest.approx(choice.mean(), abs=1 / len(points))
    assert found["ntk_drift"][0, 0] == 0 and found["ntk_alignment"][0, 0] == 1
    assert found["prediction_cosine_final"][-1, 0] == 1


def test_where_predictions_are_compared_is_said() -> None:
    names = {}
    for name, said in CASES.items():
        notes = {c: m.note for m in trained({**said, "run.steps": 2}).measurements for c in m.columns}
        names[name] = notes["ntk_prediction_cosine"]
    assert "on the 7 x 7 grid over the view" in names["plane"]
    assert "on the test set" in names["test set"]
    untested = {**TESTED, "data": {"kind": "hyperplane", "n": 10, "d": 4}}
    problem = prepare(experiment(untested))
    assert comparison_grid(problem).name == "on the training set"
    assert torch.equal(comparison_grid(problem).points, problem.x)
    with_grid = prepare(experiment(CONSTANT))
    assert comparison_grid(with_grid).points.shape == (1, 36, 3)
    assert comparison_grid(with_grid).points[0].abs().max() <= 1.7


@pytest.mark.parametrize(
    ("data", "size"),
    [
        ({"kind": "blobs", "n": 1000, "d": 2}, None),
        ({"kind": "blobs", "n": 1001, "d": 2}, 1000),
        ({"kind": "blobs", "n": 400, "d": 2, "classes": 4}, 248),
    ],
)
def test_large_data_use_a_fixed_balanced_subset(data: dict[str, Any], size: int | None) -> None:
    """With N C above 1,000; the two copies of a seed choose the same samples."""
    problem = prepare(experiment({"data": data}))
    subset = kernel_subset(problem, 0)
    if size is None:
        assert subset is None
        return
    assert subset is not None
    assert len(subset) == size == len(set(subset.tolist()))
    counts = np.unique(problem.datasets[0].labels[subset], return_counts=True)[1]
    assert counts.max() - counts.min() <= 0
    assert np.array_equal(subset, kernel_subset(prepare(experiment({"data": data, "seed": 5})), 0))  # type: ignore[arg-type]
    assert torch.equal(kernel_inputs(problem), problem.x[:, subset])


def test_the_subset_is_named() -> None:
    said = {
        "data": {"kind": "blobs", "n": 1200, "d": 2},
        "measure": {"groups": ["kernel"], "grid": 3},
        "run.steps": 1,
    }
    training = trained({**said, "network.widths": [2]})
    notes = {c: m.note for m in training.measurements for c in m.columns}
    assert "fixed class-balanced subset of 1000 samples" in notes["ntk_drift"]
    assert columns(training)["ntk_drift"][0, 0] == 0


def test_linear_models_never_leave_their_kernel() -> None:
    found = columns(
        trained({"network.widths": [], "data": {"kind": "hyperplane", "d": 3, "n": 12}, "run.steps": 50})
    )
    assert found["ntk_drift"] == pytest.approx(0, abs=1e-14)
    assert found["ntk_alignment"] == pytest.approx(1)
    # and the kernel's answer is the support vector machine
    assert found["ntk_prediction_cosine"][-1, 0] == pytest.approx(found["cos_reference"][-1, 0], abs=0.2)


def test_kernels_that_do_not_separate_say_so() -> None:
    said = {"network.widths": [], "run.steps": 2}  # the circle's quadrants are not linearly separable
    training = trained(said)
    assert not {"ntk_prediction_cosine", "ntk_agreement"} & set(training.history.records.names)
    assert "ntk_drift" in training.history.records
    assert "does not separate" in training.references.why_none["kernel reference"]


def test_float32_runs_have_the_same_reference() -> None:
    """Its kernel is solved in float64: in float32 it would not be positive semi-definite."""
    said = {**CASES["constant"], "run.steps": 5, "replicas": 2, "network.train": ["W1"]}
    double, single = trained(said), trained({**said, "run.dtype": "float32"})
    for r in range(2):
        values = [t.references.kernel[r][0].value for t in (double, single)]
        assert values[1] == pytest.approx(values[0], rel=1e-6)
    for name in ("ntk_prediction_cosine", "ntk_agreement"):
        assert columns(single)[name][0] == pytest.approx(columns(double)[name][0], abs=1e-4)
