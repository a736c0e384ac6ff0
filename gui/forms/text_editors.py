"""Editors whose values are typed: lines, paths, words that are offered, rows of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPlainTextEdit, QToolButton, QWidget

from gui.file_dialogs import file_to_open, folder_to_open
from gui.plain_text import tooltip

from .editor import CalmComboBox
from .form_context import FormContext
from .typed_editor import TypedEditor


def _pop_up(menu: QMenu, actions: Sequence[QAction], event: QContextMenuEvent) -> None:
    """Show a standard menu with a field's own actions at its end."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addSeparator()
    menu.addActions(actions)
    menu.popup(event.globalPos())


def is_of_the_document(event: QEvent, can_undo: bool, can_redo: bool) -> bool:
    """Say whether a key is to undo or redo edits of the document, where a place of text has nothing of its own to.

    Qt's lines take both keys as theirs, also after what was typed has become an edit.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    keys = QKeySequence.StandardKey
    return (event.matches(keys.Undo) and not can_undo) or (event.matches(keys.Redo) and not can_redo)


class LineEdit(QLineEdit):
    """A line whose context menu ends with the field's own actions; it undoes what is typed and not settled."""

    escaped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(False)  # a file goes to the window, which opens it

    def show_text(self, text: str) -> None:
        """Let a text stand as one that nobody has typed: nothing of it can be taken back here."""
        if text != self.text() or self.isUndoAvailable() or self.isRedoAvailable():
            at, start, length = self.cursorPosition(), self.selectionStart(), self.selectionLength()
            same = text == self.text()
            self.setText(text)
            # a line that is not being edited shows its beginning
            self.setCursorPosition(at if self.hasFocus() else 0)
            if same and length:
                self.setSelection(start, length)
        self.setModified(False)

    def event(self, event: QEvent) -> bool:
        if is_of_the_document(event, self.isUndoAvailable(), self.isRedoAvailable()):
            event.ignore()
            return False
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        _pop_up(self.createStandardContextMenu(), self.actions(), event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.escaped.emit()
            return
        super().keyPressEvent(event)


class LineEditor(TypedEditor):
    """A line of text."""

    def __init__(
        self,
        line: LineEdit,
        read: Callable[[str], Any],
        write: Callable[[Any], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(read, write, parent)
        self.line = line

    def text(self) -> str:
        return self.line.text()

    def set_text(self, text: str) -> None:
        self.line.show_text(text)

    @property
    def typed(self) -> str:
        return self.line.text().strip() if self.held else ""

    def offer(self, action: QAction) -> None:
        super().offer(action)
        self.line.addAction(action)


class TextEditor(LineEditor):
    """A line edit for words or lists."""

    def __init__(
        self,
        read: Callable[[str], Any] = str.strip,
        write: Callable[[Any], str] = str,
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        line = LineEdit()
        super().__init__(line, read, write, parent)
        line.setPlaceholderText(placeholder)
        self._hold(line)
        line.editingFinished.connect(self._on_finished)
        line.escaped.connect(self._on_escaped)


class PathEditor(TextEditor):
    """A line edit for a file or a folder, with a button that looks for one."""

    def __init__(
        self, context: FormContext, filter: str = "", *, folder: bool = False, parent: QWidget | None = None
    ) -> None:
        self._what = "folder" if folder else "file"
        super().__init__(placeholder=f"choose a {self._what}", parent=parent)
        self._context = context
        self._filter = filter
        self._browse = QToolButton(self)
        self._browse.setText("…")  # a word would leave a narrow column no room for the path
        self._browse.setAccessibleName(f"Browse for a {self._what}")
        self._browse.setToolTip(tooltip(f"Browse for a {self._what}"))
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.setSpacing(4)
        layout.addWidget(self._browse)
        self._browse.clicked.connect(self._on_browse)

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        self.line.end(False)  # the end of a path tells more than its beginning

    def take(self, path: Path) -> None:
        """Settle on a path, relative to the experiment where it lies beside it."""
        folder = self._context.folder
        if folder is not None and path.is_relative_to(folder):
            path = path.relative_to(folder)
        self.say(path.as_posix())

    def say(self, text: str) -> None:
        """Settle on what might have been typed."""
        self.line.setText(text)
        self.commit()

    @Slot()
    def _on_browse(self) -> None:
        start = str((self._context.folder or Path.cwd()) / self.line.text())
        words = f"Choose a {self._what}"
        if self._what == "folder":
            name = folder_to_open(self.window(), words, start)
        else:
            name = file_to_open(self.window(), words, start, self._filter)
        if name:
            self.take(Path(name))


class FreeChoiceEditor(LineEditor):
    """A combo box that offers words and takes others."""

    def __init__(
        self,
        options: Sequence[str],
        read: Callable[[str], Any] = str.strip,
        write: Callable[[Any], str] = str,
        parent: QWidget | None = None,
    ) -> None:
        self.combo = CalmComboBox()
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(CalmComboBox.InsertPolicy.NoInsert)
        line = LineEdit()
        self.combo.setLineEdit(line)
        super().__init__(line, read, write, parent)
        self._hold(self.combo)
        self.set_options([(option, "") for option in options])
        line.editingFinished.connect(self._on_finished)
        line.escaped.connect(self._on_escaped)
        self.combo.activated.connect(self._on_activated)

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Offer these words, each with an explanation; what is typed stays."""
        self.combo.offer([(word, word, note) for word, note in options], self.line.text())

    @Slot(int)
    def _on_activated(self, _index: int) -> None:
        self.commit()


class _RowsEdit(QPlainTextEdit):
    left = Signal()
    escaped = Signal()

    def event(self, event: QEvent) -> bool:
        document = self.document()
        if is_of_the_document(event, document.isUndoAvailable(), document.isRedoAvailable()):
            event.ignore()
            return False
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers():
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        _pop_up(self.createStandardContextMenu(), self.actions(), event)


class TableEditor(TypedEditor):
    """Rows of numbers, one line each; read when it is left or with Shift+Return."""

    wide = True

    def __init__(self, read_row: Callable[[str], Any], parent: QWidget | None = None) -> None:
        super().__init__(self._read_rows, _rows_text, parent)
        self._read_row = read_row
        self.lines = _RowsEdit(self)
        self.lines.setTabChangesFocus(True)
        self.lines.setAcceptDrops(False)  # a file goes to the window
        self.lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.lines.setFixedHeight(self.lines.fontMetrics().lineSpacing() * 5 + 12)
        self._hold(self.lines)
        self.lines.left.connect(self._on_finished)
        self.lines.escaped.connect(self._on_escaped)

    def text(self) -> str:
        return self.lines.toPlainText()

    def set_text(self, text: str) -> None:
        if text != self.lines.toPlainText():
            self.lines.setPlainText(text)
        self.lines.document().clearUndoRedoStacks()

    def offer(self, action: QAction) -> None:
        super().offer(action)
        self.lines.addAction(action)

    def _read_rows(self, text: str) -> tuple[Any, ...]:
        return tuple(self._read_row(line) for line in text.splitlines() if line.strip())


def _rows_text(rows: Any) -> str:
    return "\n".join(", ".join([repr(v).removesuffix(".0") for v in row]) for row in rows)
