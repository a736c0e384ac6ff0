"""The log of the window stays small, whatever is written to it and wherever."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import gui.log as module
from gui.log import ENTRY, LOG_BYTES, BoundedLog, without_names


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> logging.Logger:
    """Return a log of its own that is written as the window's is."""
    log = logging.Logger("a log of its own")
    monkeypatch.setattr(module, "log", log)
    monkeypatch.setattr(module, "log_path", lambda: tmp_path / "window.log")
    module.log_to_file()
    return log


def test_the_log_is_bounded_by_entry_and_as_a_whole(tmp_path: Path, log: logging.Logger) -> None:
    log.error("begins %s ends", "x" * 5_000_000)
    text = (tmp_path / "window.log").read_text()
    assert " ERROR begins" in text[:40] and text.endswith("ends\n") and len(text) < ENTRY + 20
    for _ in range(300):
        log.error("x" * ENTRY)
    log.handlers[0].close()
    sizes = {file.name: file.stat().st_size for file in tmp_path.glob("window.log*")}
    assert set(sizes) == {"window.log", "window.log.1"} and max(sizes.values()) <= LOG_BYTES


def test_a_log_that_cannot_be_written_disturbs_nobody(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    (handler,) = log.handlers
    assert isinstance(handler, BoundedLog)
    handler.stream.close()
    log.error("lost")
    assert capsys.readouterr().err == ""
    handler.stream = None
    handler.close()


def test_names_are_left_out_as_words_of_their_own_alone() -> None:
    assert without_names("plan: planes of my plan, replan", ["plan", " "]) == "…: planes of my …, replan"
    assert without_names("my plan, plan", ["plan", "my plan"]) == "…, …"
    assert without_names("nothing", []) == "nothing"
