"""Says that the engine hangs, and offers to end it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot

from gui.engine_thread import EngineThread
from gui.views.info_bar import InfoBar

KEY = "hanging"
HANGS = "The engine has given no sign of life for 5 seconds. It may come back; what was recorded is kept."
ENDED = "The engine gave no sign of life and was ended."


class EngineWatch(QObject):
    """One line of the window while the engine process hangs."""

    def __init__(self, engine: EngineThread, info: InfoBar, parent: QObject) -> None:
        super().__init__(parent)
        self._engine, self._info = engine, info
        queued = Qt.ConnectionType.QueuedConnection
        engine.hanging_changed.connect(self._on_hanging_changed, queued)
        engine.engine_died.connect(self._on_died, queued)
        info.chosen.connect(self._on_chosen)

    @Slot(bool)
    def _on_hanging_changed(self, hangs: bool) -> None:
        if hangs:
            self._info.ask(KEY, "ask", HANGS, actions=[("end_engine", "End the engine")])
        else:
            self._info.clear(KEY)

    @Slot(str)
    def _on_died(self, _sentence: str) -> None:
        self._info.clear(KEY)

    @Slot(str, str)
    def _on_chosen(self, key: str, action: str) -> None:
        if (key, action) == (KEY, "end_engine"):
            self._engine.kill(ENDED)
