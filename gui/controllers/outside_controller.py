"""Asks before a file that was opened reads data from outside its folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from gui.model.outside_data import Outside
from gui.model.session_model import SessionModel
from gui.views.info_bar import InfoBar

from .file_controller import FileController
from .recovery import Recovery

KEY = "outside data"
ACTIONS = [("read", "Open and read it"), ("leave", "Leave it closed")]


class OutsideController(QObject):
    """Asks in one line of the window, and opens the file if it may read them."""

    def __init__(
        self, model: SessionModel, info: InfoBar, files: FileController, recovery: Recovery, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model, self._info, self._files, self._recovery = model, info, files, recovery
        self._asked: tuple[Outside, bool] | None = None
        model.outside.found.connect(self.ask)
        info.chosen.connect(self._on_chosen)

    @Slot(object, bool)
    def ask(self, outside: Outside, damaged: bool) -> None:
        """Ask whether a file may read data outside its folder, and whether to rescue it or to open it."""
        self._asked = outside, damaged
        sentence = f"{outside}. Nothing of that has been read; may it be?"
        self._info.ask(KEY, "ask", sentence, actions=ACTIONS)

    @Slot(str, str)
    def _on_chosen(self, key: str, action: str) -> None:
        if key != KEY or action != "read" or self._asked is None:
            return
        (outside, damaged), self._asked = self._asked, None
        self._model.outside.allow(outside.paths)
        if damaged:
            self._recovery.rescue(str(outside.file))
        else:
            self._files.open_path(Path(outside.file))
