"""Every choice among kinds that an experiment makes, by its dotted path."""

from __future__ import annotations

from collections.abc import Mapping

from .data import DATA_KINDS
from .fields import Kind
from .networks import NETWORK_KINDS
from .optimizers import OPTIMIZER_KINDS
from .step_rules import STEP_KINDS

CHOICES: dict[str, Mapping[str, type[Kind]]] = {
    "data": DATA_KINDS,
    "network": NETWORK_KINDS,
    "optimizer": OPTIMIZER_KINDS,
    "optimizer.step": STEP_KINDS,
}
