"""Unsaved sessions where files cannot be locked, and locks that leave no file behind."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.session import Session, abandoned_sessions, sessions_folder

if sys.platform == "win32":
    pytest.skip("another system: files are locked by other means there", allow_module_level=True)

import fcntl

ERRORS = [errno.ENOTSUP, errno.ENOLCK, errno.EINVAL, errno.ENOSYS, errno.EIO]


@pytest.fixture(params=ERRORS, ids=errno.errorcode.get)
def no_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file system answer every lock with an error that is not another process's lock."""

    def fail(_descriptor: int, _operation: int) -> None:
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", fail)


def names() -> list[str]:
    return sorted(file.name for file in sessions_folder().iterdir())


@pytest.mark.usefixtures("no_locks")
@pytest.mark.filterwarnings("error")
def test_without_locks_a_session_is_offered_again_and_leaves_one_file() -> None:
    session = Session.unsaved()
    session.notes = "mine"
    session.close()
    assert session.path is not None
    assert names() == [session.path.name]
    (abandoned,) = abandoned_sessions()
    again = Session.recover(abandoned.path)
    assert again.notes == "mine"
    again.discard()
    assert names() == []


@pytest.mark.usefixtures("no_locks")
def test_without_locks_a_living_session_is_neither_offered_nor_cleared_away() -> None:
    session = Session.unsaved()
    assert session.path is not None
    assert abandoned_sessions() == []
    assert session.path.exists()
    session.notes = "mine"
    session.flush()
    assert abandoned_sessions() == []
    session.discard()
    assert names() == []


def test_looking_makes_no_lock_where_one_goes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session.unsaved()
    session.notes = "mine"
    session.close()
    assert session.path is not None
    lock = Path(f"{session.path}.lock")
    lock.touch()
    really_open = os.open

    def late(path: Any, *arguments: Any, **options: Any) -> int:
        if Path(path) == lock:
            lock.unlink(missing_ok=True)
        return really_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", late)
    assert [abandoned.path for abandoned in abandoned_sessions()] == [session.path]
    assert names() == [session.path.name]


def test_a_disk_that_fails_as_a_lock_is_let_go_holds_up_no_session_that_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, let_go = Session.create(tmp_path / "a.mlab"), os.close

    def fails(descriptor: int) -> None:
        let_go(descriptor)
        raise OSError("the disk is gone")

    with monkeypatch.context() as failing:
        failing.setattr(os, "close", fails)
        session.close()
    assert not (tmp_path / "a.mlab.lock").exists()
    with Session.open(tmp_path / "a.mlab") as again:
        assert not again.only_read
