"""What of the run selected is looked at: a step, a replica, and a training sample."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot


class Selection(QObject):
    """What plots, pictures and the timeline point at together."""

    step_marked = Signal(object)
    """The step looked at (int), or None for the latest."""
    replica_chosen = Signal(object)
    """The replica looked at (int), or None: the median in plots, the first elsewhere."""

    sample_chosen = Signal(object)
    """The training sample looked at (int, its number from 0), or None: none in particular."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.step: int | None = None
        self.replica: int | None = None
        self.sample: int | None = None

    @Slot(object)
    def mark_step(self, step: int | None) -> None:
        """Look at a step of the selected run; None follows the latest."""
        if step != self.step:
            self.step = step
            self.step_marked.emit(step)

    @Slot(object)
    def choose_replica(self, replica: int | None) -> None:
        """Look at one replica of the selected run everywhere; None: at none in particular."""
        if replica != self.replica:
            self.replica = replica
            self.replica_chosen.emit(replica)

    @Slot(object)
    def choose_sample(self, sample: int | None) -> None:
        """Look at one training sample everywhere; None: at none in particular."""
        if sample != self.sample:
            self.sample = sample
            self.sample_chosen.emit(sample)
