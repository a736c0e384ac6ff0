"""Neural collapse by its definitions, in NumPy alone: forward passes pixel by pixel, covariances, a pseudo-inverse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.measurements.collapse import _within_over_between
from engine.training.loop import Training
from tests.engine.cases import columns, history, measured, prepared, trained

Array = NDArray[np.float64]
BLOBS = {"kind": "blobs", "n": 9, "classes": 3}
SIGNALS = {"kind": "signals", "n": 9, "classes": 3}
CASES: dict[str, dict[str, Any]] = {
    "dense": {"data": BLOBS, "network.widths": [5, 4]},
    "dense, first biases": {"data": BLOBS, "network.widths": [5, 4], "network.bias": "first"},
    "dense, all biases": {"data": BLOBS, "network.widths": [5, 4], "network.bias": "all"},
    "uneven classes": {"data": {"kind": "blobs", "n": 10, "classes": 4, "d": 3}, "network.widths": [6]},
    "two classes": {"network.widths": [5]},
    "two classes, all biases": {"network.widths": [5], "network.bias": "all"},
    "frozen last layer": {"network.widths": [5], "network.bias": "all", "network.train": ["W1"]},
    "free features": {"data": BLOBS, "network": {"kind": "free-features", "features": 5}},
    "convolution": {"data": SIGNALS, "network": {"kind": "conv", "channels": [2, 3]}},
    "convolution, all biases": {
        "data": SIGNALS,
        "network": {"kind": "conv", "channels": [2, 3], "bias": "all", "widths": [4]},
    },
    "convolution, averaged, all biases": {
        "data": {"kind": "digits", "classes": [0, 1, 7], "train": 12},
        "network": {"kind": "conv", "channels": [2], "pool": "average", "pool_size": 3, "bias": "all"},
    },
    "residual": {"data": BLOBS, "network": {"kind": "residual", "width": 4, "blocks": 1}},
}


def slowly(features: Array, weights: Array, outputs: Array, numbers: NDArray[np.int64]) -> dict[str, float]:
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


def layers_of(training: Training, theta: Array) -> list[tuple[Array, Array]]:
    """Return every layer's (W, b), zeros where there are no biases; layers that do not train come from their own."""
    network = training.problem.network
    sources, found = {True: theta, False: network.frozen[0].numpy()}, []
    for layer in network.layers:
        size = layer.rows * layer.columns
        flat, sources[layer.trained] = np.split(sources[layer.trained], [size + layer.rows * layer.bias])
        biases = flat[size:] if layer.bias else np.zeros(layer.rows)
        found.append((flat[:size].reshape(layer.rows, layer.columns), biases))
    return found


def last_features(training: Training, layers: list[tuple[Array, Array]]) -> Array:
    """Return what the last layer is applied to, (N, f), for every sample by itself."""
    fields: Any = training.experiment.network
    dataset = training.problem.dataset(0)
    features = []
    for n, x in enumerate(dataset.x):
        match fields.kind:
            case "free-features":
                features.append(layers[0][0][:, n])
            case "residual":
                h = layers[0][0] @ x
                features.append(h + layers[2][0] @ np.maximum(layers[1][0] @ h, 0.0))
            case _:
                convolutions = len(getattr(fields, "channels", ()))
                h = x
                if convolutions:
                    maps = x.reshape(*(dataset.image_shape or (1, len(x))), 1)
                    for weights, biases in layers[:convolutions]:
                        maps = pooled(fields, convolved(fields, maps, weights, biases))
                    h = maps.reshape(-1)
                for weights, biases in layers[convolutions:-1]:
                    h = np.maximum(weights @ h + biases, 0.0)
                features.append(h)
    return np.stack(features)


