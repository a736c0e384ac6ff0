"""A session that is opened, looked at and closed keeps its bytes and its time; what a user changes is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.protocol.messages import RunStatus
from engine.session import Session
from gui.main_window import MainWindow

from .lab import QUICK, Lab

FROZEN = Path(__file__).parents[1] / "engine" / "session" / "frozen"


def opened(quick: Lab, copy: Path) -> None:
    assert quick.window.files.open_path(copy)
    rows = quick.window.parts.side.runs.model
    quick.until(lambda: len(rows.rows) == len(quick.window.model.run_list))
    quick.window.grab()
    for _ in range(3):
        quick.window.model.store.flush()


@pytest.mark.parametrize("name", ["three", "optimizers"])
def test_opening_and_closing_leaves_every_byte(quick: Lab, tmp_path: Path, name: str) -> None:
    copy = tmp_path / f"{name}.mlab"
    shutil.copyfile(FROZEN / copy.name, copy)
    before = copy.stat()
    opened(quick, copy)
    quick.window.model.close()
    assert copy.read_bytes() == (FROZEN / copy.name).read_bytes()
    assert (copy.stat().st_mtime_ns, copy.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert [file.name for file in tmp_path.glob("*.mlab*")] == [copy.name]


def test_a_session_of_today_is_not_rewritten_either(quick: Lab, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "own.mlab"
    quick.run_through("first")
    quick.run_through("second")
    window.parts.tabs.setCurrentIndex(1)
    window.model.note_session("noted")
    window.model.save_as(path)
    window.model.start_new()
    before = path.read_bytes(), path.stat().st_mtime_ns
    opened(quick, path)
    window.model.start_new()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_session_that_no_window_has_shown_is_not_added_to(
    quick: Lab, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "written.mlab"
    with Session.create(path) as session:
        session.add_run(QUICK.format(title="first", steps=100), title="first")
        session.set_status(session.runs[0].id, RunStatus.STOPPED, "")
    before = path.read_bytes(), path.stat().st_mtime_ns
    opened(quick, path)
    window.model.start_new()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def rename(window: MainWindow) -> None:
    window.model.run_list.rename(window.model.run_list.runs[0].id, "renamed")


def turn(window: MainWindow) -> None:
    window.parts.tabs.setCurrentIndex(2)


def edit(window: MainWindow) -> None:
    window.model.editor.edit("seed", 7)


def read(path: Path) -> tuple[object, ...]:
    with Session.read(path) as session:
        return [entry.title for entry in session.runs], session.views["tab"], session.document


@pytest.mark.parametrize("act", [rename, turn, edit])
def test_what_a_user_changes_is_written(
    quick: Lab, window: MainWindow, tmp_path: Path, act: Callable[[MainWindow], None]
) -> None:
    copy = tmp_path / "three.mlab"
    shutil.copyfile(FROZEN / copy.name, copy)
    before = read(copy)
    opened(quick, copy)
    act(window)
    window.model.close()
    after = read(copy)
    place = [rename, turn, edit].index(act)
    assert [a == b for a, b in zip(before, after, strict=True)] == [i != place for i in range(3)]
