"""The tangent kernel of the step looked at, at a pace that leaves the engine to its training."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from engine.protocol.messages import AskKernel, KernelChoice, KernelReady, NoKernel, Subject

from .engine_query import EngineQuery
from .run import Run
from .run_list import RunList
from .session_store import SessionStore
from .trainer import Trainer

PAUSE = 1000  # milliseconds between two kernels of a run under way, at least
BEFORE = "The tangent kernel appears once a run has recorded its first step."


class KernelQuery(QObject):
    """Asks the engine for kernels while somebody looks."""

    def __init__(
        self, trainer: Trainer, run_list: RunList, store: SessionStore, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._layer, self._normalised = "", False
        self._choice: KernelChoice = "step"
        self.query = EngineQuery(
            trainer, run_list, store, self._question, KernelReady, NoKernel, PAUSE, BEFORE, self
        )

    @Slot(str, str, bool)
    def want(self, choice: KernelChoice, layer: str, normalised: bool) -> None:
        """Choose which kernel: when, of which layer ('' for all), over its norm or not."""
        if (choice, layer, normalised) != (self._choice, self._layer, self._normalised):
            self._choice, self._layer, self._normalised = choice, layer, normalised
            self.query.ask()

    def _question(self, _run: Run, subject: Subject) -> AskKernel:
        return AskKernel(subject, self._layer, self._choice, self._normalised)
