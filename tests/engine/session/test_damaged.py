"""Of a damaged session everything is read that can be, run by run; nothing but a refusal comes of it."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from engine.protocol.messages import SnapshotTaken
from engine.protocol.records import Snapshot
from engine.session import Damaged, Session, storage
from engine.session.salvage import COLUMNS
from engine.words.errors import Refusal
from tests.engine.session.material import TEXT, batch, record

RUNS = 5


def make(path: Path) -> list[str]:
    """Write a session of a few runs over many pages, and return their ids."""
    with Session.create(path) as session:
        session.document, session.notes = TEXT, "noted"
        runs = [session.add_run(TEXT, title=f"run {i}", replicas=2) for i in range(RUNS)]
        for first in range(0, 400, 200):
            for run in runs:
                record(session, run, batch(first, first + 199, *(f"c{i}" for i in range(4))))
                arrays = {"theta": np.full((2, 400), first), "m": np.full(300, first)}
                session.store(SnapshotTaken(run, Snapshot(first + 199, arrays, resumable=True)))
            session.flush()
    return runs


def damage(path: Path, statement: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        assert database.execute(statement, values).rowcount


DAMAGES = [
    "UPDATE run SET entry = '{' WHERE id = ?",
    "UPDATE run SET entry = zeroblob(9) WHERE id = ?",
    'UPDATE run SET entry = replace(entry, \'"replicas": 2\', \'"replicas": "two"\') WHERE id = ?',
    "UPDATE run SET counters = 'x' WHERE id = ?",
    "UPDATE run SET counter_names = 7 WHERE id = ?",
    "UPDATE run SET counter_names = '[' WHERE id = ?",
]


@pytest.mark.parametrize("statement", DAMAGES)
def test_a_run_that_cannot_be_read_hides_no_other(path: Path, statement: str) -> None:
    runs = make(path)
    damage(path, statement, runs[2])
    before = path.read_bytes()
    with Session.open(path) as session:
        assert [entry.id for entry in session.runs] == [*runs[:2], *runs[3:]]
        (words,) = session.unreadable
        assert words.startswith(f"run {runs[2][:8]} (the session is damaged: ")
        assert len(session.load_run(runs[3]).history.records) == 400
    assert path.read_bytes() == before
    session, salvaged = Session.rescue(path)
    assert salvaged.runs == RUNS - 1 and salvaged.lost == [f"the run {runs[2][:8]}"]
    assert session.is_unsaved and session.notes == "noted"
    assert [session.resumable_step(run) for run in runs[3:]] == [399] * 2
    session.discard()
    assert path.read_bytes() == before


def test_of_damaged_records_and_states_the_others_are_rescued(path: Path) -> None:
    runs = make(path)
    damage(path, "UPDATE chunk SET columns = zeroblob(100) WHERE run = ? AND last_step = 199", runs[1])
    damage(path, "UPDATE snapshot SET data = 'x' WHERE run = ? AND name = 'm'", runs[2])
    session, salvaged = Session.rescue(path)
    assert salvaged.runs == RUNS and salvaged.lost == ["records of 'run 1'", "snapshots"]
    steps = session.load_run(runs[1]).history.records.steps
    assert list(steps) == [*range(200, 400)]
    assert [session.resumable_step(run) for run in runs] == [399, 399, None, 399, 399]
    session.discard()


def test_damaged_pages_cost_nothing_but_refusals_and_are_rescued(path: Path) -> None:
    """Pages of noise and of zeros, lost ends, bits: what opens reads without surprise, what does not is rescued."""
    make(path)
    whole, chance = path.read_bytes(), random.Random(5)
    pages, rescued, most = len(whole) // 4096, 0, 0
    for case in range(16):
        content = bytearray(whole)
        start = 4096 * chance.randrange(1, pages)
        match case % 4:
            case 0:
                content[start : start + 4096] = chance.randbytes(4096)
            case 1:
                content[start : start + 4096] = bytes(4096)
            case 2:
                del content[start:]
            case 3:
                for _ in range(20):
                    content[chance.randrange(100, len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        with contextlib.suppress(Refusal), Session.read(path) as session:
            for entry in session.runs:
                read_all(session, entry.id)
        try:
            session, salvaged = Session.rescue(path)
        except Refusal:
            continue
        most = max(most, salvaged.runs)
        rescued += bool(salvaged.runs)
        for entry in session.runs:
            assert len(session.load_run(entry.id).history.records) <= 400
        session.discard()
    assert rescued >= 10 and most == RUNS


def read_all(session: Session, run: str) -> None:
    with contextlib.suppress(Refusal):
        session.load_run(run)
    with contextlib.suppress(Refusal):
        for step in session.snapshot_steps(run):
            session.state(run, step)


def test_what_says_it_is_a_session_and_cannot_be_read_is_called_damaged(path: Path) -> None:
    make(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(Damaged, match="is damaged; what can still be read of it can be rescued"):
        Session.open(path)
    assert [file.name for file in path.parent.glob("*session*")] == [path.name]
    path.write_bytes(b"\xff" * len(content))
    with pytest.raises(Refusal, match="is not a Margin Lab session"):
        Session.rescue(path)


def test_every_column_of_a_session_is_rescued() -> None:
    with contextlib.closing(storage.in_memory()) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {
            name: ", ".join(row[1] for row in database.execute(f"PRAGMA table_info({name})"))
            for name in tables
        }
    assert columns == COLUMNS
