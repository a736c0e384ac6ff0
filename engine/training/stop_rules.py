"""When and why a run ends before its last step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..experiment.run import StopSpec
from ..protocol.run_history import RunHistory


def why_stop(stop: StopSpec, history: RunHistory, alive: NDArray[np.bool_]) -> str:
    """Return the sentence of the rule that the last record meets, or ''; replicas alive (R,) still train."""
    if stop.log_loss is not None and np.all(history.records.column("log_loss")[-1, alive] < stop.log_loss):
        return f"log loss fell below {stop.log_loss:g}"
    if stop.plateau is not None and _has_plateaued(stop.plateau, history):
        return f"the normalized margin grew by less than {stop.plateau:g} while the steps doubled"
    return time_is_up(stop, history)


def time_is_up(stop: StopSpec, history: RunHistory) -> str:
    """Return the sentence of the limit on seconds, '' where it is not reached."""
    if stop.seconds is not None and history.seconds > stop.seconds:
        return f"{stop.seconds:g} seconds of training have passed"
    return ""


def _has_plateaued(fraction: float, history: RunHistory) -> bool:
    records = history.records
    step = int(records.steps[-1])
    # a run that was continued has no records of its own from before
    if "normalized_margin" not in records or step < 100 or records.steps[0] > step // 2:
        return False
    margins = records.column("normalized_margin")
    before, now = margins[int(np.searchsorted(records.steps, step // 2))], margins[-1]
    return bool(np.all((before > 0) & (now - before < fraction * np.abs(before))))
