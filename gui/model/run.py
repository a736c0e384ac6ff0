"""What the window knows of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.experiment.differences import in_words
from engine.experiment.document import Document, variation_of
from engine.experiment.experiment import Experiment, with_values
from engine.protocol.messages import Edited, Message, RunStatus
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
    """As it is being trained: edits that were applied live are in it."""
    experiment_name: str = ""
    group: str = ""
    """Runs of one press of Run: claims compare within it."""
    lineage: int = 0
    """Which loaded document it came from: edits of another one do not concern it."""
    visible: bool = True
    notes: str = ""
    history: RunHistory = field(default_factory=lambda: RunHistory(Records()))
    experiment: Experiment = field(init=False)

    def __post_init__(self) -> None:
        self.experiment = self.document.experiments()[self.experiment_name]
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
        return self.experiment.run.steps

    def final(self, column: str) -> float | None:
        """Return the worst replica's last value of a column, None where there is none."""
        if column not in self.history.records:
            return None
        values = self.history.records.final(column)
        worst = float(values.min()) if len(values) else float("nan")
        return None if worst != worst else worst

    def differs_from(self, before: Run | None) -> str:
        """Say what this run has that the one before has not."""
        if before is None:
            return ""
        return in_words(before.experiment, self.experiment) or "the same experiment"

    def apply(self, message: Message) -> None:
        """Take up what the engine says of it; an edit changes the document too."""
        self.history.apply(message)
        if isinstance(message, Edited):
            self.take_document(document_with(self.document, self.experiment_name, message.changes))

    def take_document(self, document: Document) -> None:
        """Be a run of this document from now on."""
        self.document, self.experiment = document, document.experiments()[self.experiment_name]

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
