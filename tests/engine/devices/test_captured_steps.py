"""Steps in graphs: replayed, they go the way of steps that are taken one by one, for every kind that is captured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.run import step_monitor
from engine.steppers import build, captured, captured_twin, gradient_average
from engine.steppers.captured import CapturedSteps, lengths_of
from engine.steppers.graphs import AHEAD, CudaGraphs
from engine.training.loop import Training
from tests.engine.cases import experiment
from tests.engine.devices import kinds
from tests.engine.devices.pretended_card import PretendedCard, plugged_in, values
from tests.engine.devices.pretended_graphs import CannotBeCaptured, PretendedGraphs

STEPS = 7
"""Replays of two steps, and one without."""
SAFE = {"kind": "safe", "refresh": 2}
LOGISTIC = {"loss": {"kind": "logistic", "reduction": "mean"}}
SAID = [
    *kinds.optimizers(),
    *kinds.networks(),
    LOGISTIC,
    {"data": {"kind": "blobs", "n": 9, "classes": 3}, "loss.kind": "cross-entropy", "replicas": 3},
    {"run.dtype": "float32", "optimizer": {"kind": "adam", "step": {"kind": "power", "eta": 0.01}}},
    {"optimizer": {"kind": "adam", "epsilon": 6.5, "step": {"kind": "constant", "eta": 0.1}}},
]


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[PretendedCard]:
    monkeypatch.setattr(captured, "SHORTEST", 2)
    monkeypatch.setattr(captured, "LONGEST", 2)
    with plugged_in() as card:
        monkeypatch.setattr(build, "CudaGraphs", lambda device: PretendedGraphs(card))
        yield card


def begun(said: dict[str, Any]) -> Training:
    """Return a run that stands at its start, references unsolved."""
    run = Training(experiment({"data.n": 7, "optimizer.step": SAFE, "run.steps": 100, **said}))
    run.iterate.update()
    if run.iterate.full_batch:
        run.observe()
    return run


def steps_taken(run: Training, card: PretendedCard | None = None) -> None:
    """Take the steps."""
    while run.step < STEPS:
        if card is None:
            run.take_steps(STEPS)
        else:
            with card.during("step"):
                run.take_steps(STEPS)


def bits(tensor: Tensor) -> Tensor:
    return values(tensor).nan_to_num(-1.5)


@pytest.mark.parametrize("said", [one for one in SAID if not kinds.waits(one)], ids=kinds.named)
@torch.no_grad()
def test_replayed_steps_go_the_way_of_single_ones(card: PretendedCard, said: dict[str, Any]) -> None:
    run = begun({**said, "run.device": "cuda"})
    stepper = run.stepper
    assert isinstance(stepper, CapturedSteps), "a kind that does not wait is captured"
    lies = {name: values(tensor).data_ptr() for name, tensor in run.state.tensors().items()}
    steps_taken(run, card)
    assert [wait for wait in card.waits if wait.phase == "step"] == []
    graphs = stepper._graphs.graphs  # type: ignore[attr-defined]
    assert [graph.replays >= 2 for graph in graphs] == [True]
    with torch._C.DisableTorchFunction():
        alone = begun({**said, "run.backend": "torch"})
        steps_taken(alone)
        after = alone.state.tensors()
        for name, tensor in run.state.tensors().items():
            assert torch.equal(bits(tensor), bits(after[name])), name
            assert values(tensor).data_ptr() == lies[name], f"{name} has moved"
        assert torch.equal(bits(run._monitor.kept), bits(alone._monitor.kept))
        assert bool(torch.isfinite(after["theta"]).all())
    assert [graph.lost() for graph in graphs] == [0] * len(graphs)


DYING = {"optimizer.step": {"kind": "constant", "eta": 0.01}, "replicas": 3}


@torch.no_grad()
def test_replicas_that_died_and_edits_get_graphs_of_their_own(card: PretendedCard) -> None:
    run, alone = begun({**DYING, "run.device": "cuda"}), begun({**DYING, "run.backend": "torch"})
    for one in (run, alone):
        steps_taken(one)
        one.state.alive[1] = False
        one.iterate.some_died = True
        while one.step < 2 * STEPS:
            one.take_steps(2 * STEPS)
        one.edit({"optimizer.step.eta": 0.02})
        while one.step < 3 * STEPS:
            one.take_steps(3 * STEPS)
    assert torch.equal(values(run.state.theta), alone.state.theta)
    graphs = run.stepper._graphs.graphs  # type: ignore[attr-defined]
    assert [graph.replays for graph in graphs] == [STEPS // 2]


@torch.no_grad()
def test_single_steps_go_on_from_replayed_ones(card: PretendedCard) -> None:
    said = {**DYING, "optimizer.step": {"kind": "constant", "eta": 0.05}}
    run, alone = begun({**said, "run.device": "cuda"}), begun({**said, "run.backend": "torch"})
    for last in (STEPS, 2 * STEPS):
        for one in (run, alone):
            while one.step < last:
                one.take_steps(last)
    assert torch.equal(values(run.state.theta), alone.state.theta)
    assert torch.equal(values(run._monitor.kept), alone._monitor.kept)
    run.iterate.stand(run.iterate.seen)
    assert torch.equal(values(run.iterate.evaluation.q), alone.iterate.evaluation.q)


@torch.no_grad()
def test_blocks_of_gradients_are_added_up_in_graphs_too(
    card: PretendedCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient_average, "BYTES", 200 * 8 * 15 // 2)
    said = {"optimizer.step": {"kind": "constant", "eta": 0.01}}
    run, alone = begun({**said, "run.device": "cuda"}), begun({**said, "run.backend": "torch"})
    steps_taken(run)
    steps_taken(alone)
    assert gradient_average.GradientAverage(alone.problem.initial).block == 2
    assert torch.equal(values(run.state.stepper.average), alone.state.stepper.average)


@torch.no_grad()
def test_rows_go_on_where_the_monitor_is_full(card: PretendedCard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_monitor, "CAPACITY", 5)
    run, alone = begun({**DYING, "run.device": "cuda"}), begun({**DYING, "run.backend": "torch"})
    steps_taken(run)
    steps_taken(alone)
    assert torch.equal(values(run._monitor.kept), alone._monitor.kept)
    assert torch.equal(values(run.state.happened["separated"]), alone.state.happened["separated"])
    for name, counter in alone.state.counters.items():
        assert torch.equal(values(run.state.counters[name]), counter), name


@torch.no_grad()
def test_a_twin_is_replayed_too(card: PretendedCard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captured_twin, "LENGTHS", (4, 3))
    said = {**DYING, "measure.twin": True}
    run, alone = begun({**said, "run.device": "cuda"}), begun({**said, "run.backend": "torch"})
    assert run.twin is not None and alone.twin is not None
    run.twin.prepare()
    for count, edited in ((8, False), (7, True), (2, True)):
        for one in (run, alone):
            one.state.alive[0] = not edited
            with card.during("step"):
                one.twin.advance(one.state, count, some_died=edited)
    assert torch.equal(values(run.state.twin.coefficients), alone.state.twin.coefficients)
    assert [wait for wait in card.waits if wait.phase == "step"] == []
    graphs = run.twin._steps._graphs.graphs  # type: ignore[union-attr]
    assert [graph.replays for graph in graphs] == [3, 1]
    assert [graph.lost() for graph in graphs] == [0, 0]


@torch.no_grad()
@pytest.mark.parametrize("bound", ["WORTH", "NUMBERS"])
def test_large_steps_are_not_captured(
    card: PretendedCard, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(captured, bound, 1.0)
    assert not isinstance(begun({"run.device": "cuda"}).stepper, CapturedSteps)


@pytest.mark.parametrize(("period", "lengths"), [(1, [32, 8]), (5, [10]), (25, [25]), (129, [])])
def test_graphs_have_whole_periods(period: int, lengths: list[int]) -> None:
    assert lengths_of(period) == lengths


@torch.no_grad()
def test_what_waits_cannot_be_captured(card: PretendedCard) -> None:
    theta = begun({"run.device": "cuda"}).state.theta
    with pytest.raises(CannotBeCaptured, match="looks at what the card computed"):
        PretendedGraphs(card).captured(lambda: theta.mul_(theta.sum().item()))
    with pytest.raises(CannotBeCaptured, match="copied to the processor"):
        PretendedGraphs(card).captured(lambda: theta.cpu())


@torch.no_grad()
def test_a_number_of_python_stays_in_a_graph(card: PretendedCard) -> None:
    """The proof would be none if what follows from a step's number were followed by pretended graphs."""
    x, steps = torch.zeros(2, device="cuda"), [1.0, 2.0]
    graph = PretendedGraphs(card).captured(lambda: x.add_(steps[0]))
    assert values(x).tolist() == [0.0, 0.0]
    graph.replay()
    steps[0] = 5.0
    graph.replay()
    assert values(x).tolist() == [2.0, 2.0]


