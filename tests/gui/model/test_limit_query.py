"""Asking where a run is going: the answer comes whatever is looked at by then, or the reason why not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.experiment.document import parse
from engine.experiment.edits import LiveEdit
from engine.protocol.limit import AskLimit, LimitReady
from engine.protocol.messages import Edited
from engine.protocol.pictures import DropQuestion, NoPicture
from gui.model.limit_query import CANCELLED, RUN_GONE, LimitQuery
from gui.model.limit_words import certificate, shown
from gui.model.session_model import SessionModel
from tests.gui.lab import QUICK
from tests.gui.model.driving import run_through


def answer(asked: AskLimit) -> LimitReady:
    """Return an answer to a question, of no particular network."""
    said = asked.subject
    numbers: dict[str, Any] = dict.fromkeys(
        ("margin", "margin_now", "error", "now", "apart", "power", "spread", "tested", "residual"), 0.1
    )
    rest: dict[str, Any] = {"taken": 0, "samples": (), "kinks": 0, "sure": True, "rough": True, "nears": True}
    empty = np.empty(0)
    return LimitReady(
        said.request, said.run, said.step, said.replica, **numbers, **rest, multipliers=empty, direction=empty
    )


class Asked:
    """A lab of two runs, one looked at, and what is asked and told."""

    def __init__(self, qtbot: QtBot, model: SessionModel, monkeypatch: pytest.MonkeyPatch) -> None:
        self.model, self.qtbot = model, qtbot
        for title in ("one", "two"):
            run_through(qtbot, model, parse(QUICK.format(title=title, steps=200)))
        self.query = LimitQuery(model, model)
        self.asked: list[Any] = []
        self.found: list[str] = []
        self.nothing: list[str] = []
        monkeypatch.setattr(model.trainer.engine, "send", self.asked.append)
        self.query.found.connect(self._on_found)
        self.query.nothing.connect(self.nothing.append)
        self.first, self.second = (run.id for run in model.run_list.runs)
        model.run_list.select(self.first)
        self.query.ask()

    def _on_found(self, limit: LimitReady) -> None:
        self.found.append(limit.run)

    def answered(self) -> None:
        """Let the engine answer what was asked last."""
        count = len(self.found)
        self.model.trainer.engine.message_received.emit(answer(self.asked[-1]))
        self.qtbot.waitUntil(lambda: len(self.found) > count)


@pytest.fixture
def asked(qtbot: QtBot, model: SessionModel, monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(qtbot, model, monkeypatch)


def test_an_answer_about_a_run_no_longer_looked_at_is_kept_and_told(asked: Asked) -> None:
    asked.model.run_list.select(asked.second)
    asked.answered()
    assert asked.found == [asked.first] and (asked.first, 0) in asked.query.known
    assert not asked.query.waits


def test_a_second_question_is_asked_once_the_first_is_answered(asked: Asked) -> None:
    asked.model.run_list.select(asked.second)
    asked.query.ask()
    asked.answered()
    asked.qtbot.waitUntil(lambda: len(asked.asked) == 2)
    asked.answered()
    assert asked.found == [asked.first, asked.second]


def test_an_engine_that_dies_ends_the_wait(asked: Asked) -> None:
    asked.model.trainer.engine.engine_died.emit("The engine ended.")
    asked.qtbot.waitUntil(lambda: asked.nothing == ["The engine ended."])
    assert not asked.query.waits


def test_a_limit_is_of_one_replica_and_forgotten_at_an_edit_that_moves(asked: Asked) -> None:
    asked.answered()
    run = asked.model.run_list.get(asked.first)
    assert run is not None and asked.query.of(run, 3) is not None, "its last replica"
    limit = asked.query.known.pop((asked.first, 0))
    asked.query.known[asked.first, 1] = limit
    assert asked.query.of(run, 0) is None
    for field, kept in (("run.steps", True), ("optimizer.weight_decay", False)):
        edited = Edited(asked.first, (LiveEdit(200, field, 0, math.pi),))
        asked.model.trainer.message_taken.emit(asked.first, edited)
        assert bool(asked.query.known) == kept


def test_a_question_that_is_cancelled_is_broken_off_and_asked_again_at_once(asked: Asked) -> None:
    asked.query.take_back()
    assert asked.nothing == [CANCELLED] and not asked.query.waits
    first, dropped = asked.asked
    assert dropped == DropQuestion(first.subject.request)
    asked.query.ask()
    refused = NoPicture(first.subject.request, asked.first, "late")
    asked.model.trainer.engine.message_received.emit(refused)
    asked.answered()
    assert asked.found == [asked.first] and asked.nothing == [CANCELLED]


def test_a_run_that_is_removed_takes_its_question_along(asked: Asked) -> None:
    asked.model.run_list.select(asked.second)
    asked.model.run_list.delete([asked.first])
    assert not asked.query.waits and isinstance(asked.asked[-1], DropQuestion)
    assert asked.nothing == [RUN_GONE]


def test_a_question_that_waits_is_asked_where_the_run_before_it_is_deleted(asked: Asked) -> None:
    asked.model.run_list.select(asked.second)
    asked.query.ask()
    asked.model.run_list.delete([asked.first])
    assert asked.query.waits
    asked.qtbot.waitUntil(lambda: isinstance(asked.asked[-1], AskLimit) and len(asked.asked) == 3)
    asked.answered()
    assert asked.found == [asked.second] and not asked.nothing


def test_what_is_said_of_a_margin_flow_is_so_of_it(asked: Asked) -> None:
    limit = replace(answer(asked.asked[0]), spread=math.inf, power=math.nan)
    flow = replace(limit, follows_margins=True)
    for one, norm, why in ((limit, "the norm grows", "too few"), (flow, "keeps the norm", "no loss")):
        rows = {name: means for name, _, means in certificate(one)}
        assert norm in shown(one) and why in rows["Extrapolation"]
        assert "earlier" not in rows["Two refinements apart"], "there is one start"
