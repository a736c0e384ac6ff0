"""What a run measures: what it compares with, its measurements, and the vectors that they keep over the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..device import computing
from ..kernels import Twin
from ..measurements import References, build_measurements
from ..measurements.base import Measurement
from ..measurements.vector_history import VectorHistory
from ..protocol.records import KeptVectors, RecordBatch, Records, Snapshot
from ..references import Ask
from ..run.problem import Problem
from ..steppers import Stepper
from .recording import Recorder
from .resumption import kept_by, restore_histories, untold_of
from .solve_references import PosedReferences
from .stop_rules import MARGIN


class Measuring:
    """A run's measurements, once its references are solved."""

    def __init__(self, problem: Problem, ask: Ask, resumed_from: Snapshot | None) -> None:
        """Solve nothing yet.

        Args:
            problem: the run's.
            ask: what gives the answers of the solvers of its references.
            resumed_from: the snapshot that the run goes on from, with the vectors kept by then.
        """
        self._problem, self._ask = problem, ask
        self.keeps_parameters = False
        """Whether a session asks for states as it goes, with parameters for vectors that are larger; to be set before
        the references are solved."""
        self.references = References()
        self.choose: Callable[[list[Measurement], Problem], list[Measurement]] = lambda known, _: known
        """Which measurements of those that are known; to be set before the references are solved."""
        self.solved = False
        self.anew: list[RecordBatch] = []
        """What edits made of records that were told before, where that has not been told yet."""
        self.all: list[Measurement] = []
        self.margins = VectorHistory(MARGIN)
        self._resumed_from = resumed_from
        if resumed_from is not None:
            restore_histories(resumed_from, [self.margins], problem.initial)

    def solve(self, stepper: Stepper, twin: Twin | None, recorder: Recorder) -> None:
        """Solve the exact references, and build what is compared with them.

        Args:
            stepper: what takes the run's steps.
            twin: its linearised twin, where it has one.
            recorder: has the solvers of all records, and gives those of before the run went on.
        """
        problem = self._problem
        with computing(problem.threads):
            self.references = PosedReferences.of(problem).solved(self._ask, recorder.solvers)
            if twin is not None:
                twin.prepare()
            known = build_measurements(problem, stepper.optimizer, self.references, twin)
            self.all, self.solved = self.choose(known, problem), True
            # elsewhere vectors made again are not the same to the last bit
            for history in self.histories:
                history.keeps_parameters = self.keeps_parameters and problem.device.type == "cpu"
            if self._resumed_from is not None:
                restore_histories(self._resumed_from, self.histories, problem.initial, recorder.recalled)
                self._resumed_from = None

    def ahead_of(self, records: Records, step: int) -> list[Measurement]:
        """Return what a record taken at a step says of the step from there, which an edit makes another."""
        if not len(records) or records.steps[-1] != step:
            return []
        known = {name for name in records.names if np.isfinite(records.column(name)[-1]).any()}
        return [m for m in self.all if m.ahead and known.issuperset(m.columns)]

    @property
    def histories(self) -> list[VectorHistory]:
        """Return what keeps vectors."""
        return [self.margins, *(m.history for m in self.all if m.history is not None)]

    def kept(self) -> dict[str, KeptVectors]:
        """Return every vector that is kept, by the names of their histories."""
        return kept_by(self.histories)

    def untold(self) -> dict[str, KeptVectors]:
        """Return those kept since this was last asked."""
        return untold_of(self.histories)

    def late(self) -> Iterator[RecordBatch]:
        """Yield the columns that are only known when the run has ended."""
        for measurement in self.all:
            steps, columns = measurement.finish() if measurement.finish is not None else ([], {})
            if steps:
                late = {name: values.cpu().double().numpy() for name, values in columns.items()}
                yield RecordBatch(np.array(steps), late, closing=True)
