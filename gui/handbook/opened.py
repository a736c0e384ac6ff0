"""Opens the handbook over a window: one at a time."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def open_handbook(window: QWidget, place: str) -> None:
    """Show a place of the handbook, such as 'theory#95-adam'; '?words' searches, '' brings it to the front as it is."""
    from .handbook_dialog import HandbookDialog  # not before somebody reads

    open_ones = [dialog for dialog in window.findChildren(HandbookDialog) if dialog.isVisible()]
    dialog = open_ones[0] if open_ones else HandbookDialog(window)
    dialog.show()  # what is marked is brought into sight of a page that has its size
    dialog.raise_()
    dialog.activateWindow()
    if place.startswith("?"):
        dialog.search.setText(place.removeprefix("?"))
    elif place:
        dialog.open_place(place)
