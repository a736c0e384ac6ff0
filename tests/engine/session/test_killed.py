"""A process killed while it writes leaves a readable session; at most the unwritten part is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.session import Session, abandoned_sessions, clear_empty_sessions, sessions_folder
from engine.words.errors import Refusal

WRITER = """
import itertools
import sys
from pathlib import Path

import numpy as np

from engine.protocol.messages import Recorded, SnapshotTaken
from engine.protocol.records import RecordBatch, Snapshot
from engine.session import Session

session = Session.unsaved() if sys.argv[1] == "unsaved" else Session.create(Path(sys.argv[1]))
run = session.add_run("text", title="under way", replicas=4)
for step in itertools.count():
    columns = {f"c{i}": np.full((1, 4), float(step)) for i in range(40)}
    session.store(Recorded(run, RecordBatch(np.array([step]), columns), {}, {}, step, 0.0, 0.0))
    arrays = {"theta": np.full((4, 5000), step), "m": np.full(9, step)}
    session.store(SnapshotTaken(run, Snapshot(step, arrays, resumable=True)))
    session.flush()
    print(step, flush=True)
"""


def kill_writer(argument: str, after: float) -> int:
    """Start a writer, kill it some seconds after its first flush, return the last step it had written."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, argument], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    first = writer.stdout.readline()
    time.sleep(after)
    writer.kill()
    rest = writer.stdout.read()
    writer.stdout.close()
    assert writer.wait() in (-getattr(signal, "SIGKILL", 0), 1)
    lines = [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
    return int(lines[-1])


@pytest.mark.parametrize("after", [0.003, 0.0711, 0.3])
def test_a_kill_loses_nothing_written(tmp_path: Path, after: float) -> None:
    path = tmp_path / "killed.mlab"
    written = kill_writer(str(path), after)
    before = path.read_bytes()
    session = Session.open(path)
    assert path.read_bytes() == before
    (entry,) = session.runs
    assert entry.status == "stopped"
    assert "under way" in entry.sentence
    records = session.load_run(entry.id).history.records
    assert list(records.steps) == list(range(len(records)))
    assert len(records) - 1 in (written, written + 1)
    assert all(np.array_equal(records.column(name)[:, 3], records.steps) for name in records.names)
    last = int(records.steps[-1])
    snapshot = session.state(entry.id, last)
    assert snapshot is not None
    assert snapshot.resumable
    assert np.array_equal(snapshot.arrays["m"], np.full(9, last))
    assert session.snapshot_steps(entry.id) == list(range(last + 1))
    session.truncate(entry.id, 0)
    session.close()
    assert [file.name for file in tmp_path.glob("killed*")] == [path.name]


def test_an_unsaved_session_is_offered_again() -> None:
    living = Session.unsaved()
    living.notes = "mine"
    living.flush()
    assert abandoned_sessions() == []
    assert living.path is not None
    with pytest.raises(Refusal, match="is open in another window"):
        Session.recover(living.path)
    written = kill_writer("unsaved", 0.05)
    (abandoned,) = abandoned_sessions()
    assert abandoned.runs == ("under way",)
    session = Session.recover(abandoned.path)
    assert session.is_unsaved
    assert len(session.load_run(session.runs[0].id).history.records) - 1 in (written, written + 1)
    assert abandoned_sessions() == []
    session.close()
    assert [offered.path for offered in abandoned_sessions()] == [abandoned.path]
    session = Session.recover(abandoned.path)
    session.discard()
    living.close()
    assert [offered.path for offered in abandoned_sessions()] == [living.path]


def test_saving_moves_an_unsaved_session(tmp_path: Path) -> None:
    session = Session.unsaved()
    session.notes = "mine"
    session.flush()
    session.save_as(tmp_path / "named.mlab")
    assert not session.is_unsaved
    assert list(sessions_folder().iterdir()) == []
    session.close()
    with Session.open(tmp_path / "named.mlab") as opened:
        assert opened.notes == "mine"


def test_an_empty_unsaved_session_leaves_nothing() -> None:
    assert abandoned_sessions() == []
    Session.unsaved().close()
    assert list(sessions_folder().iterdir()) == []


def test_looking_for_abandoned_sessions_deletes_none() -> None:
    edited, noted, empty = Session.unsaved(), Session.unsaved(), Session.unsaved()
    edited.document = "version = 1"
    noted.notes = "mine"
    empty.views = {"tab": 1}
    for session in (edited, noted, empty):
        session.flush()
        session._file.close()
    before = {file: file.read_bytes() for file in sessions_folder().iterdir()}
    found = {abandoned.path: abandoned for abandoned in abandoned_sessions()}
    assert {file: file.read_bytes() for file in sessions_folder().iterdir()} == before
    kinds = [
        (found[s.path].edited, found[s.path].noted, found[s.path].is_empty) for s in (edited, noted, empty)
    ]
    assert kinds == [(True, False, False), (False, True, False), (False, False, True)]
    with Session.recover(edited.path) as session:
        assert session.document == "version = 1"


def test_only_what_is_proved_empty_is_cleared_away() -> None:
    edited, empty, living = Session.unsaved(), Session.unsaved(), Session.unsaved()
    edited.document = "version = 1"
    for session in (edited, empty):
        session.flush()
        session._file.close()
    damaged = sessions_folder() / "unsaved-damaged.mlab"
    content = edited.path.read_bytes()
    damaged.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    clear_empty_sessions()
    left = {edited.path.name, living.path.name, f"{living.path.name}.lock", damaged.name}
    assert {file.name for file in sessions_folder().iterdir()} == left
    assert {abandoned.path.name: abandoned.damaged for abandoned in abandoned_sessions()} == {
        edited.path.name: False,
        damaged.name: True,
    }
    living.discard()
