"""Pictures of what a network says over the plane: asked for one at a time, at the step looked at."""

from __future__ import annotations

import bisect
import math

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from engine.experiment.document import to_toml
from engine.messages import AskSurface, NoSurface, SurfaceReady

from .run_book import RunBook
from .run_view import RunView
from .store import Store
from .trainer import Trainer

QUEUED = Qt.ConnectionType.QueuedConnection
PAUSE = 400  # milliseconds between two pictures of a run under way


class Surfaces(QObject):
    """Asks the engine for surfaces while somebody looks."""

    surface_ready = Signal(object)
    no_surface = Signal(str)

    def __init__(self, trainer: Trainer, book: RunBook, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trainer, self._book, self._store = trainer, book, store
        self._watched = False
        self._marked: int | None = None
        self._replica, self._resolution = 0, 101
        self._request = 0
        self._under_way = False
        self._again = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._ask)
        engine = trainer.engine
        engine.surface_ready.connect(self._on_ready, QUEUED)
        engine.no_surface.connect(self._on_none, QUEUED)
        engine.engine_died.connect(self._on_died, QUEUED)
        trainer.engine_ready.connect(self._on_engine_ready)
        trainer.run_ended.connect(self._on_run_ended)
        book.selection_changed.connect(self._ask)
        book.records_arrived.connect(self._on_records)

    @Slot(bool)
    def watch(self, watched: bool) -> None:
        """Begin or end to look: without a watcher nothing is asked for."""
        self._watched = watched
        self._ask()

    @Slot(object)
    def mark(self, step: int | None) -> None:
        """Look at the snapshot nearest to a step, or at the latest state (None)."""
        if step != self._marked:
            self._marked = step
            self._ask()

    @Slot(int, int)
    def want(self, replica: int, resolution: int) -> None:
        """Choose the replica and how fine the picture is."""
        self._replica, self._resolution = replica, resolution
        self._ask()

    @Slot()
    def _ask(self) -> None:
        run = self._book.selected
        if not self._watched:
            return
        if run is None or not len(run.log.records):
            self.no_surface.emit(
                "Run an experiment with two inputs to see what the network says over the plane."
            )
            return
        if self._trainer.ready is None:
            self.no_surface.emit("The engine is warming up.")
            self._trainer.engine.start_engine()
            return
        if self._under_way:
            self._again = True
            return
        asked = self._question(run)
        if asked is None:
            self.no_surface.emit("No parameters of this run are kept at that step.")
            return
        self._under_way, self._again = True, False
        self._trainer.engine.send(asked)

    def _question(self, run: RunView) -> AskSurface | None:
        self._request += 1
        folder = str(run.document.folder) if run.document.folder is not None else None
        said = (self._request, run.id, to_toml(run.document), run.experiment_name, folder)
        replica = min(self._replica, run.experiment.replicas - 1)
        if run is self._trainer.current and self._marked is None and run.status != "starting":
            return AskSurface(*said, run.step, None, replica, self._resolution)
        step = nearest(run.snapshot_steps, self._marked if self._marked is not None else run.step)
        snapshot = self._store.snapshot(run.id, step) if step is not None else None
        if snapshot is None:
            return None
        return AskSurface(*said, snapshot.step, snapshot.arrays["theta"], replica, self._resolution)

    def _answered(self, request: int) -> bool:
        """Take note of an answer; say whether it is the one waited for."""
        if request != self._request:
            return False
        self._under_way = False
        if self._again:
            self._timer.start()
        return True

    @Slot(object)
    def _on_ready(self, message: SurfaceReady) -> None:
        if self._answered(message.request) and message.run == self._book.selected_id:
            self.surface_ready.emit(message)

    @Slot(object)
    def _on_none(self, message: NoSurface) -> None:
        if self._answered(message.request):
            self.no_surface.emit(message.sentence)

    @Slot(str)
    def _on_records(self, id: str) -> None:
        if (
            self._watched
            and self._marked is None
            and id == self._book.selected_id
            and not self._timer.isActive()
        ):
            self._timer.start()

    @Slot(str)
    def _on_run_ended(self, id: str) -> None:
        if id == self._book.selected_id:
            self._ask()

    @Slot(object)
    def _on_engine_ready(self, _ready: object) -> None:
        self._ask()

    @Slot(str)
    def _on_died(self, _sentence: str) -> None:
        self._under_way = self._again = False


def nearest(steps: list[int], wanted: int) -> int | None:
    """Return the step nearest to the wanted one on a log scale; None where there is none."""
    if not steps:
        return None
    place = bisect.bisect_left(steps, wanted)
    around = steps[max(0, place - 1) : place + 1]
    return min(around, key=lambda step: abs(math.log1p(step) - math.log1p(wanted)))
