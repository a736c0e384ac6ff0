"""Records are in a file soon, whatever their owner is held up by: it copies the session, it draws, its step is long."""

from __future__ import annotations

import io
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from engine.cli.keeper import Keeper
from engine.experiment.document import parse
from engine.protocol.messages import Message, Recorded, Resumed, SnapshotTaken, Started
from engine.protocol.records import Records, Snapshot
from engine.protocol.run_history import RunHistory
from engine.session import LateWriter, Session, SessionWriter
from engine.session.late_writer import LATE, STATE_LATE
from engine.session.session_file import FOLDED_AFTER
from engine.words.errors import Refusal
from tests.deadlines import wait_until
from tests.engine.session.material import TEXT, batch, record

WAITS = ("the copy", "the disk", "the file before")
"""What saving elsewhere waits for, in this order."""


def records_in(path: Path, run: str) -> int:
    """Return how many records of a run somebody finds who comes now, as after a kill."""
    with Session.read(path) as session:
        return len(session.load_run(run).history.records) if run in session else -1


class Teller:
    """Tells records before and after each wait, and looks whether they are in a file at once."""

    def __init__(self, session: Session, run: str, *paths: Path) -> None:
        self.session, self.run, self.paths = session, run, paths
        self.told = 10
        self.kept: list[bool] = []

    def tell(self) -> None:
        record(self.session, self.run, batch(self.told, self.told + 9))
        self.told += 10
        self.session.store(SnapshotTaken(self.run, Snapshot(self.told - 1, {"theta": np.ones((2, 3))}, True)))
        self.session.flush(in_part=True)
        self.kept.append(max(records_in(path, self.run) for path in self.paths if path.exists()) == self.told)

    def wait(self, work: Callable[[], None]) -> None:
        self.tell()
        work()
        self.tell()


@pytest.mark.parametrize("named", [True, False])
def test_what_is_told_while_a_session_is_saved_elsewhere_is_in_a_file_at_once(
    path: Path, tmp_path: Path, named: bool
) -> None:
    session = Session.create(path) if named else Session.unsaved(tmp_path)
    run, other = session.add_run(TEXT, title="first"), session.add_run(TEXT, title="deleted meanwhile")
    record(session, run, batch(0, 9))
    before = session.path
    assert before is not None
    session.flush()
    teller = Teller(session, run, before, tmp_path / "new.mlab")

    def wait(work: Callable[[], None]) -> None:
        teller.wait(work)
        if len(teller.kept) == 2:
            session.notes = "meanwhile"
            session.delete_run(other)
            session.truncate(run, teller.told - 6)
            record(session, run, batch(teller.told - 5, teller.told - 1, sign=-1.0))
            session.add_run(TEXT, id="added", title="added meanwhile")
            session.flush()

    session.save_as(tmp_path / "new.mlab", wait)
    assert teller.kept == [True] * 2 * len(WAITS)
    assert before.exists() == named and session.path == tmp_path / "new.mlab"
    session.close()
    with Session.read(tmp_path / "new.mlab") as saved, closing(sqlite3.connect(saved.path or "")) as database:
        records = saved.load_run(run).history.records
        assert np.array_equal(records.steps, np.arange(teller.told)) and saved.notes == "meanwhile"
        expected = batch(0, teller.told - 1).columns["margin"]
        expected[25:30] *= -1
        assert np.array_equal(records.column("margin"), expected)
        assert [entry.title for entry in saved.runs] == ["first", "added meanwhile"]
        assert saved.resumable_step(run) == teller.told - 1
        steps = [np.load(io.BytesIO(row)) for (row,) in database.execute("SELECT steps FROM chunk")]
        assert sum(map(len, steps)) == teller.told  # none is there twice


def test_a_session_that_could_not_be_saved_elsewhere_goes_on_as_it_was(path: Path, tmp_path: Path) -> None:
    session = Session.create(path)
    run = session.add_run(TEXT)
    record(session, run, batch(0, 9))
    teller = Teller(session, run, path)

    def fail(work: Callable[[], None]) -> None:
        teller.wait(work)
        raise Refusal("", None, "no room")

    with pytest.raises(Refusal, match="no room"):
        session.save_as(tmp_path / "new.mlab", fail)
    assert teller.kept == [True, True] and not session.changed
    teller.tell()
    assert teller.kept[-1] and not list(tmp_path.glob(".*.tmp*"))
    session.save_as(tmp_path / "new.mlab")
    session.close()
    assert records_in(tmp_path / "new.mlab", run) == records_in(path, run) == teller.told


