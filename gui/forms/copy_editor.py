"""The editor of a copy that an experiment has of its data file: what there is, and one button."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from engine.experiment.data import CopiedSpec
from engine.experiment.data.embedded import size_of
from engine.words.errors import Refusal
from engine.words.formats import byte_size
from gui.model.patience import in_background
from gui.plain_text import PlainLabel

from .editor import FieldEditor
from .form_context import FormContext


class CopyEditor(FieldEditor):
    """Says how large a copy is; takes one, or takes it out."""

    def __init__(self, context: FormContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._copy = ""
        self._words = PlainLabel("", self)
        self._button = QPushButton("Embed", self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._button)
        self.setFocusProxy(self._button)
        self._button.clicked.connect(self._on_clicked)

    def show_value(self, value: Any) -> None:
        self._copy = str(value)
        self._words.setText(byte_size(size_of(self._copy)) if self._copy else "no copy")
        self._button.setText("Take out" if self._copy else "Embed")

    @Slot()
    def _on_clicked(self) -> None:
        """Take a copy of the file as it is now, or take the copy out."""
        if self._copy:
            self.committed.emit("")
            return
        experiment, folder = self._context.experiment, self._context.folder or Path()
        if experiment is None or not isinstance(experiment.data, CopiedSpec):
            return
        data = experiment.data

        def copy() -> str:
            from engine.data.recognition import with_copy

            return str(getattr(with_copy(data, folder), "embedded", ""))

        try:
            self.committed.emit(in_background(copy))
        except Refusal as refusal:
            self.unreadable.emit(str(refusal).removeprefix(f"{refusal.field}: "))
