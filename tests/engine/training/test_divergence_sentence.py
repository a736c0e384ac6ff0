"""What is said of a run that diverged: the field that makes its steps shorter."""

from __future__ import annotations

import pytest

from engine.experiment.experiment import value_at
from engine.experiment.step_rules import STEP_KINDS
from engine.training.divergence import why_diverged
from tests.engine.cases import experiment

BEYOND = "diverged after step 7: beyond it the parameters or the loss are no longer finite; "


@pytest.mark.parametrize("kind", [kind for kind, rule in STEP_KINDS.items() if rule.rate])
def test_every_rule_with_a_rate_names_it(kind: str) -> None:
    run = experiment({"optimizer.step": {"kind": kind}})
    path = f"optimizer.step.{run.optimizer.step.rate}"
    assert why_diverged(run, 7) == f"{BEYOND}lower {path} (now {value_at(run, path):g})"


def test_a_rule_without_a_rate_asks_for_smaller_steps() -> None:
    run = experiment({"optimizer": {"kind": "flow"}})
    assert why_diverged(run, 7) == f"{BEYOND}choose a smaller step"
