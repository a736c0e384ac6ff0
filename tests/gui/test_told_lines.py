"""What is told over the plots: of the session at hand alone, and of refused files in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from engine.session import Session
from tests.gui.lab import Lab

FROZEN = Path(__file__).parents[1] / "engine" / "session" / "frozen" / "three.mlab"


def told(lab: Lab) -> list[str]:
    return lab.window.parts.info.sentences()


@pytest.mark.parametrize("way", ["new", "open"])
def test_what_was_told_of_a_session_goes_with_it(way: str, quick: Lab, tmp_path: Path) -> None:
    shutil.copyfile(FROZEN, tmp_path / "other.mlab")
    files, info = quick.window.files, quick.window.parts.info
    assert files.save_to(tmp_path / "one.mlab")
    quick.window.model.notice_posted.emit("bad", "Something of this session.", "")
    quick.window.model.damage_found.emit(str(tmp_path / "one.mlab"), "A run of it cannot be read.")
    files.open_path(tmp_path / "none.txt")
    info.ask("k", "ask", "Shall it?", actions=[("yes", "Yes")])
    assert len(told(quick)) == 5
    if way == "new":
        quick.window.commands["new"].trigger()
    else:
        assert files.open_path(tmp_path / "other.mlab")
    left = [words for words in told(quick) if "bregman_gap" not in words]  # of the one that was opened
    assert len(left) == 2 and "Shall it?" in left and any("none.txt" in words for words in left)


def test_what_is_told_of_the_session_that_is_opened_stays(quick: Lab, tmp_path: Path) -> None:
    path = tmp_path / "kept.mlab"
    shutil.copyfile(FROZEN, path)
    with Session.open(path) as elsewhere:
        elsewhere.notes = "open"
        elsewhere.flush()
        assert quick.window.files.open_path(path)
        assert [words for words in told(quick) if "is open in another window" in words]


def test_refused_files_are_one_line(quick: Lab, tmp_path: Path) -> None:
    files, info = quick.window.files, quick.window.parts.info
    for name in ("a.txt", "b.txt", "c.txt", "d.txt", "b.txt"):
        (tmp_path / name).write_text("Dear diary")
        assert not files.open_path(tmp_path / name)
    (sentence,) = told(quick)
    assert "b.txt' is neither a session" in sentence and sentence.endswith("(and 3 files before it)")
    (line,) = info.lines
    button = line.findChild(QPushButton, "details")
    assert button is not None
    button.click()
    copied = QGuiApplication.clipboard().text()
    assert [copied.count(name) for name in ("a.txt", "b.txt", "c.txt", "d.txt")] == [1, 1, 1, 1]
    line.chosen.emit(line.key, "close")
    assert not told(quick)
    files.open_path(tmp_path / "a.txt")
    (sentence,) = told(quick)
    assert sentence.endswith("points have at least one")
