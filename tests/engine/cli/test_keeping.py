"""A session that cannot be written while a run goes on: held back, elsewhere, and in the end all there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.cli.keeper import Keeper
from engine.experiment.document import parse
from engine.protocol.messages import Message, Recorded, Started
from engine.protocol.records import RecordBatch, Records
from engine.protocol.run_history import RunHistory
from engine.session import Session, session_writer, sessions_folder
from engine.words.errors import Refusal
from tests.engine.session.material import TEXT

DOCUMENT = parse(TEXT)
STARTED = Started("r", 0, "cpu", "float64", 1, 30, None, (), {})


class Told:
    """A run that tells its records one by one, and a keeper whose clock goes on by two seconds a message."""

    def __init__(self, path: Path) -> None:
        self.seconds = 0.0
        self.keeper = Keeper(DOCUMENT, path, clock=self.clock)
        self.history = RunHistory(Records(2))
        self.listen = self.keeper.listener("", DOCUMENT.base, self.history)
        self.hear(STARTED)

    def clock(self) -> float:
        self.seconds += 2
        return self.seconds

    def hear(self, message: Message) -> None:
        self.history.apply(message)
        self.listen(message)

    def record(self, steps: int) -> None:
        first = len(self.history.records)
        for step in range(first, first + steps):
            columns = {"margin": np.full((1, 2), float(step))}
            self.hear(Recorded("r", RecordBatch(np.array([step]), columns), {}, {}, step, 1.0, 1.0))

    @property
    def session(self) -> Session:
        assert self.keeper._session is not None
        return self.keeper._session

    def limit(self, pages: int) -> None:
        """Let the disk take so many pages more."""
        database = self.session._file._database
        (now,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {now + pages}")


def steps(path: Path | None) -> list[int]:
    assert path is not None
    with Session.read(path) as session:
        return list(session.load_run("r").history.records.steps)


def test_a_full_disk_does_not_end_the_run_and_is_over_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.mlab"
    told = Told(path)
    with told.keeper:
        told.record(10)
        told.limit(0)
        told.record(300)
        said = capsys.readouterr().err
        assert said.count("the disk is full") == 1 and "Less than 1 MiB waits in memory" in said
        told.limit(10_000)
        told.record(1)
        assert "Everything is written to kept.mlab again; nothing was lost." in capsys.readouterr().err
    assert steps(path) == list(range(311))


def test_what_does_not_fit_in_the_end_lies_in_the_user_s_own_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.mlab"
    told = Told(path)
    told.record(10)
    told.limit(0)
    told.record(300)
    with pytest.raises(Refusal, match="could not be written to the end; the session lies in ") as refused:
        told.keeper.__exit__(None, None, None)
    assert refused.value.field == "--out"
    (place,) = sessions_folder().iterdir()
    assert str(place) in refused.value.remedy and f"It lies in {place}" in capsys.readouterr().err
    assert steps(place) == list(range(310))


def test_a_folder_that_is_removed_costs_no_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scratch" / "kept.mlab"
    path.parent.mkdir()
    told = Told(path)
    told.record(100)
    shutil.rmtree(path.parent)
    told.record(1)
    assert "is no longer there" in capsys.readouterr().err
    told.record(100)
    with pytest.raises(Refusal, match="could not be written to the end"):
        told.keeper.__exit__(None, None, None)
    (place,) = sessions_folder().iterdir()
    assert steps(place) == list(range(201))


def test_where_nothing_can_be_written_the_run_ends_before_memory_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_writer, "MOST_UNWRITTEN", 10_000)
    told = Told(tmp_path / "kept.mlab")
    sessions_folder().parent.mkdir(parents=True, exist_ok=True)
    sessions_folder().write_text("no folder")
    told.record(10)
    told.limit(0)
    told.record(300)
    assert not told.keeper.is_full
    told.record(500)
    assert told.keeper.is_full
    with pytest.raises(Refusal, match="the disk is full"):
        told.keeper.__exit__(None, None, None)
    assert steps(tmp_path / "kept.mlab")[:10] == list(range(10))


def test_a_folder_that_goes_before_the_first_step_sends_the_session_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make: Callable[..., Session] = Session.create

    def gone(path: Path) -> Session:
        shutil.rmtree(path.parent)
        return make(path)

    monkeypatch.setattr(Session, "create", gone)
    path = tmp_path / "scratch" / "kept.mlab"
    path.parent.mkdir()
    told = Told(path)
    told.record(10)
    with pytest.raises(Refusal, match="the session lies in "):
        told.keeper.__exit__(None, None, None)
    assert "cannot be written" in capsys.readouterr().err
    (place,) = sessions_folder().iterdir()
    assert steps(place) == list(range(10))
