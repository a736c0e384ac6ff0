"""Units as the window asks for them, against their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.inspection.inspected_run import InspectedRun
from engine.inspection.neurons import NeuronAnswers
from engine.measurements.beginnings import maxima_of
from engine.protocol.neurons import AskNeurons, NeuronsReady
from engine.protocol.pictures import NoPicture
from engine.protocol.stored_steps import StoredSteps
from engine.training.loop import Training
from tests.engine.cases import trained
from tests.engine.inspection.questions import CLASSES, SAID, ask

BIASED = {
    **SAID,
    "data": {"kind": "moons", "n": 14, "normalize": "standardize", "append_constant": True},
    "network.bias": "first",
}


def seen(said: dict[str, Any], training: Training | None = None, **more: Any) -> NeuronsReady:
    training = training or trained(said)
    theta = training.state.theta.numpy()
    found = NeuronAnswers().answer(
        ask(AskNeurons, said, theta, **more), InspectedRun(training.problem), training.state.theta, None
    )
    assert isinstance(found, NeuronsReady)
    return found


def degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the angles between the rows of two matrices, by arc cosines."""
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


@pytest.mark.parametrize("said", [SAID, BIASED])
def test_units_are_their_weights(said: dict[str, Any]) -> None:
    training = trained(said)
    found = seen(said, training, replica=1)
    problem, r = training.problem, 1
    layers = problem.network.views(training.state.theta)
    w, a = layers[0].weight[r].numpy(), layers[1].weight[r, 0].numpy()
    first = problem.network.views(problem.initial)[0]
    start = first.weight[r].numpy()
    if layers[0].bias is not None:
        w, start = (np.column_stack([m, b[r].numpy()]) for m, b in ((w, layers[0].bias), (start, first.bias)))
    np.testing.assert_allclose(found.now.norm, np.linalg.norm(w, axis=1))
    np.testing.assert_allclose(found.now.turned, degrees(w, start), atol=1e-5)
    v = np.linalg.svd(w)[2][0]
    angles = degrees(w, np.tile(v, (len(w), 1)))
    np.testing.assert_allclose(found.now.leading, np.minimum(angles, 180 - angles), atol=1e-5)
    np.testing.assert_allclose(found.now.out, np.abs(a))
    np.testing.assert_array_equal(found.now.side, np.sign(a))
    x = problem.x[r].numpy()
    x = np.column_stack([x, np.ones(len(x))]) if layers[0].bias is not None else x
    made = np.abs(np.maximum(x @ w.T, 0) * a).sum(0)
    np.testing.assert_allclose(found.now.share, made / made.sum(), rtol=1e-10)


def test_kinks_are_where_units_bend_in_raw_units() -> None:
    training = trained(BIASED)
    found = seen(BIASED, training)
    assert found.line == "lines: the units' kinks" and found.bias
    data, layers = training.problem.dataset(0), training.problem.network.views(training.state.theta)
    raw = np.random.default_rng(0).normal(size=(7, 2))
    z = data.inputs(raw) @ layers[0].weight[0].numpy().T + layers[0].bias[0].numpy()
    np.testing.assert_allclose(raw @ found.now.slope.T + found.now.offset, z, rtol=1e-9, atol=1e-9)


def test_kinks_of_points_over_their_own_norm_are_lines_all_the_same() -> None:
    said = {**SAID, "data": {"kind": "moons", "n": 14, "normalize": "unit-norm", "append_constant": True}}
    training = trained(said)
    found = seen(said, training)
    raw = np.random.default_rng(0).normal(size=(7, 2))
    z = (
        training.problem.dataset(0).inputs(raw)
        @ training.problem.network.views(training.state.theta)[0].weight[0].numpy().T
    )
    line = raw @ found.now.slope.T + found.now.offset
    np.testing.assert_allclose(line, z * np.linalg.norm(np.column_stack([raw, np.ones(7)]), axis=1)[:, None])
    curved = seen({**said, "network.bias": "first"})
    assert curved.line == "" and curved.now.slope is not None


