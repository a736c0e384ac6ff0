"""Neural collapse by its definitions, with covariances and a pseudo-inverse written out; and at a perfect simplex."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.cases import Plain, columns, history, measured, prepared, trained

CASES: dict[str, dict[str, Any]] = {
    "dense": {"data": {"kind": "blobs", "n": 9, "classes": 3}, "network.widths": [5, 4]},
    "uneven classes": {"data": {"kind": "blobs", "n": 10, "classes": 4, "d": 3}, "network.widths": [6]},
    "two classes": {"network.widths": [5]},
    "free features": {
        "data": {"kind": "blobs", "n": 9, "classes": 3},
        "network": {"kind": "free-features", "features": 5},
    },
}


def slowly(
    features: np.ndarray, weights: np.ndarray, outputs: np.ndarray, numbers: np.ndarray
) -> dict[str, float]:
    """Return NC1 to NC4 by theory section 7."""
    classes = sorted(set(numbers))
    count = len(classes)
    means = np.stack([features[numbers == c].mean(0) for c in classes])
    centred = means - means.mean(0)
    within = sum(np.outer(h - means[c], h - means[c]) for h, c in zip(features, numbers, strict=True))
    between = sum(np.outer(m, m) for m in centred) / count
    norms = np.linalg.norm(centred, axis=1)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    cosines = [centred[i] @ centred[j] / (norms[i] * norms[j]) for i, j in pairs]
    nearest = np.array([np.argmin(np.linalg.norm(means - h, axis=1)) for h in features])
    return {
        "nc1": np.trace(within / len(features) @ np.linalg.pinv(between, rcond=1e-10)) / count,
        "nc2_norm": norms.std() / norms.mean(),
        "nc2_angle": max(abs(c + 1 / (count - 1)) for c in cosines),
        "nc3": np.linalg.norm(weights / np.linalg.norm(weights) - centred / np.linalg.norm(centred)),
        "nc4": (outputs.argmax(1) != nearest).mean(),
    }


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_every_formula(said: dict[str, Any]) -> None:
    loss = "exponential" if "data" not in said else "cross-entropy"
    training, thetas = history({**said, "loss.kind": loss, "run.steps": 25, "measure.groups": ["collapse"]})
    numbers = training.problem.labels[0].long().numpy()
    numbers = (numbers + 1) // 2 if training.problem.network.outputs_count == 1 else numbers
    for t in (0, 25):
        plain = Plain(training, 0, thetas[t][0])
        features = plain.x
        layers = plain.layers if plain.fields.kind == "mlp" else free(plain)
        for layer in layers[:-1]:
            features = features @ layer[0].T
            features = features.relu() if plain.fields.kind == "mlp" else features
        weights, outputs = layers[-1][0].numpy(), plain.f().numpy()
        if len(weights) == 1:
            weights, outputs = np.concatenate([-weights, weights]), np.concatenate([-outputs, outputs], 1)
        expected = slowly(features.numpy(), weights, outputs, numbers)
        for name, value in expected.items():
            assert columns(training)[name][t, 0] == pytest.approx(value, rel=1e-7, abs=1e-12), (name, t)


def free(plain: Plain) -> list[list[torch.Tensor]]:
    features = plain.theta[: 5 * len(plain.x)].reshape(5, -1)
    return [[features], [plain.theta[5 * len(plain.x) :].reshape(3, 5)]]


def test_a_simplex_has_collapsed() -> None:
    """Features that are the class means of a simplex, and weights like them: all numbers are 0."""
    training = prepared(
        {
            "data": {"kind": "blobs", "n": 12, "classes": 4},
            "network": {"kind": "free-features", "features": 6},
            "loss.kind": "cross-entropy",
            "measure.groups": ["collapse"],
        }
    )
    basis = torch.linalg.qr(torch.randn(6, 6, generator=torch.Generator().manual_seed(1)).double())[0][:4]
    simplex = basis - basis.mean(0)
    features = simplex[training.problem.labels[0].long()]
    theta = torch.cat([features.T.flatten(), 2.5 * simplex.flatten()])[None]
    found = measured(training, theta)
    assert all(abs(found[name]) < 1e-7 for name in ("nc1", "nc2_norm", "nc2_angle", "nc3", "nc4"))


def test_what_has_no_last_features_has_no_collapse() -> None:
    for network in ({"kind": "mlp"}, {"kind": "diagonal"}, {"kind": "mlp", "widths": [3], "bias": "all"}):
        training = trained({"network": network, "run.steps": 1, "measure.groups": ["collapse"]})
        assert "nc1" not in training.history.records.names