def convolved(fields: Any, maps: Array, weights: Array, biases: Array) -> Array:
    """Return relu of the sum over the window around every pixel, (height, width, channels), zeros beyond the edge."""
    height, width, _ = maps.shape
    window = (fields.kernel if height > 1 else 1, fields.kernel if width > 1 else 1)
    before = ((window[0] - 1) // 2, (window[1] - 1) // 2)
    out = np.zeros((height, width, len(weights)))
    for i in range(height):
        for j in range(width):
            seen = np.zeros((*window, maps.shape[2]))
            for a in range(window[0]):
                for b in range(window[1]):
                    row, column = i + a - before[0], j + b - before[1]
                    if 0 <= row < height and 0 <= column < width:
                        seen[a, b] = maps[row, column]
            out[i, j] = np.maximum(weights @ seen.reshape(-1) + biases, 0.0)
    return out


def pooled(fields: Any, maps: Array) -> Array:
    """Return the largest or the mean of every window of pixels that lies inside."""
    height, width, channels = maps.shape
    rows, wide = min(fields.pool_size, height), min(fields.pool_size, width)
    out = np.zeros((height // rows, width // wide, channels))
    for i in range(height // rows):
        for j in range(width // wide):
            window = maps[i * rows : (i + 1) * rows, j * wide : (j + 1) * wide]
            out[i, j] = window.max((0, 1)) if fields.pool == "max" else window.mean((0, 1))
    return out


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_every_formula(said: dict[str, Any]) -> None:
    loss = "exponential" if "data" not in said else "cross-entropy"
    kind = said.get("network", {}).get("kind", "mlp")
    biases = {"network.init": {"kind": "fan-in", "bias": 0.7}} if kind in ("mlp", "conv") else {}
    training, thetas = history(
        {**said, **biases, "loss.kind": loss, "run.steps": 12, "measure.groups": ["collapse"]}
    )
    numbers = training.problem.labels[0].long().numpy()
    numbers = (numbers + 1) // 2 if training.problem.network.outputs_count == 1 else numbers
    for t in (0, 12):
        layers = layers_of(training, thetas[t][0].numpy())
        features = last_features(training, layers)
        weights, outputs = layers[-1][0], features @ layers[-1][0].T + layers[-1][1]
        if len(weights) == 1:
            weights, outputs = np.concatenate([-weights, weights]), np.concatenate([-outputs, outputs], 1)
        expected = slowly(features, weights, outputs, numbers)
        for name, value in expected.items():
            assert columns(training)[name][t, 0] == pytest.approx(value, rel=1e-7, abs=1e-12), (name, t)


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


def test_biases_of_the_last_layer_decide_and_are_no_part_of_its_weights() -> None:
    """A bias above all else puts every sample into one class: NC4 is the share of the others, NC3 as it was."""
    said = {"network": {"kind": "mlp", "widths": [5], "bias": "all"}, "measure.groups": ["collapse"]}
    training = prepared({**said, "data": BLOBS, "loss.kind": "cross-entropy"})
    theta = training.state.theta.clone()
    before = measured(training, theta)
    theta[0, -3:] = torch.tensor([1e6, 0.0, 0.0], dtype=theta.dtype)
    after = measured(training, theta)
    features = last_features(training, layers_of(training, theta[0].numpy()))
    numbers = training.problem.labels[0].long().numpy()
    means = np.stack([features[numbers == c].mean(0) for c in range(3)])
    nearest = np.array([np.argmin(np.linalg.norm(means - h, axis=1)) for h in features])
    assert after["nc4"][0] == pytest.approx((nearest != 0).mean()) and after["nc4"][0] > 0
    assert [after[name][0] for name in ("nc1", "nc2_norm", "nc3")] == [
        before[name][0] for name in ("nc1", "nc2_norm", "nc3")
    ]


def test_where_all_class_means_are_one_point_nothing_has_collapsed() -> None:
    training = prepared(
        {"network.widths": [5], "network.init": {"kind": "zeros"}, "measure.groups": ["collapse"]}
    )
    found = measured(training, training.state.theta.clone())
    assert all(np.isnan(found[name]).all() for name in ("nc1", "nc2_norm", "nc2_angle", "nc3"))


def test_what_has_no_last_features_has_no_collapse() -> None:
    for network in ({"kind": "mlp"}, {"kind": "diagonal"}, {"kind": "mlp", "bias": "all"}):
        training = trained({"network": network, "run.steps": 1, "measure.groups": ["collapse"]})
        assert "nc1" not in training.history.records.names


@pytest.mark.parametrize("classes", [2, 3])
def test_nearly_equal_class_means_have_no_further_direction(classes: int) -> None:
    """Of means that differ by 1e-13 of their length, what rounding leaves of the direction of their sum is no share."""
    noise = torch.Generator().manual_seed(3)
    for _ in range(20):
        apart = torch.randn(1, 9, 5, dtype=torch.float64, generator=noise)
        members = torch.eye(classes, dtype=torch.float64)[torch.arange(9) % classes][None]
        mean = torch.bmm(members.mT, apart) / members.sum(1).unsqueeze(-1)
        around = apart - torch.bmm(members, mean)
        base, ways = torch.randn(2, 1, classes, 5, dtype=torch.float64, generator=noise)
        means = base[:, :1] + 2.0**-43 * ways
        exact = (means - means[:, :1]).double()
        wanted = np.linalg.pinv((exact - exact.mean(1, keepdim=True))[0].numpy(), rcond=1e-6)
        features = torch.bmm(members, means) + 2.0**-10 * around
        found = _within_over_between(features - torch.bmm(members, means), means)
        scaled = np.square((features - torch.bmm(members, means))[0].numpy() @ wanted).sum() / 9
        assert found.item() == pytest.approx(scaled, rel=1e-2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("counts", [(3, 4), (3, 4, 5), (90, 110)])
def test_what_rounding_leaves_between_constant_features_is_nothing(
    counts: tuple[int, ...], dtype: torch.dtype
) -> None:
    features = torch.tensor([0.1, 0.7, -0.3], dtype=dtype).expand(1, sum(counts), 3)
    classes = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    members = torch.nn.functional.one_hot(classes).to(dtype)[None]
    means = torch.bmm(members.mT, features) / members.sum(1).unsqueeze(-1)
    assert _within_over_between(features - torch.bmm(members, means), means).isnan().all()


@pytest.mark.parametrize("classes", [2, 3])
def test_features_without_squares_in_float32_have_collapsed_as_far(classes: int) -> None:
    noise = torch.Generator().manual_seed(4)
    apart, means = torch.randn(1, 9, 5, generator=noise), torch.randn(1, classes, 5, generator=noise)
    wanted = _within_over_between(apart, means)
    torch.testing.assert_close(_within_over_between(apart * 2.0**-80, means * 2.0**-80), wanted)
