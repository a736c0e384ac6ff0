"""Pictures of what a network says over the plane, beside another predictor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine.protocol.pictures import Subject
from engine.protocol.surface import FIRST_PREDICTOR, AskSurface

from .engine_query import EngineQuery
from .run import Run

if TYPE_CHECKING:
    from .session_model import SessionModel

PAUSE = 400  # milliseconds between two pictures of a run under way
LATEST = "latest"
"""The predictor that is the run's own last state."""
BEFORE = "The surface appears once a run with two inputs has recorded its first step."


class SurfaceQuery(QObject):
    """Asks the engine for surfaces while somebody looks."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trainer = model.trainer
        self._resolution, self._predictor = 101, FIRST_PREDICTOR[0]
        self.query = EngineQuery(model, self._question, PAUSE, BEFORE, self)

    @Slot(str, int)
    def want(self, predictor: str, resolution: int) -> None:
        """Choose what stands beside the network, and how fine the pictures are."""
        if (predictor, resolution) != (self._predictor, self._resolution):
            self._predictor, self._resolution = predictor, resolution
            self.query.ask()

    def _question(self, run: Run, subject: Subject) -> AskSurface:
        latest = None
        # of a run under way the engine has the latest state itself
        steps = run.history.steps_of(subject.replica)
        if self._predictor == LATEST and run is not self._trainer.current and steps:
            latest = self.query.snapshot(run, steps[-1])
        return AskSurface(subject, self._resolution, self._predictor, latest)
