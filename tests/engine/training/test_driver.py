"""A driver says what becomes of a training; whoever listens knows as much as the training itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from engine.protocol.messages import (
    Advance,
    Edit,
    Failed,
    Finished,
    Message,
    Noted,
    Paused,
    Recorded,
    Refused,
    Resume,
    SnapshotTaken,
    Started,
    Stop,
)
from engine.protocol.records import RecordBatch, Records
from engine.protocol.run_history import RunHistory
from engine.training.driver import Driver
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.engine.cases import experiment

SHORT = {"run.steps": 60}


def driver(said: dict[str, Any] | None = None, **more: Any) -> Driver:
    return Driver("a", partial(Training, experiment(said or SHORT)), **more)


def driven(run: Driver) -> list[Message]:
    messages = list(run.begin())
    while not run.ended:
        messages += run.go_on()
    return messages


def test_a_listener_knows_what_the_training_knows() -> None:
    run = driver()
    messages = driven(run)
    told, history = RunHistory(Records(1)), run.training.history
    for message in messages:
        told.apply(message)
    assert told.records.steps.tolist() == history.records.steps.tolist()
    assert told.records.names == history.records.names
    for name in history.records.names:
        assert told.records.column(name).tobytes() == history.records.column(name).tobytes(), name
    assert (told.status, told.events, told.step) == ("done", history.events, 60)
    assert told.resumable_step == 60 and told.snapshot_steps[0] == 0
    kinds = [type(message) for message in messages]
    assert kinds[0] is Started and Noted in kinds and kinds[-3:] == [Recorded, SnapshotTaken, Finished]


def test_who_watches_is_told_the_first_record_at_once_what_is_quick_first_and_the_same_numbers() -> None:
    tables = []
    for watched in (True, False):
        run = driver(watched=watched, clock=lambda: 0.0)  # no interval ever passes
        messages = [*run.begin(), *run.go_on()]
        told = [m for m in messages if isinstance(m, Recorded) and not m.batch.closing]
        assert [m.glance for m in told] == ([True, False] if watched else [False])
        assert (told[-1].batch.steps.tolist() == [0]) is watched
        if watched:
            assert told[0].batch.steps.tolist() == [0]
            assert "normalized_margin" in told[0].batch.columns and "sharpness" not in told[0].batch.columns
        while not run.ended:
            messages += run.go_on()
        heard = RunHistory(Records(1))
        for message in messages:
            heard.apply(message)
        assert not heard.glanced
        tables += [run.training.history.records, heard.records]
    assert all(table.names == tables[0].names for table in tables)
    for name in tables[0].names:
        assert len({table.column(name).tobytes() for table in tables}) == 1, name


def test_a_glance_at_a_run_that_fails_is_forgotten() -> None:
    run = driver(watched=True)
    history = RunHistory(Records(1))
    for message in [*run.begin(), *run.go_on()]:
        history.apply(message)
        if history.glanced:
            break
    assert len(history.records) == 1
    history.apply(Failed("a", "no memory"))
    assert len(history.records) == 0


def test_nobody_is_sent_snapshots_who_keeps_none() -> None:
    assert not any(isinstance(message, SnapshotTaken) for message in driven(driver(snapshots=False)))


def test_it_holds_where_it_is_told_to() -> None:
    run = driver(paused=True)
    assert isinstance(list(run.begin())[-1], Paused) and run.paused
    assert list(run.obey(Advance("a", 3))) == [] and not run.paused
    messages: list[Message] = []
    while not run.paused:
        messages += run.go_on()
    assert messages[-1] == Paused("a", 3)
    (refused,) = run.obey(Edit("a", {"network.widths": [3]}))
    assert isinstance(refused, Refused) and not run.ended
    list(run.obey(Resume("a")))
    list(run.obey(Stop("a")))
    while not run.ended:
        messages += run.go_on()
    end = messages[-1]
    assert isinstance(end, Finished) and (end.status, end.step) == ("stopped", 3)


def test_what_was_recorded_before_a_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    take_steps = Training.take_steps

    def fail(training: Training, last: int) -> None:
        if training.step == 20:
            raise RuntimeError("CUDA error: out of memory")
        take_steps(training, min(last, 20))

    monkeypatch.setattr(Training, "take_steps", fail)
    run = driver()
    messages = driven(run)
    *_, recorded, failed = messages
    assert isinstance(recorded, Recorded) and recorded.step == 20
    steps = [step for m in messages if isinstance(m, Recorded) for step in m.batch.steps]
    assert steps == run.training.history.records.steps.tolist()
    assert isinstance(failed, Failed) and failed.sentence == "the machine has too little memory for this run"
    assert isinstance(run.failure, RuntimeError) and "Traceback" in failed.details


def test_a_failure_is_told_even_where_the_last_records_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(batches: Sequence[RecordBatch]) -> RecordBatch:
        raise MemoryError

    run = driver()
    messages = list(run.begin())
    monkeypatch.setattr("engine.training.driver.joined", fail)
    while not run.ended:
        messages += run.go_on()
    failed = messages[-1]
    assert isinstance(failed, Failed) and failed.sentence == "the machine has too little memory for this run"
    assert isinstance(run.failure, MemoryError) and not any(isinstance(m, Recorded) for m in messages)


def test_what_cannot_run_is_a_message_too() -> None:
    run = driver({"network.widths": [10**6, 10**6]})
    (failed,) = run.begin()
    assert isinstance(failed, Failed) and isinstance(run.failure, Refusal) and run.ended
    assert failed.sentence == str(run.failure) and not failed.details


def test_broken_off_within_a_step_there_is_nothing_to_go_on_from() -> None:
    run = driver()
    list(run.begin())
    recorded, end = run.break_off("stopped by a second Ctrl-C")
    assert isinstance(recorded, Recorded) and isinstance(end, Finished) and run.ended
    assert (end.status, end.sentence) == ("stopped", "stopped by a second Ctrl-C")


def test_records_on_their_way_when_it_is_broken_off_are_told_again() -> None:
    run = driver()
    list(run.begin())
    half_told = next(message for message in run.go_on() if isinstance(message, Recorded))
    recorded, _ = run.break_off("stopped by a second Ctrl-C")
    assert isinstance(recorded, Recorded) and len(half_told.batch.steps) > 0
    assert recorded.batch.steps.tolist() == half_told.batch.steps.tolist()
    list(run.break_off("again"))
    assert not len(next(m for m in run.break_off("again") if isinstance(m, Recorded)).batch.steps)