def test_what_the_file_cannot_be_given_is_in_the_copy(path: Path, tmp_path: Path) -> None:
    session = Session.create(path)
    run = session.add_run(TEXT)
    record(session, run, batch(0, 9))
    session.flush()
    database = session._file._database
    database.execute(f"PRAGMA max_page_count = {database.execute('PRAGMA page_count').fetchone()[0]}")

    def fill() -> None:
        while True:  # until its last free pages are full
            record(session, run, batch(10 * len(told), 10 * len(told) + 9))
            told.append(session.path)
            session.flush()

    def wait(work: Callable[[], None]) -> None:
        if session.path == path:
            with pytest.raises(Refusal, match="disk is full"):
                fill()
        work()

    told = [session.path]
    session.save_as(tmp_path / "new.mlab", wait)
    session.close()
    assert records_in(tmp_path / "new.mlab", run) == 10 * len(told) > records_in(path, run)


def test_waiting_for_the_disk_keeps_nobody_from_a_session(path: Path, tmp_path: Path) -> None:
    """As another thread writes while the window's waits for a copy."""
    session = Session.create(path)
    run = session.add_run(TEXT)
    session.flush()
    free: list[bool] = []

    def wait(work: Callable[[], None]) -> None:
        def take() -> None:
            if session.lock.acquire(timeout=0):
                session.lock.release()
                free.append(True)

        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
        work()

    session.save_as(tmp_path / "new.mlab", wait)
    assert free == [True] * len(WAITS) and run in session
    session.close()


def test_no_write_waits_until_the_log_is_folded_in(path: Path, tmp_path: Path) -> None:
    works: list[Callable[[], None]] = []
    session = Session.create(path)
    session.fold_apart(works.append)
    run = session.add_run(TEXT)
    session.flush()
    before, copy = path.stat().st_size, tmp_path / "copy.mlab"
    for flush in range(2 * FOLDED_AFTER):
        record(session, run, batch(10 * flush, 10 * flush + 9))
        session.store(SnapshotTaken(run, Snapshot(10 * flush, {"theta": np.ones((1, 300_000))})))
        session.flush()
    assert path.stat().st_size == before and len(works) == 2  # 14 MB lie in the log
    thread = threading.Thread(target=works.pop())
    thread.start()
    thread.join()
    shutil.copyfile(path, copy)
    assert records_in(copy, run) == 10 * 2 * FOLDED_AFTER
    session.close()
    works.pop()()  # nothing is left to do
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(path.name)] == [path.name]
    with Session.read(path) as closed:
        assert not closed.remark
    assert records_in(path, run) == 10 * 2 * FOLDED_AFTER


class Late:
    """A session with somebody who stands in for its owner, and a clock."""

    def __init__(self, path: Path) -> None:
        self.now = 0.0
        self.session = Session.create(path)
        self.path, self.run = path, self.session.add_run(TEXT)
        self.writer = SessionWriter(self.session, dict)
        self.writer.write()
        self.late = LateWriter(lambda: self.writer, lambda: self.now)

    def recorded(self, first: int) -> Recorded:
        return Recorded(self.run, batch(first, first + 9), {}, {}, first + 9, 1.0, 1.0)

    def take(self, message: Message) -> None:
        """Do what an owner does."""
        self.late.store(self.session, message)

    @property
    def kept(self) -> int:
        return records_in(self.path, self.run)


@pytest.fixture
def late(path: Path) -> Late:
    return Late(path)


def test_what_its_owner_has_taken_is_written_where_the_owner_is_held_up(late: Late) -> None:
    late.take(late.recorded(0))
    late.now = LATE - 0.1
    assert not late.late.look() and late.kept == 0  # that is the owner's
    late.now = LATE
    assert late.late.look() and late.kept == 10
    assert not late.late.look()


def test_what_its_owner_has_not_taken_is_written_once(late: Late) -> None:
    messages = [late.recorded(0), late.recorded(10)]
    for message in messages:
        late.late.hear(message)
    late.now = LATE
    assert late.late.look() and late.kept == 20
    for message in messages:
        late.take(message)
    assert not late.session.changed
    late.take(late.recorded(20))
    late.now *= 2
    assert late.late.look() and late.kept == 30


