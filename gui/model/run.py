"""What the window knows of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.experiment.differences import in_words
from engine.experiment.document import Document, to_toml, variation_of
from engine.experiment.edits import specs_of, with_edits
from engine.experiment.experiment import Experiment, with_values
from engine.experiment.known_data import KnownData
from engine.protocol.messages import Message, RunStatus, Started
from engine.protocol.records import Records
from engine.protocol.run_history import RunHistory
from engine.words.errors import Refusal, nearest

ODD = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, MemoryError, RecursionError)
"""What code that expects a sound file raises on a damaged one; a Refusal is a ValueError."""


class Shelf(Protocol):
    """Where a run lies that has not been read, or was let go: a session's file."""

    @property
    def status(self) -> RunStatus:
        """Where it stands."""

    @property
    def sentence(self) -> str:
        """How it ended, in words."""

    @property
    def seconds(self) -> float:
        """What its training took with its measurements."""

    @property
    def title(self) -> str:
        """The title of its experiment."""

    @property
    def text(self) -> str:
        """Its experiment, as it is written down."""

    @property
    def size(self) -> int:
        """About how many bytes its records are."""

    def document(self) -> Document: ...

    def history(self) -> RunHistory: ...


@dataclass
class AtHand:
    """What is in memory of a run that has been read."""

    document: Document
    experiment: Experiment
    asked: Experiment
    history: RunHistory
    text: str | None = None
    """The document as text, where it is written down already."""
    edited: tuple[object, Experiment] | None = None
    """Edits, and what they made of the experiment."""


