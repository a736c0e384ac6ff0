"""All that the window shows of a session, read before anything of it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.errors import Refusal
from engine.experiment.document import Document, DocumentRef
from engine.formats import counted, told_apart
from engine.session import RunEntry, Session

from .run import Run
from .session_views import RunOrigin, SessionViews

MOST_NAMED = 3
ODD = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, MemoryError, RecursionError)
"""What code that expects a sound file raises on a damaged one; a Refusal is a ValueError."""


@dataclass
class SessionContents:
    """A session in memory: what could be read of it, and in words what could not."""

    views: SessionViews = field(default_factory=SessionViews)
    document: Document | None = None
    """The document that was being edited; None where there is none."""
    runs: list[Run] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """Sentences for people."""
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
        lost = list(session.unreadable)
        for entry in session.runs:
            try:
                contents.runs.append(_run(session, entry, contents.views))
            except ODD as error:
                why = str(error) if isinstance(error, Refusal) else f"it is damaged: {error}"
                lost.append(f"{entry.title or entry.id[:8]} ({why})")
        for run, name in zip(contents.runs, told_apart([run.name for run in contents.runs]), strict=True):
            run.name, run.alias = name, name if name != run.name else ""
        if lost:
            contents.damaged = True
            more = f"; and {len(lost) - MOST_NAMED} more" if lost[MOST_NAMED:] else ""
            count = f"Of {counted(len(lost) + len(contents.runs), 'run')} {len(lost)} cannot be read"
            contents.troubles.append(f"{count}: {'; '.join(lost[:MOST_NAMED])}{more}")
        if session.remark:
            contents.troubles.append(session.remark)
        if session.only_read and session.path is not None:
            contents.troubles.append(f"{session.path.name} {session.only_read}")
        return contents

    def _document(self, session: Session) -> Document | None:
        if not session.document:
            return None
        try:
            return DocumentRef(session.document, folder=session.document_folder).document()
        except ODD as error:
            self.troubles.append(f"The experiment that was being edited cannot be read: {error}")
            return None


def _run(session: Session, entry: RunEntry, views: SessionViews) -> Run:
    history = session.load_run(entry.id).history
    run = Run(entry.id, entry.title, entry.colour, entry.document(), entry.experiment, history=history)
    run.visible, run.notes = not entry.hidden, entry.notes
    run.group = views.runs.get(run.id, RunOrigin(run.id)).group
    return run
