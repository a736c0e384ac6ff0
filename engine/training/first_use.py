"""What an engine does where steps are not compiled yet: runs go on by torch meanwhile, those that must not wait."""

from __future__ import annotations

import torch

from ..protocol.messages import Preparing, Train, TrainDraft
from ..steppers import COMPILING, Ahead
from ..words.errors import Refusal
from .steps_path import must_be_compiled


class FirstUse:
    """Compiles steps in a process beside an engine, and says so."""

    def __init__(self, ahead: Ahead | None = None) -> None:
        """Begin nothing yet.

        Args:
            ahead: what compiles.
        """
        self._ahead = ahead or Ahead()
        self._told = ""
        self._judged: tuple[Train | TrainDraft, torch.dtype | None] | None = None
        """The run that was last asked about, and of which dtype it must have compiled steps, if it must."""

    def begin(self) -> None:
        """Have the steps of most runs compiled, if they are not."""
        self.ready(torch.float64)

    def ready(self, dtype: torch.dtype) -> bool:
        """Say whether compiled steps are there; begin to compile them where they are not."""
        try:
            return self._ahead.is_ready(dtype)
        except ImportError:  # the run says so
            return True

    def holds(self, command: Train | TrainDraft) -> bool:
        """Say whether a run is to wait: its steps can be taken by compiled code alone, and that is being compiled."""
        if self._judged is None or self._judged[0] is not command:
            self._judged = command, _needed(command)
        dtype = self._judged[1]
        return dtype is not None and not self.ready(dtype) and not self._ahead.has_failed(dtype)

    @property
    def under_way(self) -> bool:
        """Say whether any are being compiled."""
        return self._ahead.under_way

    def news(self) -> list[Preparing]:
        """Return what is to be told, once."""
        self._ahead.look()
        sentence = COMPILING if self._ahead.under_way else ""
        if sentence == self._told:
            return []
        self._told = sentence
        return [Preparing(sentence)]

    def end(self) -> None:
        """Leave nothing behind that still works."""
        self._ahead.end()


def _needed(command: Train | TrainDraft) -> torch.dtype | None:
    """Return of which dtype a run must have compiled steps; None where it need not have them."""
    try:
        experiment = command.document.document().experiments()[command.document.name]
    except (Refusal, KeyError):  # it says so when it begins
        return None
    again = isinstance(command, Train) and command.steps == "compiled" and experiment.run.backend == "auto"
    if not again and not must_be_compiled(
        experiment, command.resume_from if isinstance(command, Train) else None
    ):
        return None
    dtype: torch.dtype = getattr(torch, experiment.run.dtype)
    return dtype
