"""Rotation, mass on coordinates and active units, by brute force over single units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.cases import Plain, columns, history, trained
from tests.engine.networks.plain_networks import Parameters

TWO_LAYERS: dict[str, dict[str, Any]] = {
    "relu": {"kind": "mlp", "widths": [5]},
    "with biases": {"kind": "mlp", "widths": [4], "bias": "first", "init": {"bias": 0.3}},
    "maxout": {"kind": "mlp", "widths": [4], "activation": "maxout"},
    "frozen above": {"kind": "mlp", "widths": [4], "train": ["W1"]},
}


@pytest.mark.parametrize("network", TWO_LAYERS.values(), ids=TWO_LAYERS)
@pytest.mark.parametrize("outputs", [1, 3])
def test_rotation_unit_by_unit(network: dict[str, Any], outputs: int) -> None:
    """By theory section 6: sum_j |a_j||v_j|(1 - cos(v_j, v_j(0))) / sum_j |a_j||v_j|."""
    data = {"kind": "circle", "n": 8} if outputs == 1 else {"kind": "blobs", "n": 9, "classes": 3}
    said = {"network": network, "data": data, "measure.groups": ["neurons"], "run.steps": 40, "replicas": 2}
    training, thetas = history({**said, "optimizer.step": {"kind": "safe"}})
    measured = columns(training)
    found, distances, changes = (measured[n] for n in ("rotation", "hidden_distance", "hidden_change"))
    for r in range(2):
        plain = Plain(training, r)
        start = plain.at(thetas[0][r]).layers
        for t in (0, 3, 40):
            first, second = plain.at(thetas[t][r]).layers[:2]
            total = share = moved = 0.0
            for j in range(first[0].shape[0]):
                v, before = (
                    np.concatenate([np.atleast_1d(p[j].numpy()) for p in layer])
                    for layer in (first, start[0])
                )
                a = np.linalg.norm(second[0][:, j % second[0].shape[1]].numpy()) * np.linalg.norm(v)
                cosine = v @ before / (np.linalg.norm(v) * np.linalg.norm(before))
                total, share = total + a * (1 - cosine), share + a
                moved += float(((v - before) ** 2).sum())
            assert distances[t, r] == pytest.approx(np.sqrt(moved), rel=1e-9, abs=1e-14)
            length = sum(float(part.square().sum()) for part in start[0])
            assert changes[t, r] == pytest.approx(np.sqrt(moved / length), rel=1e-9, abs=1e-14)
            assert found[t, r] == pytest.approx(total / share, rel=1e-9, abs=1e-14)
        assert found[0, r] == 0 and found[-1, r] > 1e-6


def test_nothing_rotates_in_a_no_rotation_network() -> None:
    network = {"kind": "no-rotation", "width": 30}
    training = trained({"network": network, "data": {"kind": "circle"}, "run.steps": 300})
    rotation = training.history.records.column("rotation")
    assert (rotation < 1e-30).all() and training.history.records.final("log_loss")[0] < 3


def test_mass_on_the_relevant_coordinates() -> None:
    data = {"kind": "parity", "d": 4, "k": 2}
    training, thetas = history(
        {"data": data, "network.widths": [6], "run.steps": 10, "measure.groups": ["neurons"]}
    )
    for t in (0, 10):
        first = Plain(training, 0, thetas[t][0]).layers[0][0]
        wanted = (first[:, :2] ** 2).sum() / (first**2).sum()
        assert columns(training)["coordinate_mass"][t, 0] == pytest.approx(wanted.item())
    assert "coordinate_mass" not in columns(trained({"run.steps": 1}))  # the circle's labels depend on all
    attention = {"data": {"kind": "clusters", "n": 8}, "network": {"kind": "attention"}, "run.steps": 1}
    assert "coordinate_mass" not in columns(trained(attention))  # which sees one input at a time


@pytest.mark.parametrize(
    "network",
    [
        {"kind": "mlp", "widths": [5, 4], "bias": "first", "init": {"bias": 0.5}},
        {"kind": "residual", "width": 3, "blocks": 2},
        {"kind": "no-rotation", "width": 6},
    ],
    ids=["dense", "residual", "no rotation"],
)
def test_active_units_are_counted_one_by_one(network: dict[str, Any]) -> None:
    training, thetas = history({"network": network, "run.steps": 10, "measure.groups": ["neurons"]})
    for t in (0, 10):
        plain = Plain(training, 0, thetas[t][0])
        pre = hidden(plain)
        wanted = sum((z > 0).sum().item() for z in pre) / sum(z.numel() for z in pre)
        assert columns(training)["active_fraction"][t, 0] == pytest.approx(wanted)
    assert "active_fraction" not in columns(trained({"network.activation": "gelu", "run.steps": 1}))


def hidden(plain: Plain) -> list[torch.Tensor]:
    """Return the pre-activations (N, units) of every hidden layer of a relu network."""
    parameters, x = Parameters(plain.fields, plain.theta, plain.frozen), plain.x
    match plain.fields.kind:
        case "mlp":
            found, h = [], x
            for layer in plain.layers[:-1]:
                found.append(h @ layer[0].T + (layer[1] if len(layer) > 1 else 0.0))
                h = found[-1].relu()
            return found
        case "no-rotation":
            norms, _ = parameters.layer(6)[0], parameters.layer(1, 6)
            return [norms * (x @ parameters.constants(6, 2).T)]
    h, found = x @ parameters.layer(3, 2)[0].T, []
    for _ in range(2):
        found.append(h @ parameters.layer(3, 3)[0].T)
        h = h + found[-1].relu() @ parameters.layer(3, 3)[0].T
    return found
