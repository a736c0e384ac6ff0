"""Typed text: it stays until the model has taken it, or Escape; what cannot be read stays, with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from .editor import FieldEditor
from .parsing import UnreadableError


class TypedText:
    """What was shown last in a place where text is typed, and what of the typed text was judged already."""

    def __init__(self) -> None:
        self.shown = ""
        self._judged = ""

    def show(self, text: str) -> None:
        """Remember what is shown; it needs no judging."""
        self.shown = self._judged = text

    def judge(self, text: str) -> bool:
        """Say whether a text is to be judged now: each is once."""
        fresh = text != self._judged
        self._judged = text
        return fresh


class TypedEditor(FieldEditor):
    """Text that is read when it is left; the kinds of editors say where it is typed."""

    keeps_text = True

    def __init__(
        self, read: Callable[[str], Any], write: Callable[[Any], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._read = read
        self._write = write
        self._value: Any = None
        self._typed = TypedText()

    def text(self) -> str:
        """Return what stands in the editor."""
        raise NotImplementedError

    def set_text(self, text: str) -> None:
        """Let a text stand in the editor, as one that nobody has typed."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        text = self._write(value)
        self._value = value
        self._typed.show(text)
        self.set_text(text)

    @property
    def held(self) -> bool:
        return self.text() != self._typed.shown

    def commit(self) -> None:
        text = self.text()
        if not self._typed.judge(text):
            return
        try:
            value = self._read(text)
        except UnreadableError as error:
            self.unreadable.emit(str(error))
        else:
            self.committed.emit(value)

    def forget(self) -> None:
        if self.held:
            self._typed.show(self._typed.shown)
            self.set_text(self._typed.shown)

    @Slot()
    def _on_finished(self) -> None:
        self.commit()

    @Slot()
    def _on_escaped(self) -> None:
        # commits the value there was: whatever was said of the text is void
        self._typed.show(self._typed.shown)
        self.set_text(self._typed.shown)
        self.committed.emit(self._value)
