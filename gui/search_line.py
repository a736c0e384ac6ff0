"""A line in which something is searched for: a click clears it, and it takes no file that is dropped."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QWidget


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
        self._results: QAbstractItemView | None = None

    def lead_to(self, results: QAbstractItemView) -> None:
        """Let Down go from here to what is found."""
        self._results = results

    def keyPressEvent(self, event: QKeyEvent) -> None:
        results = self._results
        if results is None or event.key() != Qt.Key.Key_Down:
            super().keyPressEvent(event)
            return
        rows = range(results.model().rowCount())
        found = [
            index for index in (results.model().index(row, 0) for row in rows) if _is_found(results, index)
        ]
        if found:
            if results.currentIndex() not in found:
                results.setCurrentIndex(found[0])
            results.setFocus(Qt.FocusReason.TabFocusReason)


def _is_found(results: QAbstractItemView, index: QModelIndex) -> bool:
    """Say whether a row can be chosen: what says that nothing was found cannot, nor can what is hidden."""
    hidden = isinstance(results, QListView) and results.isRowHidden(index.row())
    return not hidden and bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)
