"""A session keeps what it is given, in one file that opening never changes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.experiment.refusals import Refusal
from engine.messages import Fact, Failed, Finished, Recorded, ReferenceSolved, SnapshotTaken, Started
from engine.records import RecordBatch, Records, Snapshot
from engine.session import Session, storage

TEXT = """version = 1
replicas = 2
[data]
kind = "circle"
[network]
kind = "mlp"
[loss]
kind = "exponential"
[optimizer]
kind = "steepest"
step = { kind = "safe" }
"""


def batch(first: int, last: int, *names: str, replicas: int = 2, sign: float = 1.0) -> RecordBatch:
    """Return records of every step from first to last whose values tell column, step and replica."""
    steps = np.arange(first, last + 1)
    columns = {
        name: sign * (1000.0 * len(name) + steps[:, None] + np.arange(replicas) / 10) for name in names or ("margin",)
    }
    return RecordBatch(steps, columns)


def record(session: Session, run: str, records: RecordBatch) -> None:
    session.extend_records(run, records, {"separated_step": [3, None]}, {"decreases": np.array([0.0, np.inf])}, 1.5)


def same(records: Records, expected: Records) -> bool:
    return (
        records.names == expected.names
        and np.array_equal(records.steps, expected.steps)
        and all(np.array_equal(records.column(n), expected.column(n), equal_nan=True) for n in expected.names)
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a session.mlab"


def files(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.glob("*session*"))


def test_everything_comes_back(path: Path) -> None:
    started = Started(
        run="",
        step=0,
        device="cpu",
        dtype="float64",
        threads=1,
        parameters=30,
        degree=None,
        notes={"ntk_drift": "every 8th record"},
        facts=(Fact("Lyu & Li", "applies", True), Fact("degree", "2")),
        environment={"torch": "2.13"},
    )
    with Session.create(path) as session:
        run = session.add_run(TEXT, title="first", folder="/data", replicas=2)
        other = session.add_run(TEXT, title="second")
        solved = ReferenceSolved(run, "svm", "hard margin", (0.5, np.inf), (1e-12, np.nan), 0.25, "subset")
        session.store(replace(started, run=run))
        session.store(solved)
        session.store(
            Recorded(run, batch(0, 9), {"fitted_step": [2, None]}, {"drops": np.array([0.0, 1e-300])}, 9, 2.5, 100.0)
        )
        session.store(SnapshotTaken(run, Snapshot(9, {"theta": np.eye(3)})))
        session.store(Finished(run, "stopped", 9, "Stopped at step 9.", 2.75))
        session.store(Failed(other, "The engine ran out of memory."))
        session.store(Finished("gone", "done", 9, "", 1.0))
        session.change_run(run, title="renamed", notes="odd", hidden=True, colour=5)
        session.move_run(run, 1)
        session.document = TEXT
        session.document_folder = "/data"
        session.notes = "margin γ\n"
        session.views = {"tab": "plots", "sizes": [1, 2]}
    assert files(path) == [path.name]
    with Session.open(path) as session:
        assert [entry.title for entry in session.runs] == ["second", "renamed"]
        assert (session.document, session.document_folder, session.notes) == (TEXT, "/data", "margin γ\n")
        assert session.views == {"tab": "plots", "sizes": [1, 2]}
        stored = session.load_run(run)
        entry, log = stored.entry, stored.log
        assert entry.started == replace(started, run=run)
        assert repr(entry.references) == repr((solved,))  # NaN is not equal to itself
        assert (entry.notes, entry.hidden, entry.colour, entry.folder) == ("odd", True, 5, "/data")
        assert (log.status, log.seconds, log.finished) == ("stopped", 2.75, True)
        assert log.events == {"fitted_step": [2, None]}
        assert list(log.counters["drops"]) == [0.0, 1e-300]
        expected = Records(2)
        expected.extend(batch(0, 9))
        assert same(log.records, expected)
        assert entry.described().replicas == 2
        assert session.entry(other).status == "failed"
        assert session.entry(other).sentence == "The engine ran out of memory."
        assert session.entry(other).colour == 1


def test_a_new_run_takes_the_first_free_colour() -> None:
    session = Session.in_memory()
    runs = [session.add_run(TEXT) for _ in range(3)]
    session.delete_run(runs[1])
    assert session.entry(session.add_run(TEXT)).colour == 1
    session.discard()


def test_opening_changes_nothing(path: Path) -> None:
    with Session.create(path) as session:
        run = session.add_run(TEXT)
        record(session, run, batch(0, 9))
    before = path.read_bytes(), path.stat().st_mtime_ns
    with Session.open(path) as session:
        assert len(session.load_run(run).log.records) == 10
        assert session.snapshot_steps(run) == []
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert files(path) == [path.name]


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
    assert same(session.load_run(run).log.records, memory)
    session.finish_run(run, "done")
    session.flush()
    assert same(session.load_run(run).log.records, memory)
    session.discard()


def test_a_finished_run_is_one_chunk(path: Path) -> None:
    with Session.create(path) as session:
        run = session.add_run(TEXT)
        for first in range(0, 100, 10):
            record(session, run, batch(first, first + 9))
            session.flush()
        session.finish_run(run, "done")
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM chunk").fetchone() == (1,)
        assert database.execute("PRAGMA freelist_count").fetchone() == (0,)
    database.close()
    with Session.open(path) as session:
        assert len(session.load_run(run).log.records) == 100


@pytest.mark.parametrize("written", [True, False])
def test_going_on_from_a_step_forgets_what_came_after(written: bool) -> None:
    session = Session.in_memory()
    run = session.add_run(TEXT)
    session.extend_records(run, batch(0, 20), {"fitted_step": [5, 15]}, {}, 1.0)
    for step in (0, 10, 20):
        session.put_snapshot(run, Snapshot(step, {"theta": np.full((2, 3), step)}))
    session.put_snapshot(run, Snapshot(20, {"theta": np.ones((2, 3)), "generator": np.arange(4)}, resumable=True))
    if written:
        session.flush()
    session.truncate(run, 10)
    for _ in range(2):
        log = session.load_run(run).log
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
        session.put_snapshot(run, Snapshot(step, arrays, resumable=True))
        if written:
            session.flush()
    session.put_snapshot(run, Snapshot(20, {"theta": np.full((2, 3), 20, np.float32)}))
    session.put_snapshot(run, Snapshot(30, {"theta": np.full((2, 3), 30, np.float32)}))
    for _ in range(2):
        assert session.snapshot_steps(run) == [0, 10, 20, 30]
        assert session.resumable_step(run) == 20
        first, third = session.snapshot(run, 0), session.snapshot(run, 20)
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
        session.put_snapshot(run, Snapshot(0, {"theta": np.zeros((2, 10_000)), "m": np.zeros(3)}, resumable=True))
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
            assert len(opened.load_run(run).log.records) == count
    assert files(path) == [path.name, second.name]


def test_save_as_over_a_session_that_a_killed_writer_left(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other session.mlab"
    with Session.create(path) as session:
        session.add_run(TEXT, title="kept")
    writer = Session.create(other)
    writer.add_run(TEXT, title="left")
    writer.flush()
    left = tmp_path / "left session.mlab"
    for end in ("", "-wal", "-shm"):
        shutil.copyfile(f"{other}{end}", f"{left}{end}")
    session = Session.open(path)
    with pytest.raises(Refusal, match="is being written by another program"):
        session.save_as(other)
    session.save_as(left)
    session.close()
    writer.close()
    assert not Path(f"{left}-wal").exists()
    with Session.open(left) as opened:
        assert [entry.title for entry in opened.runs] == ["kept"]


def test_a_session_in_memory_can_be_saved(path: Path) -> None:
    session = Session.in_memory()
    assert session.is_unsaved
    run = session.add_run(TEXT)
    record(session, run, batch(0, 9))
    session.save_as(path)
    assert not session.is_unsaved
    session.close()
    with Session.open(path) as opened:
        assert len(opened.load_run(run).log.records) == 10


def test_a_full_disk_loses_nothing(path: Path, tmp_path: Path) -> None:
    session = Session.create(path)
    run = session.add_run(TEXT)
    session.put_snapshot(run, Snapshot(0, {"theta": np.zeros((2, 2))}))
    session.flush()
    with session._file.reading() as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
    record(session, run, batch(0, 9))
    session.put_snapshot(run, Snapshot(9, {"theta": np.ones((2, 10_000))}))
    with pytest.raises(Refusal, match="the disk is full; free some space or save the session elsewhere"):
        session.flush()
    assert session.changed
    assert len(session.load_run(run).log.records) == 10
    assert session.snapshot_steps(run) == [0, 9]
    with pytest.raises(Refusal, match="disk is full"):
        session.close()
    session.save_as(tmp_path / "elsewhere.mlab")
    assert not session.changed
    session.close()
    with Session.open(tmp_path / "elsewhere.mlab") as opened:
        assert len(opened.load_run(run).log.records) == 10
        assert opened.snapshot_steps(run) == [0, 9]


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """Give a folder that becomes read-only at the test's `chmod`, to a user whom that binds."""
    if os.name != "posix":
        pytest.skip("folders are read-only by other means here")
    folder = Path(tempfile.mkdtemp())
    user = os.geteuid()
    if user == 0:
        os.chown(folder, 65534, -1)
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    folder.chmod(0o700)
    shutil.rmtree(folder)