def test_a_maxout_unit_bends_where_its_pieces_are_equal() -> None:
    said = {**SAID, "network.activation": "maxout"}
    training = trained(said)
    found = seen(said, training)
    w = training.problem.network.views(training.state.theta)[0].weight[0].numpy()
    np.testing.assert_allclose(found.now.slope, w[:6] - w[6:])
    np.testing.assert_allclose(found.now.norm, np.hypot(*(np.linalg.norm(p, axis=1) for p in (w[:6], w[6:]))))


def test_units_speak_for_the_class_of_their_largest_output_weight() -> None:
    training = trained(CLASSES)
    found = seen(CLASSES, training)
    out = training.problem.network.views(training.state.theta)[1].weight[0].numpy()
    np.testing.assert_array_equal(found.now.side, out.argmax(0))
    assert found.classes == 3 and found.speaks


def test_stored_steps_are_seen_as_if_each_were_looked_at() -> None:
    training = trained(SAID)
    thetas = np.stack([training.problem.initial[1].numpy(), training.state.theta[1].numpy()])
    broken = np.vstack([thetas, np.full_like(thetas[:1], np.nan)])
    found = seen(SAID, training, replica=1, stored=StoredSteps(np.array([0, 30, 40]), broken))
    assert [row.step for row in found.stored] == [0, 30]
    assert (found.stored[0].turned == 0).all()
    for name in ("norm", "turned", "leading", "share", "slope", "offset"):
        np.testing.assert_allclose(
            getattr(found.stored[1], name), getattr(found.now, name), rtol=1e-10, atol=1e-10
        )


def test_deeper_networks_are_looked_at_layer_by_layer() -> None:
    said = {**SAID, "network.widths": [6, 5]}
    training = trained(said)
    second = seen(said, training, layer="W2")
    assert [(layer.name, layer.units, layer.word) for layer in second.layers] == [
        ("W1", 6, "units"),
        ("W2", 5, "units"),
        ("W3", 1, "outputs"),
    ]
    assert "not linear" in second.why_no_plane and second.now.slope is None
    assert second.now.share.sum() == pytest.approx(1) and second.speaks
    first = seen(said, training)
    assert first.why_no_plane == "" and not first.speaks
    last = seen(said, training, layer="W3")
    assert "outputs themselves" in last.why_no_share


def test_a_linear_network_s_arrows_are_those_of_its_products() -> None:
    said = {**SAID, "network.widths": [4, 3], "network.activation": "linear"}
    training = trained(said)
    found = seen(said, training, layer="W2")
    below, own = (
        layer.weight[0].numpy() for layer in training.problem.network.views(training.state.theta)[:2]
    )
    np.testing.assert_allclose(found.now.slope, own @ below, atol=1e-12)


EVERY: list[tuple[dict[str, Any], str, str]] = [
    ({"network": {"kind": "mlp", "widths": []}}, "outputs", ""),
    ({"network": {"kind": "no-rotation", "width": 5}}, "units", ""),
    ({"network": {"kind": "residual", "width": 4, "blocks": 1}}, "features", ""),
    ({"network": {"kind": "diagonal"}}, "outputs", ""),
    ({"network": {"kind": "quasi"}}, "outputs", ""),
    ({"network": {"kind": "free-features", "features": 3}}, "units", "by its number"),
    ({"network": {"kind": "conv", "channels": [3], "kernel": 2}}, "filters", "every pixel"),
]


