"""The session file behind the window: written behind the user's back every second, never in the way."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.experiment.data import DataSpec
from engine.experiment.document import Document, DocumentRef
from engine.experiment.known_data import NOTHING_KNOWN, KnownData
from engine.protocol.messages import Message, is_state, size_of
from engine.protocol.records import Records, Snapshot
from engine.session import LateWriter, Session, SessionWriter, WritingNews, stored_status
from engine.words.errors import Refusal

from .patience import at_work, breathe, in_background, no_collection
from .run import Run
from .session_contents import SessionContents
from .session_reading import Check, Rescue, known_of, read_session

FLUSHED_EVERY = 1000
"""Milliseconds: a kill is to cost two seconds of records at most, and a busy window is late."""
SOON = 50  # milliseconds between two parts of what is written
WRITTEN_AT_ONCE = 2**20  # bytes; a transaction of this size took 10 to 20 ms


class SessionStore(QObject):
    """Owns one session at a time; its file is made once there is something to write."""

    replaced = Signal()
    """Another session, or the same one in another file."""
    flushing = Signal()
    """Whoever has something to write puts it into the session now."""
    trouble = Signal(str)
    held_back = Signal(str)
    """Why what waits is not written for now, and how much it is; '' once it is written again."""
    cleared = Signal(str)
    """All is written again, in words."""
    filled = Signal(bool)
    """Whether so much waits that nothing more is to be recorded for now."""

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._last_trouble = ""
        self._waiting = 0
        self._clock = clock
        self._full = False
        self._known: dict[str, Run] = {}
        self._writer: SessionWriter | None = None
        self._made_here = False
        """Whether the session began here, and was not opened."""
        self._removed: set[str] = set()
        self._busy = False
        """Whether a session is being read or copied in another thread: what cannot be written meanwhile waits."""
        self._session: Session | None = None
        self._late = LateWriter(lambda: self._writer, clock, no_collection)
        self._timer = QTimer(self)
        self._timer.setInterval(FLUSHED_EVERY)
        self._timer.timeout.connect(self.flush)
        self._timer.start()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._write)

    @property
    def session(self) -> Session:
        """The session at hand, made when first asked for."""
        if self._session is None:
            self._begin(self._fresh())
            self._made_here = True
        assert self._session is not None
        return self._session

    @property
    def at_hand(self) -> Session | None:
        """The session at hand; None where nobody has asked for one."""
        return self._session

    @property
    def path(self) -> Path | None:
        """The file that the user named; None for none yet."""
        return None if self._session is None or self._session.is_unsaved else self._session.path

    @property
    def folder(self) -> str | None:
        """The folder of that file."""
        return None if self.path is None else str(self.path.absolute().parent)

    @property
    def notes(self) -> str:
        """Notes about the whole session."""
        return "" if self._session is None else self._session.notes

    # --- which session ------------------------------------------------------------------------------------

    def start_new(self, worth_keeping: bool = True) -> None:
        """Begin an empty session; the one before stays in its file, unless it began here and holds nothing."""
        self._leave(worth_keeping)
        self._take(None)

    def open(self, path: Path, leaving: Callable[[], None], check: Check) -> SessionContents:
        """Open a session that the user saved; `leaving` is called once all of it has been read and checked.

        Raises:
            Refusal: where it is no session, cannot be read or is refused; the session at hand is then untouched.
        """
        return self._change_to(lambda: Session.open(path), leaving, partial(check, path))

    def recover(self, path: Path, leaving: Callable[[], None]) -> SessionContents:
        """Take over the session of a lab that is gone.

        Raises:
            Refusal: as `open`.
        """
        return self._change_to(lambda: Session.recover(path), leaving)

    def rescue(self, path: Path, leaving: Callable[[], None], check: Check) -> SessionContents:
        """Take over what can be read of a damaged session, as an unsaved one.

        Raises:
            Refusal: as `open`.
        """
        rescue = Rescue(path)
        contents = self._change_to(rescue.session, leaving, partial(check, path))
        contents.troubles.insert(0, rescue.sentence)
        return contents

    def _change_to(
        self,
        opened: Callable[[], Session],
        leaving: Callable[[], None],
        check: Callable[[Session], None] | None = None,
    ) -> SessionContents:
        with self._at_work():
            session, contents = in_background(lambda: read_session(opened, check))
        try:
            leaving()
            self._leave()
        except BaseException:
            session.close()
            raise
        self._take(session)
        return contents

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        if self._busy:
            raise Refusal("", None, "another session is being opened or saved; try again once that is done")
        self._busy = True
        try:
            with at_work():
                yield
        finally:
            self._busy = False

    def save_as(self, path: Path) -> None:
        """Write everything to a file and go on there.

        Raises:
            Refusal: where it cannot be written.
        """
        session = self.session
        with self._at_work():
            self._write_out(session)
            session.save_as(path, in_background)
        self._last_trouble = ""
        self._begin(self.session)
        self.replaced.emit()

    def close(self, worth_keeping: bool = True) -> None:
        """Write what waits; the timer ends.

        Raises:
            Refusal: where it cannot be written anywhere; the session stays at hand.
        """
        self._leave(worth_keeping)
        self._timer.stop()
        self._late.end()

    def give_up(self) -> None:
        """Let go of a session that cannot be written."""
        self._timer.stop()
        self._late.end()
        self._session = self._writer = None  # its file stays, and is offered at the next start

    def _fresh(self) -> Session:
        try:
            return Session.unsaved()
        except Refusal as refusal:
            self._tell(f"{refusal}. Until it is saved, this session lives in memory only.")
            return Session.in_memory()

    def _begin(self, session: Session | None) -> None:
        """Write this session from now on."""
        self._session = session
        self._writer = None if session is None else SessionWriter(session, self._records)
        self._late.note_writing()
        if session is not None:
            session.fold_apart(self._late.do)
        self._made_here = False
        self._note_fullness()
        self.held_back.emit("")

    def _records(self) -> dict[str, Records]:
        return {id: run.history.records for id, run in self._known.items() if run.is_at_hand}

    def _take(self, session: Session | None) -> None:
        self._begin(session)
        self._last_trouble = ""
        self._known = {}
        self.replaced.emit()

    def _leave(self, worth_keeping: bool = True) -> None:
        """Close the session at hand; what was deleted in it goes for good.

        Raises:
            Refusal: where it cannot be written; it stays at hand, to be saved elsewhere.
        """
        session = self._session
        if session is None:
            return
        there = {run.id for run in session.runs} - self._removed
        if (
            self._made_here
            and session.is_unsaved
            and not (worth_keeping or there or session.maps.all or session.notes)
        ):
            session.discard()
        else:
            with self._at_work():
                self._write_out(session)
                if self._writer is not None:
                    self._writer.finish()
                session.close(self._removed, in_background)
        self._removed = set()
        self._late.forget()
        self._begin(None)

    # --- what is written ----------------------------------------------------------------------------------

    @staticmethod
    def _write_out(session: Session) -> None:
        """Write what waits part by part; what cannot be written is told by whoever writes it next."""
        with contextlib.suppress(Refusal):
            while session.flush(in_part=True):
                breathe()

    @Slot()
    def flush(self) -> None:
        """Write what has changed; where that fails say so, and try again later."""
        if not self._busy:
            self.flushing.emit()
        self._write()

    @Slot()
    def _write(self) -> None:
        """Write what waits in the session."""
        self._waiting = 0
        self._late.note_writing()
        if self._session is None:
            return
        if (
            self._busy
        ):  # the session at hand takes records all the same; what is wrong with it is told afterwards
            with contextlib.suppress(Refusal):
                self._session.flush(in_part=True)
            return
        news = None if self._writer is None else self._writer.write()
        match news:
            case WritingNews("held", sentence):
                self.held_back.emit(sentence)
            case WritingNews("moved", sentence):
                self.held_back.emit("")
                self.trouble.emit(sentence)
                self.replaced.emit()
            case WritingNews(_, sentence):
                self.held_back.emit("")
                self.cleared.emit(sentence)
        self._note_fullness()
        if self._writer is not None and self._writer.is_behind:
            QTimer.singleShot(SOON, self._write)

    def _note_fullness(self) -> None:
        full = self._writer is not None and self._writer.is_full
        if full != self._full:
            self._full = full
            self.filled.emit(full)

    def add_run(self, document: Document, experiment_name: str, id: str | None = None) -> str:
        """Make a place for a run, under an id of its own or a new one; return the id."""
        ref = DocumentRef.of(document, experiment_name)
        replicas = document.experiments()[experiment_name].replicas
        return self.session.add_run(
            ref.text, id=id, experiment=ref.name, folder=ref.folder, replicas=replicas
        )

    def known_data(self, data: DataSpec, folder: Path | None) -> KnownData:
        """Return what is known of data that are not where an experiment says; `NOTHING_KNOWN` of those that are."""
        if self.folder is None:
            return NOTHING_KNOWN
        return known_of(data, folder, self.folder, self.session)

    def number_run(self) -> int:
        """Return the next number for the name of a run."""
        return self.session.number_run()

    def note_run(self, run: Run) -> None:
        """Note how a run is shown and how it stands."""
        self.know_run(run)
        if run.id not in self.session:
            return
        shown: dict[str, Any] = {
            "title": run.name,
            "notes": run.notes,
            "tags": run.tags,
            "starred": run.starred,
            "colour": run.colour,
            "hidden": not run.visible,
            "text": run.text,
        }
        if run.alias == run.name:
            del shown["title"]
        entry = self.session.entry(run.id)
        changes = {name: value for name, value in shown.items() if getattr(entry, name) != value}
        if changes:
            self.session.change_run(run.id, **changes)
        if (entry.status, entry.sentence) != (stored_status(run.status), run.sentence):
            self.session.set_status(run.id, run.status, run.sentence)

    def know_run(self, run: Run) -> None:
        """Take up a run that is in the session as it is shown."""
        self._removed.discard(run.id)
        self._known[run.id] = run

    def remove_run(self, id: str) -> None:
        """Take a run out; it can come back until the session is left."""
        self._known.pop(id, None)  # whoever can bring it back holds it
        if id in self.session:
            self._removed.add(id)

    def forget_runs(self, ids: Iterable[str]) -> None:
        """Delete runs for good that were taken out and cannot come back."""
        for id in self._removed.intersection(ids):
            self._removed.discard(id)
            self.session.delete_run(id)

    @Slot(object)
    def hear(self, message: Message) -> None:
        """Hear what the engine says, in whatever thread and before the window takes it: it may be held up."""
        self._late.hear(message)

    @Slot(str, object)
    def store(self, run: str, message: Message) -> None:
        """Note what the engine said of a run; large runs are written in pieces that do not hold the window up.

        A state to go on from is written as soon as what came with it is taken: after a kill it is what counts. Where
        the timer is late, as after something that held the window up, what comes in is written before more is taken.
        """
        self._late.store(self.session, message)
        self._late.begin()
        self._waiting += size_of(message)
        if 1000 * (self._clock() - self._late.written) > FLUSHED_EVERY:
            self.flush()
        elif self._waiting > WRITTEN_AT_ONCE:
            self._write()
        elif is_state(message):
            self._soon.start()

    def cut(self, run: str, step: int) -> None:
        """Forget what a run recorded after a step."""
        if run in self.session:
            self.session.truncate(run, step)

    # --- what is read -------------------------------------------------------------------------------------

    def snapshot(self, run: str, step: int) -> Snapshot | None:
        """Read what pictures of a step are made of; None where there is nothing."""
        try:
            return self.session.snapshot(run, step) if run in self.session else None
        except Refusal as refusal:
            if not self._busy:  # what is asked of a session that is being left is asked in vain
                self._tell(str(refusal))
            return None

    def state(self, run: str, step: int) -> Snapshot | None:
        """Read what a run goes on from; None where there is nothing, and a Refusal where it is damaged."""
        return self.session.state(run, step) if run in self.session else None

    def _tell(self, sentence: str) -> None:
        if sentence != self._last_trouble:
            self._last_trouble = sentence
            self.trouble.emit(sentence)
