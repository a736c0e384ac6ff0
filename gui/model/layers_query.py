"""The singular values of every layer at the step looked at and over stored steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine.protocol.layers import AskLayers, LayersReady
from engine.protocol.pictures import Subject

from .engine_query import EngineQuery
from .run import Run
from .step_rows import StepRows

if TYPE_CHECKING:
    from .session_model import SessionModel

PAUSE = 400  # milliseconds between two pictures of a run under way, at least
BEFORE = "The singular values appear once a run has recorded its first step."


class LayersQuery(QObject):
    """Asks the engine for singular values while somebody looks."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.steps = StepRows(model, self)
        self.query = EngineQuery(model, self._question, PAUSE, BEFORE, self)
        self.steps.serve(self.query)
        self.query.answered.connect(self._on_answered)

    def _question(self, run: Run, subject: Subject) -> AskLayers:
        return AskLayers(subject, self.steps.wanted(run, subject))

    @Slot(object)
    def _on_answered(self, picture: LayersReady) -> None:
        self.steps.take(picture.stored, picture.seconds)
