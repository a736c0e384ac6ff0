"""Surfaces as the window asks for them."""

from __future__ import annotations

import numpy as np

from engine.inspection.inspected_run import InspectionCache
from engine.inspection.predictors import PREDICTORS
from engine.inspection.surface import SurfacePictures
from engine.protocol.messages import AskSurface, SurfaceReady
from tests.engine.cases import trained
from tests.engine.inspection.questions import SAID, ask, surface


def test_the_network_stands_beside_its_own_start_and_end() -> None:
    training = trained(SAID)
    last = training.snapshot(resumable=True)
    found = surface(SAID, training, predictor="latest", latest=last, replica=1)
    np.testing.assert_allclose(found.other, found.network)
    assert found.title == "network at step 30"
    assert "no later parameters" in surface(SAID, training, predictor="latest").why_no_other
    start = surface(SAID, training, predictor="start", replica=1)
    again = SurfacePictures(InspectionCache()).answer(
        ask(AskSurface, SAID, training.problem.initial.numpy(), resolution=9, replica=1), None
    )
    assert isinstance(again, SurfaceReady)
    np.testing.assert_allclose(start.other, again.network)


def test_a_predictor_that_is_not_known_is_no_error() -> None:
    training = trained({**SAID, "run.steps": 1})
    found = surface(SAID, training, predictor="oracle")
    assert found.other is None and "no predictor 'oracle'" in found.why_no_other
    assert next(iter(PREDICTORS)) == "ntk-max-margin"
