"""Which data outside the folder of a file that was opened may be read: what the user said so, or named himself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.data import data_outside
from engine.experiment.data import DATA_KINDS, DataSpec
from engine.experiment.document import Document, DocumentRef
from engine.experiment.sweep import Grid
from engine.session import Session
from engine.words.errors import Refusal, path_in_words

from .run import ODD

Place = tuple[DataSpec, Path]
"""Data, and where relative paths start."""
MOST_NAMED = 3


class Outside(Refusal):
    """A file names data outside its folder that nobody has let it read yet."""

    def __init__(self, file: Path, paths: list[Path]) -> None:
        named = ", ".join(map(_where, paths[:MOST_NAMED]))
        more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
        super().__init__("", file.name, f"reads data from outside its folder: {named}{more}")
        self.file, self.paths = file, paths


def _where(path: Path) -> str:
    """Say where a path leads: without '..', and where links lead elsewhere the path as well."""
    try:
        real, short = path.resolve(), Path(os.path.normpath(path))
        named = short if short.resolve() == real else path  # '..' after a link is not where it looks
    except (OSError, RuntimeError):  # links in a circle
        return path_in_words(path)
    leads = "" if named == real else f", which leads to {path_in_words(real)}"
    return f"{path_in_words(named)}{leads}"


class OutsideData(QObject):
    """Knows for as long as the window is open which paths may be read."""

    found = Signal(object, bool)
    """`Outside`, and whether its file is damaged and was to be rescued."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._allowed: set[str] = set()
        self._said: tuple[object, ...] = ()
        """What was last typed that can name files: nothing of that is looked for again."""

    def allow(self, paths: Iterable[Path]) -> None:
        """Let files that are opened read these."""
        self._allowed.update(map(str, paths))

    def note_typed(self, document: Document, loaded: Document) -> None:
        """Let files read what the user has put into a document himself."""
        data = [experiment.data for experiment in document.experiments().values()]
        said = document.folder, document.sweep, data
        if document is loaded or said == self._said:
            return
        self._said = said
        known = set(_places(loaded))
        self.allow(
            (folder / str(getattr(data, data.reads))).absolute()
            for data, folder in _places(document)
            if (data, folder) not in known
        )

    @contextmanager
    def asking(self, *, damaged: bool = False) -> Iterator[None]:
        """Say what is refused inside, so that somebody asks."""
        try:
            yield
        except Outside as outside:
            self.found.emit(outside, damaged)
            raise

    def checked(self, file: Path, document: Document) -> Document:
        """Return an experiment file's document, or refuse one that names other data outside its folder.

        Raises:
            Outside: naming them.
        """
        with self.asking():
            self._check(file, _places(document))
        return document

    def check_pasted(self, document: Document) -> None:
        """Refuse an experiment from the clipboard that names data outside the working folder, without asking.

        Raises:
            Outside: naming them.
        """
        self._check(Path("clipboard"), _places(document))

    def check_session(self, file: Path, session: Session) -> None:
        """Refuse a session whose experiments or runs name other data outside its folder.

        Raises:
            Outside: naming them.
        """
        beside = file.resolve().parent  # where they are looked for, too
        said = {(session.document, session.document_folder), *((r.text, r.folder) for r in session.runs)}
        said |= {(sweep.text, sweep.folder) for sweep in session.maps.all}
        named: dict[Place, None] = {}
        for text, folder in said:
            if not _may_read(text):
                continue
            try:
                document = DocumentRef(text, folder=folder).document()
            except ODD:
                continue  # what cannot be read as an experiment reads nothing
            for data, place in _places(document):
                alone = data.model_copy(update={data.reads: Path(str(getattr(data, data.reads))).name})
                named |= dict.fromkeys([(data, place), (data, beside), (alone, beside)])
        self._check(file, named)

    def _check(self, file: Path, places: Iterable[Place]) -> None:
        root = file.resolve().parent
        found = dict.fromkeys(path for place in places if (path := data_outside(*place, root)) is not None)
        others = [path for path in found if str(path) not in self._allowed]
        if others:
            raise Outside(file, others)


def _may_read(text: str) -> bool:
    """Say whether an experiment may name a file: without a backslash, words stand in its text as they are."""
    return "\\" in text or any(name in text for name, kind in DATA_KINDS.items() if kind.reads)


def _places(document: Document) -> Iterable[Place]:
    """Give what a document reads, of each of its experiments."""
    swept = () if document.sweep is None else Grid.of(document.base, document.sweep).data_of_axes()
    for data in (*(experiment.data for experiment in document.experiments().values()), *swept):
        if data.named_file:
            yield data, document.folder or Path()
