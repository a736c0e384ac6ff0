"""When the next record is due: by the schedule, or at every step that is taken singly."""

from __future__ import annotations

from ..experiment.measure import MeasureSpec
from ..protocol.records import next_record

Planned = tuple[int, int]
"""The steps of the next record, and of the next that the schedule means."""


class RecordSchedule:
    """The next step of a run that is recorded."""

    def __init__(self) -> None:
        self.next = self._next_scheduled = 0
        self.hold_at = -1
        """The step at which whoever drives the run waits for its record."""
        self._dense_until = -1

    def plan(self, after: int, measure: MeasureSpec) -> None:
        """Plan the next record after a step; -1: the first."""
        self._next_scheduled = (
            0 if after < 0 else next_record(after, 2**62, measure.per_decade, measure.every)
        )
        self.next = after + 1 if 0 <= after < self._dense_until else self._next_scheduled

    def record_until(self, step: int) -> None:
        """Mean every step up to one, at which whoever drives the run waits; `plan` has to follow."""
        self._dense_until = self.hold_at = step

    def due(self, step: int) -> bool:
        """Say whether a record is due at a step."""
        return step >= self.next

    def means(self, step: int) -> bool:
        """Say whether a record that is due at a step is one of the schedule's own."""
        return step >= self._next_scheduled

    @property
    def planned(self) -> Planned:
        """What is planned now; to be gone back to."""
        return self.next, self._next_scheduled

    @planned.setter
    def planned(self, planned: Planned) -> None:
        self.next, self._next_scheduled = planned
