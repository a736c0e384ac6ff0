"""Every training sample's margin at the step looked at and over stored steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine.protocol.pictures import Subject
from engine.protocol.samples import AskSamples, SamplesReady

from .run import Run
from .step_rows import StepRows

if TYPE_CHECKING:
    from .session_model import SessionModel

BEFORE = "The samples' margins appear once a run has recorded its first step."


class SamplesQuery(QObject):
    """Asks the engine for margins while somebody looks."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._selection = model.selection
        self._samples: tuple[int, ...] | None = None
        self._samples_of: tuple[str, int] = ("", 0)
        """The run and the replica whose samples were chosen."""
        self.steps = StepRows(model, self._question, BEFORE, self)
        self.steps.query.answered.connect(self._on_answered)
        self._selection.sample_chosen.connect(self._on_sample_chosen)

    def _question(self, run: Run, subject: Subject) -> AskSamples:
        if (run.id, subject.replica) != self._samples_of:
            self._samples, self._samples_of = None, (run.id, subject.replica)
        stored = self.steps.wanted(run, subject)
        return AskSamples(subject, self._samples, stored, self._selection.sample)

    @Slot(object)
    def _on_answered(self, picture: SamplesReady) -> None:
        few = len(picture.samples) < len(picture.margins)
        self._samples = tuple(picture.samples.tolist()) if few else None

    @Slot(object)
    def _on_sample_chosen(self, sample: int | None) -> None:
        """Ask for the raw point of the sample chosen."""
        if sample is not None:
            self.steps.query.ask()
