"""A session that was moved with its data: its experiment finds them, and says which file is read for which."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from engine.protocol.messages import DataFacts, Failed, Started
from engine.run.problem import prepare
from engine.session import Session
from tests.gui.lab import Lab
from tests.gui.test_outside_data import ROWS, TEXT

OTHER = ROWS.replace("1,2,1", "1,3,1")


def moved(root: Path, sha256: str) -> Path:
    """Make a session whose experiment names its data where the session was before."""
    now = root / "now"
    now.mkdir()
    (now / "a.csv").write_text(ROWS)
    text = TEXT.format(path=str(root / "before" / "a.csv"))
    with Session.create(now / "kept.mlab") as made:
        made.document, made.document_folder = text, str(root / "before")
        run = made.add_run(text, title="a run", folder=str(root / "before"))
        if sha256:
            facts = DataFacts(4, 2, 2, sha256)
            made.store(Started(run, 0, "cpu", "float64", 1, 12, 2.0, data=facts))
    return now


def said(lab: Lab) -> str:
    label = lab.window.parts.experiment.panel.data.stand_in
    return label.text() if label.isVisibleTo(lab.window) else ""


def opened(lab: Lab, session: Path, root: Path) -> None:
    lab.window.model.outside.allow([root / "before" / "a.csv", session.parent / "a.csv"])
    assert lab.window.files.open_path(session)


@pytest.mark.parametrize("known", [True, False])
def test_the_panel_and_a_new_run_read_the_file_beside_the_session(
    known: bool, quick: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = moved(tmp_path, hashlib.sha256(ROWS.encode()).hexdigest() if known else "")
    content = (now / "kept.mlab").read_bytes()
    opened(quick, now / "kept.mlab", tmp_path)
    panel = quick.window.parts.experiment.panel.data
    quick.until(lambda: panel.preview.data is not None and len(panel.preview.data.x) == 4)
    here = now / "a.csv"
    assert f"{tmp_path / 'before' / 'a.csv'} is not there; {here} is read in its place" in said(quick)
    assert ("no run says" in said(quick)) is not known
    assert (now / "kept.mlab").read_bytes() == content  # the experiment stays what it was
    sent = list[Any]()
    monkeypatch.setattr(quick.window.model.engine, "send", sent.append)
    quick.window.model.transport.run()
    told = sent[-1].document
    problem = prepare(told.experiment(), told.document().folder, told.known)
    assert problem.sha256 == hashlib.sha256(ROWS.encode()).hexdigest()
    quick.window.model.trainer.engine.message_received.emit(Failed(sent[-1].run, "no"))
    quick.window.model.editor.edit("data.path", str(here))
    quick.until(lambda: not said(quick))


def test_another_file_beside_the_session_is_no_stand_in(quick: Lab, tmp_path: Path) -> None:
    now = moved(tmp_path, hashlib.sha256(OTHER.encode()).hexdigest())
    opened(quick, now / "kept.mlab", tmp_path)
    panel = quick.window.parts.experiment.panel.data
    quick.until(lambda: panel.form.row("data.path") is not None)
    row = panel.form.row("data.path")
    assert row is not None
    quick.until(lambda: "is another file than runs of this session" in row.message)
    assert not said(quick) and panel.preview.data is None


def test_a_session_saved_beside_the_file_finds_it(quick: Lab, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    (tmp_path / "e.toml").write_text(TEXT.format(path="gone/a.csv"))
    assert quick.window.files.open_path(tmp_path / "e.toml")
    quick.window.model.save_as(tmp_path / "kept.mlab")
    quick.until(lambda: "is read in its place" in said(quick))
