"""Predictors that a surface stands beside, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from engine.inspection.inspected_run import InspectionCache
from engine.inspection.predictors import PREDICTORS, PredictionPlace, predicted
from engine.protocol.surface import AskSurface
from engine.references import ReferenceUnavailable
from tests.engine.cases import trained
from tests.engine.inspection.questions import SAID, ask, surface


def test_kernel_regression_fits_the_labels_where_the_kernel_can() -> None:
    said = {**SAID, "network.widths": [80], "run.steps": 1}
    training = trained(said)
    found = surface(said, training, predictor="ntk-regression", replica=1)
    assert found.other is not None and np.isfinite(found.other).all()
    # at the training points themselves
    run = InspectionCache().at(ask(AskSurface, said, None).subject, training)
    one = predicted("ntk-regression", PredictionPlace(run, 1, run.problem.x[1:2]), "training points")
    assert one.outputs[:, 0].numpy() == pytest.approx(run.problem.labels[1].numpy(), abs=1e-6)


def test_the_infinite_width_predictor_separates_with_equal_least_margins() -> None:
    training = trained({**SAID, "run.steps": 1})
    run = InspectionCache().at(ask(AskSurface, SAID, None).subject, training)
    problem = run.problem
    found = predicted("infinite-max-margin", PredictionPlace(run, 1, problem.x[1:2]), "training points")
    margins = problem.labels[1].numpy() * found.outputs[:, 0].numpy()
    assert found.support is not None and found.support.any()
    assert margins[found.support] == pytest.approx(margins.min(), rel=1e-6) and margins.min() > 0
    tanh = {**SAID, "network.activation": "tanh", "run.steps": 1}
    assert surface(tanh, trained(tanh), predictor="infinite-max-margin").why_no_other


def test_the_twin_is_the_expansion_at_the_start() -> None:
    said = {**SAID, "measure": {"groups": ["kernel"], "twin": True}}
    training = trained(said)
    twin = training.snapshot(resumable=True).arrays["twin.coefficients"]
    found = surface(said, training, predictor="twin", twin=twin, replica=1)
    problem = training.problem
    rows = torch.func.jacrev(lambda t: problem.network.one(1).outputs(t[None], problem.x[1:2])[0, :, 0])(
        problem.initial[1]
    )
    point = torch.tensor([[[found.axis[6], found.axis[2]]]], dtype=torch.float64)
    there = torch.func.jacrev(lambda t: problem.network.one(1).outputs(t[None], point)[0, 0, 0])(
        problem.initial[1]
    )
    moved = rows.mT @ torch.as_tensor(twin[1])
    assert found.other is not None
    assert found.other[2, 6] == pytest.approx(float(there @ moved))
    assert "before runs kept their linearised twin" in surface(said, training, predictor="twin").why_no_other
    assert "trains no linearised twin" in surface(SAID, trained(SAID), predictor="twin").why_no_other


def test_fixed_predictors_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    training = trained({**SAID, "run.steps": 1})
    run = InspectionCache().at(ask(AskSurface, SAID, None).subject, training)
    asked = []

    def predict(place: PredictionPlace) -> Any:
        asked.append(place.replica)
        raise ReferenceUnavailable("no")

    place = PredictionPlace(run, 0, run.problem.x[:1])
    for fixed in (True, False):
        kept = replace(PREDICTORS["start"], fixed=fixed)
        monkeypatch.setitem(PREDICTORS, "start", kept)
        assert (predicted("start", place, 3) is predicted("start", place, 3)) is fixed
    monkeypatch.setitem(PREDICTORS, "start", replace(PREDICTORS["start"], predict=predict))
    with pytest.raises(ReferenceUnavailable):
        predicted("start", place, 4)
    assert asked == [0]
