"""No kind takes torch's steps unnoticed: each has a compiled half, or is named among those that have none."""

from __future__ import annotations

from itertools import islice
from typing import get_args

import pytest

from engine.compiled.coverage import (
    ACTIVATIONS,
    BY_TORCH,
    FAMILIES,
    NORMS,
    OPTIMIZERS,
    RULES,
    why_not_compiled,
)
from engine.experiment.experiment import Experiment, experiment_from
from engine.experiment.networks import NETWORK_KINDS, Activation
from engine.experiment.optimizers import OPTIMIZER_KINDS, GeometryName
from engine.experiment.step_rules import STEP_KINDS
from engine.run.problem import prepare

from .drawing import experiments, pairs

COVERED = {
    *(kind for kind, spec in NETWORK_KINDS.items() if spec in FAMILIES),
    *(kind for kind, spec in OPTIMIZER_KINDS.items() if spec in OPTIMIZERS),
    *(kind for kind, spec in STEP_KINDS.items() if spec in RULES),
    *ACTIVATIONS,
    *NORMS,
}
ALL = {*NETWORK_KINDS, *OPTIMIZER_KINDS, *STEP_KINDS, *get_args(Activation), *get_args(GeometryName)}
PAIRS = len(pairs())


def test_every_kind_is_covered_or_named() -> None:
    assert set(BY_TORCH) == ALL - COVERED


@pytest.mark.parametrize("experiment", [e for _, e in islice(experiments(2), PAIRS)])
def test_what_is_covered_does_not_fall_back(experiment: Experiment) -> None:
    assert why_not_compiled(experiment, prepare(experiment)) == ""


@pytest.mark.parametrize("kind", sorted(BY_TORCH))
def test_what_is_named_takes_the_steps_of_torch(kind: str) -> None:
    names = {"data": {"kind": "circle"}, "loss": {"kind": "exponential"}}
    optimizer = {"kind": kind} if kind in OPTIMIZER_KINDS else {"kind": "steepest"}
    optimizer |= {"norm": kind} if kind in get_args(GeometryName) else {}
    optimizer = {"kind": "flow"} if kind == "adaptive" else optimizer
    network = {"kind": kind} if kind in NETWORK_KINDS else {"kind": "mlp", "widths": [3]}
    experiment = experiment_from({"version": 1, **names, "network": network, "optimizer": optimizer})
    assert why_not_compiled(experiment, prepare(experiment)) != ""
