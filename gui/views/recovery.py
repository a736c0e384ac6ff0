"""Offers sessions back that were never saved, in a line of the window instead of a box."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from engine.experiment.refusals import Refusal
from engine.session import Abandoned
from gui.session_model import SessionModel

from .info_bar import InfoBar

KEY = "abandoned:"
MOST_OFFERED = 2
MOST_NAMED = 3


class Recovery(QObject):
    """Asks once after the start, and does what is chosen."""

    def __init__(self, model: SessionModel, info: InfoBar, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._info = model, info
        info.chosen.connect(self._on_chosen)

    @Slot()
    def offer(self) -> None:
        """Show a line for each of the latest unsaved sessions."""
        for abandoned in reversed(self._model.abandoned()[:MOST_OFFERED]):
            self._info.ask(
                f"{KEY}{abandoned.path}",
                "ask",
                described(abandoned),
                actions=[("restore", "Restore"), ("discard", "Discard")],
            )

    @Slot(str, str)
    def _on_chosen(self, key: str, action: str) -> None:
        if not key.startswith(KEY):
            return
        path = Path(key.removeprefix(KEY))
        try:
            if action == "restore":
                self._model.recover(path)
            elif action == "discard":
                self._model.discard_abandoned(path)
        except Refusal as refusal:
            self._info.tell("bad", str(refusal))


def described(abandoned: Abandoned) -> str:
    """Say which session it is."""
    names = ", ".join(abandoned.runs[:MOST_NAMED]) + (", …" if len(abandoned.runs) > MOST_NAMED else "")
    count = len(abandoned.runs)
    runs = f"with {count} run{'' if count == 1 else 's'} ({names})" if count else "without runs"
    return f"A session of {abandoned.changed:%d %B, %H:%M}, {runs}, was never saved."
