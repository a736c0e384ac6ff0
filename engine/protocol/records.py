"""What a run leaves behind: columns over log-spaced steps, events, counters, snapshots. No torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..words.errors import Refusal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RecordBatch:
    """Some records in a row: steps (T,) and columns (T, R); NaN where a measurement is not defined yet."""

    steps: NDArray[np.int64]
    columns: Mapping[str, Array]
    closing: bool = False
    """Whether they are what a run records where it ends, and takes back where it goes on."""


def joined(batches: Sequence[RecordBatch]) -> RecordBatch:
    """Return batches, all of them closing or none, as one in the order of their steps.

    A column that some of them lack is NaN there.
    """
    if len(batches) == 1:
        return batches[0]
    steps = np.unique(np.concatenate([np.empty(0, np.int64), *(batch.steps for batch in batches)]))
    columns: dict[str, Array] = {}
    for batch in batches:
        rows = np.searchsorted(steps, batch.steps)
        for name, values in batch.columns.items():
            columns.setdefault(name, np.full((len(steps), values.shape[1]), np.nan))[rows] = values
    return RecordBatch(steps, columns, closing=any(batch.closing for batch in batches))


TWIN = "twin.coefficients"
"""How a run's state calls what its linearised twin has learnt (R, N C), samples slowest."""
THETAS = "theta"
"""How a session calls parameters (T, R, P) at records, which stand for larger vectors that follow from them."""
NUMBERS = "history.numbers"
"""The steps and numbers (T, 2) of these records, in a snapshot."""
DAMAGED_STATE = "the state at step {} is damaged and cannot be gone on from: it does not say"
UNFITTING = "what was kept of its records does not fit its state"
LOOKED_AT = ("theta", TWIN)
"""The arrays of a snapshot that pictures are made of, where the run has them."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a run at a step: what pictures are made of and, where it is resumable, all that training needs."""

    step: int
    arrays: Mapping[str, NDArray[np.generic]]
    resumable: bool = False

    def without_state(self) -> Snapshot:
        """Return what pictures are made of alone."""
        return Snapshot(self.step, {name: self.arrays[name] for name in LOOKED_AT if name in self.arrays})

    def with_vectors(self, kept: Mapping[str, KeptVectors]) -> Snapshot:
        """Return it with vectors of its run, by history; of these it takes the ones that it lists and are there."""
        arrays = dict(self.arrays)
        for name, vectors in kept.items():
            chosen = np.isin(vectors.steps, self.vector_steps(name))
            if chosen.any():
                arrays[_known_of(name)] = vectors.steps[chosen]
                arrays[_vectors_of(name)] = vectors.values[chosen]
        return replace(self, arrays=arrays)

    def vector_steps(self, name: str) -> NDArray[np.int64]:
        """Return the steps of the vectors that a history held here."""
        return self.arrays.get(_steps_of(name), np.empty(0, np.int64)).astype(np.int64)

    def vectors(self, name: str) -> KeptVectors | None:
        """Return the vectors of a history that were kept of those it held here; None for none."""
        values, known = self.arrays.get(_vectors_of(name)), self.arrays.get(_known_of(name))
        if values is None:
            return None
        if known is None or known.shape != values.shape[:1] or known.dtype.kind != "i":
            raise Refusal("", None, f"{DAMAGED_STATE.format(self.step)}, of which steps its '{name}' is")
        return KeptVectors(known.astype(np.int64), values)

    def record_numbers(self) -> dict[int, int]:
        """Return the numbers, by step, of the records that vectors held here follow from."""
        pairs = self.arrays.get(NUMBERS, np.empty((0, 2), np.int64))
        if pairs.shape[1:] != (2,) or pairs.dtype.kind != "i":
            raise Refusal("", None, f"{DAMAGED_STATE.format(self.step)}, which of its records are which")
        return {int(step): int(number) for step, number in pairs.tolist()}


@dataclass(frozen=True)
class KeptVectors:
    """Vectors (T, R, K) that a history holds, by their steps (T,), increasing."""

    steps: NDArray[np.int64]
    values: NDArray[np.generic]

    @classmethod
    def joined(cls, parts: Sequence[KeptVectors]) -> KeptVectors:
        """Return parts as one; of two for one step the later holds."""
        rows = {step: v for part in parts for step, v in zip(part.steps.tolist(), part.values, strict=True)}
        steps = sorted(rows)
        return cls(np.array(steps, np.int64), np.array([rows[step] for step in steps]))

    def up_to(self, step: int) -> KeptVectors:
        """Return those up to a step."""
        return KeptVectors(self.steps[self.steps <= step], self.values[self.steps <= step])


def refuse_unfitting(kept: tuple[int, ...], made: tuple[int, ...]) -> None:
    """Refuse to go on from kept vectors of one shape where the run makes others.

    Raises:
        Refusal: where the shapes differ.
    """
    if kept != made:
        raise Refusal("", None, f"cannot go on: {UNFITTING}; Run trains it anew")


