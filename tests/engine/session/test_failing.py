"""Where a session cannot be written it says so, loses nothing, and can be saved elsewhere."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.protocol.messages import SnapshotTaken
from engine.protocol.records import Records, Snapshot
from engine.session import Displaced, Session, sessions_folder
from engine.words.errors import Refusal
from tests.engine.session.material import TEXT, batch, record


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
    with pytest.raises(Refusal, match="is open in another window; choose another name"):
        session.save_as(other)
    session.save_as(left)
    session.close()
    writer.close()
    assert not Path(f"{left}-wal").exists()
    with Session.open(left) as opened:
        assert [entry.title for entry in opened.runs] == ["kept"]


def test_a_full_disk_loses_nothing(path: Path, tmp_path: Path) -> None:
    session = Session.create(path)
    run = session.add_run(TEXT)
    session.store(SnapshotTaken(run, Snapshot(0, {"theta": np.zeros((2, 2))})))
    session.flush()
    with session._file.reading() as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
    record(session, run, batch(0, 9))
    session.store(SnapshotTaken(run, Snapshot(9, {"theta": np.ones((2, 10_000))})))
    with pytest.raises(Refusal, match="the disk is full; free some space or save the session elsewhere"):
        session.flush()
    assert session.changed
    assert len(session.load_run(run).history.records) == 10
    assert session.snapshot_steps(run) == [0, 9]
    with pytest.raises(Refusal, match="disk is full"):
        session.close()
    session.save_as(tmp_path / "elsewhere.mlab")
    assert not session.changed
    session.close()
    with Session.open(tmp_path / "elsewhere.mlab") as opened:
        assert len(opened.load_run(run).history.records) == 10
        assert opened.snapshot_steps(run) == [0, 9]


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """Give a folder that becomes read-only at the test's `chmod`, to a user whom that binds."""
    if os.name != "posix":
        pytest.skip("another system: folders are read-only by other means here")
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
    assert len(session.load_run(run).history.records) == 10
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
    assert len(session.load_run(run).history.records) == 10
    session.notes = "new"
    with pytest.raises(Refusal, match="save the session under a new name"):
        session.flush()
    read_only_folder.chmod(0o700)
    session.save_as(left)
    session.close()
    with Session.open(left) as opened:
        assert opened.notes == "new"
        assert len(opened.load_run(run).history.records) == 10
    assert sorted(file.name for file in read_only_folder.iterdir()) == [path.name, left.name]


def test_the_second_window_of_a_session_only_reads_it(path: Path) -> None:
    Session.create(path).close()
    one, two = Session.open(path), Session.open(path)
    assert "open in another window, and only read here" in two.only_read and not one.only_read
    two.views = {"tab": 1}
    two.flush()  # how it is shown is no reason to go elsewhere
    assert two.path == path
    one.notes, two.notes = "one", "two"
    one.flush()
    with pytest.raises(Displaced, match="is open in another window"):
        two.flush()
    with pytest.raises(Refusal, match="is open in another window; choose another name"):
        two.save_as(path)
    two.go_on_elsewhere()
    assert two.is_unsaved and two.path is not None and two.path.parent == sessions_folder()
    two.close()
    one.close()
    assert [file.name for file in path.parent.glob("*session*")] == [path.name]
    with Session.open(path) as opened, Session.recover(two.path) as other:
        assert not opened.only_read
        assert (opened.notes, other.notes) == ("one", "two")


def test_a_session_of_two_names_is_only_read(path: Path) -> None:
    """Whoever opens the other name would neither see this one's lock nor its write-ahead log."""
    Session.create(path).close()
    other = path.with_name("other name.mlab")
    os.link(path, other)
    for name in (path, other):
        with Session.open(name) as opened:
            assert "has a second name" in opened.only_read
            opened.notes = "lost?"
            with pytest.raises(Displaced, match="second name"):
                opened.flush()
            opened.go_on_elsewhere()
            assert opened.notes == "lost?"
    other.unlink()
    with Session.open(path) as opened:
        assert not opened.only_read and opened.notes == ""


def test_what_another_program_wrote_meanwhile_stays(path: Path) -> None:
    Session.create(path).close()
    session = Session.open(path)
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO session VALUES ('notes', 'theirs')")
    database.close()
    session.notes = "mine"
    with pytest.raises(Displaced, match="was changed by another window; save the session under another name"):
        session.flush()
    session.go_on_elsewhere()
    session.close()
    with Session.open(path) as opened, Session.recover(session.path) as other:
        assert (opened.notes, other.notes) == ("theirs", "mine")


def remove(path: Path) -> None:
    shutil.rmtree(path.parent)


def rename(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def replace(path: Path) -> None:
    other = path.with_name("other.mlab")
    Session.create(other).close()
    other.replace(path)


def delete(path: Path) -> None:
    path.unlink()


@pytest.mark.skipif(
    os.name != "posix", reason="another system: a file that is open cannot be taken away there"
)
@pytest.mark.parametrize("go", [remove, rename, replace, delete])
@pytest.mark.parametrize("written", [True, False])
def test_a_session_whose_file_goes_away_goes_on_elsewhere(tmp_path: Path, go: object, written: bool) -> None:
    assert callable(go)
    path = tmp_path / "stick" / "a session.mlab"
    path.parent.mkdir()
    with Session.create(path) as session:
        run = session.add_run(TEXT, title="kept")
        record(session, run, batch(0, 9))
        session.store(SnapshotTaken(run, Snapshot(9, {"theta": np.ones((2, 3))}, resumable=True)))
    session = Session.open(path)
    if written:
        record(session, run, batch(10, 19))
        session.flush()
    go(path)
    with pytest.raises(
        Displaced, match="replaced by another file" if go is replace else "is no longer there"
    ):
        session.flush()  # looks also where there is nothing to write
    record(session, run, batch(20 if written else 10, 29))
    with pytest.raises(Displaced):
        session.flush()
    session.go_on_elsewhere()
    assert session.is_unsaved and not session.changed
    record(session, run, batch(30, 39))
    session.close()
    with Session.recover(session.path) as again:
        assert [entry.title for entry in again.runs] == ["kept"]
        assert list(again.load_run(run).history.records.steps) == list(range(40))
        assert again.resumable_step(run) == 9
    if go is replace:
        with Session.open(path) as other:
            assert other.runs == []


def test_a_disk_that_is_pulled_out_costs_no_record_that_memory_has(path: Path) -> None:
    """What the file had can no longer be read: its owner's records are written in its place."""
    session = Session.create(path)
    run = session.add_run(TEXT, title="kept", replicas=2)
    memory = Records(2)
    memory.extend(batch(0, 19))
    record(session, run, batch(0, 9))
    session.flush()
    with sqlite3.connect(path) as database:  # a failing disk gives neither rows nor pages
        database.execute("DELETE FROM run")
        database.execute("DELETE FROM chunk")
    database.close()
    record(session, run, batch(10, 19))
    session.notes = "noted"
    with pytest.raises(Displaced):
        session.flush()
    session.go_on_elsewhere({run: memory})
    session.close()
    with Session.recover(session.path) as again:
        assert again.notes == "noted"
        assert list(again.load_run(run).history.records.steps) == list(range(20))
