"""The singular values of every layer at the step looked at and over stored steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.protocol.layers import AskLayers
from engine.protocol.pictures import Subject

from .run import Run
from .step_rows import StepRows

if TYPE_CHECKING:
    from .session_model import SessionModel

BEFORE = "The singular values appear once a run has recorded its first step."


class LayersQuery(QObject):
    """Asks the engine for singular values while somebody looks."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.steps = StepRows(model, self._question, BEFORE, self)

    def _question(self, run: Run, subject: Subject) -> AskLayers:
        return AskLayers(subject, self.steps.wanted(run, subject))
