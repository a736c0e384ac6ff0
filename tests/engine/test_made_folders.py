"""Folders of what can be made anew: made once, whole or void, cleared when they are not used."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from engine.files.locks import Lock
from engine.files.made_folders import MOST, WHOLE, MadeFolder


def never() -> None:
    pytest.fail("nobody else makes it")


def made(path: Path, content: bytes = b"code") -> MadeFolder:
    folder = MadeFolder(path)
    folder.make(lambda: put(path, content), never)
    return folder


def put(path: Path, content: bytes) -> None:
    (path / "one").write_bytes(content)


def test_it_is_made_once(tmp_path: Path) -> None:
    folder = made(tmp_path / "a" / "b")
    assert folder.is_whole()
    folder.make(never, never)
    assert (folder.path / "one").read_bytes() == b"code"


@pytest.mark.parametrize("harm", ["changed", "cut", "gone", "more", "unlisted", "nonsense"])
def test_what_is_harmed_is_made_anew(tmp_path: Path, harm: str) -> None:
    folder = made(tmp_path / "b")
    one, whole = folder.path / "one", folder.path / WHOLE
    match harm:
        case "changed":
            one.write_bytes(b"cod3")
        case "cut":
            one.write_bytes(b"")
        case "gone":
            one.unlink()
        case "more":
            (folder.path / "two").write_bytes(b"")
        case "unlisted":
            whole.unlink()
        case _:
            whole.write_bytes(b"\xff{")
    assert not folder.is_whole()
    assert made(folder.path).is_whole()
    assert [file.name for file in sorted(folder.path.iterdir())] == ["one", WHOLE]


def test_others_wait_for_the_one_that_makes_it(tmp_path: Path) -> None:
    folder, waited = MadeFolder(tmp_path / "b"), []
    lock = Lock.take(folder.path)
    assert lock is not None

    def wait() -> None:
        waited.append(1)
        if len(waited) == 3:
            folder.path.mkdir()
            put(folder.path, b"theirs")
            folder._close()
            lock.release()

    folder.make(never, wait)
    assert len(waited) == 3


def test_one_that_was_given_up_is_made_by_the_next(tmp_path: Path) -> None:
    folder = MadeFolder(tmp_path / "b")
    with pytest.raises(OSError, match="full"):
        folder.make(full, never)
    assert not folder.is_whole()
    assert made(folder.path).is_whole()


def full() -> None:
    raise OSError("the disk is full")


def test_nothing_is_not_whole(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing was written"):
        MadeFolder(tmp_path / "b").make(lambda: None, never)


def test_those_that_were_not_used_are_cleared(tmp_path: Path) -> None:
    folders = [made(tmp_path / f"{n}") for n in range(MOST + 3)]
    for n, folder in enumerate(folders):
        os.utime(folder.path / WHOLE, (n, n))
    (tmp_path / "half").mkdir()
    (tmp_path / "busy").mkdir()
    lock = Lock.take(tmp_path / "busy")
    assert lock is not None
    folders[0].used()
    lock.release()
    left = {path.name for path in tmp_path.iterdir()}
    assert "busy" in left and "half" not in left
    assert {"0", f"{MOST + 2}"} <= left and not {"1", "2", "3"} & left
    assert len(left) <= MOST + 1


def test_a_folder_says_its_checksums(tmp_path: Path) -> None:
    folder = made(tmp_path / "b")
    assert list(json.loads((folder.path / WHOLE).read_text("utf-8"))) == ["one"]
