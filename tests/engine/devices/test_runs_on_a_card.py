"""Whole runs on a card that is none: every kind starts, steps, records, goes on and is looked at as on a real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.inspection.answers import Answers
from engine.inspection.predictors import PREDICTORS
from engine.measurements import record_point
from engine.protocol.kernel import AskKernel, KernelReady
from engine.protocol.surface import AskSurface, SurfaceReady
from engine.steppers import build
from engine.steppers.epoch import Epoch
from engine.steppers.gradient_flow import GradientFlow
from engine.steppers.line_search import LineSearch
from engine.steppers.margin_flow import MarginFlow
from engine.steppers.single_step import SingleStep
from engine.training.loop import Training
from tests.engine import drawn
from tests.engine.cases import columns, experiment, trained
from tests.engine.devices import kinds
from tests.engine.devices.pretended_card import PretendedCard, Wait, plugged_in, values
from tests.engine.devices.pretended_graphs import PretendedGraphs
from tests.engine.inspection.questions import SAID, ask

LOOKS = {
    "steppers/line_search.py:LineSearch.step",
    "steppers/epoch.py:Epoch.step",
    "steppers/gradient_flow.py:GradientFlow.step",
    *(f"steppers/margin_flow.py:{name}" for name in ("MarginFlow.step", "MarginFlow._moved", "_direction")),
    "steppers/margin_flow.py:MarginFlow._moved.<locals>.kept",
    *(
        "run/pieces.py:Pieces.__init__",
        "networks/base.py:Network.in_float64",
        "networks/base.py:Network.__init__",
    ),
    "networks/decompositions.py:singular_values.<locals>.<lambda>",
    "networks/decompositions.py:svd.<locals>.<lambda>",
    "networks/decompositions.py:eigh.<locals>.<lambda>",
}
"""Where steps wait that `why_it_waits` names."""
AT_RECORDS = {
    "copies of results, of events and of counters": (
        *("training/recording.py:_Table.put", "training/loop.py:Training._known.<locals>.<dictcomp>"),
        *(
            "training/measuring.py:Measuring.late.<locals>.<dictcomp>",
            "training/stop_rules.py:records_to_stop",
        ),
        *("run/step_monitor.py:told.<locals>.<dictcomp>", "training/divergence.py:Divergence.without_lost"),
    ),
    "the schedule, which lives in the run's state": (
        *("training/recording.py:Recorder._last_scheduled", "training/recording.py:Recorder.is_scheduled"),
        *("training/loop.py:Training.begun", "measurements/equal_loss.py:EqualLoss.add"),
        *("measurements/equal_loss.py:EqualLoss._at", "measurements/equal_loss.py:EqualLoss.all"),
    ),
    "whether replicas diverged": (
        *("measurements/record_point.py:RecordPoint.lost",),
        *("training/divergence.py:Divergence.all_finite", "training/divergence.py:Divergence.leave_lost"),
        *("training/loop.py:Training.lost_words",),
    ),
    "a network of as many replicas as are measured together, made once": (
        "networks/base.py:Network.__init__",
    ),
    "solvers on the processor, and what they found": (
        *("measurements/kernel_margin.py:_margin.<locals>.measure", "measurements/kernel_margin.py:_own"),
        *("measurements/kernel_now.py:KernelNow.exactly_at", "kernels/max_margin.py:exact_kernel"),
        *("kernels/pairs.py:pair_kernel", "networks/base.py:Network.in_float64"),
        *("measurements/stationarity.py:_nearest",),
        *("measurements/stationarity.py:_residual.<locals>.measure",),
        *("measurements/stationarity.py:_tangential.<locals>.measure",),
        *("measurements/linear_models.py:_angle_conditioned.<locals>.measure",),
        *("measurements/linear_models.py:stacked_solutions",),
    ),
    "decompositions": (
        *("measurements/collapse.py:_within_over_between",),
        *("measurements/curvature.py:_largest", "measurements/curvature.py:sharpness"),
        *("measurements/kernel_spectrum.py:spectrum.<locals>.measure",),
        *(place for place in LOOKS if "decompositions" in place),
    ),
}
"""Where records wait, and for what."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    drawn.write_files(folder)
    return folder


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[PretendedCard]:
    with plugged_in() as card:
        monkeypatch.setattr(build, "CudaGraphs", lambda device: PretendedGraphs(card))
        monkeypatch.setattr(record_point, "MOST", 2)  # records together, for time
        take = Training.take_steps

        def told(run: Training, last: int) -> None:
            with card.during("step"):
                take(run, last)

        monkeypatch.setattr(Training, "take_steps", told)
        yield card


def on_card(card: PretendedCard, said: dict[str, Any], folder: Path | None = None, **more: Any) -> Training:
    """Train on the card; waits of records are called so."""
    run = Training(experiment({"run.device": "cuda", **said}), folder, **more)
    run.solve()
    with card.during("record"):
        for _ in run.run():
            pass
    return run


