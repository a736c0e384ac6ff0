"""Asks how a preset of one's own is called and what it says of itself."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from engine.experiment.document import About, Document
from gui.plain_text import PlainLabel

from .dialog import Dialog


class PresetDialog(Dialog):
    """A title and three texts; the experiment itself and its claims are taken as they are."""

    described = Signal(str, object)
    """The title, and an `About`."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__("preset_dialog", "Save as preset", QSize(520, 420), parent)
        self._about = document.about
        self.title = QLineEdit(document.base.title, self)
        self.title.setObjectName("preset_title")
        self.paper = QLineEdit(document.about.paper, self)
        self.paper.setObjectName("preset_paper")
        for line in (self.title, self.paper):
            line.setAcceptDrops(False)
        self.look_for = _text(document.about.look_for, "preset_look_for", self)
        self.notes = _text(document.about.notes, "preset_notes", self)
        count = len(document.claims)
        words = PlainLabel(
            f"{count or 'No'} claim{'' if count == 1 else 's'} of this experiment come along.", self
        )
        words.setProperty("role", "faint")
        body = QWidget(self)
        form = QFormLayout(body)
        form.addRow("Title", self.title)
        form.addRow("Paper", self.paper)
        form.addRow("Look for", self.look_for)
        form.addRow("Notes", self.notes)
        form.addRow("", words)
        buttons = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(buttons.Save | buttons.Cancel, self)
        box.setObjectName("preset_buttons")
        self._save = box.button(buttons.Save)
        box.accepted.connect(self.accept)
        self.fill(body, box, scrolls=True)
        self.title.textChanged.connect(self._on_title_changed)
        self.accepted.connect(self._on_accepted)
        self._on_title_changed(self.title.text())

    @Slot(str)
    def _on_title_changed(self, title: str) -> None:
        self._save.setEnabled(bool(title.strip()))
        self._save.setToolTip("" if title.strip() else "A preset needs a title.")

    @Slot()
    def _on_accepted(self) -> None:
        about = self._about.model_copy(
            update={
                "paper": self.paper.text().strip(),
                "look_for": self.look_for.toPlainText().strip(),
                "notes": self.notes.toPlainText().strip(),
            }
        )
        self.described.emit(self.title.text().strip(), About.model_validate(about.model_dump()))


def _text(text: str, name: str, parent: QWidget) -> QPlainTextEdit:
    edit = QPlainTextEdit(text, parent)
    edit.setObjectName(name)
    edit.setTabChangesFocus(True)
    edit.setAcceptDrops(False)
    return edit
