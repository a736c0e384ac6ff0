"""Pictures that figures and films need, whatever the tabs show: asked of the engine one after the other, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.experiment.document import DocumentRef
from engine.figures.figure_file import PanelFields
from engine.figures.pictures import PICTURES, Asked
from engine.figures.thinning import evenly
from engine.protocol.messages import Message
from engine.protocol.pictures import NoPicture, Picture, Subject
from engine.protocol.records import TWIN
from engine.protocol.stored_steps import NO_STEPS, StoredSteps
from engine.protocol.surface import FIRST_PREDICTOR

from .engine_query import REQUESTS, nearest
from .run import Run

if TYPE_CHECKING:
    from .session_model import SessionModel

MOST_KEPT = 64
MOST_STEPS = 64
"""Stored steps that a picture runs over, evenly among all."""
BYTES = 2**23
"""Of parameters that are read for them."""


@dataclass(frozen=True)
class PictureKey:
    """What tells one picture from another."""

    shows: str
    run: str
    step: int
    replica: int
    comparator: str
    layer: str
    choice: str


class AskedPictures(QObject):
    """Asks for pictures at stored steps; says when an answer has come."""

    answered = Signal()

    def __init__(self, model: SessionModel, parent: QObject) -> None:
        super().__init__(parent)
        self._trainer, self._store = model.trainer, model.store
        self._known: dict[PictureKey, Picture | str] = {}
        self._waiting: dict[int, PictureKey] = {}
        self._trainer.engine.message_received.connect(self._on_message, Qt.ConnectionType.QueuedConnection)
        self._trainer.engine.engine_died.connect(self._on_died, Qt.ConnectionType.QueuedConnection)
        self._trainer.engine_ready.connect(self._on_ready)

    @property
    def predictors(self) -> Mapping[str, str]:
        """What can stand beside the network in a surface: titles by name."""
        return dict([FIRST_PREDICTOR]) if self._trainer.ready is None else self._trainer.ready.predictors

    def picture(self, run: Run, panel: PanelFields, step: int | None) -> Picture | str | None:
        """Return a picture of a run at the stored step nearest to one, or why there is none; None: it is asked for."""
        replica = panel.replica or 0
        if not 0 <= replica < run.experiment.replicas:
            return f"replica: {replica} must be from 0 to {run.experiment.replicas - 1}"
        steps = run.history.steps_of(replica)
        at = nearest(steps, step if step is not None else run.step)
        if at is None:
            return f"No parameters of “{run.name}” are kept, so there is no picture of it."
        key = PictureKey(panel.shows, run.id, at, replica, panel.comparator, panel.layer, panel.kernel)
        if key in self._known:
            return self._known[key]
        if key not in self._waiting.values():
            return self._ask(run, key, steps)
        return None

    def _ask(self, run: Run, key: PictureKey, steps: list[int]) -> str | None:
        ask = PICTURES[key.shows].ask
        if ask is None:
            return f"{PICTURES[key.shows].title} is drawn as its tab shows it."
        if self._trainer.ready is None:
            self._trainer.engine.start_engine()
            return None
        snapshot = self._store.snapshot(run.id, key.step)
        if snapshot is None:
            return f"No parameters of “{run.name}” are kept at step {key.step:,}."
        request = next(REQUESTS)
        document = DocumentRef.of(run.document, run.experiment_name, run.known_data(self._store.folder))
        theta, twin = snapshot.arrays["theta"], snapshot.arrays.get(TWIN)
        subject = Subject(request, run.id, document, key.step, theta, key.replica, twin)
        latest = self._store.snapshot(run.id, steps[-1])
        self._waiting[request] = key
        choice = "step" if key.choice not in ("start", "difference") else key.choice
        asked = Asked(
            subject,
            latest,
            key.comparator,
            key.layer,
            choice,  # type: ignore[arg-type]
            lambda: self._stored(run, key.replica, steps, theta.nbytes),
        )
        self._trainer.engine.send(ask(asked))
        return None

    def _stored(self, run: Run, replica: int, steps: list[int], size: int) -> StoredSteps:
        """Read a replica's parameters at some stored steps; those of all replicas have so many bytes."""
        most = max(2, min(MOST_STEPS, BYTES // max(size, 1)))
        chosen = (steps[place] for place in evenly(len(steps), most))
        found = {
            step: kept.arrays["theta"][replica]
            for step in chosen
            if (kept := self._store.snapshot(run.id, step))
        }
        return (
            StoredSteps(np.array(list(found), np.int64), np.stack(list(found.values())))
            if found
            else NO_STEPS
        )

    @Slot(object)
    def _on_message(self, message: Message) -> None:
        if isinstance(message, Picture | NoPicture) and message.request in self._waiting:
            key = self._waiting.pop(message.request)
            while len(self._known) >= MOST_KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[key] = message.sentence if isinstance(message, NoPicture) else message
            self.answered.emit()

    @Slot(str)
    def _on_died(self, _sentence: str) -> None:
        self._waiting.clear()
        self.answered.emit()

    @Slot(object)
    def _on_ready(self, _ready: object) -> None:
        self.answered.emit()
