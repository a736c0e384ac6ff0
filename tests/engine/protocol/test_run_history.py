"""A run's history: the same account for everyone who hears the same messages."""

from __future__ import annotations

import numpy as np
import pytest

from engine.experiment.edits import LiveEdit
from engine.protocol.messages import (
    Edited,
    Failed,
    Finished,
    Noted,
    Paused,
    Ready,
    Recorded,
    ReferenceSolved,
    Resumed,
    RunStatus,
    SnapshotTaken,
    Started,
)
from engine.protocol.records import RecordBatch, Records, Snapshot, joined
from engine.protocol.run_history import RunHistory

STARTED = Started("a", 0, "cpu", "float64", 1, 60, 2.0)


def recorded(first: int, last: int) -> Recorded:
    steps = np.arange(first, last + 1)
    batch = RecordBatch(steps, {"margin": steps[:, None] + np.zeros((1, 2))})
    events: dict[str, list[int | None]] = {"fitted_step": [3, last if last > 8 else None]}
    return Recorded("a", batch, events, {"drops": np.array([1.0, 0.0])}, last, last / 10, 50.0)


def snapshot(step: int, resumable: bool = False) -> SnapshotTaken:
    return SnapshotTaken("a", Snapshot(step, {"theta": np.zeros((2, 3))}, resumable))


def solved(kind: str, title: str, value: float) -> ReferenceSolved:
    return ReferenceSolved("a", kind, title, (value,), (0.0,), 0.1)


def heard(*messages: object) -> RunHistory:
    history = RunHistory(Records(2))
    for message in messages:
        history.apply(message)  # type: ignore[arg-type]
    return history


def test_a_run_from_its_start_to_its_end() -> None:
    history = heard(STARTED, recorded(0, 4))
    assert (history.status, history.step, history.steps_per_second) == (RunStatus.RUNNING, 4, 50.0)
    for message, status in ((Paused("a", 5), "paused"), (Resumed("a"), "running")):
        history.apply(message)
        assert history.status == status and history.status.under_way and not history.finished
    assert (history.step, history.steps_per_second) == (5, 0.0)
    for message in (recorded(5, 9), Finished("a", RunStatus.DONE, 9, "all steps taken", 1.5)):
        history.apply(message)
    assert history.finished and (history.status, history.sentence) == ("done", "all steps taken")
    assert (history.step, history.seconds) == (9, 1.5)
    assert history.records.steps.tolist() == list(range(10))
    assert history.events == {"fitted_step": [3, 9]} and history.counters["drops"].tolist() == [1.0, 0.0]
    history.apply(Ready((), {}, 0.0))  # about no run
    assert history.status == "done"


def test_what_is_said_again_takes_the_place_of_what_was_said() -> None:
    history = heard(
        Noted("a", {"x": "every record", "y": "none"}),
        Noted("a", {"x": "every 8th record"}),
        solved("svm", "hard margin", 0.5),
        solved("f1", "F1 margin", 0.25),
        solved("svm", "hard margin", 0.75),
        solved("svm", "over all pairs", 0.125),
    )
    assert history.remarks == {"x": "every 8th record", "y": "none"}
    assert [(r.title, r.values[0]) for r in history.references] == [
        ("F1 margin", 0.25),
        ("hard margin", 0.75),
        ("over all pairs", 0.125),
    ]


def test_going_on_from_a_step_forgets_what_came_after() -> None:
    history = heard(STARTED, recorded(0, 9), snapshot(0), snapshot(6, True), snapshot(3), snapshot(9, True))
    assert (history.snapshot_steps, history.resumable_step) == ([0, 3, 6, 9], 9)
    early, late = LiveEdit(5, "optimizer.step.c", 0.5, 1.9), LiveEdit(9, "run.steps", 9, 20)
    history.apply(Edited("a", (early,)))
    history.apply(Edited("a", (late,)))
    history.apply(Edited("a", (early,)))
    before = history.copy()
    history.cut(6)
    assert history.records.steps[-1] == history.step == 6
    assert history.events == {"fitted_step": [3, None]}
    assert (history.snapshot_steps, history.resumable_step) == ([0, 3, 6], None)
    assert before.records.steps[-1] == before.step == 9 and before.edits == [early, late]
    assert history.edits == [early]


def test_a_failure_keeps_what_was_recorded() -> None:
    history = heard(STARTED, recorded(0, 4), Failed("a", "out of luck"))
    assert (history.status, history.sentence, len(history.records)) == ("failed", "out of luck", 5)
    history.apply(STARTED)
    assert (history.status, history.sentence) == ("running", "")


@pytest.mark.parametrize("status", RunStatus)
def test_every_status_waits_is_under_way_or_has_ended(status: RunStatus) -> None:
    assert [status is RunStatus.QUEUED, status.under_way, status.ended].count(True) == 1


def test_batches_are_joined_in_the_order_of_their_steps() -> None:
    one = RecordBatch(np.array([1, 2]), {"a": np.ones((2, 3))})
    late = RecordBatch(np.array([0, 2]), {"b": np.full((2, 3), 2.0)})
    both = joined([one, late])
    assert both.steps.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(both.columns["a"][:, 0], [np.nan, 1, 1])
    np.testing.assert_array_equal(both.columns["b"][:, 2], [2, np.nan, 2])
    assert not len(joined([]).steps) and joined([one]) is one
