"""What a killed process left half written is taken away at the next start; what a living one writes is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.files import Lock, is_locked, sweep_temporaries, temporary_beside
from engine.files.locks import beside
from engine.files.temporaries import notes_folder
from engine.session import Session

SAVING = """
import sys
from pathlib import Path

from engine.files import TemporaryFolder, temporary_beside
from engine.session import Session, storage

really_copy = storage.copy_into

def half(database, path):
    really_copy(database, path)
    Path(f"{path}-journal").write_bytes(b"half")
    TemporaryFolder().path.joinpath("copied.mlab").write_bytes(b"half")
    print("half", flush=True)
    sys.stdin.read()

storage.copy_into = half
session = Session.in_memory()
session.add_run("text")
session.save_as(Path(sys.argv[1]))
"""


@pytest.fixture
def saving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """Give a process that is half way through saving a session to `tmp_path/out/kept.mlab`."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "out").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", SAVING, str(tmp_path / "out" / "kept.mlab")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == "half\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def left(tmp_path: Path) -> list[str]:
    """Return what is left beside the file to be written and among temporary files, and the notes of it."""
    folders = (tmp_path / "out", tmp_path / "temporary", notes_folder())
    return sorted(file.name for folder in folders if folder.is_dir() for file in folder.iterdir())


def test_what_a_killed_save_left_is_swept_and_a_living_one_s_is_not(
    saving: subprocess.Popen[str], tmp_path: Path
) -> None:
    others = tmp_path / "out" / ".kept-0123abcd.tmp"
    others.write_bytes(b"another program's")
    before = left(tmp_path)
    assert len([name for name in before if name.endswith((".tmp", ".tmp-journal"))]) == 3
    sweep_temporaries()
    assert left(tmp_path) == before
    saving.kill()
    saving.wait()
    sweep_temporaries()
    assert left(tmp_path) == [others.name]
    session = Session.in_memory()
    session.notes = "again"
    session.save_as(tmp_path / "out" / "kept.mlab")
    session.close()
    assert left(tmp_path) == [others.name, "kept.mlab"]


def test_what_lies_on_a_disk_that_is_not_here_is_swept_when_it_is(
    saving: subprocess.Popen[str], tmp_path: Path
) -> None:
    saving.kill()
    saving.wait()
    (tmp_path / "out").rename(tmp_path / "away")
    sweep_temporaries()
    (tmp_path / "away").rename(tmp_path / "out")
    assert len(left(tmp_path)) == 4
    sweep_temporaries()
    assert left(tmp_path) == []


def test_only_names_of_temporaries_are_ever_swept(tmp_path: Path) -> None:
    precious = [tmp_path / "thesis.tex", tmp_path / ".hidden.tmp", tmp_path / "margin-lab-thesis"]
    notes_folder().mkdir(parents=True)
    for number, path in enumerate(precious):
        path.write_text("precious")
        (notes_folder() / f"{number}.note").write_bytes(os.fsencode(path))
    locks = [tmp_path / "poetry.lock", tmp_path / "there.lock"]
    locks[0].write_text("precious")
    locks[1].touch()
    (tmp_path / "there").touch()
    for lock in locks:
        note = os.fsencode(tmp_path / ".x-0123abcd.tmp") + b"\0" + os.fsencode(lock.with_suffix(""))
        (notes_folder() / f"{lock.stem}.note").write_bytes(note)
    sweep_temporaries()
    assert all(path.read_text() == "precious" for path in precious)
    assert all(lock.exists() for lock in locks)
    assert list(notes_folder().iterdir()) == []


def test_a_write_that_ends_leaves_neither_temporary_nor_note(tmp_path: Path) -> None:
    with temporary_beside(tmp_path / os.fsdecode(b"caf\xe9.csv")) as temporary:
        temporary.write_text("half")
        assert len(list(notes_folder().iterdir())) == 1
    with pytest.raises(KeyError), temporary_beside(tmp_path / "missing" / "a.csv"):
        raise KeyError
    assert list(notes_folder().iterdir()) == [] and not temporary.exists()


def test_where_nothing_can_be_noted_files_are_written_all_the_same(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "user", ignore_errors=True)
    (tmp_path / "user").write_text("no folder")
    with temporary_beside(tmp_path / "a.csv") as temporary:
        temporary.write_text("half")
    sweep_temporaries()


def test_a_lock_is_held_once_and_one_that_was_taken_away_is_nobody_s(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    first = Lock.take(path)
    assert first is not None and first.stands and Lock.take(path) is None and is_locked(path)
    beside(path).unlink()
    assert not first.stands
    second = Lock.take(path)
    assert second is not None and second.stands
    first.release()
    assert second.stands and is_locked(path)
    second.release()
    assert not is_locked(path) and not beside(path).exists()
