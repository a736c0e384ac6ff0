"""The units of a layer at the step looked at and over stored steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine.protocol.neurons import AskNeurons, NeuronsReady
from engine.protocol.pictures import Subject

from .run import Run
from .step_rows import StepRows

if TYPE_CHECKING:
    from .session_model import SessionModel

BEFORE = "The units appear once a run has recorded its first step."


class NeuronsQuery(QObject):
    """Asks the engine for units while somebody looks."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layer = ""
        self._units: tuple[int, ...] | None = None
        self._units_of: tuple[str, str, int] = ("", "", 0)
        """The run, the layer and the replica whose units were chosen."""
        self.steps = StepRows(model, self._question, BEFORE, self)
        self.steps.query.answered.connect(self._on_answered)

    @Slot(str)
    def want(self, layer: str) -> None:
        """Choose a layer by its name; '' for the first."""
        if layer != self._layer:
            self._layer = layer
            self.steps.query.ask()

    def _question(self, run: Run, subject: Subject) -> AskNeurons:
        if (run.id, self._layer, subject.replica) != self._units_of:
            self._units, self._units_of = None, (run.id, self._layer, subject.replica)
        stored = self.steps.wanted(run, subject, self._layer)
        return AskNeurons(subject, self._layer, self._units, stored)

    @Slot(object)
    def _on_answered(self, picture: NeuronsReady) -> None:
        self._units = tuple(picture.units.tolist()) if picture.left_out else None