def test_nothing_is_stored_between_what_its_owner_takes_and_stores(
    late: Late, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, looks = late.session.store, list[threading.Thread]()

    def slow(message: Message) -> None:
        if not looks:
            looks.append(threading.Thread(target=late.late.look))
            looks[0].start()
            looks[0].join(0.1)  # were it let in, it would store what comes after this
        store(message)

    messages = [late.recorded(first) for first in (0, 10, 20)]
    for message in messages:
        late.late.hear(message)
    late.now = LATE
    monkeypatch.setattr(late.session, "store", slow)
    for message in messages:
        late.take(message)
    looks[0].join()
    late.session.flush()
    assert late.kept == 30


def test_what_could_not_be_stored_is_left_to_its_owner_with_what_comes_after_it(
    late: Late, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, messages = late.session.store, [late.recorded(first) for first in (0, 10, 20)]

    def fail(message: Message) -> None:
        if message is messages[1]:
            raise MemoryError
        store(message)

    for message in messages:
        late.late.hear(message)
    with monkeypatch.context() as full:
        full.setattr(late.session, "store", fail)
        late.now = LATE
        assert late.late.look() and late.kept == 10
    late.now *= 2
    assert not late.late.look() and late.kept == 10  # its owner is to meet it
    late.take(messages[0])
    late.take(messages[1])
    late.now *= 2
    assert late.late.look() and late.kept == 30
    late.take(messages[2])
    assert not late.session.changed


@pytest.mark.parametrize("taken", [True, False])
def test_a_state_to_go_on_from_waits_for_nobody(late: Late, taken: bool) -> None:
    state = SnapshotTaken(late.run, Snapshot(9, {"theta": np.ones((2, 3))}, resumable=True))
    late.take(late.recorded(0))
    if taken:
        late.take(state)
    else:
        late.late.hear(state)
    assert not late.late.look()  # its owner may be about to write it
    late.now = STATE_LATE
    assert late.late.look() and late.kept == 10
    with Session.read(late.path) as session:
        assert session.resumable_step(late.run) == 9
    assert not late.late.look()


def test_what_only_its_owner_can_take_comes_first(late: Late) -> None:
    late.take(late.recorded(0))
    told: list[Message] = [Resumed(late.run), late.recorded(5)]
    for message in told:
        late.late.hear(message)
    late.now = LATE
    assert late.late.look() and late.kept == 10
    late.take(told[0])
    late.session.truncate(late.run, 4)  # as where a run goes on from a state before its last record
    late.now *= 2
    assert late.late.look() and late.kept == 15


def test_a_disk_that_takes_nothing_is_left_to_the_owner(late: Late, monkeypatch: pytest.MonkeyPatch) -> None:
    late.take(late.recorded(0))

    def full(**_: object) -> bool:
        raise Refusal("", None, "is full")

    with monkeypatch.context() as disk:
        disk.setattr(late.session, "flush", full)
        late.now = LATE
        late.late.look()  # says nothing
        news = late.writer.write()
        assert news is not None and news.kind == "held" and late.writer.is_held
        late.now *= 2
        assert not late.late.look()
    assert late.writer.write() is not None and late.kept == 10


def test_a_command_line_whose_step_is_long_has_its_records_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.session.late_writer.LATE", 0.0)
    monkeypatch.setattr(
        "engine.session.session_file.FOLDED_AFTER", 1
    )  # the last write, too, has it folded in
    document, threads = parse(TEXT), set(threading.enumerate())
    with Keeper(document, path, clock=lambda: 0.0) as keeper:
        listen = keeper.listener("", document.experiments()[""], RunHistory(Records(2)))
        listen(Started("run", 0, "cpu", "float64", 1, 60, 2.0))
        listen(Recorded("run", batch(0, 9), {}, {}, 9, 1.0, 1.0))
        wait_until(lambda: records_in(path, "run") == 10)
        listen(Recorded("run", batch(10, 19), {}, {}, 19, 1.0, 1.0))
    assert records_in(path, "run") == 20
    assert set(threading.enumerate()) <= threads  # the last write started nobody again
