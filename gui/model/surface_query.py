"""Pictures of what a network says over the plane, beside another predictor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from engine.protocol.pictures import Subject
from engine.protocol.surface import FIRST_PREDICTOR, AskSurface, SurfaceReady

from .engine_query import EngineQuery
from .run import Run

if TYPE_CHECKING:
    from .session_model import SessionModel

PAUSE = 400  # milliseconds between two pictures of a run under way
LATEST = "latest"
"""The predictor that is the run's own last state."""
LONG = 0.05
"""Seconds of an answer beyond which one that is coarser comes first while somebody scrubs."""
COARSEST = 26
"""Points a side of such a one, at least."""
REST = 300
"""Milliseconds without another step after which the whole picture is asked for."""
BEFORE = "The surface appears once a run with two inputs has recorded its first step."


class SurfaceQuery(QObject):
    """Asks for surfaces while somebody looks; where one takes long, for a coarse one of a stored step first."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trainer = model.trainer
        self._resolution, self._predictor = 101, FIRST_PREDICTOR[0]
        self._of: tuple[str, int, int] | None = None
        """The run, the stored step and the replica asked about last."""
        self._coarse = False
        """Whether the last answer was coarse."""
        self._pace: tuple[str, float] = ("", 0.0)
        """A run, and the seconds that a point of its surfaces takes, as far as is known."""
        self._rests = QTimer(self)
        self._rests.setSingleShot(True)
        self._rests.setInterval(REST)
        self.query = EngineQuery(model, self._question, PAUSE, BEFORE, self)
        self._rests.timeout.connect(self.query.ask)
        self.query.answered.connect(self._on_answered)

    @Slot(str, int)
    def want(self, predictor: str, resolution: int) -> None:
        """Choose what stands beside the network, and how fine the pictures are."""
        if (predictor, resolution) != (self._predictor, self._resolution):
            self._predictor, self._resolution = predictor, resolution
            self._pace = ("", 0.0)
            self.query.ask()

    def _question(self, run: Run, subject: Subject) -> AskSurface:
        latest = None
        # of a run under way the engine has the latest state itself
        steps = run.history.steps_of(subject.replica)
        if self._predictor == LATEST and run is not self._trainer.current and steps:
            latest = self.query.snapshot(run, steps[-1])
        every = self._every(run, subject)
        return AskSurface(subject, self._resolution, self._predictor, latest, every)

    @property
    def refines(self) -> bool:
        """Say whether a coarse picture is shown, and the whole one asked for."""
        return self._coarse and self.query.waits

    def refine(self) -> None:
        """Ask for the whole picture now where a coarse one is shown, whoever looks."""
        if self._coarse:
            self.query.ask_unwatched()

    def _every(self, run: Run, subject: Subject) -> int:
        """Return 1 for all points, or each so-manieth where all would be waited for: these are asked for after a rest.

        They are points of the whole picture, so that what is known at those of another predictor is known at these.
        """
        of = None if subject.theta is None else (run.id, subject.step, subject.replica)
        another, self._of = of is not None and of != self._of, of
        seconds = self._pace[1] if self._pace[0] == run.id else 0.0
        self._rests.stop()
        if not another:
            return 1
        between, chosen = self._resolution - 1, 1
        for every in range(1, between // (COARSEST - 1) + 1):
            if between % every == 0:
                chosen = every
                if seconds * (between // every + 1) ** 2 <= LONG:
                    break
        return chosen

    @Slot(object)
    def _on_answered(self, surface: SurfaceReady) -> None:
        pace = surface.seconds / len(surface.axis) ** 2
        known = self._pace[0] == surface.run
        # what is solved once for a run is part of the first answers alone
        self._pace = (surface.run, min(pace, self._pace[1]) if known else pace)
        self._coarse = surface.every > 1
        if self._coarse:
            self._rests.start()
