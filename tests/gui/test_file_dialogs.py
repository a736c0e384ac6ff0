"""Every file dialog is in the theme of the window."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

import gui
from gui.file_dialogs import file_to_open, file_to_save, folder_to_open
from gui.theme import apply_theme

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
    file_to_save(parent, "", "", "")
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
