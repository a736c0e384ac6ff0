"""The editor of `vary`: which numbers differ between replicas, and their values, one a replica."""

from __future__ import annotations

import itertools
import math
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from engine.words.formats import exact_number
from gui.plain_text import tooltip

from .editor import CalmComboBox, FieldEditor
from .parsing import UnreadableError
from .text_editors import LineEdit
from .tones import ToneLabel
from .typed_editor import TypedText
from .typed_numbers import parse_integer, parse_number, parse_numbers
from .vary_paths import VaryPath

MOST_COMBINATIONS = 1000
"""Replicas that a press of a button asks for."""


class _Entry(QWidget):
    """One varied number: a combo of paths and a line of values."""

    changed = Signal()
    removed = Signal(QObject)

    def __init__(self, path: str, values: list[Any], parent: QWidget) -> None:
        super().__init__(parent)
        self.path = path
        self._paths: dict[str, VaryPath] = {}
        self._typed = TypedText()
        self.combo = CalmComboBox(self)
        self.combo.setAccessibleName("number that differs between replicas")
        self.line = LineEdit(self)
        self.line.setAccessibleName("values, one per replica")
        self.remove = QToolButton(self)
        self.remove.setText("✕")
        self.remove.setAutoRaise(True)
        self.remove.setToolTip("The replicas share this number again")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        grid.addWidget(self.combo, 0, 0)
        grid.addWidget(self.remove, 0, 1)
        grid.addWidget(self.line, 1, 0, 1, 2)
        self.show_values(values)
        self.combo.activated.connect(self._on_chosen)
        self.line.editingFinished.connect(self._on_finished)
        self.remove.clicked.connect(self._on_removed)

    def show_paths(self, paths: tuple[VaryPath, ...], taken: set[str]) -> None:
        """Offer these numbers, but those that another entry has."""
        self._paths = {p.path: p for p in paths}
        offers = [(p.path, p.words, p.path) for p in paths if p.path == self.path or p.path not in taken]
        if self.path not in self._paths:
            offers.append((self.path, self.path, ""))
        self.combo.offer(offers, self.path)
        now = self._paths[self.path].now if self.path in self._paths else "1"
        self.line.setPlaceholderText(f"one value per replica (now {now})")
        self.combo.setToolTip(tooltip(self.path))

    def show_values(self, values: list[Any]) -> None:
        text = ", ".join(exact_number(v) if isinstance(v, float) else str(v) for v in values)
        self._typed.show(text)
        self.line.show_text(text)

    @property
    def held(self) -> bool:
        """Whether the line says something else than was shown."""
        return self.line.text() != self._typed.shown

    def forget(self) -> None:
        """Show the values shown last again in place of what is typed."""
        self._typed.show(self._typed.shown)
        self.line.show_text(self._typed.shown)

    @property
    def is_empty(self) -> bool:
        """Whether there are no values yet."""
        return not self.line.text().strip()

    def values(self) -> list[Any]:
        """Return what is typed.

        Raises:
            UnreadableError: where it is no list of such numbers.
        """
        known = self._paths.get(self.path)
        if known is not None and known.whole:
            return list(parse_numbers(self.line.text(), parse_integer))
        return list(parse_numbers(self.line.text(), parse_number))

    def commit(self) -> None:
        if self._typed.judge(self.line.text()):
            self.changed.emit()

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        path = self.combo.itemData(index)
        if path != self.path:
            self.path = path
            self.changed.emit()

    @Slot()
    def _on_finished(self) -> None:
        self.commit()

    @Slot()
    def _on_removed(self) -> None:
        self.removed.emit(self)


