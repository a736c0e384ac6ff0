"""Surfaces as the window asks for them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.inspection.answers import Answers
from engine.inspection.predictors import PREDICTORS
from engine.protocol.kernel import AskKernel, KernelReady
from engine.protocol.pictures import NoPicture
from engine.protocol.records import Snapshot
from engine.protocol.surface import AskSurface, SurfaceReady
from engine.training.loop import Training
from tests.engine.cases import experiment, trained
from tests.engine.inspection.questions import SAID, ask, surface


def test_the_network_stands_beside_its_own_start_and_end() -> None:
    training = trained(SAID)
    last = training.snapshot(resumable=True)
    found = surface(SAID, training, predictor="latest", latest=last, replica=1)
    np.testing.assert_allclose(found.other, found.network)
    assert found.title == "network at step 30"
    assert "no later parameters" in surface(SAID, training, predictor="latest").why_no_other
    start = surface(SAID, training, predictor="start", replica=1)
    again = Answers().answer(
        ask(AskSurface, SAID, training.problem.initial.numpy(), resolution=9, replica=1), None
    )
    assert isinstance(again, SurfaceReady)
    np.testing.assert_allclose(start.other, again.network)


@pytest.mark.parametrize("predictor", ["start", "latest"])
def test_a_coarse_surface_is_points_of_the_whole_one(predictor: str) -> None:
    training = trained(SAID)
    latest = training.snapshot(resumable=True)
    whole, coarse = (
        surface(SAID, training, predictor=predictor, latest=latest, every=every) for every in (1, 4)
    )
    np.testing.assert_allclose(coarse.axis, whole.axis[::4])
    np.testing.assert_allclose(coarse.network, whole.network[::4, ::4])
    np.testing.assert_allclose(coarse.other, whole.other[::4, ::4])
    assert (whole.every, coarse.every) == (1, 4)


def test_samples_that_are_not_fitted_have_no_rings_whatever_carries_the_kernel() -> None:
    training = trained({**SAID, "run.steps": 1})
    found = surface(SAID, training)
    assert found.support is not None and not found.support.any()
    assert found.other_support is not None and found.other_support.any()
    assert found.class_names == ("-1", "+1")


BROKEN = {
    "-inf": (
        lambda theta: np.where(np.arange(theta.shape[1]) == 3, -np.inf, theta),
        "parameters of replica 1",
    ),
    "nan": (lambda theta: np.full_like(theta, np.nan), "parameters of replica 1"),
    "huge": (lambda theta: theta * 1e200, "outputs of replica 1"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_there_is_no_picture_of_parameters_that_are_not_finite(how: str) -> None:
    training = trained({**SAID, "run.steps": 1})
    spoil, sentence = BROKEN[how]
    theta = training.problem.initial.numpy().copy()
    theta[1] = spoil(theta)[1]
    answer = Answers().answer(ask(AskSurface, SAID, theta, resolution=9, replica=1), None)
    assert isinstance(answer, NoPicture)
    assert answer.sentence == f"the {sentence} are not finite at this step"
    kernel = Answers().answer(ask(AskKernel, SAID, theta, replica=1), None)
    assert isinstance(kernel, NoPicture) and "not finite at this step" in kernel.sentence
    whole = Answers().answer(ask(AskSurface, SAID, theta, resolution=9), None)
    assert isinstance(whole, SurfaceReady) and np.isfinite(whole.network).all()
    beside = Snapshot(9, {"theta": theta})
    start = training.problem.initial.numpy()
    question = ask(AskSurface, SAID, start, resolution=9, replica=1, predictor="latest", latest=beside)
    found = Answers().answer(question, None)
    assert isinstance(found, SurfaceReady)
    assert found.other is None and found.why_no_other == "its outputs are not finite"


def test_there_is_no_picture_of_a_replica_of_a_run_under_way_that_diverged_seen_or_not() -> None:
    said = {**SAID, "vary": {"optimizer.step.eta": [0.01, 1e200]}, "run.steps": 400}
    said |= {"optimizer.step": {"kind": "constant"}, "measure": {"every": 100, "groups": ["norms"]}}
    training = Training(experiment(said), yield_every=0)
    sentences = set()
    for _ in training.run():
        if training.step not in (50, 250):
            continue
        for kind in (AskSurface, AskKernel):
            answer = Answers().answer(ask(kind, said, None, replica=1), training)
            assert isinstance(answer, NoPicture)
            sentences.add(answer.sentence)
            other = Answers().answer(ask(kind, said, None, replica=0), training)
            assert isinstance(other, SurfaceReady | KernelReady)
    assert sentences == {
        "the parameters of replica 1 are not finite at this step",
        "replica 1 diverged after step 0: it has no parameters from there on",
    }


def test_a_predictor_that_is_not_known_is_no_error() -> None:
    training = trained({**SAID, "run.steps": 1})
    found = surface(SAID, training, predictor="oracle")
    assert found.other is None and "no predictor 'oracle'" in found.why_no_other
    assert next(iter(PREDICTORS)) == "ntk-max-margin"
