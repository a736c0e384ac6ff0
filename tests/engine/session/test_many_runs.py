"""A session of very many runs: how much is read and written at once. Work is counted, not timed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine import machine
from engine.protocol.messages import Finished, RunStatus
from engine.session import Session
from engine.session.pending_run import PendingRun
from engine.session.session import MOST_ENTRIES
from engine.words.errors import Refusal

from .material import TEXT, batch, record

MANY = 3 * MOST_ENTRIES + 7


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A session of many runs, every other with records."""
    path = tmp_path / "many.mlab"
    with Session.create(path) as session:
        for place in range(MANY):
            run = session.add_run(TEXT, id=f"{place:04}", title=f"Run {place}", replicas=2)
            if place % 2:
                record(session, run, batch(1, 10))
            session.store(Finished(run, RunStatus.DONE, 10, "done", 1.0))
    return path


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which runs are written."""
    ids: list[str] = []
    write = PendingRun.write

    def noted(self: PendingRun, database: sqlite3.Connection, place: int) -> None:
        ids.append(self.entry.id)
        write(self, database, place)

    monkeypatch.setattr(PendingRun, "write", noted)
    return ids


def test_what_changed_of_very_many_runs_is_written_in_parts(path: Path, written: list[str]) -> None:
    with Session.open(path) as session:
        for entry in session.runs:
            session.change_run(entry.id, hidden=True)
        record(session, f"{MANY - 1:04}", batch(11, 20))
        parts = []
        while True:
            left = session.flush(in_part=True)
            parts.append(written.copy())
            written.clear()
            if not left:
                break
        # what was recorded comes first, and is not left for another time
        assert parts[0][0] == f"{MANY - 1:04}" and len(parts[0]) == MOST_ENTRIES + 1
        assert max(map(len, parts[1:])) <= MOST_ENTRIES and len(parts) > 3
        assert sorted(id for part in parts for id in part) == [f"{place:04}" for place in range(MANY)]
        assert not session.changed
    with Session.read(path) as again:
        assert all(entry.hidden for entry in again.runs)


def test_runs_are_deleted_in_parts_and_new_ones_keep_their_places(path: Path) -> None:
    with Session.open(path) as session:
        for place in range(2 * MOST_ENTRIES):
            session.delete_run(f"{place:04}")
        names = [session.add_run(TEXT, title=f"new {place}") for place in range(2 * MOST_ENTRIES)]
        assert session.flush(in_part=True)
        with Session.read(path) as seen:
            assert MOST_ENTRIES <= len(seen.runs) < MANY + MOST_ENTRIES
        while session.flush(in_part=True):
            pass
    with Session.read(path) as again:
        kept = [f"{place:04}" for place in range(2 * MOST_ENTRIES, MANY)]
        assert [entry.id for entry in again.runs] == [*kept, *names]


def test_one_change_writes_one_run(path: Path, written: list[str]) -> None:
    with Session.open(path) as session:
        session.change_run("0005", notes="this one")
        session.flush()
        assert written == ["0005"]


def test_opening_asks_the_file_a_few_questions_whatever_is_in_it(path: Path) -> None:
    with Session.read(path) as session:
        asked: list[str] = []
        with session._file.reading() as database:
            database.set_trace_callback(asked.append)
            sizes = session.record_sizes()
            database.set_trace_callback(None)
        assert len(asked) <= 5
        assert sizes.keys() == {f"{place:04}" for place in range(1, MANY, 2)}
        records = session.load_run("0001").history.records
        assert sizes["0001"] >= records.column("margin").nbytes
        assert sizes["0001"] < 2000 + records.column("margin").nbytes


def test_records_without_room_in_memory_are_refused_before_they_are_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "memory_limit", lambda: 400)
    with Session.read(path) as session:
        assert not len(session.load_run("0000").history.records)
        read: list[str] = []
        session._file._database.set_trace_callback(read.append)
        with pytest.raises(Refusal, match=r"'Run 1' has records that take .* B of memory are at hand"):
            session.load_run("0001")
        assert not any("SELECT steps, names, columns" in query for query in read)
    monkeypatch.setattr(machine, "memory_limit", lambda: None)
    with Session.read(path) as session:
        assert len(session.load_run("0001").history.records) == 10
