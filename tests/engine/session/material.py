"""What the tests of sessions share: an experiment, records, and what lies beside a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.protocol.messages import Recorded
from engine.protocol.records import RecordBatch
from engine.session import Session

TEXT = """version = 1
replicas = 2
[data]
kind = "circle"
[network]
kind = "mlp"
[loss]
kind = "exponential"
[optimizer]
kind = "steepest"
step = { kind = "safe" }
"""


def batch(first: int, last: int, *names: str, replicas: int = 2, sign: float = 1.0) -> RecordBatch:
    """Return records of every step from first to last whose values tell column, step and replica."""
    steps = np.arange(first, last + 1)
    columns = {
        name: sign * (1000.0 * len(name) + steps[:, None] + np.arange(replicas) / 10)
        for name in names or ("margin",)
    }
    return RecordBatch(steps, columns)


def record(session: Session, run: str, records: RecordBatch) -> None:
    events, counters = {"separated_step": [3, None]}, {"decreases": np.array([0.0, np.inf])}
    session.store(Recorded(run, records, events, counters, int(records.steps[-1]), 1.5, 10.0))


def files(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.glob("*session*"))
