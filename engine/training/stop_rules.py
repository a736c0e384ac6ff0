"""When and why a run ends before its last step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ..experiment.run import StopSpec
from ..measurements.record_point import Frame
from ..measurements.vector_history import VectorHistory
from ..protocol.records import Array
from ..protocol.run_history import RunHistory

MARGIN = "normalized_margin"
"""The column that says whether a run has reached a plateau."""
WATCHED = 1 / 20
"""Seconds between two looks at a run, where somebody waits for what they tell: what waits is measured at each."""


def looks_every(stop: StopSpec, seconds: float) -> float:
    """Return after how many seconds a run is looked at, `seconds` at most: a limit on them is kept within a moment."""
    return seconds if stop.seconds is None else min(seconds, WATCHED)


def records_to_stop(
    stop: StopSpec, frames: Sequence[Frame], columns: Mapping[str, Array], margins: VectorHistory, but: int
) -> tuple[int, str]:
    """Return how many records are taken until one meets a stop rule, and its sentence; '' where none does.

    What is recorded besides the schedule decides nothing, nor does the record of the step `but`, which ends the run
    anyway. The margins get those of all that are taken.
    """
    for i, frame in enumerate(frames):
        if not frame.scheduled:
            continue
        if MARGIN in columns:
            margins.add(frame.step, torch.as_tensor(columns[MARGIN][i]).unsqueeze(1))
        if frame.step == but:
            continue
        sentence = _why_stop(stop, columns["log_loss"][i], frame.alive.cpu().numpy(), margins)
        if sentence:  # before whatever came later
            return i + 1, sentence
    return len(frames), ""


def _why_stop(
    stop: StopSpec, log_loss: NDArray[np.float64], alive: NDArray[np.bool_], margins: VectorHistory
) -> str:
    """Return the sentence of the rule that a record meets, or ''; replicas alive (R,) still train.

    log_loss: (R,) there; margins: the normalized margins (R, 1) of every record up to it, those before the run was
    resumed too.
    """
    if stop.log_loss is not None and np.all(log_loss[alive] < stop.log_loss):
        return f"ln loss fell below {stop.log_loss:g}"
    if stop.plateau is not None and _has_plateaued(stop.plateau, margins, alive):
        return f"the normalized margin grew by less than {stop.plateau:g} while the steps doubled"
    return ""


def time_is_up(stop: StopSpec, history: RunHistory) -> str:
    """Return the sentence of the limit on seconds, '' where it is not reached."""
    if stop.seconds is not None and history.seconds > stop.seconds:
        return f"{stop.seconds:g} seconds of training have passed"
    return ""


def _has_plateaued(fraction: float, margins: VectorHistory, alive: NDArray[np.bool_]) -> bool:
    step = max(margins.steps, default=0)
    before, now = margins.at(step // 2), margins.at(step)
    if step < 100 or before is None or now is None:
        return False
    before, now = before[alive], now[alive]
    return bool(((before > 0) & (now - before < fraction * before.abs())).all())
