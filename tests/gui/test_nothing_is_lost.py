"""What the window does when its session's file is damaged, goes away, is another's or cannot be written."""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import sqlite3
import sys
import threading
import weakref
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from engine.protocol.messages import Finished, Recorded, SnapshotTaken
from engine.protocol.points import PointResult
from engine.protocol.records import RecordBatch, Snapshot
from engine.session import Session, abandoned_sessions, session_writer, sessions_folder, storage
from engine.session.late_writer import LATE
from engine.session.session_file import SessionFile
from engine.session.sweeps import stored
from engine.sweep.points import points_of
from engine.words.errors import Refusal
from gui.controllers.window_controller import HELD_BACK
from gui.main_window import MainWindow
from gui.model import trainer
from gui.model.session_store import FLUSHED_EVERY, SessionStore

from ..deadlines import wait_until
from ..engine.sweep.material import a_map
from .lab import Lab

FROZEN = Path(__file__).parents[1] / "engine" / "session" / "frozen" / "three.mlab"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "stick" / "three.mlab"
    path.parent.mkdir()
    shutil.copyfile(FROZEN, path)
    return path


def kept(session: Session) -> dict[str, int]:
    """Return how many records every run has."""
    return {entry.title: len(session.load_run(entry.id).history.records) for entry in session.runs}


def test_a_file_that_is_taken_away_costs_nothing_and_is_said(
    quick: Lab, window: MainWindow, copy: Path
) -> None:
    assert window.files.open_path(copy)
    run = quick.run_through("new")
    shutil.rmtree(copy.parent)
    window.model.store.flush()
    (words,) = [sentence for sentence in quick.sentences if "no longer there" in sentence]
    assert "three.mlab" in words and "kept among the unsaved sessions, and nothing is lost" in words
    assert window.model.path is None and "unsaved session" in window.windowTitle()
    window.model.note_session("after")
    window.model.close()
    (abandoned,) = abandoned_sessions()
    with Session.recover(abandoned.path) as session:
        counts = kept(session)
        assert counts.pop(run.name) == len(run.history.records) > 0
        assert list(counts) == ["Adam", "batches, hidden", "line search"] and set(counts.values()) == {13}
        assert session.notes == "after"


def test_what_the_engine_says_after_the_session_was_closed_makes_no_other_one(
    quick: Lab, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "LAST_WORDS", 0.0)
    quick.load_quick(steps=100_000)
    window.commands["run"].trigger()
    quick.until(lambda: quick.runs and len(quick.run.history.records) > 30)
    ended: list[object] = []
    window.model.engine.message_received.connect(ended.append)
    window.model.close()
    quick.until(lambda: any(isinstance(message, Finished) for message in ended))
    quick.qtbot.wait(50)
    window.model.engine.message_received.disconnect(ended.append)
    (abandoned,) = abandoned_sessions()
    assert abandoned.runs == ("Run 1",)
    assert not list(sessions_folder().glob("*.lock"))


def test_nothing_holds_a_run_that_was_deleted_for_good(quick: Lab, window: MainWindow) -> None:
    quick.run_through("kept")
    gone = weakref.ref(quick.run_through("deleted"))
    window.model.run_list.delete([quick.run.id])
    quick.until(lambda: len(quick.rows) == 1)
    window.model.undo_stack.undo()
    assert gone() in quick.runs
    window.model.undo_stack.redo()
    window.model.undo_stack.clear()
    window.model.store.flush()
    quick.until(lambda: gc.collect() is not None and gone() is None)


def test_records_are_written_in_time_where_the_timer_is_late(window: MainWindow, tmp_path: Path) -> None:
    now = [0.0]
    store = SessionStore(window, clock=lambda: now[0])
    store._timer.stop()
    run = store.add_run(window.model.editor.document, "")
    store.flush()
    for step, seconds in enumerate((0.0, 1.0, FLUSHED_EVERY / 1000 + 0.1)):
        now[0] = seconds
        columns = {"log_loss": np.zeros((1, 1))}
        store.store(run, Recorded(run, RecordBatch(np.array([step]), columns), {}, {}, step, 0.0, 0.0))
        with Session.read(store.session.path or tmp_path) as session:
            assert len(session.load_run(run).history.records) == (3 if step == 2 else 0)
    store.close()


