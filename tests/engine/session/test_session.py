"""A session keeps what it is given, in one file that opening never changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.experiment.edits import LiveEdit
from engine.experiment.fact import Fact
from engine.protocol.messages import (
    Edited,
    Failed,
    Finished,
    Noted,
    Recorded,
    ReferenceSolved,
    RunStatus,
    SnapshotTaken,
    Started,
)
from engine.protocol.records import KeptVectors, RecordBatch, Records, Snapshot, vector_lists
from engine.session import Session
from engine.words.errors import Refusal
from tests.engine.session.material import TEXT, batch, files, record


def same(records: Records, expected: Records) -> bool:
    """Say whether records agree; a column without any value is as good as none."""
    left, right = (
        {name: each.column(name) for name in each.names if not np.isnan(each.column(name)).all()}
        for each in (records, expected)
    )
    values = left.keys() == right.keys() and all(
        np.array_equal(left[name], right[name], equal_nan=True) for name in left
    )
    return np.array_equal(records.steps, expected.steps) and values


def test_everything_comes_back(path: Path) -> None:
    started = Started(
        run="",
        step=0,
        device="cpu",
        dtype="float64",
        threads=1,
        parameters=30,
        degree=None,
        facts=(Fact("Lyu & Li", "applies", True), Fact("degree", "2")),
        environment={"torch": "2.13"},
    )
    with Session.create(path) as session:
        run = session.add_run(TEXT, title="first", folder="/data", replicas=2)
        other = session.add_run(TEXT, title="second")
        solved = ReferenceSolved(run, "svm", "hard margin", (0.5, np.inf), (1e-12, np.nan), 0.25, "subset")
        session.store(replace(started, run=run))
        session.store(solved)
        edit = LiveEdit(3, "measure.every", None, 5)
        session.store(Edited(run, (edit, replace(edit, step=9, old=5, new=None))))
        session.store(Noted(run, {"ntk_drift": "every record", "svm": "none: not separable"}))
        session.store(Noted(run, {"ntk_drift": "every 8th record"}))
        session.store(
            Recorded(
                run,
                batch(0, 9),
                {"fitted_step": [2, None]},
                {"drops": np.array([0.0, 1e-300])},
                9,
                2.5,
                100.0,
            )
        )
        session.store(SnapshotTaken(run, Snapshot(9, {"theta": np.eye(3)})))
        session.store(Finished(run, RunStatus.STOPPED, 9, "Stopped at step 9.", 2.75))
        session.store(Failed(other, "The engine ran out of memory."))
        session.store(Finished("gone", RunStatus.DONE, 9, "", 1.0))
        session.change_run(run, title="renamed", notes="odd", hidden=True, colour=5)
        session.document = TEXT
        session.document_folder = "/data"
        session.notes = "margin γ\n"
        session.views = {"tab": "plots", "sizes": [1, 2]}
    assert files(path) == [path.name]
    with Session.open(path) as session:
        assert [entry.title for entry in session.runs] == ["renamed", "second"]
        assert (session.document, session.document_folder, session.notes) == (TEXT, "/data", "margin γ\n")
        assert session.views == {"tab": "plots", "sizes": [1, 2]}
        stored = session.load_run(run)
        entry, log = stored.entry, stored.history
        assert entry.started == replace(started, run=run)
        assert entry.remarks == {"ntk_drift": "every 8th record", "svm": "none: not separable"}
        assert repr(entry.references) == repr((solved,))  # NaN is not equal to itself
        assert (entry.notes, entry.hidden, entry.colour, entry.folder) == ("odd", True, 5, "/data")
        assert (log.status, log.seconds, log.finished) == ("stopped", 2.75, True)
        assert log.events == {"fitted_step": [2, None]}
        assert list(log.counters["drops"]) == [0.0, 1e-300]
        expected_edits = (edit, replace(edit, step=9, old=5, new=None))
        assert (entry.edits, tuple(log.edits)) == (expected_edits, expected_edits)
        expected = Records(2)
        expected.extend(batch(0, 9))
        assert same(log.records, expected)
        assert entry.described().replicas == 2
        assert session.entry(other).status == "failed"
        assert session.entry(other).sentence == "The engine ran out of memory."
        assert session.entry(other).colour == 1


def test_numbers_of_runs_are_given_once(path: Path) -> None:
    with Session.create(path) as session:
        for title in ("Run 7 · slow", "mine"):
            last = session.add_run(TEXT, title=title)
        assert [session.number_run(), session.number_run()] == [8, 9]
        session.delete_run(last)
    with Session.open(path) as session:
        assert session.number_run() == 10


def test_a_new_run_takes_the_first_free_colour() -> None:
    session = Session.in_memory()
    runs = [session.add_run(TEXT) for _ in range(3)]
    session.delete_run(runs[1])
    assert session.entry(session.add_run(TEXT)).colour == 1
    session.discard()


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("more"), st.integers(1, 4), st.booleans()),
            st.tuples(st.just("fill"), st.integers(0, 12), st.booleans()),
            st.tuples(st.just("back"), st.integers(0, 12), st.booleans()),
            st.just(("flush", 0, False)),
        ),
        max_size=12,
    )
)
def test_stored_records_are_those_of_memory(changes: list[tuple[str, int, bool]]) -> None:
    session, memory = Session.in_memory(), Records(2)
    run = session.add_run(TEXT, replicas=2)
    for kind, number, other in changes:
        last = int(memory.steps[-1]) if len(memory) else -1
        if kind == "more":
            arrived = batch(last + 1, last + number, *(("margin", "drift") if other else ("margin",)))
        elif kind == "fill":
            arrived = batch(0, number, "final", sign=-1.0)
        elif kind == "back":
            session.truncate(run, number)
            memory.truncate(number)
            continue
        else:
            session.flush()
            continue
        memory.extend(arrived)
        record(session, run, arrived)
    assert same(session.load_run(run).history.records, memory)
    session.set_status(run, RunStatus.DONE, "")
    session.flush()
    assert same(session.load_run(run).history.records, memory)
    session.discard()


def test_a_finished_run_is_one_chunk(path: Path) -> None:
    with Session.create(path) as session:
        run = session.add_run(TEXT)
        for first in range(0, 100, 10):
            record(session, run, batch(first, first + 9))
            session.flush()
        session.set_status(run, RunStatus.DONE, "")
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM chunk").fetchone() == (1,)
        assert database.execute("PRAGMA freelist_count").fetchone() == (0,)
    database.close()
    with Session.open(path) as session:
        assert len(session.load_run(run).history.records) == 100


@pytest.mark.parametrize("written", [True, False])
def test_going_on_from_a_step_forgets_what_came_after(written: bool) -> None:
    session = Session.in_memory()
    run = session.add_run(TEXT)
    session.store(Recorded(run, batch(0, 20), {"fitted_step": [5, 15]}, {}, 20, 1.0, 10.0))
    for step in (0, 10, 20):
        session.store(SnapshotTaken(run, Snapshot(step, {"theta": np.full((2, 3), step)})))
    resumable = Snapshot(20, {"theta": np.ones((2, 3)), "generator": np.arange(4)}, resumable=True)
    session.store(SnapshotTaken(run, resumable))
    if written:
        session.flush()
    session.truncate(run, 10)
    for _ in range(2):
        log = session.load_run(run).history
        assert log.records.steps[-1] == 10
        assert log.events == {"fitted_step": [5, None]}
        assert session.snapshot_steps(run) == [0, 10]
        assert session.snapshot(run, 20) is None
        assert session.resumable_step(run) is None
        session.flush()
    session.discard()


@pytest.mark.parametrize("written", [True, False])
def test_only_the_last_resumable_snapshot_can_be_resumed(written: bool) -> None:
    session = Session.in_memory()
    run = session.add_run(TEXT)
    for step in (0, 10, 20):
        arrays = {"theta": np.full((2, 3), step, np.float32), "moments": np.arange(step)}
        session.store(SnapshotTaken(run, Snapshot(step, arrays, resumable=True)))
        if written:
            session.flush()
    for step in (20, 30):
        session.store(SnapshotTaken(run, Snapshot(step, {"theta": np.full((2, 3), step, np.float32)})))
    for _ in range(2):
        assert session.snapshot_steps(run) == [0, 10, 20, 30]
        assert session.resumable_step(run) == 20
        first, third = session.state(run, 0), session.state(run, 20)
        assert first is not None and third is not None
        assert not first.resumable and list(first.arrays) == ["theta"]
        assert third.resumable and np.array_equal(third.arrays["moments"], np.arange(20))
        assert third.arrays["theta"].dtype == np.float32
        session.flush()
    session.discard()


def test_a_deleted_run_leaves_nothing(path: Path) -> None:
    with Session.create(path) as session:
        run = session.add_run(TEXT)
        record(session, run, batch(0, 2000))
        arrays = {"theta": np.zeros((2, 10_000)), "m": np.zeros(3)}
        session.store(SnapshotTaken(run, Snapshot(0, arrays, resumable=True)))
        session.flush()
        session.delete_run(run)
        assert run not in session
    assert path.stat().st_size < 100_000
    with sqlite3.connect(path) as database:
        for table in ("run", "chunk", "snapshot", "resumable"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    database.close()


def test_save_as_writes_the_whole_and_goes_on_there(path: Path, tmp_path: Path) -> None:
    second = tmp_path / "other session.mlab"
    second.write_text("what was there")
    session = Session.create(path)
    run = session.add_run(TEXT)
    record(session, run, batch(0, 9))
    session.save_as(second)
    record(session, run, batch(10, 19))
    session.close()
    assert session.path == second
    for file, count in ((path, 10), (second, 20)):
        with Session.open(file) as opened:
            assert len(opened.load_run(run).history.records) == count
    assert files(path) == [path.name, second.name]


def test_a_session_stays_where_it_is_when_the_working_folder_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    session = Session.create(Path(path.name))
    monkeypatch.chdir(path.parent.parent)
    session.notes = "here"
    session.close()
    with Session.open(path) as opened:
        assert opened.notes == "here"


def test_a_session_in_memory_can_be_saved(path: Path) -> None:
    session = Session.in_memory()
    assert session.is_unsaved
    run = session.add_run(TEXT)
    record(session, run, batch(0, 9))
    session.save_as(path)
    assert not session.is_unsaved
    session.close()
    with Session.open(path) as opened:
        assert len(opened.load_run(run).history.records) == 10


def test_closing_records_and_vectors_of_a_history_come_back_and_go_on(tmp_path: Path) -> None:
    """Going on takes closing records back; of a history the vectors that its last state lists are given."""

    def kept(*steps: int) -> dict[str, KeptVectors]:
        values = np.array([[[float(step), 0.5]] for step in steps])
        return {"ntk": KeptVectors(np.array(steps), values)}

    def state(step: int, *held: int) -> Snapshot:
        return Snapshot(step, {"theta": np.full((1, 2), step), **vector_lists({"ntk": held})}, resumable=True)

    def recorded(step: int, *, closing: bool = False, **columns: float) -> Recorded:
        named = {name: np.array([[value]]) for name, value in columns.items()}
        return Recorded("r", RecordBatch(np.array([step]), named, closing), {}, {}, step, 0.0, 0.0)

    path = tmp_path / "a.mlab"
    with Session.create(path) as session:
        session.add_run("text", id="r")
        session.store(recorded(0, a=1.0))
        session.store(SnapshotTaken("r", state(1, 0, 1), kept(0, 1)))
        session.flush()
        session.store(recorded(2, a=3.0))
        session.store(recorded(3, a=4.0, b=5.0, closing=True))
        session.store(recorded(0, a=9.0, closing=True))
        session.store(SnapshotTaken("r", state(3, 0, 2), kept(2, 3)))
        for _ in range(2):  # what waits, and what was written
            records = session.load_run("r").history.records
            assert records.steps.tolist() == [0, 2, 3] and records.column("a")[:, 0].tolist() == [9, 3, 4]
            snapshot = session.state("r", 3)
            assert snapshot is not None
            held = snapshot.vectors("ntk")
            assert (
                held is not None and held.steps.tolist() == [0, 2] and held.values[:, 0, 0].tolist() == [0, 2]
            )
            session.flush()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT step FROM vector ORDER BY step").fetchall() == [(0,), (2,)]
    database.close()
    with Session.open(path) as session:
        session.truncate("r", 3)
        for _ in range(2):
            records = session.load_run("r").history.records
            assert records.steps.tolist() == [0, 2] and records.column("a")[:, 0].tolist() == [1, 3]
            assert records.names == ["a"]
            session.flush()


def test_a_session_that_is_being_closed_is_read_no_more(path: Path) -> None:
    session = Session.create(path)
    run = session.add_run(TEXT)
    session.store(SnapshotTaken(run, Snapshot(20, {"theta": np.ones((2, 3))}, True)))

    def reads(close: Callable[[], None]) -> None:
        with pytest.raises(Refusal, match="is closed"):
            session.snapshot(run, 20)
        close()

    session.close(wait_for=reads)
    with Session.read(path) as again:
        assert again.snapshot(run, 20) is not None
