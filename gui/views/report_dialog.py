"""Help: a report of a problem, shown as it is before anybody sends it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QPlainTextEdit, QWidget

from engine.files import write_whole
from engine.words.errors import Refusal, path_in_words
from gui.file_dialogs import file_to_save
from gui.layouts import in_column
from gui.plain_text import PlainLabel

from .dialog import Dialog

SUGGESTED = "margin-lab-report.txt"
WHAT = "What the lab runs on, and the end of its log: no data, titles or notes. What you delete here is not in it."


class ReportDialog(Dialog):
    """The text of a report, to be read, shortened, copied or saved; nothing is sent by itself."""

    def __init__(self, report: str, address: str, parent: QWidget | None = None) -> None:
        super().__init__("report_dialog", "Report a problem", QSize(720, 540), parent)
        self.text = QPlainTextEdit(report, self)
        self.text.setObjectName("report_text")
        self.text.setAccessibleName("The report")
        self.text.setAcceptDrops(False)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        to = address or "whoever gave you the lab"
        words = PlainLabel(f"{WHAT} Send it to {to}, with what you did and what happened.", self)
        words.setObjectName("report_words")
        words.setWordWrap(True)
        kinds = QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.copy_button = buttons.addButton("Copy", kinds.ActionRole)
        self.copy_button.setObjectName("report_copy")
        self.save_button = buttons.addButton("Save as…", kinds.ActionRole)
        self.save_button.setObjectName("report_save")
        self.done_label = PlainLabel("", self)
        self.done_label.setObjectName("report_done")
        self.done_label.setWordWrap(True)
        body = QWidget(self)
        in_column((words, self.text, self.done_label), body, spacing=6).setStretch(1, 1)
        self.fill(body, buttons)
        self.copy_button.clicked.connect(self.copy)
        self.save_button.clicked.connect(self.save_as)

    @Slot()
    def copy(self) -> None:
        """Put the text into the clipboard."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.done_label.setText("Copied.")

    @Slot()
    def save_as(self) -> None:
        """Ask for a name and write the text there."""
        path = file_to_save(self, "Save report", str(Path.home() / SUGGESTED), "Text (*.txt)", ".txt")
        if path is None:
            return
        try:
            write_whole(path, self.text.toPlainText())
        except Refusal as refusal:
            self.done_label.setText(str(refusal))
            return
        self.done_label.setText(f"Saved to {path_in_words(path)}.")


def screens() -> list[str]:
    """Describe every screen: its size in logical pixels, and how many of its own one of them is."""
    return [
        f"{screen.size().width()} x {screen.size().height()} at scale {screen.devicePixelRatio():g}, "
        f"{screen.logicalDotsPerInch():g} dots per inch, {QGuiApplication.platformName()}"
        for screen in QGuiApplication.screens()
    ]
