"""Opening changes no file, and refuses what is no session in plain words."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from engine.session import Session, storage
from engine.words.errors import Refusal
from tests.engine.session.material import TEXT, batch, files, record


def test_opening_changes_nothing(path: Path) -> None:
    with Session.create(path) as session:
        run = session.add_run(TEXT)
        record(session, run, batch(0, 9))
    before = path.read_bytes(), path.stat().st_mtime_ns
    with Session.open(path) as session:
        assert len(session.load_run(run).history.records) == 10
        assert session.snapshot_steps(run) == []
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert files(path) == [path.name]


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
    assert refused.value.value == str(path)


def test_a_file_that_is_there_is_not_overwritten(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(Refusal, match="exists already"):
        Session.create(path)
    assert path.read_text() == "precious"


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
    with pytest.raises(Refusal, match=r"damaged|not a Margin Lab session"):
        Session.open(path)


def test_an_older_session_is_migrated_in_a_copy(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
