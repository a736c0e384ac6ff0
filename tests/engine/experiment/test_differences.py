"""What differs between two experiments, and which edits a run under way can take."""

from __future__ import annotations

from typing import Any

import pytest

from engine.experiment.differences import differences, in_words, needs_restart
from engine.experiment.experiment import with_values
from tests.engine.cases import ADAM, SGD, experiment

LIVE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"optimizer.step.c": 0.25, "optimizer.step.kappa": 0.5, "optimizer.step.refresh": 3}),
    ({"optimizer.step": {"kind": "constant"}}, {"optimizer.step.eta": 0.5}),
    ({"optimizer.step": {"kind": "normalised"}}, {"optimizer.step.a": 0.5}),
    ({"optimizer.step": {"kind": "loss-based"}}, {"optimizer.step.up": 1.5, "optimizer.step.down": 1.5}),
    ({"optimizer": ADAM}, {"optimizer.beta1": 0.1, "optimizer.beta2": 0.1, "optimizer.epsilon": 0.1}),
    ({}, {"run.steps": 5, "run.stop.log_loss": -3.0, "run.stop.seconds": 9.0, "run.stop.plateau": 0.1}),
    ({}, {"measure.per_decade": 7, "measure.every": 2}),
    ({}, {"title": "another name"}),
]
RESTART: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"seed": 1}),
    ({}, {"replicas": 2}),
    ({}, {"vary": {"network.init.scale": [0.1, 0.2]}}),
    ({}, {"data.n": 12}),
    ({}, {"data.kind": "rings"}),
    ({}, {"network.widths": [7]}),
    ({}, {"network.activation": "gelu"}),
    ({}, {"network.init.scale": 0.3}),
    ({}, {"network.output_scale": 0.3}),
    ({}, {"loss.kind": "logistic"}),
    ({}, {"loss.reduction": "mean"}),
    ({}, {"optimizer.kind": "adam"}),
    ({}, {"optimizer.step.kind": "constant"}),
    ({"optimizer": SGD}, {"optimizer.batch": 4}),
    ({"optimizer": SGD}, {"optimizer.replacement": False}),
    ({"optimizer.step": {"kind": "loss-based"}}, {"optimizer.step.alpha": 0.5}),
    ({}, {"measure.groups": ["norms"]}),
    ({}, {"measure.grid": 11}),
    ({}, {"run.device": "auto"}),
    ({}, {"run.dtype": "float32"}),
    ({}, {"run.threads": 2}),
]


@pytest.mark.parametrize(("said", "edit"), LIVE)
def test_live_edits(said: dict[str, Any], edit: dict[str, Any]) -> None:
    before = experiment(said)
    after = with_values(before, edit)
    assert set(differences(before, after)) == set(edit)
    assert not needs_restart(before, after)


@pytest.mark.parametrize(("said", "edit"), RESTART)
def test_edits_that_need_a_new_run(said: dict[str, Any], edit: dict[str, Any]) -> None:
    before = experiment(said)
    after = with_values(before, edit)
    assert next(iter(edit)) in needs_restart(before, after)
    both = with_values(after, {"run.steps": 99})
    assert "run.steps" not in needs_restart(before, both)


def test_differences_give_both_values() -> None:
    before, after = (
        experiment(),
        experiment({"data.n": 12, "optimizer.step": {"kind": "constant", "eta": 0.5}}),
    )
    found = differences(before, after)
    assert found["data.n"] == (8, 12)
    assert found["optimizer.step.kind"] == ("safe", "constant")
    assert found["optimizer.step.eta"] == (None, 0.5)
    assert found["optimizer.step.c"] == (0.5, None)
    assert differences(before, before) == {}
    assert in_words(before, after) == "points 12, step rule constant, learning rate 0.5"
    assert in_words(before, experiment({"network.widths": [3, 4]})) == "hidden widths [3, 4]"
    assert in_words(before, experiment({"title": "another", "optimizer.norm": "linf"})) == "norm l-infinity"


def test_a_field_that_is_no_longer_varied_is_said_with_its_value() -> None:
    step = {"optimizer.step": {"kind": "constant", "eta": 0.5}}
    alone = experiment({**step, "replicas": 2})
    swept = experiment({**step, "vary": {"optimizer.step.eta": [0.1, 0.2]}})
    assert swept.replicas == 2
    assert in_words(swept, alone) == "learning rate 0.5"
    both = {"optimizer.step.eta": [0.1, 0.2], "network.init.scale": [1.0, 2.0]}
    assert in_words(swept, experiment({**step, "vary": both})) == "initialisation scale [1.0, 2.0]"
    assert in_words(swept, experiment({"replicas": 2})) == "step rule safe, c 0.5, kappa 0.02, refresh 25"
