"""The filter of a table as it was last understood, and why it cannot be."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.words.errors import Refusal

from .arranging import condition_of
from .column import ColumnBook
from .expression import Condition


class FilterRead(QObject):
    """Understands filters; one that cannot be understood leaves the one before in force."""

    refused = Signal(str)
    """Why the filter cannot be understood; '' where it can."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.condition: Condition | None = None
        """What rows must meet; None: nothing."""
        self.refusal = ""

    def read(self, text: str, book: ColumnBook, *, all_known: bool = True) -> None:
        """Understand a filter of rows with these columns; all_known: no further column can come."""
        refusal = ""
        try:
            self.condition = condition_of(text, book)
        except Refusal as refused:
            refusal = str(refused) if all_known else ""
        if refusal != self.refusal:
            self.refusal = refusal
            self.refused.emit(refusal)
