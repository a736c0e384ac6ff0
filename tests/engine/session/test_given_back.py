"""A file from which much was deleted is short again, in a time that does not grow faster than what was deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.session import storage

PAGE = 4096


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A session with a table of one page a row."""
    with closing(storage.connect_new(tmp_path / "a.mlab")) as made:
        made.execute("CREATE TABLE pages (id INTEGER PRIMARY KEY, page BLOB)")
        made.executemany("INSERT INTO pages (page) VALUES (zeroblob(?))", [(PAGE,)] * 200)
        yield made


@pytest.mark.parametrize(
    ("few", "kept", "done", "left"),
    [
        (10, 195, ["PRAGMA incremental_vacuum"], 0),
        (10, 20, ["VACUUM"], 0),
        (10, 180, [], 20),
    ],
)
def test_free_pages(
    database: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    kept: int,
    done: list[str],
    left: int,
) -> None:
    monkeypatch.setattr(storage, "FEW_PAGES", few)
    database.execute("DELETE FROM pages WHERE id > ?", (kept,))
    said: list[str] = []
    database.set_trace_callback(said.append)
    storage.give_back_pages(database)
    database.set_trace_callback(None)
    assert [words for words in said if "vacuum" in words.lower()] == done
    free = database.execute("PRAGMA freelist_count").fetchone()[0]
    assert free == 0 if not left else free >= left
    assert database.execute("SELECT count(*) FROM pages").fetchone() == (kept,)
