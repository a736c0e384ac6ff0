"""Help > Report a problem: versions and the end of the log, without anybody's data."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from gui import log as window_log
from gui.app import Housekeeping
from gui.main_window import MainWindow
from gui.model.report import address, log_s_end, names_in, report_text, without_home
from gui.views.report_dialog import ReportDialog
from tests.gui.lab import Lab, files_answered


@pytest.fixture
def logged(user_folders: Path) -> Iterator[Path]:
    """Log to the test's own folder, as the lab does."""
    window_log.log_to_file()
    yield window_log.log_path()
    for handler in list(window_log.log.handlers):
        window_log.log.removeHandler(handler)
        handler.close()


def failing(secret: str) -> Exception:
    try:
        raise ValueError(f"could not read {secret!r} in {Path.home()}/data/mine.csv")
    except ValueError as error:
        return error


def test_a_report_says_what_the_lab_runs_on_and_what_went_wrong_and_no_data(
    quick: Lab, window: MainWindow, logged: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    quick.load_quick("Patient 17")
    quick.run_through("Patient 17")
    quick.window.model.run_list.rename(quick.run.id, "Smith's heart")
    keeper = Housekeeping(lambda: names_in(window.model), window)
    keeper.note("bad", "Smith's heart: diverged after step 3", "")
    keeper.note("info", "Saved to somewhere", "")
    error = failing("4711;0.25;ill")
    monkeypatch.setattr("sys.stderr", StringIO())
    keeper._on_exception(type(error), error, error.__traceback__)
    quick.menu("Help", "Report a problem…")
    dialog = quick.dialog("report_dialog")
    assert isinstance(dialog, ReportDialog)
    text = dialog.text.toPlainText()
    for name in ("Margin Lab: ", "Python: 3", "torch: ", "Qt: 6", "PySide6-Essentials: ", "pyqtgraph: "):
        assert name in text
    assert "Platform: " in text and "Devices: " in text and "at scale 1" in text and "offscreen" in text
    assert "test_report.py" in text and "in failing" in text and "ValueError: could not read" in text
    assert "diverged after step 3" in text and "Saved to somewhere" not in text
    assert str(Path.home()) not in text and "~/data/mine.csv" in text
    for secret in ("Smith", "Patient", "4711"):
        assert secret not in text
    assert "Smith" not in logged.read_text("utf-8")

    quick.press(dialog.copy_button)
    assert QGuiApplication.clipboard().text() == text
    dialog.text.setPlainText("shortened")
    with files_answered(monkeypatch, tmp_path / "report"):
        quick.press(dialog.save_button)
    assert (tmp_path / "report.txt").read_text("utf-8") == "shortened"
    assert dialog.done_label.text() == f"Saved to {tmp_path / 'report.txt'}."
    with files_answered(monkeypatch, tmp_path / "no folder" / "report.txt"):
        quick.press(dialog.save_button)
    assert "cannot be written" in dialog.done_label.text()
    dialog.reject()


def test_a_report_before_the_engine_or_a_log_says_so(user_folders: Path) -> None:
    text = report_text({}, [], [])
    assert "torch: the engine has not said yet" in text and text.endswith("window.log:\n(nothing)\n")


def test_only_the_end_of_a_long_log_is_shown_across_the_one_before_it(logged: Path) -> None:
    logged.with_name("window.log.1").write_text("older\n" * 1000 + "the one before\n")
    logging.getLogger("margin-lab").error("the latest")
    lines = log_s_end().splitlines()
    assert len(lines) == 200 and lines[-2] == "the one before" and lines[-1].endswith("ERROR the latest")


def test_only_the_users_own_folder_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ann"))
    assert without_home("/home/ann/x /home/anna/x /home/ann") == "~/x /home/anna/x ~"


def test_reports_go_where_the_project_says(monkeypatch: pytest.MonkeyPatch) -> None:
    from email.message import Message

    said = Message()
    said["Project-URL"] = "Homepage, https://example.org"
    said["Project-URL"] = "Issues, https://example.org/issues"
    monkeypatch.setattr("gui.model.report.metadata", lambda _: said)
    assert address() == "https://example.org/issues"
