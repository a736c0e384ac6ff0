"""Steps that are not compiled yet: which runs go on without, which wait, and what is told and stored of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.experiment.document import Document, DocumentRef, parse
from engine.protocol.messages import STEPS, WHY_NOT_COMPILED, Preparing, Train
from engine.steppers import COMPILING, first_use
from engine.steppers.ahead import Ahead
from engine.training.asked import asked_training
from engine.training.first_use import FirstUse
from engine.training.loop import Training
from engine.training.steps_path import COMPILED
from engine.words.errors import Refusal

TEXT = """version = 1
title = "first use"
data = {{ kind = "circle", n = 8 }}
network = {{ kind = "mlp", widths = [4] }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "{optimizer}" }}
run = {{ steps = 20, backend = "{backend}" }}
"""


def document(backend: str = "auto", optimizer: str = "steepest") -> Document:
    return parse(TEXT.format(backend=backend, optimizer=optimizer))


class Process:
    """A process that compiles; how it ends is said by the test."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.killed = False

    def poll(self) -> int | None:
        return self.status

    def kill(self) -> None:
        self.killed = True

    def wait(self) -> int:
        return 0


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(first_use, "_had", set())
    return []


def engine(started: list[Process]) -> FirstUse:
    def start(name: str) -> Process:
        started.append(Process())
        return started[-1]

    return FirstUse(Ahead(start))  # type: ignore[arg-type]


def test_a_run_goes_on_by_torch_while_its_step_is_compiled(started: list[Process]) -> None:
    here = engine(started)
    here.begin()
    assert here.news() == [Preparing(COMPILING)]
    assert here.news() == []
    (experiment,) = document().experiments().values()
    run = Training(experiment, ready=here.ready)
    assert run.environment[STEPS] == "torch"
    assert "still being compiled" in run.environment[WHY_NOT_COMPILED]
    assert len(started) == 1
    snapshot = run.snapshot(resumable=True)
    assert not snapshot.arrays[COMPILED][0]
    first_use._had.add("float64")  # it is compiled; what began without goes on without
    assert here.ready(torch.float64)
    later = Training(experiment, resume_from=snapshot, ready=here.ready)
    assert later.environment[STEPS] == "torch"
    started[0].status = 0
    assert here.news() == [Preparing("")]


def command(document: Document, resume_from: object = None) -> Train:
    (name,) = document.experiments()
    return Train("run", DocumentRef.of(document, name), resume_from)  # type: ignore[arg-type]


def test_only_runs_that_must_have_compiled_steps_wait(started: list[Process]) -> None:
    here = engine(started)
    assert not here.holds(command(document()))
    assert not here.holds(command(document("torch")))
    assert started == []
    asked = command(document("compiled"))
    assert here.holds(asked) and here.holds(asked)
    assert len(started) == 1
    first_use._had.add("float64")
    assert not here.holds(asked)


def test_a_run_that_begins_again_keeps_what_it_began_with(started: list[Process]) -> None:
    here = engine(started)
    again = Train("run", DocumentRef.of(document()), steps="torch")
    assert not here.holds(again)
    run = asked_training(again, ready=lambda dtype: pytest.fail("nobody asks"))
    assert run.environment[STEPS] == "torch"
    compiled = Train("run", DocumentRef.of(document()), steps="compiled")
    assert here.holds(compiled)
    other = Train("run", DocumentRef.of(document("torch")), steps="compiled")
    assert not here.holds(other)
    assert asked_training(other, ready=here.ready).environment[STEPS] == "torch"


def test_code_that_cannot_be_kept_is_tried_elsewhere_and_then_given_up(
    started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, asked = engine(started), command(document("compiled"))
    assert here.holds(asked)
    started[0].status = 1
    assert here.holds(asked)
    assert len(started) == 2
    started[1].status = 1
    assert not here.holds(asked), "it says itself that it cannot be"
    assert here.news() == []


def test_an_engine_that_ends_leaves_no_process(started: list[Process]) -> None:
    here = engine(started)
    here.begin()
    here.end()
    assert started[0].killed and not here.under_way


@pytest.mark.parametrize(
    ("backend", "optimizer", "why"),
    [("torch", "steepest", "as run.backend says"), ("auto", "muon", "has no compiled half")],
)
def test_a_run_says_why_its_steps_are_torch_s(backend: str, optimizer: str, why: str) -> None:
    (experiment,) = document(backend, optimizer).experiments().values()
    environment = Training(experiment, ready=lambda dtype: pytest.fail("nobody asks")).environment
    assert environment[STEPS] == "torch" and why in environment[WHY_NOT_COMPILED]


def test_compiled_steps_that_there_are_not_are_refused() -> None:
    (experiment,) = document("compiled", "muon").experiments().values()
    with pytest.raises(Refusal, match=r"run\.backend.*no compiled half.*take auto"):
        Training(experiment)


def test_a_numba_that_cannot_be_loaded_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ImportError("no LLVM for this processor")

    monkeypatch.setattr("engine.training.steps_path.have_compiled", broken)
    (experiment,) = document().experiments().values()
    assert "no LLVM for this processor" in Training(experiment).environment[WHY_NOT_COMPILED]
    (experiment,) = document("compiled").experiments().values()
    with pytest.raises(Refusal, match="no LLVM"):
        Training(experiment)
    compiled = Training(document("torch").base).snapshot(resumable=True)
    compiled.arrays[COMPILED][0] = True
    with pytest.raises(Refusal, match="from its start"):
        Training(document().base, resume_from=compiled)
