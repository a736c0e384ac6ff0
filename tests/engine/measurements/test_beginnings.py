"""Where units turn first: by unit and sample, by a fine grid of directions, by small steps uphill."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.measurements.beginnings import climbed, maxima
from tests.engine.cases import Plain, columns, history, prepared, trained

PHI = {"relu": (0.0, 1.0), "leaky-relu": (0.2, 1.0), "abs": (-1.0, 1.0), "linear": (1.0, 1.0)}
NETWORKS: dict[str, dict[str, Any]] = {
    "relu": {"kind": "mlp", "widths": [7]},
    "leaky-relu": {"kind": "mlp", "widths": [6], "activation": "leaky-relu", "negative_slope": 0.2},
    "abs": {"kind": "mlp", "widths": [6], "activation": "abs"},
}
NEURONS: dict[str, Any] = {"measure.groups": ["neurons"]}
LAYERS: dict[str, Any] = {"measure.groups": ["layers"]}
APART = {"kind": "blobs", "n": 20, "d": 4}
HYPERPLANE = {"kind": "hyperplane", "n": 15, "d": 4}


def field(u: np.ndarray, x: np.ndarray, y: np.ndarray, slopes: tuple[float, float]) -> np.ndarray:
    """Return D(u)."""
    return (y * np.where(x @ u > 0, slopes[1], slopes[0])) @ x / len(x)


def on_a_grid(x: np.ndarray, y: np.ndarray, slopes: tuple[float, float], side: int) -> np.ndarray:
    """Return the angles of the local maxima above 0 of side G among 40,000 directions."""
    angles = np.linspace(-np.pi, np.pi, 40_000, endpoint=False)
    seen = np.stack([np.cos(angles), np.sin(angles)], 1) @ x.T
    values = side * (seen * np.where(seen > 0, slopes[1], slopes[0])) @ y / len(x)
    before, after = np.roll(values, 1), np.roll(values, -1)
    return angles[(values > before) & (values >= after) & (values > 1e-6)]


@pytest.mark.parametrize("phi", PHI.values(), ids=PHI)
@pytest.mark.parametrize("seed", range(4))
def test_all_extremal_directions_of_the_plane_are_known(phi: tuple[float, float], seed: int) -> None:
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((9, 2))
    x[8] = -x[0]  # both cross zero together
    y = generator.choice([-1.0, 1.0], 9)
    angles, sides = maxima(x, y, phi)
    for side in (1, -1):
        assert np.sort(angles[sides == side]) == pytest.approx(on_a_grid(x, y, phi, side), abs=2e-4)


def test_points_that_all_agree_draw_to_their_sum() -> None:
    """Min, Mallada & Vidal: as many directions as classes, their sums."""
    x = np.array([[1.0, 0.2], [0.8, 0.6], [-0.9, -0.1], [-1.0, -0.7]])
    angles, sides = maxima(x, np.array([1.0, 1.0, -1.0, -1.0]), PHI["relu"])
    plus, minus = x[:2].sum(0), x[2:].sum(0)
    assert angles[sides == 1] == pytest.approx([np.arctan2(plus[1], plus[0])])
    assert angles[sides == -1] == pytest.approx([np.arctan2(minus[1], minus[0])])
    assert [len(part) for part in maxima(np.zeros((2, 2)), np.ones(2), PHI["relu"])] == [0, 0]


@pytest.mark.parametrize("name", NETWORKS)
def test_alignment_and_angle_unit_by_unit(name: str) -> None:
    changes = {"network": NETWORKS[name], "data.n": 10, "run.steps": 40, "replicas": 2}
    training, thetas = history(NEURONS | changes)
    measured = columns(training)
    for r, t in ((0, 0), (0, 40), (1, 17)):
        plain = Plain(training, r, thetas[t][r])
        x, y = plain.x.numpy(), training.problem.labels[r].numpy()
        w, a = (layer[0].numpy() for layer in plain.layers)
        cosines, angles = [], []
        for j in range(len(w)):
            v, sign = w[j], float(np.sign(a[0, j]))
            d = field(v, x, y, PHI[name])
            if np.linalg.norm(d) > 0:
                cosines.append(sign * (v @ d) / np.linalg.norm(v) / np.linalg.norm(d))
            there = on_a_grid(x, y, PHI[name], int(sign))
            turned = np.degrees(np.abs(np.angle(np.exp(1j * (there - np.arctan2(v[1], v[0]))))))
            angles.append(turned.min())
        assert measured["early_alignment"][t, r] == pytest.approx(np.mean(cosines), rel=1e-9)
        assert measured["extremal_angle"][t, r] == pytest.approx(np.mean(angles), abs=0.02)


@pytest.mark.parametrize("bias", ["none", "first"])
def test_with_more_weights_a_unit_climbs_to_where_small_steps_lead(bias: str) -> None:
    network = {"kind": "mlp", "widths": [6], "bias": bias, "init": {"bias": 0.3}}
    training, thetas = history(NEURONS | {"data": APART, "network": network, "run.steps": 3})
    plain = Plain(training, 0, thetas[3][0])
    x, y = plain.x.numpy(), training.problem.labels[0].numpy()
    w = np.column_stack([part.numpy() for part in plain.layers[0]])
    x = np.column_stack([x, np.ones(len(x))]) if bias == "first" else x
    angles = []
    for v, sign in zip(w, np.sign(plain.layers[1][0][0].numpy()), strict=True):
        u = v / np.linalg.norm(v)
        for _ in range(4000):
            d = sign * field(u, x, y, PHI["relu"])
            u = (u + 0.005 * d) / np.linalg.norm(u + 0.005 * d)
        if np.linalg.norm(d) and u @ d / np.linalg.norm(d) > 1 - 1e-6:
            angles.append(np.degrees(np.arccos(u @ v / np.linalg.norm(v))))
    assert angles
    assert columns(training)["extremal_angle"][3, 0] == pytest.approx(np.mean(angles), abs=0.2)


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_unit_that_climbs_in_the_plane_comes_to_a_direction_that_is_known(seed: int) -> None:
    """Whether that lies between kinks, or on one."""
    generator = np.random.default_rng(seed)
    x, y = generator.standard_normal((9, 2)), generator.permutation(np.resize([1.0, -1.0], 9))
    problem = prepared({"data": {"kind": "points", "x": x.tolist(), "y": y.tolist()}}).problem
    around = np.linspace(-3, 3, 40)
    vectors = torch.as_tensor(np.stack([np.cos(around), np.sin(around)], 1)).unsqueeze(0)
    known, sides = maxima(x, y, PHI["relu"])
    for sign in (1.0, -1.0):
        there = climbed(problem, vectors, torch.full((1, 40), sign, dtype=vectors.dtype))[0].numpy()
        come = np.arctan2(there[:, 1], there[:, 0])[~np.isnan(there[:, 0])]
        apart = np.abs(np.angle(np.exp(1j * (come[:, None] - known[sides == sign]))))
        assert len(come) > 15 and np.degrees(apart.min(1)).max() < 1


@pytest.mark.parametrize(
    "changes",
    [
        {"network.widths": [4, 4]},
        {"network.activation": "relu2"},
        {"network.bias": "all"},
        {"network.train": ["W1"]},
        {"data": {"kind": "blobs", "n": 9, "classes": 3}},
        {"network": {"kind": "diagonal", "depth": 2}, "data": HYPERPLANE},
    ],
    ids=["deep", "degree 3", "a bias above", "one layer trains", "three outputs", "diagonal"],
)
def test_networks_of_another_beginning_have_neither(changes: dict[str, Any]) -> None:
    assert not {"early_alignment", "extremal_angle"} & set(columns(trained({**changes, "run.steps": 1})))


def test_units_that_see_nothing_are_left_out_and_a_network_of_zeros_has_no_direction() -> None:
    data = {"kind": "points", "x": [[1.0, 0.1], [1.0, -0.2]], "y": [1.0, -1.0]}
    found = columns(trained({"data": data, "network.widths": [40], "run.steps": 2}))
    assert np.isfinite(found["early_alignment"]).all()
    none = columns(trained({"network.init": {"kind": "zeros"}, "run.steps": 1}))
    assert np.isnan(none["early_alignment"]).all() and np.isnan(none["extremal_angle"]).all()


def test_components_of_a_diagonal_network_are_its_coefficients() -> None:
    diagonal, thetas = history(
        LAYERS
        | {"network": {"kind": "diagonal", "depth": 2}, "data": HYPERPLANE, "run.steps": 30, "replicas": 2}
    )
    found = columns(diagonal)
    u, v = np.split(thetas[30][1].numpy(), 2)
    sizes = np.sort(np.abs(u**2 - v**2))[::-1]
    assert [found[f"component.{k}"][30, 1] for k in range(1, 5)] == pytest.approx(sizes)
    assert found["component_count"][30, 1] == (sizes > sizes[0] / 10).sum()
    assert "component.1" not in columns(trained({"network.widths": [], "run.steps": 1}))
