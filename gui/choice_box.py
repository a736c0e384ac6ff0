"""A combo box whose offers may change at any time, also while a person reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from gui.plain_text import tooltip

MOST_NOTES = 100
"""Options that are explained: a table may have thousands of columns."""
TIP = int(Qt.ItemDataRole.ToolTipRole)
Option = tuple[object, str] | tuple[object, str, str]


class Offer(NamedTuple):
    """One option of a box."""

    value: object
    words: str
    note: str = ""
    """Why it is there or what it does; '' for nothing to say."""


class ChoiceBox(QComboBox):
    """A combo box that is filled anew in one way: a list that is open stays as it is until it is closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers: list[Offer] = []
        self._wanted: tuple[list[Offer], object, int] | None = None
        self._is_open = False
        self._closed = QTimer(self, singleShot=True, interval=0)
        """Fires after a choice is told: Qt closes the list first, and then says what was chosen."""
        self._closed.timeout.connect(self._on_closed)
        self.activated.connect(self._keep_choice)

    def offer(self, options: Iterable[Option], value: object, otherwise: int = -1) -> None:
        """Offer values with their words and notes, with one of them chosen; what is typed in the box stays.

        Args:
            options: the values, each with its words and, where there is something to say, a note.
            value: the one that is chosen.
            otherwise: the place chosen where that is not offered; none is for -1.
        """
        self._take([Offer(*option) for option in options], value, otherwise)

    def _take(self, offers: list[Offer], value: object, otherwise: int) -> None:
        if self._is_open:
            self._wanted = offers, value, otherwise
            return
        typed = self.currentText()
        if [(offer.value, offer.words) for offer in offers] != [(o.value, o.words) for o in self._offers]:
            self.clear()
            for place, offer in enumerate(offers):
                self.addItem(offer.words, offer.value)
                if offer.note and place < MOST_NOTES:
                    self.setItemData(place, tooltip(offer.note), TIP)
        self._offers = offers
        place = place_of(value, offers)
        self.setCurrentIndex(otherwise if place < 0 else place)
        if self.isEditable():
            self.setEditText(typed)

    def offered(self, place: int) -> object:
        """Return the value at a place of the list."""
        return self._offers[place].value

    def showPopup(self) -> None:
        self._closed.stop()
        self.view().installEventFilter(self)
        super().showPopup()
        self._is_open = self.view().isVisible()  # a box without options opens nothing

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide and self._is_open and watched is self.view():
            self._closed.start()
        return super().eventFilter(watched, event)

    @Slot(int)
    def _keep_choice(self, place: int) -> None:
        if self._wanted is not None and 0 <= place < len(self._offers):
            offers, _, otherwise = self._wanted
            self._wanted = offers, self._offers[place].value, otherwise

    @Slot()
    def _on_closed(self) -> None:
        self._is_open = False
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self._take(*wanted)


def place_of(value: object, offers: Iterable[Offer]) -> int:
    """Return where a value stands, 0 and False being two; -1 where it does not."""
    return next(
        (k for k, known in enumerate(offers) if known.value == value and type(known.value) is type(value)), -1
    )
