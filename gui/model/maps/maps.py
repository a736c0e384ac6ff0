"""The maps of the session at hand: one is looked at, and one at a time is trained."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QUndoStack

from engine.experiment.data import DataSpec
from engine.experiment.document import Document
from engine.protocol.points import PointResult
from engine.session.session_maps import SessionMaps
from engine.session.sweeps import are_alike, stored
from engine.sweep.workers import Workers
from engine.words.errors import Refusal
from engine.words.formats import told_apart

from ..latest_work import LatestWork
from ..patience import SHORT, at_work, breathe
from ..session_store import SessionStore
from . import where
from .delete_map import DeleteMap
from .elsewhere import KnownElsewhere
from .lab_map import RUN, LabMap, ReadMap, document_of, those_of_other_files
from .leaving import Leaving
from .map_claims import MapClaims
from .map_training import Ended, MapTraining, Over, Prepared

LOOK, SOON = 100, 10
"""Milliseconds between two looks at what ended; where more has come than one look takes up."""
LAST_WORDS = 3.0
"""Seconds that a map which is stopped may take to tell what has ended; the window goes on meanwhile."""
WORKERS_END = 8.0
"""Seconds that the workers of all maps may take to end, together; what they do has shorter ends of its own."""


class Maps(QObject):
    """Lists, shows and trains maps."""

    listed = Signal()
    """Which maps there are, or which of them is looked at."""
    points_changed = Signal()
    """What is known of the points of the map looked at."""
    state_changed = Signal()
    """How the training of a map stands."""
    refused = Signal(object)
    """Why a map cannot be trained: a Refusal."""

    def __init__(self, store: SessionStore, undo_stack: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._undo_stack = store, undo_stack
        self.maps: dict[str, LabMap] = {}
        self._of: SessionMaps | None = None
        """Those of the session whose maps they are."""
        self.shown: LabMap | None = None
        """The map looked at."""
        self.under_way: LabMap | None = None
        """The map that is being trained."""
        self.where = where.Where()
        self.make_workers: Callable[[Document, Iterable[DataSpec]], Workers] = self.where.workers
        self.claims = MapClaims(self)
        self._training: MapTraining | None = None
        self._leaving: list[MapTraining] = []
        """Those that are over, whose workers are still ending."""
        self._gone = Leaving(self)
        self._reading = LatestWork(self)
        self._reading.done.connect(self._on_read)
        self._looking = LatestWork(self)
        self._looking.done.connect(self._on_looked)
        self._elsewhere = KnownElsewhere(self)
        self._ready = LatestWork(self)
        """Starts processes."""
        self._elsewhere.counted.connect(self.state_changed)
        self._look = QTimer(self)
        self._look.setInterval(LOOK)
        self._look.timeout.connect(self._on_look)
        store.replaced.connect(self._on_replaced)
        self.listed.connect(self._on_points_changed)
        self.points_changed.connect(self._on_points_changed)

    @Slot()
    def _on_points_changed(self) -> None:
        self.claims.look_at(self.shown)

    # --- where they are trained ---

    @Slot(str)
    def train_at(self, place: str) -> None:
        """Train at a place from now on, in later sessions too."""
        self.where.choose(place)

    def expect(self, document: Document) -> None:
        """See that processes of this machine are ready for a document's map, which somebody looks at."""
        if document.sweep is not None and self.under_way is None and self.is_to_train(document):
            self._ready.ask(self.where.warm)

    @property
    def staff(self) -> tuple[str, str]:
        """Say what trains by now, and return the address of its dashboard; '' for none."""
        training = self._training
        if training is None or self.under_way is None or self.under_way.state == "preparing":
            return "", ""
        if self.where.place.startswith(where.HERE) and self.under_way.progress is None:
            return "processes start, and train the first runs", ""
        if training.staff is None:
            return f"{self.where.place}: its workers are called", ""
        told = f" ({training.told})" if training.told and self.where.place != where.HERE else ""
        return f"{where.staff_words(training.staff)}{told}", training.staff.dashboard

    # --- how it stands, for people ---

    @property
    def shown_id(self) -> str:
        """Return the id of the map looked at; '' for none."""
        return "" if self.shown is None else self.shown.id

    @property
    def kept(self) -> SessionMaps | None:
        """Return what the session has of maps; None without a session."""
        return None if self._store.at_hand is None else self._store.at_hand.maps

    def of(self, document: Document) -> LabMap | None:
        """Return the map of a document's points; None where there is none yet."""
        return next((known for known in self.maps.values() if are_alike(known.document, document)), None)

    def known(self, document: Document) -> int:
        """Return how many runs of a document's map are known already, those of other maps included once counted."""
        known = self.of(document)
        id, own = ("", 0) if known is None else (known.id, known.table.known)
        if known is not None and known.is_complete:
            return own
        return own + self._elsewhere.of(self.kept, id, document, own)

    def is_to_train(self, document: Document) -> bool:
        """Say whether a document's map has points that are not known."""
        known = self.of(document)
        return known is None or not known.is_read or not known.is_complete

    def word_for(self, document: Document) -> str:
        """Return what training a document's map is called: it begins, or goes on."""
        known = self.of(document)
        return RUN if known is None else known.word

    @property
    def share(self) -> float:
        """Return how much is done of the map under way, else of the one looked at, 0 to 1."""
        of = self.under_way or self.shown
        return 0.0 if of is None else min(of.table.known / of.grid.runs, 1.0)

    def words(self, document: Document) -> str:
        """Say how the map under way stands, else the one looked at; of a document's map what its button does."""
        of = self.under_way or self.shown
        if of is None:
            return ""
        return of.in_words(anew=of is self.of(document))

    # --- which maps there are ---

    @Slot()
    def _on_replaced(self) -> None:
        """Take up the maps of another session; a session in another file keeps its own."""
        session = self._store.at_hand
        before, self._of = self._of, None if session is None else session.maps
        there = [] if self._of is None else self._of.all
        is_same = (
            self._of is before if before is not None else [sweep.id for sweep in there] == list(self.maps)
        )
        if is_same:
            return
        self.end()
        self._gone.take(self.maps.values())
        self.maps = {}
        for sweep in there:
            with suppress(Refusal):  # that is said where its session is opened
                self.maps[sweep.id] = LabMap.of(sweep.id, document_of(sweep), is_read=False)
        self._name_apart()
        self.shown = None
        self.show(next(reversed(self.maps), ""))

    def _name_apart(self) -> None:
        names = told_apart([known.document.base.title or "map" for known in self.maps.values()])
        for known, name in zip(self.maps.values(), names, strict=True):
            known.name = name

    @Slot(str)
    def show(self, id: str) -> None:
        """Look at a map; '' at none."""
        self.shown = self.maps.get(id)
        self.listed.emit()
        if self.shown is not None and not self.shown.is_read:
            self._read(self.shown)
        self.points_changed.emit()

    def look_again(self) -> None:
        """See whether the files that maps' data were read from have changed."""
        there = [known for known in self.maps.values() if known.can_be_other]
        if there:
            self._looking.ask(partial(those_of_other_files, there))

    @Slot(object)
    def _on_looked(self, others: object) -> None:
        """Read maps again whose files are others: the one looked at now, others once they are looked at."""
        found: list[LabMap] = others if isinstance(others, list) else []
        for known in found:
            if not known.can_be_other or self.maps.get(known.id) is not known:
                continue
            if known is self.shown:
                self._read(known)
            else:
                known.unread()
            self._elsewhere.forget()
        self.state_changed.emit()

    def _read(self, known: LabMap) -> None:
        if self.kept is not None:
            self._reading.ask(partial(ReadMap.of, self.kept, known.id, known.document, known.grid))

    @Slot(object)
    def _on_read(self, found: object) -> None:
        """Take up what a session knows of the points of the map looked at."""
        known = self.shown
        if known is None:
            return
        if isinstance(found, ReadMap) and found.id == known.id:
            if known.is_read and (found.results.keys(), found.stale) == (known.results.keys(), known.stale):
                known.files = found.files
                return
            known.begin_with(found)
        elif isinstance(found, Refusal) and not known.is_read:
            known.is_read = True
            self.refused.emit(found)
        self.points_changed.emit()

    def delete(self) -> None:
        """Delete the map looked at, unless it is being trained; Undo brings it back with all its points."""
        if self.shown is not None and self.shown is not self.under_way:
            self._undo_stack.push(DeleteMap(self, self.shown))

    def take_out(self, known: LabMap) -> None:
        """Take a map out, and look at the one before it."""
        if known is self.under_way:  # deleted, brought back, gone on with, and deleted by Redo
            self.end()
        self._store.session.maps.take_out(known.id)
        self.maps.pop(known.id, None)
        self._elsewhere.forget()
        if known is self.shown:
            self.show(next(reversed(self.maps), ""))
        self.state_changed.emit()

    def put_back(self, known: LabMap) -> None:
        """Bring a map back to its place, and look at it."""
        session = self._store.session.maps
        session.put_back(known.id)
        self._elsewhere.forget()
        there = self.maps | {known.id: known}
        self.maps = {sweep.id: there[sweep.id] for sweep in session.all if sweep.id in there}
        self.show(known.id)
        self.state_changed.emit()

    def name_by(self, document: Document) -> None:
        """Call the map of a document as that is called now, with its claims; where it lies elsewhere, see its data."""
        known = self.of(document)
        if known is None or _said(known.document) == _said(document):
            return
        moved, known.document = known.document.folder != document.folder, document
        self._store.session.maps.rename(known.id, document)
        self._name_apart()
        self.listed.emit()
        if moved:
            self.look_again()

    # --- training ---

    def train(self, document: Document) -> None:
        """Train the points of a document's map that the session does not know yet; another map ends before.

        Raises:
            Refusal: where its axes do not fit.
        """
        known = self.of(document)
        if known is None:
            told = stored(document)
            known = LabMap.of(told.id, document)
            self._store.session.maps.add(told)
            self.maps[told.id] = known
            self._name_apart()
        self.end()
        self.name_by(document)
        if known.is_read:
            self._reading.forget()
        self.show(known.id)
        self.under_way, known.state = known, "preparing"
        self._training = MapTraining(known.id, document, self._store.session.maps, self.make_workers)
        self._training.begin()
        self._look.start(LOOK)
        self.state_changed.emit()

    @Slot(bool)
    def pause(self, wanted: bool) -> None:
        """Begin no further points for now; or go on."""
        if self._training is not None and self.under_way is not None:
            self._training.pause(wanted)
            self.under_way.state = "paused" if wanted else "training"
            self.state_changed.emit()

    @Slot()
    def stop(self) -> None:
        """Train no more; what ended is kept."""
        if self._training is not None:
            self._training.stop()

    def end(self) -> None:
        """Stop, and take up what has ended; its workers end beside the window."""
        training = self._training
        if training is None:
            return
        training.stop()
        with at_work():
            deadline = time.monotonic() + LAST_WORDS
            while training.gathers and time.monotonic() < deadline:
                breathe()
                training.wait(SHORT)
        while self._take():
            pass
        if self._training is training:
            self._over(None)

    def wait(self) -> None:
        """Wait until the workers of all maps are gone: once there is no window any more."""
        deadline = time.monotonic() + WORKERS_END
        for training in self._leaving:
            training.wait(max(0.0, deadline - time.monotonic()))
        self.where.close()

    @Slot()
    def _on_look(self) -> None:
        if not self._take():
            self.state_changed.emit()  # workers come and go
        if self._training is not None:
            self._look.setInterval(LOOK if self._training.news.empty() else SOON)

    def _take(self) -> bool:
        """Take up what has come; say whether there was anything."""
        training, trained = self._training, self.under_way
        if training is None or trained is None:
            return False
        news, results = training.taken(), list[PointResult]()
        for told in news:
            match told:
                case Prepared(keys, known):
                    trained.keys, trained.state = keys, "training"
                    if trained.keep_only(known) and trained is self.shown:
                        self.points_changed.emit()
                    self.state_changed.emit()
                case Ended(ended, progress):
                    results += ended
                    trained.progress = progress
        if results:
            self._keep(trained, results)
        for told in news:
            if isinstance(told, Over):
                self._over(told.refusal)
        return bool(news)

    def _keep(self, trained: LabMap, results: Sequence[PointResult]) -> None:
        assert trained.keys is not None, "points end after they were worked out"
        keys = {result.point: trained.keys[result.point] for result in results}
        self._store.session.maps.take(trained.id, keys, results)
        trained.take(results)
        if trained is self.shown:
            self.points_changed.emit()
        self.state_changed.emit()

    def _over(self, refusal: Refusal | None) -> None:
        trained, training, self.under_way, self._training = self.under_way, self._training, None, None
        self._leaving = [one for one in (*self._leaving, training) if one is not None and one.is_alive]
        self._look.stop()
        if trained is not None:
            trained.state, trained.progress = "at rest", None
            self._elsewhere.forget()
        if refusal is not None:
            self.refused.emit(where.in_words(refusal))
        self.state_changed.emit()


def _said(document: Document) -> tuple[object, ...]:
    """Return what a document says that is no matter of its points."""
    return document.base.title, document.folder, document.claims
