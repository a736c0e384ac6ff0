"""The question where a run is going, asked as the window does."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any, cast

import numpy as np
import pytest

from engine.experiment.edits import LiveEdit
from engine.inspection.answers import Answers
from engine.inspection.aside import Aside
from engine.inspection.inspected_run import InspectedRun
from engine.inspection.limit import LimitAnswers
from engine.process import _Engine
from engine.protocol.limit import AskLimit, LimitReady
from engine.protocol.messages import Message
from engine.protocol.pictures import DropQuestion, NoPicture, Question
from engine.protocol.stored_steps import StoredSteps
from engine.protocol.surface import AskSurface, SurfaceReady
from tests.deadlines import PATIENCE
from tests.engine.cases import trained
from tests.engine.inspection.questions import ask, surface
from tests.engine.pipes import NarrowPipe

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


def told(answers: Answers, question: Question) -> Any:
    return answers.to(question, None)


def test_steps_before_a_live_edit_that_moves_are_of_another_run() -> None:
    training = trained(LINEAR)
    theta = training.state.theta.numpy()
    stored = StoredSteps(np.array([10, 20]), np.stack([theta[1] * 0.4, theta[1] * 0.6]))
    asked = ask(AskLimit, LINEAR, theta, stored=stored, replica=1)
    assert np.isfinite(told(Answers(), asked).spread)
    edits = (LiveEdit(25, "optimizer.step.a", 0.5, 0.1),)
    found = Answers().to(replace(asked, edits=edits), None)
    assert isinstance(found, LimitReady) and found.spread == np.inf
    decayed = replace(asked, edits=(LiveEdit(25, "optimizer.weight_decay", 0.0, 0.1),))
    assert "weight decay" in told(Answers(), decayed).sentence


def test_runs_of_one_document_have_limits_of_their_own_and_keep_them() -> None:
    theta = trained(LINEAR).state.theta.numpy()
    answers = Answers()
    assert isinstance(answers.to(ask(AskLimit, LINEAR, theta), None), LimitReady)
    shown = ask(AskSurface, LINEAR, theta, resolution=9, predictor="limit")
    another = replace(shown, subject=replace(shown.subject, run="another"))
    elsewhere = ask(AskSurface, {**LINEAR, "run.steps": 201}, theta, resolution=9)
    assert "no limit of this run" in told(answers, another).why_no_other
    assert isinstance(answers.to(elsewhere, None), SurfaceReady)
    assert told(answers, shown).title == "limit predicted at step 30"


def test_the_engine_goes_on_while_a_limit_is_solved_for(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = threading.Event()

    class Pipe(NarrowPipe):
        def send(self, message: Message) -> None:
            super().send(message)
            if isinstance(message, SurfaceReady):
                seen.set()

    def slow(_self: LimitAnswers, question: AskLimit, *_rest: object) -> NoPicture:
        return NoPicture(question.subject.request, "run", str(seen.wait(PATIENCE)))

    monkeypatch.setattr(LimitAnswers, "answer", slow)
    theta = trained({**LINEAR, "run.steps": 1}).state.theta.numpy()
    pipe = Pipe(ask(AskLimit, LINEAR, theta), ask(AskSurface, LINEAR, theta, resolution=9))
    _Engine(cast(Connection, pipe)).serve()
    answers = [each for each in pipe.sent if isinstance(each, SurfaceReady | NoPicture)]
    assert isinstance(answers[0], SurfaceReady)
    assert [getattr(each, "sentence", "") for each in answers[1:]] == ["True"]


def test_the_engine_breaks_off_what_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_self: LimitAnswers, question: AskLimit, run: InspectedRun, *_rest: object) -> NoPicture:
        end = time.monotonic() + PATIENCE
        while run.is_wanted() and time.monotonic() < end:
            threading.Event().wait(0.001)
        return NoPicture(question.subject.request, "run", str(run.is_wanted()))

    monkeypatch.setattr(LimitAnswers, "answer", slow)
    asked = ask(AskLimit, LINEAR, trained({**LINEAR, "run.steps": 1}).state.theta.numpy())
    pipe = NarrowPipe(asked, DropQuestion(asked.subject.request))
    _Engine(cast(Connection, pipe)).serve()
    assert [each.sentence for each in pipe.sent if isinstance(each, NoPicture)] == ["False"]


def test_a_margin_flow_is_told_apart_as_its_norm_stays() -> None:
    theta = trained(LINEAR).state.theta.numpy()
    assert not told(Answers(), ask(AskLimit, LINEAR, theta)).follows_margins
    flow = {name: value for name, value in LINEAR.items() if not name.startswith("optimizer")}
    asked = ask(AskLimit, {**flow, "optimizer": {"kind": "margin-flow"}}, theta)
    assert told(Answers(), asked).follows_margins


def test_a_question_that_is_cancelled_is_broken_off_and_says_so() -> None:
    asked, aside = ask(AskLimit, LINEAR, trained(LINEAR).state.theta.numpy()), Aside()
    answer = Answers().aside(asked, None, aside.wants)
    assert isinstance(answer(), LimitReady)
    aside.drop(asked.subject.request)
    dropped = answer()
    assert isinstance(dropped, NoPicture) and dropped.sentence == "the question was cancelled"
    aside.news()
    assert aside.wants(asked.subject.request), "nothing is under way, so nothing is remembered"
