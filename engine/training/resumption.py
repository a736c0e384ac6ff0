"""What a run goes on from as if it had never stopped: its state, and what it has seen on the way there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..measurements.record_point import RecordPoint
from ..measurements.vector_history import KeptRecord, VectorHistory
from ..protocol.records import THETAS, KeptVectors, Snapshot, vector_lists
from ..run.state import RunState, Saved, copied, put_back
from ..run.step_monitor import StepMonitor
from .steps_path import COMPILED

SECONDS = "run.seconds"
FIRST, ROWS = "unfolded.first", "unfolded.rows"
Recall = Callable[[Mapping[int, KeptRecord]], Iterator[RecordPoint]]
"""Gives records of a run again, by step, side by side and in the places in which they were measured."""


@dataclass(frozen=True)
class Standing:
    """Where a run stood: its step and its tensors, with all that its monitor had seen."""

    step: int
    tensors: Saved

    @classmethod
    def of(cls, step: int, state: RunState, monitor: StepMonitor) -> Standing:
        """Return a copy that later steps leave alone."""
        monitor.flush(state)
        return cls(step, copied(state))

    def with_records(self, state: RunState) -> Standing:
        """Return it with what records have left in the state since."""
        left = {name: tensor.clone() for name, tensor in state.left_by_records().items()}
        return replace(self, tensors=self.tensors | left)

    def put_back(self, state: RunState, monitor: StepMonitor) -> None:
        """Let a run stand there again."""
        put_back(state, self.tensors)
        monitor.forget()

    def snapshot(self, seconds: float, compiled: bool, histories: Iterable[VectorHistory]) -> Snapshot:
        """Return it as what a run can go on from; of its histories it says which vectors they hold."""
        arrays = {name: tensor.cpu().numpy() for name, tensor in self.tensors.items()}
        arrays |= {SECONDS: np.array([seconds]), COMPILED: np.array([compiled])}
        lists = {history.name: history.steps for history in histories}
        numbers = {step: record.number for h in histories for step, record in h.records.items()}
        return Snapshot(self.step, arrays | vector_lists(lists, numbers), resumable=True)


def restore(snapshot: Snapshot, state: RunState, monitor: StepMonitor) -> float:
    """Let a run stand where a snapshot was taken; return the seconds that it had trained.

    Sessions of earlier labs know nothing of seconds, or kept rows that their monitor had not folded yet.

    Raises:
        ValueError: where a tensor is missing.
    """
    tensors = state.tensors()
    missing = [name for name in tensors if name not in snapshot.arrays]
    if missing or not snapshot.resumable:
        lacks = ", ".join(missing) or "its state"
        raise ValueError(f"the snapshot at step {snapshot.step} cannot be continued: it lacks {lacks}")
    for name, tensor in tensors.items():
        tensor.copy_(torch.as_tensor(np.array(snapshot.arrays[name])))
    if ROWS in snapshot.arrays:
        rows = torch.as_tensor(np.array(snapshot.arrays[ROWS]))
        monitor.take(int(snapshot.arrays[FIRST][0]), rows, state)
    return float(snapshot.arrays[SECONDS][0]) if SECONDS in snapshot.arrays else 0.0


def restore_histories(
    snapshot: Snapshot, histories: Iterable[VectorHistory], like: Tensor, recall: Recall | None = None
) -> None:
    """Give a run's histories the vectors that they had, or make them again of the parameters that stand for them."""
    for history in histories:
        kept = snapshot.vectors(history.name)
        if kept is not None:
            history.restore(kept, like)
    thetas = snapshot.vectors(THETAS)
    if recall is None or thetas is None:
        return
    numbers = snapshot.record_numbers()
    records = {
        step: KeptRecord(numbers[step], torch.as_tensor(theta, dtype=like.dtype, device=like.device))
        for step, theta in zip(thetas.steps.tolist(), thetas.values, strict=True)
        if step in numbers
    }
    missing = {
        h: set(snapshot.vector_steps(h.name).tolist()) & records.keys() - set(h.steps)
        for h in histories
        if h.follows_from_records
    }
    for point in recall({step: record for step, record in records.items() if _in_any(step, missing)}):
        for history, steps in missing.items():
            history.recall(point, steps)


def kept_by(histories: Iterable[VectorHistory]) -> dict[str, KeptVectors]:
    """Return everything that histories hold, by their names."""
    return {h.name: kept for h in histories if (kept := h.kept()) is not None}


def untold_of(histories: Iterable[VectorHistory]) -> dict[str, KeptVectors]:
    """Return what histories took up since this was last asked, by their names.

    For vectors of a record that are larger than its parameters these are returned: of a small network's kernel and
    predictions they are a tenth.
    """
    untold = {history: set(history.take_untold()) for history in histories}
    thetas: dict[int, Tensor] = {}
    for step in sorted(set().union(*untold.values())):
        following = {h: h.records[step] for h, steps in untold.items() if step in steps and step in h.records}
        theta = next((r.theta for r in following.values() if r.theta is not None), None)
        if theta is not None and theta.numel() < sum(history.size_at(step) for history in following):
            thetas[step] = theta
        for history, record in following.items():
            record.theta = None
            if step in thetas:
                untold[history].remove(step)
    told = {h.name: kept for h, steps in untold.items() if (kept := h.vectors_at(sorted(steps))) is not None}
    if thetas:
        values = torch.stack(list(thetas.values())).cpu().numpy()
        told[THETAS] = KeptVectors(np.array(list(thetas), np.int64), values)
    return told


def _in_any(step: int, sets: Mapping[VectorHistory, set[int]]) -> bool:
    return any(step in steps for steps in sets.values())
