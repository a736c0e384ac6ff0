"""An editor that ticks some of several names, or a word that stands for a choice of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from .editor import CheckBox, FieldEditor
from .flow import FlowLayout


class _NameBox(CheckBox):
    """A check box that says which name it stands for."""

    ticked = Signal(str, bool)

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.name = name
        self.clicked.connect(self._on_clicked)

    @Slot(bool)
    def _on_clicked(self, checked: bool) -> None:
        self.ticked.emit(self.name, checked)


class CheckEditor(FieldEditor):
    """Check boxes for names; `word` ('auto') is a box of its own or ('all') means every box."""

    wide = True

    def __init__(
        self,
        names: Mapping[str, str],
        word: str = "",
        word_title: str = "",
        *,
        word_means_all: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._word = word
        self._means_all = word_means_all
        self._value: Any = ()
        self._boxes: dict[str, _NameBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._word_box: QCheckBox | None = None
        if word and not word_means_all:
            self._word_box = CheckBox(word_title or word, self)
            self._word_box.clicked.connect(self._on_word_clicked)
            column.addWidget(self._word_box)
        self._flow = FlowLayout(spacing=4, even=True)
        column.addLayout(self._flow)
        self.set_names(names)

    def set_names(self, names: Mapping[str, str]) -> None:
        """Offer these names, with their titles, in this order."""
        if {n: b.text() for n, b in self._boxes.items()} == dict(names) and list(self._boxes) == list(names):
            return
        for box in self._boxes.values():
            self._flow.removeWidget(box)
            box.setParent(None)
            box.deleteLater()
        self._boxes = {name: _NameBox(name, title, self) for name, title in names.items()}
        for box in self._boxes.values():
            box.ticked.connect(self._on_ticked)
            self._flow.addWidget(box)
        first = self._word_box or next(iter(self._boxes.values()), None)
        if first is not None:
            self.setFocusProxy(first)
        self.show_value(self._value)

    def box(self, name: str) -> QCheckBox | None:
        """Return the box of a name, or of the word."""
        return self._word_box if name == self._word else self._boxes.get(name)

    def show_value(self, value: Any) -> None:
        self._value = value
        by_word = value == self._word and bool(self._word)
        if self._word_box is not None:
            self._word_box.setChecked(by_word)
        for name, box in self._boxes.items():
            box.setEnabled(self._means_all or not by_word)
            box.setChecked(by_word or name in value)

    @Slot(bool)
    def _on_word_clicked(self, checked: bool) -> None:
        self.committed.emit(self._word if checked else tuple(self._boxes))

    @Slot(str, bool)
    def _on_ticked(self, name: str, checked: bool) -> None:
        before = set(self._boxes) if self._value == self._word else set(self._value)
        after = before | {name} if checked else before - {name}
        chosen = tuple(n for n in self._boxes if n in after)
        everything = self._means_all and len(chosen) == len(self._boxes)
        self.committed.emit(self._word if everything else chosen)
