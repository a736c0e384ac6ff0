"""When and why a run ends before its last step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..experiment.run import StopSpec
from ..measurements.vector_history import VectorHistory
from ..protocol.run_history import RunHistory


def why_stop(
    stop: StopSpec, log_loss: NDArray[np.float64], alive: NDArray[np.bool_], margins: VectorHistory
) -> str:
    """Return the sentence of the rule that a record meets, or ''; replicas alive (R,) still train.

    log_loss: (R,) there; margins: the normalized margins (R, 1) of every record up to it, those before the run was
    resumed too.
    """
    if stop.log_loss is not None and np.all(log_loss[alive] < stop.log_loss):
        return f"log loss fell below {stop.log_loss:g}"
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