def unnamed(card: PretendedCard) -> list[Wait]:
    """Return the waits of records that nobody has named."""
    named = {place for places in AT_RECORDS.values() for place in places}
    return sorted({wait for wait in card.waits if wait.phase == "record" and wait.place not in named})


def check_same(run: Training, alone: Training) -> None:
    """Compare with the same run on the processor: the way bit by bit, kernels are added up in other blocks there."""
    with torch._C.DisableTorchFunction():
        assert run.history.status == alone.history.status
        found, wanted = columns(run), columns(alone)
        assert found.keys() == wanted.keys()
        for name, column in wanted.items():
            np.testing.assert_allclose(found[name], column, 1e-9, 1e-12, err_msg=name)
        assert torch.equal(values(run.state.theta).nan_to_num(), alone.state.theta.nan_to_num())


WAIT = [said for said in kinds.optimizers() if kinds.waits(said)]


@pytest.mark.parametrize("said", WAIT, ids=kinds.named)
def test_steps_wait_where_it_is_named(card: PretendedCard, said: dict[str, Any]) -> None:
    """Those that wait for nothing are captured (test_captured_steps.py)."""
    said = {**said, "measure.groups": ["norms"], "run.steps": 2, "run.backend": "torch"}
    run = on_card(card, said)
    waits = {wait.place for wait in card.waits if wait.phase == "step"}
    assert waits and waits <= LOOKS
    assert type(run.stepper) in (SingleStep, LineSearch, Epoch, GradientFlow, MarginFlow)
    assert unnamed(card) == []
    with torch._C.DisableTorchFunction():
        check_same(run, trained(said))


@pytest.mark.parametrize("said", kinds.networks(), ids=kinds.named)
def test_every_network_is_measured_and_goes_on(card: PretendedCard, said: dict[str, Any]) -> None:
    said = {**said, "run.steps": 1, "run.backend": "torch"}
    run = on_card(card, said)
    assert unnamed(card) == []
    on = on_card(card, {**said, "run.steps": 2}, resume_from=run.snapshot(resumable=True))
    with torch._C.DisableTorchFunction():
        check_same(run, trained(said))
        whole = trained({**said, "run.steps": 2, "measure.groups": []})
        assert torch.equal(values(on.state.theta), whole.state.theta)


@pytest.mark.parametrize("said", kinds.data(), ids=kinds.named)
def test_every_data_set_lies_on_the_card(card: PretendedCard, files: Path, said: dict[str, Any]) -> None:
    said = {**said, "run.steps": 1, "run.backend": "torch", "measure.groups": []}
    run = on_card(card, said, files)
    assert unnamed(card) == []
    with torch._C.DisableTorchFunction():
        check_same(run, trained(experiment(said), files))


ONE_DIVERGES = {
    "vary": {"optimizer.step.eta": [0.01, 1e200]},
    "optimizer": {"kind": "steepest", "step": {"kind": "constant"}},
    "data.append_constant": True,
}


@pytest.mark.parametrize(
    "said", [{"measure.twin": True, "replicas": 3}, ONE_DIVERGES], ids=["twin", "diverges"]
)
def test_a_twin_and_lost_replicas_stay_on_the_card(card: PretendedCard, said: dict[str, Any]) -> None:
    said = {**said, "run.steps": 4, "run.backend": "torch", "measure.groups": ["margins"]}
    run = on_card(card, said)
    assert {wait.place for wait in card.waits if wait.phase == "step"} == set()
    assert unnamed(card) == []
    with torch._C.DisableTorchFunction():
        alone = trained(said)
        check_same(run, alone)
        assert run.lost_words == alone.lost_words != "" or "vary" not in said


def test_steps_are_looked_at_on_the_card(card: PretendedCard) -> None:
    said = {**SAID, "run.device": "cuda", "measure.twin": True, "run.steps": 2, "measure.groups": []}
    here = {**said, "run.device": "cpu", "run.backend": "torch"}
    run, answers, answers_here = on_card(card, said), Answers(), Answers()
    kernel = answers.answer(ask(AskKernel, said, None, replica=1), run)
    assert isinstance(kernel, KernelReady) and np.isfinite(kernel.values).all()
    with torch._C.DisableTorchFunction():
        alone = trained(here)
    for predictor in PREDICTORS:
        asked = ask(AskSurface, said, None, resolution=5, predictor=predictor, replica=1)
        surface = answers.answer(asked, run)
        with torch._C.DisableTorchFunction():
            asked = ask(AskSurface, here, None, resolution=5, predictor=predictor, replica=1)
            wanted = answers_here.answer(asked, alone)
        assert isinstance(surface, SurfaceReady) and isinstance(wanted, SurfaceReady)
        np.testing.assert_allclose(surface.network, wanted.network, 1e-12)
        assert surface.why_no_other == wanted.why_no_other
        if wanted.other is not None:
            np.testing.assert_allclose(surface.other, wanted.other, 1e-6, 1e-9)
