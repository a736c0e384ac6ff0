"""Dialogs that ask for a file or a folder, in the window's own theme."""

from __future__ import annotations

from os.path import exists
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from .theme import theme


def file_to_open(parent: QWidget, title: str, start: str, kinds: str) -> str:
    """Return the file that is chosen, '' for none."""
    return QFileDialog.getOpenFileName(parent, title, start, kinds, "", _options())[0]


def file_to_save(parent: QWidget, title: str, start: str, kinds: str, suffix: str) -> Path | None:
    """Return the file to write, None for none; a name without the suffix gets it.

    The dialog asks before the file of the name that was typed is replaced. Where that gets the suffix, another file
    would be written: about that one the lab asks.
    """
    while True:
        name = QFileDialog.getSaveFileName(parent, title, start, kinds, "", _options())[0]
        if not name:
            return None
        path = Path(name) if name.endswith(suffix) else Path(name + suffix)
        if str(path) == name or not exists(path) or _may_be_replaced(parent, title, path):
            return path
        start = str(path)


def _may_be_replaced(parent: QWidget, title: str, path: Path) -> bool:
    """Ask whether a file may be replaced; whoever presses Enter or Escape keeps it."""
    question = QMessageBox(parent)
    question.setObjectName("replace_question")
    question.setIcon(QMessageBox.Icon.Warning)
    question.setWindowTitle(title)
    question.setTextFormat(Qt.TextFormat.PlainText)
    question.setText(f"{path.name} is there already. Replace it?")
    replace = question.addButton("&Replace", QMessageBox.ButtonRole.DestructiveRole)
    keep = question.addButton("&Keep it", QMessageBox.ButtonRole.RejectRole)
    question.setDefaultButton(keep)
    question.setEscapeButton(keep)
    question.exec()
    chosen = question.clickedButton()
    question.deleteLater()
    return chosen is replace


def folder_to_open(parent: QWidget, title: str, start: str) -> str:
    """Return the folder that is chosen, '' for none."""
    return QFileDialog.getExistingDirectory(
        parent, title, start, QFileDialog.Option.ShowDirsOnly | _options()
    )


def _options() -> QFileDialog.Option:
    """Return Qt's own dialog where the window is not dressed as the system: the system's would be."""
    if theme().mode == "system":
        return QFileDialog.Option(0)
    return QFileDialog.Option.DontUseNativeDialog