def test_a_window_that_is_held_up_has_its_records_written(
    quick: Lab, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where drawing takes long on a busy machine: what was taken is written, and what waits in the window, too."""
    store = window.model.store
    quick.load_quick(steps=1_000_000)
    window.commands["run"].trigger()
    quick.until(lambda: quick.runs and len(quick.run.history.records))
    path, taken = store.session.path, len(quick.run.history.records)
    assert path is not None
    monkeypatch.setattr(store._late, "_clock", lambda: store._late.written + LATE)

    def written() -> int:
        with Session.read(path) as session:
            return len(session.load_run(quick.run.id).history.records) if quick.run.id in session else 0

    wait_until(
        lambda: written() > taken, "what the window has not taken"
    )  # its event loop does not turn meanwhile
    assert len(quick.run.history.records) == taken
    window.commands["stop"].trigger()
    quick.until(lambda: quick.run.status.ended)
    store.flush()
    with Session.read(path) as session:
        stored, known = session.load_run(quick.run.id).history.records, quick.run.history.records
        assert np.array_equal(stored.steps, known.steps)
        assert all(np.array_equal(stored.column(n), known.column(n), equal_nan=True) for n in known.names)


def test_a_full_disk_is_said_until_it_is_over(quick: Lab, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "own.mlab"
    quick.run_through("first")
    window.model.save_as(path)
    window.model.note_session("writable")
    window.model.store.flush()
    database = window.model.store.session._file._database
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")
    window.model.note_session("long " * 10_000)
    window.model.store.flush()
    window.model.store.flush()
    held = [line for line in window.parts.info.lines if line.key == HELD_BACK]
    assert len(held) == 1 and "the disk is full" in held[0].sentence
    assert "Less than 1 MiB waits in memory" in held[0].sentence
    database.execute(f"PRAGMA max_page_count = {10 * pages}")
    window.model.store.flush()
    assert not [line for line in window.parts.info.lines if line.key == HELD_BACK]
    assert "Everything is written to own.mlab again; nothing was lost." in quick.sentences
    window.model.close()
    with Session.open(path) as session:
        assert session.notes == "long " * 10_000


def test_what_was_deleted_comes_back_where_the_session_could_not_be_closed(
    quick: Lab, window: MainWindow, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    map_ = a_map()
    with Session.open(copy) as session:
        session.maps.add(stored(map_))
        keys = {point.number: point.key for point in points_of(map_)}
        session.maps.take(
            session.maps.all[0].id, keys, [PointResult(number, "done", 20, 0.1) for number in keys]
        )
    assert window.files.open_path(copy)
    model = window.model
    quick.until(lambda: model.maps.shown is not None and model.maps.shown.table.known == 3)
    runs = [run.id for run in model.run_list.runs]
    model.maps.delete()
    model.run_list.delete(runs[:1])
    model.note_session("not written yet")
    with monkeypatch.context() as full:
        for method in ("write", "move_to_unsaved"):
            full.setattr(SessionFile, method, disk_is_full)
        with pytest.raises(Refusal):
            model.close()
    model.undo_stack.undo()
    model.undo_stack.undo()
    assert model.maps.shown is not None and model.maps.shown.table.known == 3
    closed_by: list[threading.Thread] = []
    close = storage.close_writer

    def noted(database: sqlite3.Connection, path: Path | None) -> None:
        closed_by.append(threading.current_thread())
        close(database, path)

    monkeypatch.setattr(storage, "close_writer", noted)
    model.close()
    assert len(closed_by) == 1 and closed_by[0] is not threading.main_thread(), "it waits for the disk"
    with Session.read(copy) as session:
        assert [entry.id for entry in session.runs] == runs and session.notes == "not written yet"
        assert len(session.load_run(runs[0]).history.records) == 13
        assert len(session.maps.points(session.maps.all[0].id)) == 3


def disk_is_full(*_: object) -> None:
    raise Refusal("", None, "the disk is full")


def test_a_run_holds_while_too_much_waits_and_goes_on_by_itself(
    quick: Lab, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where too much waits it goes to the user's data folder, unless that cannot be written either."""
    monkeypatch.setattr(session_writer, "MOST_UNWRITTEN", 1000)
    window.model.save_as(tmp_path / "own.mlab")
    window.model.note_session("writable")
    window.model.store.flush()
    database = window.model.store.session._file._database
    folder = tmp_path / "user" / "data" / "margin-lab" / "sessions"
    shutil.rmtree(folder)
    folder.write_text("no folder")  # the user's data folder cannot be written either
    database.execute("PRAGMA max_page_count = 1")
    quick.load_quick(steps=100_000)
    window.commands["run"].trigger()
    quick.until(lambda: len(quick.runs) == 1 and len(quick.run.history.records) > 30)
    window.model.store.flush()
    quick.until_state("paused")
    assert "The run is paused until what waits could be written." in quick.sentences
    database.execute("PRAGMA max_page_count = 1000000")
    window.model.store.flush()
    quick.until_state("running")
    window.model.close()
    with Session.open(tmp_path / "own.mlab") as session:
        assert kept(session) == {"Run 1": len(quick.run.history.records)}


def test_a_run_goes_on_where_there_is_room_before_the_engine_has_heard_of_the_pause(
    quick: Lab, window: MainWindow
) -> None:
    quick.load_quick(steps=100_000)
    window.commands["run"].trigger()
    quick.until_state("running")
    trainer, states = window.model.trainer, list[str]()
    trainer.state_changed.connect(lambda: states.append(trainer.state))
    window.model.store.filled.emit(True)
    window.model.store.filled.emit(False)
    quick.until(lambda: states == ["paused", "running"])
    window.model.trainer.stop()


def test_states_that_come_in_one_turn_are_written_together(
    quick: Lab, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the engine has told much meanwhile: a transaction each held the window up."""
    run, store = quick.run_through("one"), window.model.store
    store.flush()
    written, write = list[int](), session_writer.SessionWriter.write

    def counted(writer: session_writer.SessionWriter) -> Any:
        written.append(len(written))
        return write(writer)

    monkeypatch.setattr(session_writer.SessionWriter, "write", counted)
    monkeypatch.setattr(store, "_clock", lambda: store._late.written)
    store._timer.stop()
    for step in range(run.step, run.step + 50):
        store.store(run.id, SnapshotTaken(run.id, Snapshot(step, {}, resumable=True)))
    assert not written
    quick.until(lambda: not store.session.changed)
    assert len(written) == 1


def test_a_session_open_in_another_window_is_read_and_changes_go_elsewhere(
    quick: Lab, window: MainWindow, copy: Path
) -> None:
    other = Session.open(copy)
    assert window.files.open_path(copy)
    assert any(
        "three.mlab is open in another window, and only read here" in words for words in quick.sentences
    )
    window.parts.tabs.setCurrentIndex(1)
    window.model.store.flush()
    assert window.model.path == copy
    run = quick.run_through("new")
    window.model.store.flush()
    assert window.model.path is None
    window.model.close()
    other.close()
    assert copy.read_bytes() == FROZEN.read_bytes()
    (abandoned,) = abandoned_sessions()
    with Session.recover(abandoned.path) as session:
        assert kept(session)[run.name] == len(run.history.records)


def test_one_damaged_run_hides_no_other_and_the_rest_can_be_rescued(
    quick: Lab, window: MainWindow, copy: Path
) -> None:
    with closing(sqlite3.connect(copy)) as database, database:
        ids = [id for (id,) in database.execute("SELECT id FROM run ORDER BY place")]
        database.execute("UPDATE chunk SET columns = zeroblob(50) WHERE run = ?", (ids[1],))
        database.execute("UPDATE run SET entry = '?' WHERE id = ?", (ids[2],))
    before = copy.read_bytes()
    assert window.files.open_path(copy)
    assert [run.name for run in quick.runs] == ["Adam"]
    (words,) = [words for words in quick.sentences if "cannot be read" in words]
    assert "Of 3 runs 2 cannot be read" in words and "batches, hidden (" in words and ids[2][:8] in words
    quick.press(window.parts.info.findChild(QPushButton, "rescue"))
    quick.until(lambda: window.model.path is None)
    assert any(words.startswith("2 runs of three.mlab could be read, but not") for words in quick.sentences)
    assert [run.name for run in quick.runs] == ["Adam", "batches, hidden"]
    assert window.model.notes == "Frozen: every byte of this file stays."
    window.model.close()
    assert copy.read_bytes() == before


def mutants(count: int, folder: Path) -> list[Path]:
    """Make damaged sessions: rows of another type or shape, JSON with other values, bits, lost ends."""
    chance, paths = random.Random(22), []
    odd: list[object] = [None, -1, 2**70, 1e400, "x", "", [], {}, [[]], [None], True, "NaN", {"a": []}]
    for case in range(count):
        path = folder / f"mutant-{case}.mlab"
        content = bytearray(FROZEN.read_bytes())
        if case % 3 == 0:
            for _ in range(1 + case % 7):
                content[chance.randrange(100, len(content))] ^= 1 << chance.randrange(8)
        if case % 11 == 1:
            del content[chance.randrange(4096, len(content)) :]
        path.write_bytes(content)
        if case % 3:
            try:
                with closing(sqlite3.connect(path)) as database, database:
                    spoil(database, chance, odd)
            except sqlite3.DatabaseError:
                pass
        paths.append(path)
    return paths


def spoil(database: sqlite3.Connection, chance: random.Random, odd: list[object]) -> None:
    rows = database.execute("SELECT id, entry FROM run").fetchall()
    id, text = chance.choice(rows)
    match chance.randrange(4):
        case 0:
            entry = json.loads(text)
            entry[chance.choice(list(entry))] = chance.choice(odd)
            database.execute("UPDATE run SET entry = ? WHERE id = ?", (json.dumps(entry), id))
        case 1:
            views = json.loads(dict(database.execute("SELECT key, value FROM session"))["views"])
            inner = views
            while isinstance(inner, dict) and inner:
                outer, key = inner, chance.choice(list(inner))
                inner = inner[key]
                if chance.random() < 0.4:
                    break
            outer[key] = chance.choice(odd)
            database.execute("UPDATE session SET value = ? WHERE key = 'views'", (json.dumps(views),))
        case 2:
            table, column = chance.choice(
                [("chunk", "steps"), ("chunk", "names"), ("chunk", "columns"), ("snapshot", "data"),
                 ("snapshot", "step"), ("resumable", "step"), ("run", "counters"), ("run", "counter_names"),
                 ("session", "value"), ("run", "place")]
            )  # fmt: skip
            value = chance.choice([b"", b"\x93NUMPY", "[]", '["a"]', "x", 7, -1, 2**62, 1.5])
            database.execute(f"UPDATE {table} SET {column} = ?", (value,))
        case 3:
            entry = json.loads(text)
            for name in ("started", "events", "references", "remarks"):
                if entry[name] and chance.random() < 0.6:
                    part = entry[name][0] if isinstance(entry[name], list) else entry[name]
                    part[chance.choice(list(part))] = chance.choice(odd)
            database.execute("UPDATE run SET entry = ? WHERE id = ?", (json.dumps(entry), id))


def test_no_damaged_file_disturbs_the_window_or_takes_another_session_s_document(
    quick: Lab, window: MainWindow, tmp_path: Path
) -> None:
    """What is raised in a slot fails the test; the document of the session before stays in its own file."""
    own = tmp_path / "own.mlab"
    window.model.editor.edit("seed", 77)
    window.model.save_as(own)
    read = 0
    for path in mutants(9, tmp_path):
        before = path.read_bytes()
        read += window.files.open_path(path)
        window.model.store.flush()
        window.grab()
        if window.model.path == path:
            window.model.start_new()
        assert path.read_bytes() == before
        assert "seed = 77" not in before.decode("latin-1")
    assert read > 3


@pytest.mark.skipif(sys.platform != "linux", reason="another system: names are UTF-8 there")
@pytest.mark.parametrize("name", [os.fsdecode(b"caf\xe9"), "n" * (251 - len(".mlab"))])
def test_a_name_that_is_hard_on_programs(quick: Lab, window: MainWindow, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name[:100]  # SQLite takes paths of at most 500 bytes
    folder.mkdir()
    path = folder / f"{name}.mlab"
    assert window.files.save_to(path)
    quick.run_through("first")
    assert window.files.export_preset_to(folder / f"{name}.toml")
    window.files.remember_last()
    window.model.start_new()
    window.files.open_last()
    assert window.model.path == path and [run.name for run in quick.runs] == ["Run 1"]
    assert window.files.recent()[0] == str(path)
    window.model.start_new()
    assert window.files.open_path(folder / f"{name}.toml")
    window.model.note_session("noted")
    assert window.files.save_to(folder / "other.mlab")
    window.model.close()
    with Session.read(folder / "other.mlab") as session:
        assert session.notes == "noted" and session.document_folder == str(folder)


def test_locks_of_killed_labs_are_swept_where_nobody_holds_them(
    quick: Lab, window: MainWindow, copy: Path
) -> None:
    held, foreign = copy.with_name("held.mlab"), copy.with_name("foreign.mlab")
    for path in (held, foreign):
        shutil.copyfile(copy, path)
    files = window.files
    for path in (copy, held, foreign):
        assert files.open_path(path)
    window.commands["new"].trigger()
    places = {path: path.with_name(f"{path.name}.lock") for path in (copy, held, foreign)}
    assert not any(place.exists() for place in places.values())
    places[copy].touch()  # what a kill leaves
    places[foreign].write_text("a file of somebody's")
    with Session.open(held):
        window.recovery.offer()
        assert [place.exists() for place in places.values()] == [False, True, True]
