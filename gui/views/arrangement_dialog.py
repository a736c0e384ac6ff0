"""Asks how the arrangement of the window is called; those that have names can be deleted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QListWidget, QPushButton, QWidget

from gui.layouts import in_column
from gui.plain_text import PlainLabel

from .dialog import Dialog


class ArrangementDialog(Dialog):
    """A name, and the names that there are."""

    named = Signal(str)
    forgotten = Signal(str)

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__("arrangement_dialog", "Keep the arrangement", QSize(380, 300), parent)
        self.name = QLineEdit(self)
        self.name.setObjectName("arrangement_name")
        self.name.setAcceptDrops(False)
        self.name.setPlaceholderText("such as: two screens")
        called = PlainLabel("&Name", self)
        called.setBuddy(self.name)
        self.list = QListWidget(self)
        self.list.setObjectName("arrangements")
        self.list.addItems(list(names))
        kept = PlainLabel("&Kept by now; one of the same name is replaced", self)
        kept.setBuddy(self.list)
        self.delete_button = QPushButton("&Delete", self)
        self.delete_button.setObjectName("arrangement_delete")
        self.delete_button.setAutoDefault(False)
        body = QWidget(self)
        in_column((called, self.name, kept, self.list, self.delete_button), body, spacing=6)
        buttons = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(buttons.Save | buttons.Cancel, self)
        self._save = box.button(buttons.Save)
        box.accepted.connect(self.accept)
        self.fill(body, box)
        self.name.textChanged.connect(self._show_possible)
        self.list.currentTextChanged.connect(self._on_chosen)
        self.delete_button.clicked.connect(self._on_delete)
        self.accepted.connect(self._on_accepted)
        self._show_possible()
        self.name.setFocus()

    @Slot()
    def _show_possible(self) -> None:
        self._save.setEnabled(bool(self.name.text().strip()))
        self.delete_button.setEnabled(self.list.currentItem() is not None)

    @Slot(str)
    def _on_chosen(self, name: str) -> None:
        self.name.setText(name)
        self._show_possible()

    @Slot()
    def _on_delete(self) -> None:
        item = self.list.takeItem(self.list.currentRow())
        if item is not None:
            self.forgotten.emit(item.text())
        self._show_possible()

    @Slot()
    def _on_accepted(self) -> None:
        self.named.emit(self.name.text().strip())
