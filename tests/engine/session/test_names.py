"""Sessions in folders and under names that are hard on a program: not UTF-8, as long as they may be, links."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.session import Session, abandoned_sessions, sessions_folder
from engine.words.errors import Refusal
from tests.engine.session.material import TEXT, batch, record

if sys.platform != "linux":
    pytest.skip("another system: names are UTF-8 there", allow_module_level=True)

ODD = [os.fsdecode(b"caf\xe9 %2f?#&"), "ein Ordner", "名" * 60]


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize("name", ODD)
def test_a_folder_of_any_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / name / "data"))
    folder = tmp_path / name
    folder.mkdir()
    path, other = folder / "a session.mlab", folder / f"{name[:20]}.mlab"
    with Session.create(path) as session:
        run = session.add_run(TEXT, title="kept", folder=str(folder))
        session.document, session.document_folder = TEXT, str(folder)
        record(session, run, batch(0, 9))
    session = Session.open(path)
    session.notes = "noted"
    session.save_as(other)
    session.go_on_elsewhere()
    session.close()
    for file in (path, other):
        with Session.open(file) as opened:
            assert len(opened.load_run(run).history.records) == 10
            assert (opened.document_folder, opened.runs[0].folder) == (str(folder), str(folder))
    assert [abandoned.path for abandoned in abandoned_sessions()] == [session.path]
    assert names(folder) == sorted({path.name, other.name, "data"})


def test_a_name_may_be_as_long_as_the_disk_takes(tmp_path: Path) -> None:
    path = tmp_path / ("n" * (251 - len(".mlab")) + ".mlab")
    session = Session.in_memory()
    run = session.add_run(TEXT)
    session.save_as(path)
    record(session, run, batch(0, 9))
    session.flush()
    with pytest.raises(Refusal, match="is open in another window"):
        Session.in_memory().save_as(path)
    session.close()
    assert names(tmp_path) == [path.name, "user"]
    with Session.open(path) as opened:
        assert len(opened.load_run(run).history.records) == 10
        opened.notes = "noted"
    with Session.open(path) as opened:
        assert opened.notes == "noted"


def test_what_is_too_long_is_said(tmp_path: Path) -> None:
    session = Session.in_memory()
    with pytest.raises(Refusal, match="is too long: 252 bytes, at most 251"):
        session.save_as(tmp_path / ("n" * (252 - len(".mlab")) + ".mlab"))
    deep = tmp_path.joinpath(*["d" * 200] * 3)
    deep.mkdir(parents=True)
    with pytest.raises(Refusal, match=r"is too long: 6\d\d bytes, at most 500"):
        session.save_as(deep / "a.mlab")
    session.discard()
    assert sessions_folder().parent.name == "margin-lab"


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "there" / "real.mlab", tmp_path / "link.mlab"
    real.parent.mkdir()
    Session.create(real).close()
    real.chmod(0o600)
    link.symlink_to(real)
    session = Session.in_memory()
    session.notes = "noted"
    session.save_as(link)
    session.notes = "again"
    session.close()
    assert link.is_symlink() and real.stat().st_mode & 0o777 == 0o600
    assert names(real.parent) == [real.name]
    with Session.open(real) as opened:
        assert opened.notes == "again"
    pipe = tmp_path / "pipe.mlab"
    os.mkfifo(pipe)
    with pytest.raises(Refusal, match="is no plain file; a session needs a file of its own"):
        Session.in_memory().save_as(pipe)
