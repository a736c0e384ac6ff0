"""What a run that ended could have done otherwise, where that is known."""

from __future__ import annotations

from ..experiment.optimizers import OptimizerSpec
from ..experiment.step_rules import SafeSpec
from ..protocol.messages import RunStatus
from ..protocol.run_history import RunHistory

LONG = 1000
"""Steps after which safe ones that have not fitted every sample are called slow."""


def hint(history: RunHistory, optimizer: OptimizerSpec) -> str:
    """Say what would fit sooner where a run of safe steps ended before every sample was fitted; '' elsewhere.

    Safe steps are bounded by the largest gradient of any sample, however many samples pull otherwise: theory 0.1.
    """
    if (
        not isinstance(optimizer.step, SafeSpec)
        or history.status is not RunStatus.DONE
        or history.step < LONG
    ):
        return ""
    fitted = history.events.get("fitted_step", [])
    missing = fitted.count(None)
    if not missing:
        return ""
    whose = f" in {missing} of {len(fitted)} replicas" if len(fitted) > 1 else ""
    return (
        f"not every sample is fitted{whose}: safe steps are short until then; a line search or a small constant "
        "learning rate fits sooner, if the network can"
    )
