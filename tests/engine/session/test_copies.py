"""A copy of a session that is open: it has nearly everything, or it says what it lacks."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from engine.protocol.messages import SnapshotTaken
from engine.protocol.records import Snapshot
from engine.session import Session
from engine.session.session_file import FOLDED_AFTER
from tests.engine.session.material import TEXT, batch, record


def test_a_copy_of_an_open_session_lacks_seconds_at_most(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mlab"
    session = Session.create(path)
    run = session.add_run(TEXT, title="kept")
    for flush in range(3 * FOLDED_AFTER):
        record(session, run, batch(10 * flush, 10 * flush + 9))
        session.flush()
        shutil.copyfile(path, copy)
        with Session.read(copy) as copied:
            assert "was copied while it was open, without the log beside it" in copied.remark
            records = sum(len(copied.load_run(entry.id).history.records) for entry in copied.runs)
        assert records >= 10 * (flush + 1 - FOLDED_AFTER)
    for _ in range(FOLDED_AFTER):
        session.flush()  # nothing more to write: what was written is folded in all the same
    shutil.copyfile(path, copy)
    with Session.read(copy) as copied:
        assert len(copied.load_run(run).history.records) == 10 * 3 * FOLDED_AFTER
    session.close()
    shutil.copyfile(path, copy)
    with Session.read(copy) as copied:
        assert not copied.remark


def test_the_log_of_an_open_session_stays_small(path: Path) -> None:
    session = Session.create(path)
    run = session.add_run(TEXT)
    log = path.with_name(f"{path.name}-wal")
    for step in range(40):
        session.store(SnapshotTaken(run, Snapshot(step, {"theta": np.zeros((2, 40_000))})))
        session.flush()
        assert log.stat().st_size < 6 * 2**20
    session.discard()


def test_a_copy_with_its_log_has_everything(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mlab"
    session = Session.create(path)
    run = session.add_run(TEXT)
    record(session, run, batch(0, 9))
    session.flush()
    for end in ("", "-wal"):
        shutil.copyfile(f"{path}{end}", f"{copy}{end}")
    with Session.read(copy) as copied:
        assert not copied.remark and len(copied.load_run(run).history.records) == 10
    session.discard()