def vector_lists(
    histories: Mapping[str, Sequence[int]], numbers: Mapping[int, int] | None = None
) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a snapshot that say which vectors each history holds.

    Args:
        histories: the steps of what each holds, by name.
        numbers: the numbers of the records that vectors follow from, by step: their parameters are held as well.
    """
    lists: dict[str, NDArray[np.generic]] = {
        _steps_of(name): np.array(steps, np.int64) for name, steps in histories.items()
    }
    if numbers:
        lists[_steps_of(THETAS)] = np.array(sorted(numbers), np.int64)
        lists[NUMBERS] = np.array(sorted(numbers.items()), np.int64)
    return lists


def _steps_of(name: str) -> str:
    return f"history.{name}.steps"


def _vectors_of(name: str) -> str:
    return f"history.{name}.vectors"


def _known_of(name: str) -> str:
    return f"history.{name}.known"


class Records:
    """A growing table of measurements: one row a recorded step, one value a replica."""

    def __init__(self, replicas: int = 1) -> None:
        self.replicas = replicas
        self.changes = 0
        """How often they became others."""
        self._steps = np.empty(0, dtype=np.int64)
        self._columns: dict[str, Array] = {}
        self._size = 0
        self._before_closing: RecordBatch | None = None
        """The records as they were before the closing ones."""

    def __len__(self) -> int:
        return self._size

    @property
    def steps(self) -> NDArray[np.int64]:
        """Return the recorded steps (T,), increasing."""
        return self._steps[: self._size]

    @property
    def names(self) -> list[str]:
        """Return the names of the columns, in the order they came."""
        return list(self._columns)

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def column(self, name: str) -> Array:
        """Return one measurement (T, R)."""
        return self._columns[name][: self._size]

    def final(self, name: str) -> Array:
        """Return the last defined value of a measurement for every replica (R,); NaN where there is none."""
        values = self.column(name)
        if not len(values):
            return np.full(self.replicas, np.nan)
        defined = ~np.isnan(values)
        rows = (
            len(values) - 1 - defined[::-1].argmax(axis=0)
        )  # the last row where none is defined: NaN as well
        last: Array = values[rows, np.arange(self.replicas)]
        return last

    def append(self, step: int, values: Mapping[str, Array]) -> None:
        """Add one record; values are (R,)."""
        self.extend(RecordBatch(np.array([step]), {k: np.asarray(v, float)[None] for k, v in values.items()}))

    def extend(self, batch: RecordBatch) -> None:
        """Add records; those of steps already there fill in columns, NaN leaving what is there; order stays."""
        if not len(batch.steps):
            return
        self.changes += 1
        if batch.closing and self._before_closing is None:
            self._before_closing = self.all()
        new = batch.steps > (self._steps[self._size - 1] if self._size else -1)
        start = self._size
        self._reserve(start + int(new.sum()))
        self._steps[start : start + int(new.sum())] = batch.steps[new]
        self._size = start + int(new.sum())
        rows = np.searchsorted(self.steps, batch.steps)
        known = (rows < self._size) & (self.steps[np.minimum(rows, self._size - 1)] == batch.steps)
        for name, values in batch.columns.items():
            if name not in self._columns:
                self._columns[name] = np.full((len(self._steps), self.replicas), np.nan)
            here = self._columns[name]
            if new.all():
                here[start : self._size] = values
                continue
            here[rows[known]] = np.where(np.isnan(values[known]), here[rows[known]], values[known])

    def truncate(self, step: int) -> None:
        """Forget every record after a step, and closing ones wherever they are: the run goes on from there."""
        self.changes += 1
        before, self._before_closing = self._before_closing, None
        if before is not None:
            self._size, self._columns = 0, {}
            self.extend(before)
        self._size = int(np.searchsorted(self.steps, step, side="right"))
        for values in self._columns.values():
            values[self._size :] = np.nan

    def copy(self) -> Records:
        """Return records that no longer grow with these."""
        copy = Records(self.replicas)
        copy.extend(self.all())
        copy._before_closing = self._before_closing
        return copy

    def all(self) -> RecordBatch:
        """Return every record as one batch (copies)."""
        return RecordBatch(self.steps.copy(), {name: self.column(name).copy() for name in self._columns})

    def _reserve(self, size: int) -> None:
        if size <= len(self._steps):
            return
        room = max(64, 2 * size)
        steps = np.empty(room, dtype=np.int64)
        steps[: self._size] = self.steps
        self._steps = steps
        for name, values in self._columns.items():
            grown = np.full((room, self.replicas), np.nan)
            grown[: self._size] = values[: self._size]
            self._columns[name] = grown


def next_record(step: int, last: int, per_decade: int, every: int | None) -> int:
    """Return the first step after `step` that is recorded: log-spaced, or at a fixed distance; never beyond `last`."""
    if every is not None:
        return min(last, step - step % every + every)
    index = math.ceil(per_decade * math.log10(step + 1)) - 1
    while (candidate := math.floor(10 ** (index / per_decade))) <= step:
        index += 1
    return min(last, candidate)


def record_count(last: int, per_decade: int, every: int | None) -> int:
    """Return about how many records a run of `last` steps makes, never too few."""
    if every is not None:
        return last // every + 2
    return min(last, math.ceil(per_decade * math.log10(last + 1))) + 2


def schedule(last: int, per_decade: int, every: int | None) -> list[int]:
    """Return every recorded step of a run of `last` steps, 0 and `last` among them."""
    steps = [0]
    while steps[-1] < last:
        steps.append(next_record(steps[-1], last, per_decade, every))
    return steps
