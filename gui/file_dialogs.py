"""Dialogs that ask for a file or a folder, in the window's own theme."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QWidget

from .theme import theme


def file_to_open(parent: QWidget, title: str, start: str, kinds: str) -> str:
    """Return the file that is chosen, '' for none."""
    return QFileDialog.getOpenFileName(parent, title, start, kinds, "", _options())[0]


def file_to_save(parent: QWidget, title: str, start: str, kinds: str) -> str:
    """Return the name to write to, '' for none."""
    return QFileDialog.getSaveFileName(parent, title, start, kinds, "", _options())[0]


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