@torch.no_grad()
def test_memory_that_nobody_keeps_is_missed(card: PretendedCard) -> None:
    x, passing = torch.zeros(2, device="cuda"), [torch.ones(2, device="cuda")]
    graph = PretendedGraphs(card).captured(lambda: x.add_(passing[0]))
    passing.clear()
    assert graph.lost() == 1


def test_the_card_has_no_more_than_some_replays_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    events = iter(range(9))

    class Event:
        def __init__(self) -> None:
            self.number = next(events)

        def record(self) -> None:
            told.append(f"told {self.number}")

        def synchronize(self) -> None:
            told.append(f"waited for {self.number}")

    graph = SimpleNamespace(replay=lambda: told.append("replayed"))
    there = SimpleNamespace(Event=Event, graph_pool_handle=lambda: 7, CUDAGraph=lambda: graph)
    there.device = lambda device: nullcontext()
    there.graph = lambda *arguments, **more: nullcontext(told.append(f"captured in {arguments[1]}"))
    monkeypatch.setattr(torch, "cuda", there)
    captured = CudaGraphs(torch.device("cuda", 0)).captured(lambda: told.append("done"))
    for _ in range(AHEAD + 2):
        captured.replay()
    assert told == [
        *("captured in 7", "done"),
        *("replayed", "told 0", "replayed", "told 1"),
        *("waited for 0", "replayed", "told 2", "waited for 1", "replayed", "told 3"),
    ]
