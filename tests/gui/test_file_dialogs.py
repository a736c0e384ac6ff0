"""Every file dialog is in the theme of the window, and nothing is replaced that it did not ask about."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton, QWidget

import gui
from gui.file_dialogs import file_to_open, file_to_save, folder_to_open
from gui.run_table.run_table_view import RunTableView
from gui.theme import apply_theme
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window

NOT_NATIVE = QFileDialog.Option.DontUseNativeDialog


@pytest.mark.parametrize(("mode", "native"), [("light", False), ("dark", False), ("system", True)])
def test_the_system_s_dialog_is_used_only_where_the_window_follows_the_system(
    qapp: QApplication, light_again: None, monkeypatch: pytest.MonkeyPatch, mode: str, native: bool
) -> None:
    asked: list[QFileDialog.Option] = []

    def answer(*arguments: object) -> tuple[str, str] | str:
        asked.append(next(a for a in arguments if isinstance(a, QFileDialog.Option)))
        return ("chosen", "")

    for name in ("getOpenFileName", "getSaveFileName", "getExistingDirectory"):
        monkeypatch.setattr(QFileDialog, name, answer)
    apply_theme(qapp, mode)
    parent = QWidget()
    file_to_open(parent, "", "", "")
    file_to_save(parent, "", "", "", "")
    folder_to_open(parent, "", "")
    assert [bool(options & NOT_NATIVE) for options in asked] == [not native] * 3
    apply_theme(qapp, "light")


def test_no_dialog_for_files_is_opened_elsewhere() -> None:
    folder = Path(gui.__file__).parent
    users = {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*.py")
        if re.search(r"QFileDialog|QColorDialog|QFontDialog|QMessageBox", file.read_text("utf-8"))
    }
    assert users == {"file_dialogs.py"}


# --- names without the suffix of what is saved ------------------------------------------------------------

SAVES: dict[str, tuple[str, Callable[[Lab], object]]] = {
    "session": (".mlab", lambda lab: lab.window.files.save_as()),
    "preset": (".toml", lambda lab: lab.window.files.export_preset()),
    "table": (".csv", lambda lab: table_of(lab).choices.export_requested.emit("csv")),
    "report": (".txt", lambda lab: pressed(lab, "report", "report_dialog", "report_save")),
    "figure": (".pdf", lambda lab: pressed(lab, "export_figure", "figure_dialog", "figure_export")),
    "composed figure": (".pdf", lambda lab: pressed(lab, "compose", "composer", "composer_export")),
    "figure's file": (".toml", lambda lab: pressed(lab, "compose", "composer", "composer_save")),
    "film": (".gif", lambda lab: pressed(lab, "animate", "film_dialog", "make_film")),
}
"""How each kind of file is saved by a person, and its suffix."""


def table_of(lab: Lab) -> RunTableView:
    lab.window.parts.tabs.bring("runs")
    view = lab.window.parts.tabs.findChild(RunTableView)
    assert view is not None
    return view


def pressed(lab: Lab, action: str, name: str, button: str) -> None:
    """Open a dialog and press a button that saves."""
    lab.window.commands[action].trigger()
    dialog = lab.dialog(name)
    save = dialog.findChild(QPushButton, button)
    assert save is not None, [b.objectName() for b in dialog.findChildren(QPushButton)]
    lab.until(save.isEnabled)
    save.click()


@pytest.mark.parametrize("kind", SAVES)
def test_a_file_that_the_suffix_leads_to_is_not_replaced_unasked(
    quick: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    suffix, save = SAVES[kind]
    there = tmp_path / f"work{suffix}"
    there.write_text("precious")
    starts: list[str] = []

    def name(_parent: QWidget, _title: str, start: str, *_: object) -> tuple[str, str]:
        starts.append(start)
        return (str(tmp_path / "work") if len(starts) == 1 else "", "")

    def keep() -> None:
        question = quick.window.findChildren(QMessageBox, "replace_question")[-1]
        asked.append(question.text())
        question.defaultButton().click()

    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", name)
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: keep())
    quick.run_through(steps=50)
    save(quick)
    assert asked == [f"work{suffix} is there already. Replace it?"]
    assert starts[1:] == [str(there)] and there.read_text() == "precious"


LONG = 255 * "a"
"""No file's name is as long with a suffix."""


@pytest.mark.parametrize(
    ("typed", "written"), [("a", "a.pdf"), ("a.pdf", "a.pdf"), ("v1.5", "v1.5.pdf"), (LONG, f"{LONG}.pdf")]
)
def test_a_name_without_the_suffix_gets_it(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, written: str
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), ""))
    assert file_to_save(QWidget(), "", "", "", ".pdf") == tmp_path / written