def test_a_read_only_folder_is_said_and_loses_nothing(read_only_folder: Path) -> None:
    path = read_only_folder / "a session.mlab"
    with Session.create(path) as session:
        run = session.add_run(TEXT)
    path.chmod(0o400)
    read_only_folder.chmod(0o500)
    with pytest.raises(Refusal, match="cannot be written"):
        Session.create(read_only_folder / "b.mlab")
    with pytest.raises(Refusal, match="cannot be written"):
        Session.unsaved(read_only_folder / "sessions")
    session = Session.open(path)
    record(session, run, batch(0, 9))
    with pytest.raises(Refusal, match="it is read-only or gone; save the session under another name"):
        session.flush()
    assert len(session.load_run(run).log.records) == 10
    with pytest.raises(Refusal, match="cannot be written"):
        session.save_as(read_only_folder / "b.mlab")
    session.discard()
    assert [file.name for file in read_only_folder.iterdir()] == [path.name]


def test_a_killed_writers_log_in_a_read_only_folder_is_read(read_only_folder: Path) -> None:
    path, left = read_only_folder / "a session.mlab", read_only_folder / "left.mlab"
    session = Session.create(path)
    run = session.add_run(TEXT)
    record(session, run, batch(0, 9))
    session.flush()
    for end in ("", "-wal"):
        shutil.copyfile(f"{path}{end}", f"{left}{end}")
    session.close()
    read_only_folder.chmod(0o500)
    session = Session.open(left)
    assert len(session.load_run(run).log.records) == 10
    session.notes = "new"
    with pytest.raises(Refusal, match="save the session under a new name"):
        session.flush()
    read_only_folder.chmod(0o700)
    session.save_as(left)
    session.close()
    with Session.open(left) as opened:
        assert opened.notes == "new"
        assert len(opened.load_run(run).log.records) == 10
    assert sorted(file.name for file in read_only_folder.iterdir()) == [path.name, left.name]


