"""The tangent kernel of the step looked at, at a pace that leaves the engine to its training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine.protocol.kernel import AskKernel, KernelChoice
from engine.protocol.pictures import Subject

from .engine_query import EngineQuery
from .run import Run

if TYPE_CHECKING:
    from .session_model import SessionModel

PAUSE = 1000  # milliseconds between two kernels of a run under way, at least
BEFORE = "The tangent kernel appears once a run has recorded its first step."


class KernelQuery(QObject):
    """Asks the engine for kernels while somebody looks."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layer, self._normalised = "", False
        self._choice: KernelChoice = "step"
        self.query = EngineQuery(model, self._question, PAUSE, BEFORE, self)

    @Slot(str, str, bool)
    def want(self, choice: KernelChoice, layer: str, normalised: bool) -> None:
        """Choose which kernel: when, of which layer ('' for all), over its norm or not."""
        if (choice, layer, normalised) != (self._choice, self._layer, self._normalised):
            self._choice, self._layer, self._normalised = choice, layer, normalised
            self.query.ask()

    def _question(self, _run: Run, subject: Subject) -> AskKernel:
        return AskKernel(subject, self._layer, self._choice, self._normalised)
