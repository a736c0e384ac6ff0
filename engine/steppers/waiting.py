"""Which steps make the processor wait for a device, and why: all others are only told to it."""

from __future__ import annotations

from ..networks import Network
from ..optimizers import Attempted, Optimizer, StepRule
from ..optimizers.geometry import Spectral
from ..optimizers.plug_ins import OwnOptimizer


def why_it_waits(optimizer: Optimizer, rule: StepRule | Attempted | None, network: Network) -> str:
    """Say what of a step the processor must know before it can go on, or ''."""
    if isinstance(optimizer, OwnOptimizer) or network.structure.opaque:
        return "code of a plug-in may look at what it computes"
    if rule is None:
        return "an adaptive integrator looks at the error of every attempt"
    if isinstance(rule, Attempted):
        return "steps that may be undone look whether the loss fell"
    if isinstance(optimizer.geometry, Spectral):
        return "decompositions of matrices look whether they succeeded"
    return ""