def test_a_log_mode_file_without_its_log_is_opened_without_a_trace(path: Path, tmp_path: Path) -> None:
    session = Session.create(path)
    session.add_run(TEXT, title="x")
    session.flush()
    copy = tmp_path / "copied session.mlab"
    with session._file.reading() as database:
        database.execute("PRAGMA wal_checkpoint")
    shutil.copyfile(path, copy)
    session.discard()
    with Session.open(copy) as opened:
        assert [entry.title for entry in opened.runs] == ["x"]
    assert files(path) == [path.name, copy.name]


def test_two_windows_do_not_write_over_each_other(path: Path, tmp_path: Path) -> None:
    Session.create(path).close()
    one, two = Session.open(path), Session.open(path)
    one.notes, two.notes = "one", "two"
    one.flush()
    with pytest.raises(Refusal, match="was changed by another window; save the session under another name"):
        two.flush()
    two.save_as(tmp_path / "two.mlab")
    two.close()
    one.close()
    with Session.open(path) as opened, Session.open(tmp_path / "two.mlab") as other:
        assert (opened.notes, other.notes) == ("one", "two")


def make_text(path: Path) -> None:
    path.write_text(TEXT)


def make_empty(path: Path) -> None:
    path.touch()


def make_other_database(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()


def make_trigger(path: Path) -> None:
    Session.create(path).close()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON chunk BEGIN DELETE FROM run; END")
    database.close()


def make_newer(path: Path) -> None:
    Session.create(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (make_text, "is not a Margin Lab session; open a .mlab file that the lab has saved"),
        (make_empty, "is not a Margin Lab session"),
        (make_other_database, "is not a Margin Lab session"),
        (make_trigger, "is not a Margin Lab session"),
        (make_newer, "was written by a newer Margin Lab; update the lab to open it"),
        (Path.mkdir, "is a folder; name a session file"),
        (str, "does not exist"),
    ],
)
def test_what_is_no_session_is_refused(path: Path, make: object, said: str) -> None:
    assert callable(make)
    make(path)
    with pytest.raises(Refusal, match=said) as refused:
        Session.open(path)
    assert str(path) in str(refused.value)


