"""How a session is opened, and what the runs of one know of data that are not where an experiment says."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from engine.data import is_in_place
from engine.experiment.data import DataSpec
from engine.experiment.known_data import NOTHING_KNOWN, KnownData
from engine.session import Session
from engine.words.formats import counted

from .outside_data import Outside
from .run import ODD
from .session_contents import SessionContents

Check = Callable[[Path, Session], None]
"""Refuses a session of a file, or does nothing."""


def read_session(
    opened: Callable[[], Session], check: Callable[[Session], None] | None
) -> tuple[Session, SessionContents]:
    """Open a session and read what is shown of it.

    Raises:
        Refusal: where it cannot be read, or is refused; it is closed then.
    """
    session = opened()
    try:
        if check is not None:
            check(session)
        return session, SessionContents.read(session)
    except Outside:
        session.discard()  # what was just rescued would be found as abandoned; a named one stays
        raise
    except BaseException:
        session.close()
        raise


class Rescue:
    """What can be read of a damaged session, and in words how much that is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.sentence = ""
        """For people, once the session has been made."""

    def session(self) -> Session:
        """Return what can be read, as an unsaved session.

        Raises:
            Refusal: where nothing can be.
        """
        session, salvaged = Session.rescue(self._path)
        lost = f", but not {', '.join(salvaged.lost)}" if salvaged.lost else ""
        words = f"{counted(salvaged.runs, 'run')} of {self._path.name} could be read{lost}"
        self.sentence = f"{words}. The file stays as it is; save what was rescued under another name."
        return session


def known_of(data: DataSpec, folder: Path | None, session_folder: str, session: Session) -> KnownData:
    """Return what a session knows of data that are not where an experiment says; `NOTHING_KNOWN` of those that are.

    Args:
        data: what is looked for.
        folder: where its relative paths start.
        session_folder: the folder of the session's file.
        session: whose runs may have trained on them.
    """
    if is_in_place(data, folder):
        return NOTHING_KNOWN
    said, name = None if folder is None else str(folder), str(getattr(data, data.reads))
    for entry in reversed(session.runs):
        sha256 = entry.ref.known.sha256
        if sha256 and entry.folder == said and ("\\" in entry.text or name in entry.text):
            with contextlib.suppress(*ODD):  # what cannot be read as an experiment knows nothing
                read = entry.described().data
                if read.reads and (read.kind, getattr(read, read.reads)) == (data.kind, name):
                    return KnownData(sha256, session_folder, anew=True)
    return KnownData("", session_folder, anew=True)
