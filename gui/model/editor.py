"""The document being edited: every change is judged like a file and kept in a history, nothing is lost."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.experiment.differences import shown as value_in_words
from engine.experiment.document import Document
from engine.experiment.experiment import Experiment
from engine.experiment.provenance import with_provenance
from engine.experiment.sweep import SweepSpec
from engine.experiment.titles import title, with_titles
from engine.words.errors import Refusal

from .run import document_with

MERGED_WITHIN = 1.5  # seconds between edits of one field that undo together


@dataclass(frozen=True)
class EditedDocument:
    """What the editor shows: a document, which of its experiments, and where it came from."""

    document: Document
    loaded: Document
    """As it was before any edit."""
    name: str = ""
    """Which experiment the panels show and change; '' is what all of them share."""
    lineage: int = 0
    """Changes whenever another document is loaded: live edits reach only runs of the same one."""
    without_edits: bool = False
    """Whether what runs were to take on their way was taken out."""
    origin: str = ""
    """A preset's id or a file's path; '' for none."""


class SetEdited(QUndoCommand):
    """One step in the history of the document."""

    def __init__(
        self, editor: ExperimentEditor, after: EditedDocument, words: str, path: str = "", drag: int = 0
    ) -> None:
        """Make a step that others join: those of the same drag, else those of the same path that follow soon.

        Args:
            editor: whose document it is.
            after: what there is to see from then on.
            words: what Undo takes back.
            path: the field; '' for a step of its own.
            drag: the number of the drag that it is part of; 0 for none.
        """
        super().__init__(words)
        self._editor, self._before, self._after, self._path = editor, editor.edited, after, path
        self._drag, self._time = drag, time.monotonic()

    def redo(self) -> None:
        self._editor.show(self._after)

    def undo(self) -> None:
        self._editor.show(self._before)

    def id(self) -> int:
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SetEdited) or other._drag != self._drag:
            return False
        is_next = self._path and other._path == self._path and other._time - self._time <= MERGED_WITHIN
        if not self._drag and not is_next:
            return False
        self._after, self._time = other._after, other._time
        self.setObsolete(self._after == self._before)
        return True


class ExperimentEditor(QObject):
    """Holds the document being edited and its history."""

    document_changed = Signal()
    """The document, the experiment shown, or where it came from is another."""
    document_loaded = Signal()
    """The document was replaced as a whole; comes before `document_changed`."""
    refusals_changed = Signal(list)
    """What is refused now: a list of Refusal, shown at the fields."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.edited = EditedDocument(document, document)
        self.undo_stack = QUndoStack(self)
        self._refused: dict[str, Refusal] = {}
        self._of_runs: set[str] = set()
        """The fields for which runs were refused."""
        self._lineages = count(1)
        self._drags = count(1)
        self._drag = 0
        """The number of the drag under way; 0 for none."""

    @property
    def document(self) -> Document:
        return self.edited.document

    @property
    def experiment(self) -> Experiment:
        """The experiment that the panels show."""
        if not self.edited.name:
            return self.document.base
        return self.document.experiments()[self.edited.name]

    @property
    def _source(self) -> Document:
        """Return what was loaded, of that which the document may still say."""
        loaded = self.edited.loaded
        return loaded.model_copy(update={"edits": ()}) if self.edited.without_edits else loaded

    def planned_edits(self) -> list[str]:
        """Return what runs of the experiment shown take on their way, in words."""
        name = self.edited.name
        shared = self.document.variations and not name
        edits = self.document.edits if shared else self.document.edits_of(name)
        return [
            ", ".join(f"{self._words(path)} {value_in_words(value)}" for path, value in edit.set.items())
            + f" at step {edit.step:,}"
            + (f" ({edit.run})" if shared else "")
            for edit in edits
        ]

    @Slot()
    def remove_edits(self) -> None:
        """Take out what runs were to take on their way; Undo brings it back."""
        if self.document.edits:
            document = self.document.model_copy(update={"edits": ()})
            without = replace(self.edited, document=document, without_edits=True)
            self.undo_stack.push(SetEdited(self, without, "Remove the edits"))

    @property
    def refusals(self) -> list[Refusal]:
        return list(self._refused.values())

    def load(self, document: Document, origin: str = "", words: str = "Open another experiment") -> None:
        """Replace the document; Undo brings the one before back."""
        self.undo_stack.push(
            SetEdited(
                self, EditedDocument(document, document, "", next(self._lineages), origin=origin), words
            )
        )

    def restart(self, document: Document, origin: str = "", loaded: Document | None = None) -> None:
        """Replace the document and forget the history, as when another session is opened."""
        self.undo_stack.clear()
        self.show(EditedDocument(document, loaded or document, "", next(self._lineages), origin=origin))

    @Slot(str, object)
    def edit(self, path: str, value: object) -> None:
        """Set one field, or keep the experiment and say why not."""
        self.change({path: value}, f"Change {self._words(path)}", path)

    @Slot(bool)
    def drag(self, begins: bool) -> None:
        """Let the edits of a field from here on be one step of the history, until the hand lets go."""
        self._drag = next(self._drags) if begins else 0

    @property
    def is_edited(self) -> bool:
        """Whether the document is another than the one that was loaded."""
        return self.document != self.edited.loaded

    def change(
        self, changes: dict[str, Any], words: str, path: str = "", *, everywhere: bool = False
    ) -> bool:
        """Set some fields in one step, of the experiment shown or of all; say whether that was possible."""
        try:
            document = document_with(self.document, "" if everywhere else self.edited.name, changes)
        except Refusal as refusal:
            self._refused[path] = refusal
            self.refusals_changed.emit(self.refusals)
            return False
        document = with_provenance(document, self._source)
        mended = {path, *changes} | self._of_runs
        others = {p: refusal for p, refusal in self._refused.items() if p not in mended}
        if document != self.document:
            edited = replace(self.edited, document=document)
            self.undo_stack.push(SetEdited(self, edited, words, path, self._drag))
        if others != self._refused:
            self._refused = others
            self.refusals_changed.emit(self.refusals)
        return True

    def sweep(self, sweep: SweepSpec | None, words: str) -> bool:
        """Make the document a map with these axes, or a run, in one step; say whether that was possible."""
        try:
            document = with_provenance(self.document.with_sweep(sweep), self._source)
        except Refusal as refusal:
            self._refused["sweep"] = Refusal("sweep", None, str(refusal).removeprefix("sweep: "))
            self.refusals_changed.emit(self.refusals)
            return False
        self._refused.pop("sweep", None)
        self.refusals_changed.emit(self.refusals)
        if document != self.document:
            self.undo_stack.push(SetEdited(self, replace(self.edited, document=document), words))
        return True

    def refuse(self, refusal: Refusal) -> None:
        """Keep what a run of the document was refused for, until an edit or another run."""
        self._refused[refusal.field] = refusal
        self._of_runs.add(refusal.field)
        self.refusals_changed.emit(self.refusals)

    def forget_refused_runs(self) -> None:
        """Take back what runs were refused for, as before another one: it may be mended outside of the lab."""
        if self._of_runs:
            self._refused = {p: r for p, r in self._refused.items() if p not in self._of_runs}
            self._of_runs.clear()
            self.refusals_changed.emit(self.refusals)

    @Slot(str)
    def choose_experiment(self, name: str) -> None:
        """Show another experiment of a file that compares; '' shows what all of them share."""
        if name != self.edited.name and (not name or name in self.document.experiments()):
            self.show(replace(self.edited, name=name))

    def show(self, edited: EditedDocument) -> None:
        """Make this the document; the history calls it."""
        loaded = edited.lineage != self.edited.lineage
        if edited.name and edited.name not in edited.document.experiments():
            edited = replace(edited, name="")
        self.edited = edited
        self._of_runs.clear()
        refused, self._refused = self._refused, {}
        if loaded:
            self.document_loaded.emit()
        if refused:
            self.refusals_changed.emit([])
        self.document_changed.emit()

    def with_titles(self, sentence: str, *, full: bool = False) -> str:
        """Return a sentence with the titles of fields in place of dotted paths, those of their parts too if `full`."""
        return with_titles(self.experiment, sentence, full=full)

    def _words(self, path: str) -> str:
        return title(self.experiment, path)
