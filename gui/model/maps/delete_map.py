"""Takes a map out of its session, and brings it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from .lab_map import LabMap

if TYPE_CHECKING:
    from .maps import Maps


class DeleteMap(QUndoCommand):
    """Take a map out with its points, so that it can come back."""

    def __init__(self, maps: Maps, known: LabMap) -> None:
        super().__init__("Delete the map")
        self._maps, self._known = maps, known

    def redo(self) -> None:
        self._maps.take_out(self._known)

    def undo(self) -> None:
        self._maps.put_back(self._known)
