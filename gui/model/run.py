"""What the window knows of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.experiment.differences import in_words
from engine.experiment.document import Document, variation_of
from engine.experiment.edits import specs_of, with_edits
from engine.experiment.experiment import Experiment, with_values
from engine.experiment.known_data import KnownData
from engine.protocol.messages import Message, RunStatus
from engine.protocol.records import Records
from engine.protocol.run_history import RunHistory


@dataclass
class Run:
    """One run: what was asked for, what it has told so far, and how it is shown."""

    id: str
    name: str
    colour: int
    """Index into the palette."""
    document: Document
    """As it started; with the edits that it was to take on its way, never with those it took."""
    experiment_name: str = ""
    group: str = ""
    """Runs of one press of Run: claims compare within it."""
    lineage: int = 0
    """Which loaded document it came from: edits of another one do not concern it."""
    alias: str = ""
    """What tells it apart from an earlier one that its session calls the same; a session is not changed for that."""
    visible: bool = True
    notes: str = ""
    history: RunHistory = field(default_factory=lambda: RunHistory(Records()))
    experiment: Experiment = field(init=False)
    """What it started with."""
    asked: Experiment = field(init=False)
    """The experiment being edited as it last was offered to this run: what differs from it is an edit."""

    _edited: tuple[object, Experiment] = field(init=False, repr=False)
    """Edits, and what they made of the experiment."""

    def __post_init__(self) -> None:
        self.take_document(self.document)
        if not len(self.history.records):
            self.history.records = Records(self.experiment.replicas)

    @property
    def title(self) -> str:
        """The title of the file that it came from, which all runs of a comparison share."""
        return self.document.base.title

    @property
    def status(self) -> RunStatus:
        """Where it stands."""
        return self.history.status

    @property
    def sentence(self) -> str:
        """How it ended, in words."""
        return self.history.sentence

    @property
    def step(self) -> int:
        """The step that it has come to."""
        return self.history.step

    @property
    def steps(self) -> int:
        """The last step asked for."""
        return self.current.run.steps

    @property
    def current(self) -> Experiment:
        """What it trains now: what it started with, and what was edited since."""
        edits, known = self.history.edits, self._edited
        if known[0] is not edits:
            known = self._edited = (edits, with_edits(self.experiment, edits))
        return known[1]

    def final(self, column: str) -> float | None:
        """Return the worst replica's last value of a column, None where there is none."""
        if column not in self.history.records:
            return None
        values = self.history.records.final(column)
        worst = float(values.min()) if len(values) else float("nan")
        return None if worst != worst else worst

    def known_data(self, folder: str | None) -> KnownData:
        """Return what is known of the data that it trained on, given the folder of its session."""
        return KnownData(self.history.sha256, folder)

    def differs_from(self, before: Run | None) -> str:
        """Say what this run has that the one before has not, and what was changed while it ran."""
        edits = [edit.words for edit in self.history.edits]
        if before is None:
            return ", ".join(edits)
        return ", ".join([in_words(before.experiment, self.experiment), *edits]).removeprefix(", ") or (
            "the same experiment"
        )

    def apply(self, message: Message) -> None:
        """Take up what the engine says of it."""
        self.history.apply(message)

    def take_document(self, document: Document) -> None:
        """Be a run that started with this document."""
        self.document, self.experiment = document, document.experiments()[self.experiment_name]
        self.asked = self.experiment
        self._edited = ((), self.experiment)

    def with_its_edits(self, anew: Mapping[str, Any] | None = None) -> Document:
        """Return what it was: the document it started with, and the edits that it took or has still to take.

        Fields that are set anew where it goes on leave out what was edited of them after that.
        """
        name, on_from = self.experiment_name, self.history.resumable_step or 0
        edits = [e for e in self.history.edits if e.field not in (anew or {}) or e.step <= on_from]
        reached = max([self.step, *(edit.step for edit in edits)])
        planned = [edit for edit in self.document.edits_of(name) if edit.step > reached]
        return self.document.with_edits_of(name, (*specs_of(self.experiment, edits, name), *planned))

    def begin(self) -> None:
        """Note that an engine was asked to train it."""
        self.history.status, self.history.sentence = RunStatus.STARTING, ""

    def queue(self) -> None:
        """Note that it waits for the runs before it."""
        self.history.status = RunStatus.QUEUED


def document_with(document: Document, name: str, changes: Mapping[str, Any]) -> Document:
    """Return the document with dotted paths of one of its experiments set.

    Args:
        document: what is changed.
        name: an experiment of a file that compares, or '' for what all of them share.
        changes: dotted paths and values, in order.

    Raises:
        Refusal: where one of its experiments would not be allowed.
    """
    if not name:
        return document.with_base(with_values(document.base, changes))
    wanted = with_values(document.experiments()[name], changes)
    changed = variation_of(name, document.base, wanted)
    variations = tuple(changed if v.name == name else v for v in document.variations)
    return document.model_copy(update={"variations": variations})
