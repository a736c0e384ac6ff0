"""What a session keeps of its runs for tables: it holds for the records that it was made of, and for no others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from engine.session import Digest, Session

from .material import TEXT, batch, record

DIGEST = Digest("in few words", {"margin": np.array([1.0, np.nan])})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A session of one run, with its digest."""
    path = tmp_path / "one.mlab"
    with Session.create(path) as session:
        record(session, session.add_run(TEXT, id="a"), batch(1, 10))
        session.digests.note("a", DIGEST)
    return path


def test_a_digest_is_there_when_the_session_is_opened_again(path: Path) -> None:
    with Session.read(path) as session:
        kept = session.digests.get("a")
        assert kept is not None and kept.text == "in few words" and session.digests.get("b") is None
        np.testing.assert_array_equal(kept.finals["margin"], [1.0, np.nan])
        assert session.load_run("a").history.records.steps[-1] == 10


def test_a_digest_of_other_records_is_none(path: Path) -> None:
    with Session.open(path) as session:
        record(session, "a", batch(11, 12))
        assert session.digests.get("a") is None
        session.digests.note("a", DIGEST)
        session.truncate("a", 5)
        assert session.digests.get("a") is None
        session.flush()
        assert session.digests.get("a") is None
        session.digests.note("a", DIGEST)
        assert session.digests.get("a") is DIGEST


def test_a_digest_alone_is_no_reason_to_write_and_goes_with_its_session(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM digest")
    before = path.read_bytes()
    with Session.open(path) as session:
        assert session.digests.get("a") is None
        session.digests.note("a", DIGEST)
        assert not session.changed
    assert path.read_bytes() == before
    with Session.open(path) as session:
        session.digests.note("a", DIGEST)
        session.notes = "looked at"
        session.save_as(tmp_path / "copy.mlab")
        assert session.digests.get("a") is not None
        session.delete_run("a")
        session.flush()
        assert session.digests.get("a") is None


def test_a_session_of_an_earlier_lab_has_none(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE digest")
    with Session.open(path) as session:
        assert session.digests.get("a") is None
        session.digests.note("a", DIGEST)
        session.notes = "written to"
    with Session.read(path) as session:
        assert session.digests.get("a") is not None


def test_a_run_cut_and_gone_on_with_to_the_same_step_has_no_digest(path: Path) -> None:
    with Session.open(path) as session:
        assert session.digests.get("a") is not None
        session.truncate("a", 5)
        record(session, "a", batch(6, 10))
        session.flush()
    with Session.read(path) as session:
        assert session.digests.get("a") is None


def test_a_digest_of_another_lab_is_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.session.digests.version_of", lambda: "0.0.1")
    with Session.read(path) as session:
        assert session.digests.get("a") is None
