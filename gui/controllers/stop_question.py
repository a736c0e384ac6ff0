"""Asks before a run under way is stopped by what is not about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from gui.model.session_model import SessionModel
from gui.views.info_bar import InfoBar

KEY = "stop"


class StopQuestion(QObject):
    """One line over the plots: whoever would stop a run says so first, and does it when that is chosen."""

    def __init__(self, model: SessionModel, info: InfoBar, parent: QObject) -> None:
        super().__init__(parent)
        self._trainer, self._info = model.trainer, info
        self._stop: Callable[[], object] | None = None
        self._keep: Callable[[], object] | None = None
        info.chosen.connect(self._on_chosen)
        model.trainer.state_changed.connect(self._on_state_changed)

    def ask(
        self,
        ends: str,
        button: str,
        stop: Callable[[], object],
        keep: tuple[str, Callable[[], object]] | None = None,
    ) -> bool:
        """Ask whether a run under way is to be stopped; say whether that is asked, as it is where there is one.

        Args:
            ends: when the run would end: 'if another session is opened'.
            button: what the button that stops it says.
            stop: what is done then.
            keep: what the other button says, and what is done where the run goes on; None: nothing.
        """
        run = self._trainer.current
        if run is None or self._trainer.state in ("idle", "stopping"):
            self._info.clear(KEY)
            return False
        words, self._keep = keep or ("Keep it going", None)
        self._stop = stop
        sentence = f"{run.name} is under way, at step {run.step:,} of {run.steps:,}. It ends {ends}."
        self._info.ask(KEY, "ask", sentence, actions=[("stop", button), ("keep", words)])
        return True

    @Slot(str, str)
    def _on_chosen(self, key: str, action: str) -> None:
        if key != KEY:
            return
        chosen = {"stop": self._stop, "keep": self._keep}.get(action)
        self._stop = self._keep = None
        if chosen is not None:
            chosen()

    @Slot()
    def _on_state_changed(self) -> None:
        if self._trainer.state == "idle":  # what would have ended has
            self._stop = self._keep = None
            self._info.clear(KEY)
