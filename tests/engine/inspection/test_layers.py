"""Singular values as the window asks for them, against whole decompositions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.figures.layers import stable_rank
from engine.inspection.inspected_run import InspectedRun
from engine.inspection.layers import LayerAnswers, ranks
from engine.protocol.layers import AskLayers, LayersReady
from engine.protocol.pictures import NoPicture
from engine.protocol.stored_steps import StoredSteps
from engine.training.loop import Training
from tests.engine.cases import trained
from tests.engine.inspection.questions import SAID, ask

DEEP = {**SAID, "network.widths": [6, 5], "network.bias": "all"}


def answer(said: dict[str, Any], training: Training, **more: Any) -> LayersReady | NoPicture:
    return LayerAnswers().answer(
        ask(AskLayers, said, None, **more), InspectedRun(training.problem), training.state.theta, None
    )


def test_every_layer_s_singular_values_now_at_the_start_and_at_stored_steps() -> None:
    training = trained(DEEP)
    thetas = np.stack([training.problem.initial[1].numpy(), training.state.theta[1].numpy()])
    found = answer(DEEP, training, replica=1, stored=StoredSteps(np.array([0, 30]), thetas))
    assert isinstance(found, LayersReady)
    layers = training.problem.network.views(training.state.theta)
    for k, (told, layer) in enumerate(zip(found.layers, layers, strict=True)):
        values = np.linalg.svd(layer.weight[1].numpy(), compute_uv=False)
        np.testing.assert_allclose(told.now, values)
        np.testing.assert_allclose(found.stored[0].values[k], told.start)
        np.testing.assert_allclose(found.stored[1].values[k], told.now)
        assert stable_rank(told.now) == pytest.approx((values**2).sum() / values[0] ** 2)
    assert [told.name for told in found.layers] == ["W1", "W2", "W3"]


def test_a_step_looked_at_again_is_not_decomposed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    training = trained(DEEP)
    answers, run = LayerAnswers(), InspectedRun(training.problem)
    theta = training.state.theta
    stored = StoredSteps(np.array([0, 30]), np.stack([theta[0].numpy() / 2, theta[0].numpy()]))
    first = answers.answer(ask(AskLayers, DEEP, None, stored=stored), run, theta, None)
    monkeypatch.setattr("engine.inspection.layers.spectra", None)
    for again in (theta, theta / 2):
        found = answers.answer(ask(AskLayers, DEEP, None), run, again, None)
        assert isinstance(first, LayersReady) and isinstance(found, LayersReady)
        scale = 1.0 if again is theta else 0.5
        np.testing.assert_allclose(found.layers[1].now, scale * first.layers[1].now)


def test_a_layer_by_element_is_a_diagonal_matrix() -> None:
    said = {"network": {"kind": "diagonal"}, "run.steps": 3}
    training = trained(said)
    found = answer(said, training)
    u = training.problem.network.views(training.state.theta)[0].weight[0, :, 0].numpy()
    np.testing.assert_allclose(found.layers[0].now, np.sort(np.abs(u))[::-1])


def test_too_large_a_layer_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    training = trained(DEEP)
    monkeypatch.setattr("engine.inspection.layers.LARGEST", 100)
    found = answer(DEEP, training)
    assert [told.name for told in found.layers] == [
        "W1",
        "W3",
    ] and found.left_out == "W2 too large to be decomposed"
    monkeypatch.setattr("engine.inspection.layers.LARGEST", 1)
    assert isinstance(answer(DEEP, training), NoPicture)


def test_of_many_singular_values_log_spaced_ones_are_followed() -> None:
    assert ranks(100).tolist() == list(range(100))
    assert (np.diff(ranks(101)) > 0).all()
    many = ranks(1000)
    assert len(many) == 100 and many[0] == 0 and many[-1] == 999 and (np.diff(many) > 0).all()
