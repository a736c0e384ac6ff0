"""What the drawing board asks the engine: what the network says over the plane, and every sample's margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from engine.experiment.data import DataSpec
from engine.protocol.pictures import Subject
from engine.protocol.samples import AskSamples, SamplesReady
from engine.protocol.surface import AskSurface, SurfaceReady

from .engine_query import EngineQuery
from .run import Run
from .surface_query import LATEST

if TYPE_CHECKING:
    from .session_model import SessionModel

PAUSE = 100  # milliseconds between two questions: a hand waits
RESOLUTION = 61
NO_RUN = "Margins appear once a run of these data has recorded a step."
OTHER_DATA = "The run looked at has other data than these."


class BoardQuery(QObject):
    """Asks about the run looked at, or the draft, as long as the board is open and shows what is asked for."""

    surface_changed = Signal(object)
    """A `SurfaceReady`; None: there is none of these data."""
    margins_changed = Signal(object, str)
    """Margins (N,), and whose they are; None, and why there are none."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._surfaces = EngineQuery(model, _surface, PAUSE, "", self)
        self._samples = EngineQuery(model, _samples, PAUSE, NO_RUN, self)
        for query in (self._surfaces, self._samples):
            query.follow(model.selection)
        self._surfaces.answered.connect(self._on_surface)
        self._surfaces.nothing.connect(self._on_no_surface)
        self._samples.answered.connect(self._on_samples)
        self._samples.nothing.connect(self._on_no_samples)

    def watch(self, *, surface: bool, margins: bool) -> None:
        """Ask for what is looked at, and for nothing else."""
        self._surfaces.watch(surface)
        self._samples.watch(margins)

    @Slot(object)
    def _on_surface(self, surface: SurfaceReady) -> None:
        self.surface_changed.emit(surface if _run_of_the_experiment(self._model) is not None else None)

    @Slot(str)
    def _on_no_surface(self, _sentence: str) -> None:
        self.surface_changed.emit(None)

    @Slot(object)
    def _on_samples(self, samples: SamplesReady) -> None:
        run = _run_of_these_samples(self._model)
        if run is None:
            self.margins_changed.emit(None, OTHER_DATA)
            return
        whose = f"margins of {run.name} at step {samples.step:,}"
        self.margins_changed.emit(samples.margins, whose)

    @Slot(str)
    def _on_no_samples(self, sentence: str) -> None:
        self.margins_changed.emit(None, sentence)


def sample_of_the_experiment(model: SessionModel) -> int | None:
    """Return the training sample that is chosen; None where it is of other data than the experiment's."""
    return None if _run_of_these_samples(model) is None else model.selection.sample


def _run_of_the_experiment(model: SessionModel) -> Run | None:
    """Return the run looked at where it is of the document that is edited."""
    run = model.run_list.looked_at
    return None if run is None or run.lineage != model.editor.edited.lineage else run


def _run_of_these_samples(model: SessionModel) -> Run | None:
    run = _run_of_the_experiment(model)
    same = run is not None and has_same_samples(run.experiment.data, model.editor.experiment.data)
    return run if same else None


def has_same_samples(data: DataSpec, other: DataSpec) -> bool:
    """Say whether two data sets have the same samples, whatever labels somebody gave them by hand."""
    labels: dict[str, object] = {"relabel": ()}
    return data.model_copy(update=labels) == other.model_copy(update=labels)


def _surface(_run: Run, subject: Subject) -> AskSurface:
    return AskSurface(subject, RESOLUTION, LATEST, None)


def _samples(_run: Run, subject: Subject) -> AskSamples:
    return AskSamples(subject)