class VaryEditor(FieldEditor):
    """Adds, changes and removes varied numbers; an entry without values yet says nothing."""

    wide = True
    keeps_text = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paths: tuple[VaryPath, ...] = ()
        self._value: dict[str, list[Any]] = {}
        self._entries: list[_Entry] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self.add = QToolButton(self)
        self.add.setText("+ vary a number")
        self.add.setToolTip("<p>Give each replica its own value of a number</p>")
        self.combine = QToolButton(self)
        self.combine.setText("All combinations")
        self.combine.setVisible(False)
        self._count = ToneLabel(parent=self)
        foot = QHBoxLayout()
        foot.addWidget(self.add)
        foot.addStretch(1)
        foot.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._list)
        column.addLayout(foot)
        column.addWidget(self.combine, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFocusProxy(self.add)
        self.add.clicked.connect(self._on_add)
        self.combine.clicked.connect(self._on_combine)

    @property
    def entries(self) -> tuple[_Entry, ...]:
        """The varied numbers, in order."""
        return tuple(self._entries)

    def show_paths(self, paths: tuple[VaryPath, ...]) -> None:
        """Offer these numbers."""
        if paths != self._paths:
            self._paths = paths
            self._offer_paths()

    def show_value(self, value: Any) -> None:
        self._value = {path: list(values) for path, values in value.items()}
        filled = [e for e in self._entries if not e.is_empty]
        if [e.path for e in filled] != list(self._value):
            for entry in self._entries:
                self._drop(entry)
            self._entries = []
            for path, values in self._value.items():
                self._append(path, values)
        else:
            for entry in filled:
                entry.show_values(self._value[entry.path])
        self._offer_paths()

    @property
    def held(self) -> bool:
        return any(e.held or e.path not in self._value for e in self._entries if not e.is_empty)

    def forget(self) -> None:
        for entry in self._entries:
            entry.forget()

    def commit(self) -> None:
        for entry in self._entries:
            entry.commit()

    def _append(self, path: str, values: list[Any]) -> _Entry:
        entry = _Entry(path, values, self)
        entry.setObjectName(f"vary:{path}")
        entry.changed.connect(self._on_changed)
        entry.line.textChanged.connect(self._show_combinations)
        entry.removed.connect(self._on_entry_removed)
        self._entries.append(entry)
        self._list.addWidget(entry)
        return entry

    def _drop(self, entry: _Entry) -> None:
        self._list.removeWidget(entry)
        entry.setParent(None)
        entry.deleteLater()

    def _offer_paths(self) -> None:
        taken = {entry.path for entry in self._entries}
        for entry in self._entries:
            entry.show_paths(self._paths, taken)
        counts = {len(values) for values in self._value.values()}
        self._count.setText(" ≠ ".join(_replicas(c) for c in sorted(counts)))
        self.add.setEnabled(any(p.path not in taken for p in self._paths))
        self._show_combinations()

    @Slot()
    def _show_combinations(self) -> None:
        """Offer every value of one number with every value of the others, where two are varied."""
        try:
            counts = [len(dict.fromkeys(entry.values())) for entry in self._entries if not entry.is_empty]
        except UnreadableError:
            counts = []
        whole = math.prod(counts)
        self.combine.setVisible(len(counts) > 1)
        self.combine.setEnabled(whole <= MOST_COMBINATIONS)
        said = f"{' × '.join(map(str, counts))} = {_replicas(whole)}"
        most = f"; {MOST_COMBINATIONS:,} are the most" if whole > MOST_COMBINATIONS else ""
        self.combine.setToolTip(tooltip(f"Every value of one with every value of the others: {said}{most}"))

    def _tell(self) -> None:
        lists: dict[str, list[Any]] = {}
        for entry in self._entries:
            try:
                values = entry.values()
            except UnreadableError as error:
                self.unreadable.emit(f"{entry.path}: {error}")
                return
            if values:
                lists[entry.path] = values
        self.committed.emit(lists)

    @Slot()
    def _on_add(self) -> None:
        taken = {entry.path for entry in self._entries}
        free = next((p.path for p in self._paths if p.path not in taken), None)
        if free is not None:
            entry = self._append(free, [])
            self._offer_paths()
            entry.line.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_combine(self) -> None:
        entries = [entry for entry in self._entries if not entry.is_empty]
        lists = [dict.fromkeys(entry.values()) for entry in entries]
        columns = zip(*itertools.product(*lists), strict=True)
        self.committed.emit(dict(zip([entry.path for entry in entries], map(list, columns), strict=True)))

    @Slot()
    def _on_changed(self) -> None:
        self._offer_paths()
        self._tell()

    @Slot(QObject)
    def _on_entry_removed(self, entry: QObject) -> None:
        assert isinstance(entry, _Entry)
        self._entries.remove(entry)
        self._drop(entry)
        self._offer_paths()
        self._tell()


def _replicas(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"
