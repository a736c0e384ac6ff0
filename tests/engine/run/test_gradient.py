"""The gradient of whole networks where the loss is 1e-500, against 60 digits: no float64 holds it, or the loss."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
import torch

from tests.engine.cases import Plain, trained

mpmath.mp.dps = 60
Number = mpmath.mpf
Matrix = list[list[Any]]
CASES: dict[str, dict[str, Any]] = {
    "exponential": {"loss.kind": "exponential"},
    "logistic, biases": {
        "loss.kind": "logistic",
        "network": {"kind": "mlp", "widths": [5], "bias": "all", "init": {"bias": 0.3}},
    },
    "three layers, squared": {
        "network": {"kind": "mlp", "widths": [8, 6], "activation": "relu2"},
        "data.n": 4,
    },
    "three classes": {"loss.kind": "cross-entropy", "data": {"kind": "blobs", "n": 6, "classes": 3}},
    "three classes, exponential": {"data": {"kind": "blobs", "n": 6, "classes": 3}},
}


def exact(values: torch.Tensor) -> Any:
    return [Number(v) if isinstance(v, float) else [Number(u) for u in v] for v in values.tolist()]


def slopes(outputs: list[Any], label: int, loss: str) -> tuple[Any, list[Any]]:
    """Return a sample's loss and its derivative by each output."""
    if len(outputs) == 1:
        q = label * outputs[0]
        if loss == "exponential":
            return mpmath.exp(-q), [-label * mpmath.exp(-q)]
        return mpmath.log1p(mpmath.exp(-q)), [-label / (1 + mpmath.exp(q))]
    wrong = {j: mpmath.exp(f - outputs[label]) for j, f in enumerate(outputs) if j != label}
    total = mpmath.fsum(wrong.values())
    value, by = (total, 1) if loss == "exponential" else (mpmath.log1p(total), 1 / (1 + total))
    return value, [-by * total if j == label else by * wrong[j] for j in range(len(outputs))]


def gradient(plain: Plain) -> tuple[Any, list[Any]]:
    """Return the summed loss and its gradient, backpropagation written out sample by sample."""
    layers = [(exact(part[0]), exact(part[1]) if len(part) > 1 else []) for part in plain.layers]
    power = {"relu": 1, "relu2": 2}[plain.fields.activation]
    totals: list[Matrix] = [[[Number(0)] * len(w[0]) for _ in w] for w, _ in layers]
    biases = [[Number(0)] * len(b) for _, b in layers]
    loss = Number(0)
    for x, y in zip(exact(plain.x), plain.labels.tolist(), strict=True):
        inputs, before, h = [], [], x
        for k, (w, b) in enumerate(layers):
            inputs.append(h)
            z = [mpmath.fdot(row, h) + (b[i] if b else 0) for i, row in enumerate(w)]
            before.append(z)
            h = z if k == len(layers) - 1 else [max(v, 0) ** power for v in z]
        value, delta = slopes(h, int(y), plain.member.loss.kind)
        loss += value
        for k in reversed(range(len(layers))):
            w, b = layers[k]
            for i, d in enumerate(delta):
                totals[k][i] = [t + d * v for t, v in zip(totals[k][i], inputs[k], strict=True)]
                if b:
                    biases[k][i] += d
            if k:
                back = [mpmath.fsum(delta[i] * w[i][j] for i in range(len(w))) for j in range(len(w[0]))]
                delta = [
                    d * power * max(z, 0) ** (power - 1) * (z > 0)
                    for d, z in zip(back, before[k - 1], strict=True)
                ]
    flat = []
    for w, b in zip(totals, biases, strict=True):
        flat += [v for row in w for v in row] + b
    return loss, flat


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_gradients_of_losses_of_1e_500(said: dict[str, Any]) -> None:
    training = trained({"data.n": 6, "network.widths": [8], "run.steps": 1500, "measure.groups": [], **said})
    plain = Plain(training)
    assert plain.q().min() > 0
    low, high = 1.0, 1e4
    for _ in range(60):  # stretch the parameters until the loss is there
        scale = (low * high) ** 0.5
        reached = plain.at(scale * plain.theta).q().min() > 1151.3
        low, high = (low, scale) if reached else (scale, high)
    far = plain.at(high * plain.theta)
    loss, expected = gradient(far)
    assert -502 < mpmath.log10(loss) < -498
    training.state.theta[0].copy_(far.theta)
    training.iterate.reevaluate()
    log_weight = training.iterate.evaluation.log_weight.item()
    found = training.iterate.gradient[0].tolist()
    assert training.iterate.evaluation.log_loss.item() == pytest.approx(float(mpmath.log(loss)), rel=1e-14)
    largest = max(abs(v) for v in expected)
    weight = mpmath.exp(Number(log_weight))
    for ours, theirs in zip(found, expected, strict=True):
        assert abs(Number(ours) * weight + theirs) < 1e-11 * largest
