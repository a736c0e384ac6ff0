"""The tables of a session's file, as SQL."""

from __future__ import annotations

TABLES = """
CREATE TABLE session (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE run (
    id TEXT PRIMARY KEY,
    place INTEGER NOT NULL,
    entry TEXT NOT NULL,
    counter_names TEXT NOT NULL,
    counters BLOB NOT NULL
);
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    last_step INTEGER NOT NULL,
    steps BLOB NOT NULL,
    names TEXT NOT NULL,
    columns BLOB NOT NULL
);
CREATE INDEX chunk_of_run ON chunk (run);
CREATE TABLE snapshot (
    run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    step INTEGER NOT NULL,
    name TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (run, step, name)
);
CREATE TABLE resumable (run TEXT PRIMARY KEY REFERENCES run ON DELETE CASCADE, step INTEGER NOT NULL);
"""
LATER_TABLES = """
CREATE TABLE IF NOT EXISTS closing (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    steps BLOB NOT NULL,
    names TEXT NOT NULL,
    columns BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS closing_of_run ON closing (run);
CREATE TABLE IF NOT EXISTS vector (
    run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    name TEXT NOT NULL,
    step INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (run, name, step)
);
CREATE TABLE IF NOT EXISTS digest (
    run TEXT PRIMARY KEY REFERENCES run ON DELETE CASCADE,
    mark TEXT NOT NULL,
    text TEXT NOT NULL,
    names TEXT NOT NULL,
    finals BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS sweep (
    id TEXT PRIMARY KEY,
    place INTEGER NOT NULL,
    entry TEXT NOT NULL,
    names TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS point (
    sweep TEXT NOT NULL REFERENCES sweep ON DELETE CASCADE,
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    step INTEGER NOT NULL,
    seconds REAL NOT NULL,
    finals BLOB NOT NULL,
    events TEXT NOT NULL,
    verdicts TEXT NOT NULL,
    why TEXT NOT NULL,
    place TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (sweep, number)
);
CREATE TABLE IF NOT EXISTS curve (
    sweep TEXT NOT NULL REFERENCES sweep ON DELETE CASCADE,
    number INTEGER NOT NULL,
    steps BLOB NOT NULL,
    names TEXT NOT NULL,
    columns BLOB NOT NULL,
    parameters BLOB,
    PRIMARY KEY (sweep, number)
);
"""
"""What files of earlier labs lack until they are written to; earlier labs do not look at it."""