@pytest.mark.parametrize(("said", "word", "why"), EVERY)
def test_every_kind_of_network_shows_its_units_or_says_why_not(
    said: dict[str, Any], word: str, why: str
) -> None:
    training = trained({**said, "run.steps": 3})
    found = seen({**said, "run.steps": 3}, training)
    assert found.layer.word == word and why in found.why_no_plane and bool(why) == bool(found.why_no_plane)
    assert np.isfinite(found.now.norm).all() and len(found.now.norm) == found.layer.units
    for layer in found.layers:
        assert seen({**said, "run.steps": 3}, training, layer=layer.name).layer == layer
    if word == "outputs":
        x = training.problem.dataset(0).raw
        f = training.problem.network.outputs(training.state.theta, training.problem.x)[0, :, 0].numpy()
        np.testing.assert_allclose(x @ found.now.slope[0] + found.now.offset[0], f, atol=1e-12)


def test_rows_of_attention_are_no_outputs_and_speak_for_no_class() -> None:
    said = {
        "data": {"kind": "tokens", "n": 6, "tokens": 3, "d": 4},
        "network": {"kind": "attention"},
        "optimizer": {"kind": "steepest", "step": {"kind": "normalised", "a": 0.1}},
        "run.steps": 3,
    }
    found = seen(said)
    assert found.layer.word == "rows" and not found.speaks and "tokens" in found.why_no_share
    assert (found.now.side <= 0).all()


def test_units_of_fixed_directions_never_turn_but_over() -> None:
    said = {"network": {"kind": "no-rotation", "width": 12}, "run.steps": 40}
    found = seen(said)
    assert np.isin(found.now.turned.round(6), (0, 180)).all()


def test_a_picture_s_weights_are_pictures() -> None:
    said = {"data": {"kind": "digits", "classes": [3, 8], "train": 20}, "network.widths": [4], "run.steps": 2}
    training = trained(said)
    found = seen(said, training)
    w = training.problem.network.views(training.state.theta)[0].weight[0].numpy()
    np.testing.assert_allclose(found.tiles, w.reshape(4, 8, 8), rtol=1e-6)
    assert "these data have 64" in found.why_no_plane
    filters = {**said, "network": {"kind": "conv", "channels": [3], "kernel": 3, "widths": [4]}}
    assert seen(filters).tiles.shape == (3, 3, 3)


def test_of_a_wide_layer_the_longest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.inspection.neurons.MOST_UNITS", 4)
    training = trained(SAID)
    found = seen(SAID, training)
    norms = np.linalg.norm(training.problem.network.views(training.state.theta)[0].weight[0].numpy(), axis=1)
    assert set(found.units) == set(np.argsort(norms)[-4:]) and found.left_out == 2
    kept = seen(SAID, training, units=(0, 1, 2, 9))
    np.testing.assert_allclose(kept.now.norm, norms[:3])


def test_a_layer_that_is_not_there_is_said() -> None:
    training = trained(SAID)
    found = NeuronAnswers().answer(
        ask(AskNeurons, SAID, None, layer="W9"), InspectedRun(training.problem), training.state.theta, None
    )
    assert isinstance(found, NoPicture) and "there are W1, W2" in found.sentence


def test_extremal_directions_are_drawn_in_raw_inputs_and_measured_in_those_of_the_network() -> None:
    said = {**SAID, "data": {"kind": "moons", "n": 14, "normalize": "standardize"}}
    training = trained(said)
    found, problem = seen(said, training), training.problem
    angles, sides = maxima_of(problem, 0)
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    slopes = directions / problem.dataset(0).raw.std(
        0
    )  # an input of the network is the raw one over its spread
    assert found.extremes is not None and len(slopes)
    assert degrees(found.extremes, slopes) == pytest.approx(0, abs=1e-5)
    assert list(found.extreme_sides) == list(sides)
    for w, side, angle in zip(
        training.state.theta[0, :12].view(6, 2).numpy(), found.now.side, found.now.extremal, strict=True
    ):
        mine = directions[sides == side]
        assert angle == pytest.approx(degrees(mine, np.tile(w, (len(mine), 1))).min(), abs=1e-5)
    assert seen({**said, "network.bias": "first"}).extremes is None, "three weights a unit"