class Run:
    """One run: what was asked for, what it has told so far, and how it is shown.

    One of a session's file is only listed at first: experiment and records are read when somebody asks for them.
    """

    def __init__(
        self,
        id: str,
        name: str,
        colour: int,
        document: Document | None = None,
        experiment_name: str = "",
        group: str = "",
        lineage: int = 0,
        shelf: Shelf | None = None,
    ) -> None:
        """Make a run of a document, or one that lies on a shelf.

        Args:
            id: what the session calls it.
            name: what people call it.
            colour: index into the palette.
            document: what it starts with; None: its shelf has that.
            experiment_name: which of the document's experiments.
            group: runs of one press of Run: claims compare within it.
            lineage: which loaded document it came from: edits of another one do not concern it.
            shelf: where its document and its records are.
        """
        self.id, self.name, self.colour = id, name, colour
        self.experiment_name, self.group, self.lineage = experiment_name, group, lineage
        self.alias = ""
        """What tells it apart from an earlier one that its session calls the same; no session is changed for that."""
        self.takes_edits = True
        """Whether what is edited while it trains reaches it; one that was queued keeps what it was queued with."""
        self.visible = True
        self.notes = ""
        self.tags: tuple[str, ...] = ()
        """Words that it is found by."""
        self.starred = False
        self._shelf = shelf
        self._trained_here = shelf is None
        """Whether it holds what its file may not have yet."""
        self._at_hand: AtHand | None = None
        if document is not None:
            self.take_document(document)

    # --- at hand, or on its shelf --------------------------------------------------------------------------

    @property
    def is_at_hand(self) -> bool:
        """Say whether its experiment and its records are in memory."""
        return self._at_hand is not None

    def read(self) -> AtHand:
        """Fetch experiment and records from its shelf, where they are not at hand.

        Raises:
            Refusal: where they cannot be read; so does whatever asks for them.
        """
        if self._at_hand is None:
            assert self._shelf is not None
            at_hand = self.looked_into()
            at_hand.text = self._shelf.text
            self._at_hand = at_hand
        return self._at_hand

    def looked_into(self) -> AtHand:
        """Return experiment and records for one look; what is not at hand stays on its shelf.

        Raises:
            Refusal: where they cannot be read.
        """
        if self._at_hand is not None:
            return self._at_hand
        assert self._shelf is not None
        return self._of(self._shelf.document(), self._shelf.history())

    def described(self) -> Experiment:
        """Return its experiment for one look, without its records; what is not at hand stays on its shelf.

        Raises:
            Refusal: where it cannot be read.
        """
        if self._at_hand is not None:
            return self._at_hand.experiment
        assert self._shelf is not None
        return self._of(self._shelf.document(), None).experiment

    def told(self) -> RunHistory:
        """Return what it has told for one look, without its experiment; what is not at hand stays on its shelf.

        Raises:
            Refusal: where it cannot be read.
        """
        if self._at_hand is not None:
            return self._at_hand.history
        assert self._shelf is not None
        return self._shelf.history()

    def let_go(self) -> None:
        """Free the memory that its experiment and its records take, where its file has all of it."""
        if not self._trained_here:
            self._at_hand = None

    @property
    def size(self) -> int:
        """About how many bytes of memory are free once it is let go; 0 where that cannot be."""
        return 0 if self._shelf is None or self._trained_here else self._shelf.size

    @property
    def document(self) -> Document:
        """As it started; with the edits that it was to take on its way, never with those it took."""
        return self.read().document

    @property
    def history(self) -> RunHistory:
        """What it has told so far."""
        return self.read().history

    @property
    def experiment(self) -> Experiment:
        """What it started with."""
        return self.read().experiment

    @property
    def asked(self) -> Experiment:
        """The experiment being edited as it last was offered to this run: what differs from it is an edit."""
        return self.read().asked

    @asked.setter
    def asked(self, experiment: Experiment) -> None:
        self.read().asked = experiment

    @property
    def text(self) -> str:
        """Its document as text, as its file has it where it is no other one."""
        if self._at_hand is None and self._shelf is not None:
            return self._shelf.text
        at_hand = self.read()
        if at_hand.text is None:
            at_hand.text = to_toml(at_hand.document)
        return at_hand.text

    # --- what it is -----------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The title of the file that it came from, which all runs of a comparison share."""
        if self._at_hand is None and self._shelf is not None:
            return self._shelf.title
        return self.document.base.title

    @property
    def has_records(self) -> bool:
        """Say whether it has recorded anything."""
        if self._at_hand is None and self._shelf is not None:
            return self._shelf.size > 0
        return len(self.history.records) > 0

    @property
    def _told(self) -> Shelf | RunHistory:
        on_shelf = self._shelf if self._at_hand is None else None
        return self.history if on_shelf is None else on_shelf

    @property
    def status(self) -> RunStatus:
        """Where it stands."""
        return self._told.status

    @property
    def sentence(self) -> str:
        """How it ended, in words."""
        return self._told.sentence

    @property
    def seconds(self) -> float:
        """What its training took with its measurements."""
        return self._told.seconds

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
        at_hand = self.read()
        edits = at_hand.history.edits
        if at_hand.edited is None or at_hand.edited[0] is not edits:
            at_hand.edited = (edits, with_edits(at_hand.experiment, edits))
        return at_hand.edited[1]

    def finals(self, column: str) -> NDArray[np.float64] | None:
        """Return the last value of a column of every replica (R,), None where there is none."""
        return self.history.records.final(column) if column in self.history.records else None

    def final(self, column: str) -> float | None:
        """Return the worst replica's last value of a column, None where there is none."""
        values = self.finals(column)
        worst = float(values.min()) if values is not None and len(values) else float("nan")
        return None if worst != worst else worst

    def known_data(self, folder: str | None) -> KnownData:
        """Return what is known of the data that it trained on, given the folder of its session."""
        return KnownData(self.history.sha256, folder)

    def differs_from(self, before: Run | None) -> str:
        """Say what this run began with that the one before did not."""
        return "" if before is None else in_words(before.experiment, self.experiment) or "the same experiment"

    def apply(self, message: Message) -> None:
        """Take up what the engine says of it."""
        self.history.apply(message)
        self._trained_here = True
        if isinstance(message, Started):
            message.tell_degree(self.experiment.network)

    def take_document(self, document: Document) -> None:
        """Be a run that started with this document."""
        history = None if self._at_hand is None else self._at_hand.history
        self._at_hand = self._of(document, history)

    def _of(self, document: Document, history: RunHistory | None) -> AtHand:
        experiments = document.experiments()
        if self.experiment_name not in experiments:
            words = f"is not an experiment of this file; {nearest(self.experiment_name, experiments)}"
            raise Refusal("", self.experiment_name, words)
        experiment = experiments[self.experiment_name]
        if history is None:
            history = RunHistory(Records())
        if not len(history.records):
            history.records = Records(experiment.replicas)
        if history.started is not None:
            history.started.tell_degree(experiment.network)
        return AtHand(document, experiment, experiment, history)

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
        self._trained_here = True

    def queue(self) -> None:
        """Note that it waits for the runs before it."""
        self.history.status = RunStatus.QUEUED
        self._trained_here = True


def why_unreadable(error: Exception) -> str:
    """Say why a run could not be read."""
    return str(error) if isinstance(error, Refusal) else f"it is damaged: {error}"


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
