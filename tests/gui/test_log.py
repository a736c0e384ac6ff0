"""The log of the window stays small, whatever is written to it and wherever."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from gui.log import ENTRY, LOG_BYTES, BoundedLog


@pytest.fixture
def log(tmp_path: Path) -> logging.Logger:
    handler = BoundedLog(tmp_path / "window.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    log = logging.Logger("a log of its own")
    log.addHandler(handler)
    return log


def test_the_log_is_bounded_by_entry_and_as_a_whole(tmp_path: Path, log: logging.Logger) -> None:
    log.error("begins %s ends", "x" * 5_000_000)
    text = (tmp_path / "window.log").read_text()
    assert text.startswith("begins") and text.endswith("ends\n") and len(text) < ENTRY + 20
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
