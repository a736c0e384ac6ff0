"""What the forms of one window share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.experiment.experiment import Experiment
from engine.experiment.titles import with_titles

from .editor import FieldEditor
from .field_spec import FieldSpec

Maker = Callable[[FieldSpec], FieldEditor]


class Hands(QObject):
    """Tells of hands that drag values, all edits from one to the other one step for Undo, and of fields to sweep."""

    dragging = Signal(bool)
    sweep_wanted = Signal(str)
    """A field is to become an axis of the map."""


@dataclass
class FormContext:
    """Own editors for some paths, which 'more…' are unfolded, where relative paths start, what is shown."""

    makers: Mapping[str, Maker] = field(default_factory=dict)
    unfolded: set[str] = field(default_factory=set)
    folder: Path | None = None
    experiment: Experiment | None = None
    hands: Hands = field(default_factory=Hands)

    def with_titles(self, sentence: str) -> str:
        """Return a sentence with fields called as the panels call them, where it has their paths."""
        return sentence if self.experiment is None else with_titles(self.experiment, sentence, full=True)