def test_a_file_that_is_there_is_not_overwritten_by_chance(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(Refusal, match="exists already"):
        Session.create(path)
    assert path.read_text() == "precious"
    Session.create(path, overwrite=True).close()
    Session.open(path).close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chunk SET columns = zeroblob(100)",
        "UPDATE chunk SET columns = substr(columns, 1, length(columns) - 8)",
        "UPDATE chunk SET names = '[]'",
        "UPDATE chunk SET steps = columns",
    ],
)
def test_damaged_records_are_refused(path: Path, statement: str) -> None:
    with Session.create(path) as session:
        run = session.add_run(TEXT)
        record(session, run, batch(0, 9))
    with sqlite3.connect(path) as database:
        database.execute(statement)
    database.close()
    with Session.open(path) as session, pytest.raises(Refusal, match="the session is damaged"):
        session.load_run(run)


def test_damaged_pages_are_refused(path: Path) -> None:
    with Session.create(path) as session:
        for _ in range(20):
            session.add_run(TEXT)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(Refusal, match="damaged|not a Margin Lab session"):
        Session.open(path)


def test_an_older_session_is_migrated_in_a_copy(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session.create(path) as session:
        run = session.add_run(TEXT, title="old")
    before = path.read_bytes()
    monkeypatch.setattr(storage, "SCHEMA", storage.SCHEMA + 1)
    monkeypatch.setitem(storage.MIGRATIONS, 1, "INSERT INTO session VALUES ('notes', 'migrated');")
    session = Session.open(path)
    assert (session.notes, session.entry(run).title) == ("migrated", "old")
    session.document = TEXT
    with pytest.raises(Refusal, match="save the session under a new name to change it"):
        session.flush()
    session.save_as(tmp_path / "new.mlab")
    session.close()
    assert path.read_bytes() == before
    with Session.open(tmp_path / "new.mlab") as session:
        assert (session.notes, session.document) == ("migrated", TEXT)
