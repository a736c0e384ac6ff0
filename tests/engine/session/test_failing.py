"""Where a session cannot be written it says so, loses nothing, and can be saved elsewhere."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Refusal
from engine.protocol.messages import SnapshotTaken
from engine.protocol.records import Snapshot
from engine.session import Session
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
    with pytest.raises(Refusal, match="is being written by another program"):
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
