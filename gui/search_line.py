"""A line in which something is searched for: a click clears it, and it takes no file that is dropped."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget


class SearchLine(QLineEdit):
    """It takes no drops: it would show a file's name, and whoever moves a file would delete it."""

    def __init__(
        self, name: str, placeholder: str, parent: QWidget | None = None, accessible: str = ""
    ) -> None:
        """Make one.

        Args:
            name: its object name.
            placeholder: what stands in it while it is empty.
            parent: the owner.
            accessible: what a reader of screens calls it; '' for its placeholder.
        """
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible or placeholder)
        self.setPlaceholderText(placeholder)
        self.setClearButtonEnabled(True)
        self.setAcceptDrops(False)
