"""All that the window shows of a session, read before anything of it is shown."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from engine.experiment.document import Document, DocumentRef, title_of
from engine.experiment.plug_ins.in_files import missing_in, without
from engine.protocol.definitions import OUTDATED
from engine.protocol.messages import RunStatus
from engine.protocol.run_history import RunHistory
from engine.session import RunEntry, Session
from engine.words.errors import Refusal
from engine.words.formats import counted, told_apart

from .drawn_runs import drawn
from .maps.lab_map import document_of
from .run import ODD, Run, why_unreadable
from .session_views import RunOrigin, SessionViews

MOST_NAMED = 3
READ_AT_ONCE = 100
"""Runs of which experiment and records are read when a session is opened."""
BYTES_AT_ONCE = 2**26
"""Of their records, those of the first run aside."""


@dataclass
class SessionContents:
    """A session in memory: what could be read of it, and in words what could not."""

    views: SessionViews = field(default_factory=SessionViews)
    document: Document | None = None
    """The document that was being edited; None where there is none."""
    loaded: Document | None = None
    """As that was loaded, where it says so."""
    runs: list[Run] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """Sentences for people."""
    remarks: list[str] = field(default_factory=list)
    """Sentences about what is not shown though nothing is wrong with it."""
    damaged: bool = False
    """Whether something could not be read."""

    @classmethod
    def read(cls, session: Session) -> SessionContents:
        """Read everything that can be, run by run.

        Raises:
            Refusal: where nothing can be.
        """
        contents = cls()
        try:
            contents.views = SessionViews.read(session.views)
        except ODD:
            contents.troubles.append("How the session was shown cannot be read; it is shown as at first.")
        contents.document = contents._document(session)
        with suppress(*ODD):
            text, folder = contents.views.loaded, session.document_folder
            contents.loaded = DocumentRef(text, folder=folder).document() if text else None
        lost = list(session.unreadable)
        sizes = _sizes(session)
        for entry in session.runs:
            try:
                contents.runs.append(_listed(session, entry, contents.views, sizes))
            except ODD as error:
                lost.append(f"{entry.title or entry.id[:8]} ({why_unreadable(error)})")
        lost += contents._read_at_once()
        for run, name in zip(contents.runs, told_apart([run.name for run in contents.runs]), strict=True):
            run.name, run.alias = name, name if name != run.name else ""
        if lost:
            contents.damaged = True
            more = f"; and {len(lost) - MOST_NAMED} more" if lost[MOST_NAMED:] else ""
            count = f"Of {counted(len(lost) + len(contents.runs), 'run')} {len(lost)} cannot be read"
            contents.troubles.append(f"{count}: {'; '.join(lost[:MOST_NAMED])}{more}")
        for sweep in session.maps.all:
            try:
                document_of(sweep)
            except Refusal as error:
                name = sweep.title or sweep.id[:8]
                contents.troubles.append(f"The map {name} cannot be shown, and stays in the file: {error}")
        texts = dict.fromkeys([session.document or "", *(entry.text for entry in session.runs)])
        missing = {name: version for text in texts for name, version in missing_in(text).items()}
        if missing:
            contents.remarks.append(without(missing, "This session"))
        if session.remark:
            contents.troubles.append(session.remark)
        if session.only_read and session.path is not None:
            contents.troubles.append(f"{session.path.name} {session.only_read}")
        return contents

    def _read_at_once(self) -> list[str]:
        """Read the runs that are drawn, then as many others as are soon read; return in words those that cannot be.

        A session of a few runs is read whole; of one with thousands the others are read when they are looked at.
        """
        selected = next((run for run in self.runs if run.id == self.views.selected), None)
        first = drawn(self.runs, selected or (self.runs[-1] if self.runs else None))
        order = dict.fromkeys([*first, *self.runs[-READ_AT_ONCE:]])
        lost, taken = {}, 0
        for run in list(order)[:READ_AT_ONCE]:
            taken += run.size
            if taken > BYTES_AT_ONCE and taken > run.size:
                break
            try:
                run.read()
            except ODD as error:
                lost[run.id] = f"{run.name or run.id[:8]} ({why_unreadable(error)})"
        self.runs = [run for run in self.runs if run.id not in lost]
        remarks = [run.history.remarks.items() for run in self.runs if run.is_at_hand]
        outdated = {name for told in remarks for name, remark in told if remark == OUTDATED}
        if outdated:
            self.remarks.append(f"{', '.join(sorted(outdated))}: {OUTDATED}.")
        return list(lost.values())

    def _document(self, session: Session) -> Document | None:
        if not session.document:
            return None
        try:
            return DocumentRef(session.document, folder=session.document_folder).document()
        except ODD as error:
            self.troubles.append(f"The experiment that was being edited cannot be read: {error}")
            return None


@dataclass(frozen=True)
class InFile:
    """A run of a session, as its file has it; its records are read when asked for."""

    session: Session
    id: str
    title: str
    size: int
    status: RunStatus
    sentence: str
    seconds: float

    @property
    def text(self) -> str:
        """Its experiment, as it is written down."""
        return self.session.entry(self.id).text

    def document(self) -> Document:
        """Read its experiment."""
        return self.session.entry(self.id).document()

    def history(self) -> RunHistory:
        """Read all that it has told."""
        return self.session.load_run(self.id).history


def _sizes(session: Session) -> dict[str, int] | None:
    """Return about how many bytes the records of each run are; None where the file does not tell."""
    try:
        return session.record_sizes()
    except ODD:
        return None  # each run says so itself when it is read


def _listed(session: Session, entry: RunEntry, views: SessionViews, sizes: dict[str, int] | None) -> Run:
    size = 1 if sizes is None else sizes.get(entry.id, 0)
    title, sentence = title_of(entry.text), entry.sentence
    shelf = InFile(session, entry.id, title, size, entry.run_status, sentence, entry.seconds)
    run = Run(entry.id, entry.title, entry.colour, experiment_name=entry.experiment, shelf=shelf)
    run.visible, run.notes = not entry.hidden, entry.notes
    run.tags, run.starred = entry.tags, entry.starred
    run.group = views.runs.get(run.id, RunOrigin(run.id)).group
    return run
