"""Every sample's margin and weight as the window asks for them, against their definitions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import expit

from engine.inspection.inspected_run import InspectedRun
from engine.inspection.samples import SampleAnswers
from engine.protocol.samples import AskSamples, SamplesReady
from engine.protocol.stored_steps import StoredSteps
from engine.training.loop import Training
from tests.engine.cases import trained
from tests.engine.inspection.questions import CLASSES, SAID, ask


def seen(said: dict[str, Any], training: Training, **more: Any) -> SamplesReady:
    found = SampleAnswers().answer(
        ask(AskSamples, said, None, **more), InspectedRun(training.problem), training.state.theta, None
    )
    assert isinstance(found, SamplesReady)
    return found


def test_margins_weights_and_support_of_two_classes() -> None:
    said = {**SAID, "loss.kind": "logistic", "run.steps": 200}
    training = trained(said)
    found = seen(said, training, replica=1)
    problem = training.problem
    f = problem.network.outputs(training.state.theta, problem.x)[1, :, 0].numpy()
    q = f * problem.dataset(1).labels
    np.testing.assert_allclose(found.margins, q)
    np.testing.assert_allclose(found.weights, expit(-q) / expit(-q).sum())
    assert found.is_fitted == (q.min() > 0) and not replace(found, margins=q - q.min()).support.any()
    fitted = replace(found, margins=q - q.min() + 0.1)
    np.testing.assert_array_equal(fitted.support, q < q.min() + np.log(100))
    assert found.now.scale == pytest.approx(float(training.state.theta[1].norm()) ** 2)


def test_margins_and_weights_of_several_classes() -> None:
    training = trained(CLASSES)
    found = seen(CLASSES, training)
    problem = training.problem
    f = problem.network.outputs(training.state.theta, problem.x)[0].numpy()
    labels, rows = problem.dataset(0).labels, np.arange(len(f))
    others = f.copy()
    others[rows, labels] = -np.inf
    np.testing.assert_allclose(found.margins, f[rows, labels] - others.max(1))
    wrong = 1 - np.exp(f[rows, labels]) / np.exp(f).sum(1)
    np.testing.assert_allclose(found.weights, wrong / wrong.sum())


@pytest.mark.parametrize("said", [{**SAID, "run.steps": 300}, {**CLASSES, "run.steps": 300}])
def test_multipliers_are_those_that_the_record_is_measured_with(said: dict[str, Any]) -> None:
    training = trained(said)
    found = seen(said, training)
    problem, theta = training.problem, training.state.theta[:1]
    q_min, degree = found.margins.min(), 2
    assert q_min > 0
    leaf = theta.clone().requires_grad_()
    log_loss = problem.loss.of(problem.labels[:1]).log_loss(
        problem.network.one(0).outputs(leaf, problem.x[:1])
    )
    (gradient,) = torch.autograd.grad(log_loss.sum(), leaf)
    direction = (-gradient / gradient.norm()).numpy()
    scaled = (theta / q_min ** (1 / degree)).numpy()
    assert found.multipliers.sum() > 0 and found.multipliers.shape == found.margins.shape
    np.testing.assert_allclose(
        found.multipliers / found.multipliers.sum(), found.weights, rtol=1e-10, atol=1e-300
    )
    # with these multipliers the gradients' mixture at theta' is as long as theta', along the negative gradient
    mixture = np.linalg.norm(scaled) * direction
    at = torch.as_tensor(scaled).requires_grad_()
    seen_there = problem.loss.of(problem.labels[:1]).evaluate(
        problem.network.one(0).outputs(theta, problem.x[:1])
    )
    pull = seen_there.cotangent * (found.multipliers.sum())
    (mixed,) = torch.autograd.grad((problem.network.one(0).outputs(at, problem.x[:1]) * pull).sum(), at)
    np.testing.assert_allclose(mixed.numpy(), mixture, rtol=1e-8, atol=1e-10)


def test_what_has_no_multipliers_says_why() -> None:
    training = trained(SAID)
    start = SampleAnswers().answer(
        ask(AskSamples, SAID, None), InspectedRun(training.problem), training.problem.initial, None
    )
    assert start.multipliers is None and "right side" in start.why_no_multipliers
    said = {**SAID, "network.activation": "tanh"}
    found = seen(said, trained(said))
    assert found.multipliers is None and "tanh has no degree" in found.why_no_multipliers


def test_stored_steps_are_margins_of_their_own_parameters() -> None:
    training = trained(SAID)
    thetas = np.stack([training.problem.initial[1].numpy(), training.state.theta[1].numpy()])
    found = seen(SAID, training, replica=1, stored=StoredSteps(np.array([0, 30]), thetas))
    np.testing.assert_allclose(found.stored[1].margins, found.margins)
    assert found.stored[1].scale == pytest.approx(found.now.scale)
    problem = training.problem
    f = problem.network.outputs(problem.initial, problem.x)[1, :, 0].numpy()
    np.testing.assert_allclose(found.stored[0].margins, f * problem.dataset(1).labels)


def test_of_many_samples_the_nearest_and_an_even_choice_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.inspection.samples.MOST_SAMPLES", 6)
    training = trained(SAID)
    found = seen(SAID, training)
    order = np.argsort(found.margins)
    assert len(found.samples) == 6 and set(order[:3]) | {order[-1]} <= set(found.samples)
    np.testing.assert_allclose(found.now.margins, found.margins[found.samples])
    kept = seen(SAID, training, samples=(1, 4, 99), raw_of=4)
    assert kept.samples.tolist() == [1, 4]
    np.testing.assert_array_equal(kept.raw, training.problem.dataset(0).raw[4])
