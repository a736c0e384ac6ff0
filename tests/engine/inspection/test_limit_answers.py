"""The question where a run is going, asked as the window does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.experiment.edits import LiveEdit
from engine.inspection.answers import Answers
from engine.protocol.limit import AskLimit, LimitReady
from engine.protocol.pictures import NoPicture
from engine.protocol.stored_steps import StoredSteps
from engine.protocol.surface import AskSurface, SurfaceReady
from tests.engine.cases import trained
from tests.engine.inspection.questions import ask, surface

LINEAR = {
    "replicas": 2,
    "data": {"kind": "hyperplane", "n": 12, "d": 2, "margin": 0.3},
    "network.widths": [],
    "optimizer.step": {"kind": "normalised", "a": 0.5},
    "run.steps": 200,
}


def test_a_replica_s_limit_from_stored_parameters_and_then_as_a_predictor() -> None:
    training = trained(LINEAR)
    theta = training.state.theta.numpy()
    answers = Answers()
    stored = StoredSteps(np.array([10, 20]), np.stack([theta[1] * 0.4, theta[1] * 0.6]))
    found = answers.to(ask(AskLimit, LINEAR, theta, stored=stored, replica=1), None)
    assert isinstance(found, LimitReady), found
    assert found.replica == 1 and found.residual < 1e-8 and found.rough
    assert len(found.samples) == len(found.multipliers) >= 1
    assert found.margin_now <= found.margin <= 1
    seen = answers.to(ask(AskSurface, LINEAR, theta, replica=1, resolution=9, predictor="limit"), None)
    assert isinstance(seen, SurfaceReady) and seen.other is not None
    assert np.isfinite(seen.other).all() and seen.title == "limit predicted at step 30"
    assert "no limit of this run" in surface(LINEAR, training, predictor="limit").why_no_other


def test_what_has_no_limit_says_why() -> None:
    said = {**LINEAR, "optimizer": {"kind": "adam"}, "run.steps": 3}
    training = trained(said)
    found = Answers().to(ask(AskLimit, said, training.state.theta.numpy()), None)
    assert isinstance(found, NoPicture) and "another norm" in found.sentence


def test_steps_before_a_live_edit_that_moves_are_of_another_run() -> None:
    training = trained(LINEAR)
    theta = training.state.theta.numpy()
    stored = StoredSteps(np.array([10, 20]), np.stack([theta[1] * 0.4, theta[1] * 0.6]))
    asked = ask(AskLimit, LINEAR, theta, stored=stored, replica=1)
    assert np.isfinite(Answers().to(asked, None).spread)
    edits = (LiveEdit(25, "optimizer.step.a", 0.5, 0.1),)
    found = Answers().to(replace(asked, edits=edits), None)
    assert isinstance(found, LimitReady) and found.spread == np.inf
    decayed = replace(asked, edits=(LiveEdit(25, "optimizer.weight_decay", 0.0, 0.1),))
    assert "weight decay" in Answers().to(decayed, None).sentence
