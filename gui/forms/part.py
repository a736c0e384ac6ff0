"""What forms and the forms within them know of one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.words.errors import Refusal

from .form_context import FormContext
from .row import Row

SPACING = 4
"""Between rows."""


class Part(QWidget):
    """Rows of a form that belong together; says `edited` with a field's dotted path and its value."""

    edited = Signal(str, object)

    def show_value(self, value: Any, default: Any = None, *, discard: bool = False) -> None:
        """Show a model's value; `discard` drops what is typed and was refused."""
        raise NotImplementedError

    def turn_into(self, model: type[BaseModel]) -> None:
        """Become the rows of another kind at the same path: what both have stays, and is shown anew after that."""
        raise NotImplementedError

    def prepare(self, value: Any, default: Any = None) -> None:
        """Make what another kind of value needs, out of sight, before it is shown."""
        raise NotImplementedError

    def polish(self) -> None:
        """Dress what was prepared, out of sight: that takes as long as making it."""
        raise NotImplementedError

    def rows(self) -> Iterator[Row]:
        """Return every row there is by now."""
        raise NotImplementedError

    def row(self, path: str) -> Row | None:
        """Return the row of a dotted path; None where it is none of these."""
        raise NotImplementedError

    def unfold(self) -> None:
        """Show 'more…' where the context says so."""
        raise NotImplementedError

    def refuse(self, refusal: Refusal) -> Row | None:
        """Show a refusal at the field it is about; return its row, if it has one here."""
        raise NotImplementedError


class PartMaker(Protocol):
    """Makes the rows of a model at a dotted path."""

    def __call__(
        self, model: type[BaseModel], prefix: str, context: FormContext, *, indent: int, parent: QWidget
    ) -> Part: ...
