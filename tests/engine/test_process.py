"""The real engine process, spawned: what it answers, and that it never outlives its window."""

from __future__ import annotations

import gc
import io
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pytest

from engine.experiment.document import DocumentRef
from engine.process import _Engine, main
from engine.protocol.kernel import AskKernel, KernelReady
from engine.protocol.messages import (
    Advance,
    Close,
    Command,
    Edit,
    Edited,
    Failed,
    Finished,
    Message,
    Noted,
    Pause,
    Paused,
    Ready,
    Recorded,
    ReferenceSolved,
    Refused,
    Resume,
    Resumed,
    SnapshotTaken,
    Started,
    Stop,
    Train,
)
from engine.protocol.pictures import NoPicture, Subject
from engine.protocol.records import Records
from engine.protocol.surface import AskSurface, SurfaceReady
from engine.training.driver import INTERVAL
from tests.deadlines import PATIENCE
from tests.engine.cases import SGD, experiment, experiment_to_toml, trained
from tests.engine.pipes import NarrowPipe, PatientPipe, ReadByWindow

M = TypeVar("M", bound=Message)
ROOT = Path(__file__).parents[2]
ENDLESS = {"run": {"steps": 10**9, "device": "cpu"}, "measure": {"groups": ["margins", "norms"]}}


@dataclass
class Window:
    """The other end of an engine process's pipe, with everything it has heard."""

    connection: Connection
    process: Any
    heard: list[Message] = field(default_factory=list)
    runs: int = 0

    def send(self, *commands: Command) -> None:
        for command in commands:
            self.connection.send(command)

    def hear(self) -> Message:
        """Return the next message, and remember it."""
        message = cast(Message, ReadByWindow(io.BytesIO(self.connection.recv_bytes())).load())
        self.heard.append(message)
        return message

    def until(self, kind: type[M], fits: Callable[[M], bool] = lambda _: True) -> M:
        """Return the next message of a kind that fits; fail if the engine is silent."""
        end = time.monotonic() + PATIENCE
        while self.connection.poll(max(0.0, end - time.monotonic())):
            message = self.hear()
            if isinstance(message, kind) and fits(message):
                return message
            assert not isinstance(message, Failed) or kind is Failed, message
        raise AssertionError(f"no {kind.__name__} within {PATIENCE:g} s, but {self.heard[-5:]}")

    def ended(self, run: str) -> bool:
        """Say whether a run's last word has been heard."""
        return any(isinstance(m, Finished | Failed) and m.run == run for m in self.heard)

    def rest(self, run: str) -> None:
        """Stop a run that goes on and hear its last word."""
        self.send(Stop(run))
        while not self.ended(run):
            assert self.connection.poll(PATIENCE), f"{run} does not end"
            self.hear()

    def train(self, said: dict[str, Any] | None = None, **more: Any) -> str:
        """Start a run and return its name."""
        self.runs += 1
        run = f"run {self.runs}"
        self.send(Train(run, DocumentRef(experiment_to_toml(experiment(said))), **more))
        return run

    def of(self, run: str, kind: type[M]) -> list[M]:
        return [m for m in self.heard if isinstance(m, kind) and getattr(m, "run", "") == run]


def spawned() -> Window:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=main, args=(theirs,))
    process.start()
    theirs.close()
    return Window(ours, process)


@pytest.fixture(scope="module")
def shared() -> Iterator[Window]:
    window = spawned()
    ready = window.until(Ready)
    assert ready.devices[0].name == "cpu" and ready.devices[0].memory > 2**30
    assert {"python", "torch", "numpy"} <= ready.versions.keys()
    yield window
    window.send(Close())
    window.process.join(PATIENCE)
    assert window.process.exitcode == 0


@pytest.fixture
def window(shared: Window) -> Iterator[Window]:
    """Give the engine process that all tests share, idle; leave it idle."""
    yield shared
    for run in (f"run {number}" for number in range(1, shared.runs + 1)):
        if not shared.ended(run):
            shared.rest(run)


def paused_at(window: Window, run: str) -> Paused:
    return window.until(Paused, lambda m: m.run == run)


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_first_run_needs_is_loaded_while_nothing_is_asked(
    fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts, between which it looks for commands; the rest is left where one comes, or where a part fails."""
    parts: list[int] = []
    loaded: list[bool] = []

    def note_loaded() -> None:
        loaded.append(True)
        gc.enable()

    def warm_up() -> Iterator[None]:
        for part in range(5):
            assert not gc.isenabled()  # what is loaded stays
            parts.append(part)
            yield
            if fails:
                raise MemoryError

    monkeypatch.setattr("engine.training.warm_up.warm_up", warm_up)
    monkeypatch.setattr("engine.process.loaded", note_loaded)
    document = DocumentRef(experiment_to_toml(experiment({"run.steps": 5})))
    pipe = PatientPipe(3, Train("a", document))
    _Engine(cast(Connection, pipe)).serve()
    assert parts == ([0] if fails else [0, 1, 2]) and loaded == [True] and gc.isenabled()
    assert [message.status for message in pipe.sent if isinstance(message, Finished)] == ["done"]


def test_a_run_that_cannot_be_told_ends_alone() -> None:
    document = DocumentRef(experiment_to_toml(experiment({"run.steps": 5})))
    pipe = NarrowPipe(Train("narrow", document), Train("next", document))
    _Engine(cast(Connection, pipe)).serve()
    ends = [message for message in pipe.sent if isinstance(message, Failed | Finished)]
    assert [message.run for message in ends] == ["narrow", "next"]
    failed, finished = ends
    assert isinstance(failed, Failed) and "too little memory" in failed.sentence
    assert isinstance(finished, Finished) and finished.status == "done"


def test_a_run_from_start_to_end_tells_everything(window: Window) -> None:
    said = {"run.steps": 300, "replicas": 2, "measure.grid": 5}
    run = window.train(said)
    finished = window.until(Finished, lambda m: m.run == run)
    assert (finished.status, finished.step, finished.sentence) == ("done", 300, "")
    started = window.of(run, Started)[0]
    assert (started.step, started.device, started.dtype, started.threads) == (0, "cpu", "float64", 1)
    assert (started.parameters, started.degree) == (15, 2.0)
    assert started.facts[0].text.startswith("homogeneous of degree L = 2")
    assert {r.kind for r in window.of(run, ReferenceSolved)} >= {"f1"}
    assert "5 x 5 grid" in window.of(run, Noted)[0].notes["ntk_agreement"]
    direct = trained(said)
    last = window.of(run, Recorded)[-1]
    assert last.step == 300 and last.events == direct.history.events
    assert last.counters.keys() == direct.history.counters.keys()
    records = Records(2)
    for message in window.of(run, Recorded):
        records.extend(message.batch)
    assert records.steps.tolist() == direct.history.records.steps.tolist()
    assert set(records.names) == set(direct.history.records.names)
    for name in records.names:
        np.testing.assert_array_equal(records.column(name), direct.history.records.column(name), err_msg=name)
    snapshots = window.of(run, SnapshotTaken)
    assert snapshots[0].snapshot.step == 0
    assert snapshots[-1].snapshot.resumable and snapshots[-1].snapshot.step == 300
    np.testing.assert_array_equal(snapshots[-1].snapshot.arrays["theta"], direct.state.theta.numpy())
    order = [type(m) for m in window.heard if getattr(m, "run", "") == run]
    assert order.index(Started) < order.index(ReferenceSolved) < order.index(Recorded)
    assert order[-1] is Finished


def test_pause_holds_and_resume_goes_on(window: Window) -> None:
    run = window.train(ENDLESS)
    window.until(Recorded, lambda m: m.run == run and m.step > 100)
    window.send(Pause(run))
    held = paused_at(window, run)
    kept = window.of(run, SnapshotTaken)[-1].snapshot
    assert kept.resumable and kept.step == held.step
    before = len(window.heard)
    for _ in range(3):  # what trains would tell of it between two answers
        window.send(Edit(run, {"optimizer.stp": 1}))
        window.until(Refused)
    assert {type(m) for m in window.heard[before:]} == {Refused}
    window.send(Pause(run), Resume(run))
    window.until(Resumed)
    on = window.until(Recorded, lambda m: m.step > held.step + 50)
    assert on.seconds > 0 and on.steps_per_second > 0
    window.send(Stop(run))
    assert window.until(Finished, lambda m: m.run == run).status == "stopped"


def test_records_come_in_batches(window: Window) -> None:
    """So many a second at most, however many records there are."""
    begun = time.monotonic()
    run = window.train({"run.steps": 10**6, "measure": {"every": 1, "groups": ["norms"]}})
    came = [window.until(Recorded, lambda m: m.run == run and not m.glance) for _ in range(20)]
    assert time.monotonic() - begun >= 19 * INTERVAL
    steps = np.concatenate([m.batch.steps for m in came])
    assert (np.diff(steps) == 1).all()
    assert sum(len(m.batch.steps) for m in came) > 2 * len(came)


def test_single_steps(window: Window) -> None:
    """Each is recorded, however rarely the run records by itself."""
    said = {"run.steps": 10**6, "measure": {"every": 1000, "groups": ["margins", "norms"]}}
    run = window.train(said, paused=True)
    assert paused_at(window, run).step == 0
    assert [m.batch.steps.tolist() for m in window.of(run, Recorded)] == [[0]]
    for steps, end in ((1, 1), (1, 2), (5, 7)):
        before = len(window.heard)
        window.send(Advance(run, steps))
        assert paused_at(window, run).step == end
        came = [s for m in window.heard[before:] if isinstance(m, Recorded) for s in m.batch.steps.tolist()]
        assert came == list(range(end - steps + 1, end + 1))
    window.send(Stop(run))
    finished = window.until(Finished, lambda m: m.run == run)
    assert (finished.status, finished.step) == ("stopped", 7)  # it ends where it was held


def test_edits_apply_or_are_refused(window: Window) -> None:
    run = window.train({**ENDLESS, "optimizer.step": {"kind": "normalised", "a": 0.01}})
    window.until(Recorded, lambda m: m.run == run and m.step > 10)
    window.send(Edit(run, {"optimizer.step.a": 0.002, "measure.every": 10}))
    edited = window.until(Edited, lambda m: m.run == run)
    told = {edit.field: (edit.old, edit.new) for edit in edited.edits}
    assert told == {"optimizer.step.a": (0.01, 0.002), "measure.every": (None, 10)}
    (at,) = {edit.step for edit in edited.edits}
    later = window.until(Recorded, lambda m: len(m.batch.steps) > 0 and m.batch.steps[-1] > at + 20)
    assert later.batch.columns["step_size"][-1, 0] == 0.002
    for changes, sentence in (
        ({"optimizer.step.a": -1.0}, "optimizer.step.a: -1.0 is too small"),
        ({"network.widths": [3]}, "new run"),
        ({"optimizer.stp": 1}, "did you mean 'step'?"),
    ):
        window.send(Edit(run, changes))
        assert sentence in window.until(Refused, lambda m: m.run == run).sentence
    window.until(Recorded, lambda m: m.step > later.step + 50)
    at = window.of(run, Recorded)[-1].step
    window.send(Edit(run, {"run.steps": 1}))
    finished = window.until(Finished, lambda m: m.run == run)
    assert finished.status == "done" and finished.step >= at


def test_runs_wait_in_line(window: Window) -> None:
    first, second, third = (
        window.train(ENDLESS),
        window.train({"run.steps": 20}),
        window.train({"run.steps": 30}),
    )
    window.until(Recorded, lambda m: m.run == first)
    window.send(Stop(second))
    gone = window.until(Finished, lambda m: m.run == second)
    assert (gone.status, gone.step) == ("stopped", 0) and "before it began" in gone.sentence
    window.send(Stop(first))
    assert window.until(Finished, lambda m: m.run == first).status == "stopped"
    assert window.until(Finished, lambda m: m.run == third).step == 30
    assert not window.of(second, Started)


class OneByOne:
    """A pipe that has the next command only when the engine has nothing else to do, and counts its looks."""

    def __init__(self, *commands: Command) -> None:
        self.commands = list(commands)
        self.sent: list[Message] = []
        self.looks: list[tuple[type[Command], int]] = []
        """Per command how often the engine looked for it without waiting."""
        self.in_vain = 0

    def poll(self, timeout: float | None = 0.0) -> bool:
        if timeout is None:
            return True
        if timeout:
            return False  # nothing came while it rested
        self.in_vain += 1
        assert self.in_vain < 10_000, "the engine looks again and again"
        return False

    def recv(self) -> Command:
        command = self.commands.pop(0)
        self.looks.append((type(command), self.in_vain))
        self.in_vain = 0
        return command

    def send(self, message: Message) -> None:
        self.sent.append(message)


def test_waiting_behind_a_paused_run_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sleeps until a command comes: one look after each, and none while a run is held or nothing is to do."""
    monkeypatch.setattr("engine.training.warm_up.warm_up", lambda: iter(()))
    held, short = (DocumentRef(experiment_to_toml(experiment(said))) for said in (ENDLESS, {"run.steps": 5}))
    pipe = OneByOne(
        Train("a", held, paused=True), Train("b", short), Pause("x"), Stop("a"), Pause("x"), Close()
    )
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [signal.getsignal(number) for number in numbers]
    try:
        main(pipe)  # type: ignore[arg-type]
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
    assert [m.run for m in pipe.sent if isinstance(m, Finished)] == ["a", "b"]
    assert pipe.looks[:4] == [(Train, 1), (Train, 1), (Pause, 1), (Stop, 1)]
    assert pipe.looks[4][1] > 1  # between slices of training
    assert pipe.looks[5] == (Close, 1)


def test_a_run_goes_on_from_a_snapshot(window: Window) -> None:
    said = {"run.steps": 200, "measure": {"groups": ["margins", "norms", "directions"]}}
    short = window.train({**said, "run.steps": 100})
    window.until(Finished, lambda m: m.run == short)
    snapshot = window.of(short, SnapshotTaken)[-1].snapshot
    rest = window.train(said, resume_from=snapshot)
    window.until(Finished, lambda m: m.run == rest)
    assert window.of(rest, Started)[0].step == 100
    whole = trained(said)
    final = window.of(rest, SnapshotTaken)[-1].snapshot.arrays
    for name, tensor in whole.state.tensors().items():
        np.testing.assert_array_equal(final[name], tensor.numpy(), err_msg=name)


def ask(run: str, said: dict[str, Any], request: int, **more: Any) -> AskSurface:
    document = DocumentRef(experiment_to_toml(experiment(said)))
    return AskSurface(Subject(request, run, document, **{"step": 0, "theta": None, **more}), resolution=9)


def test_surfaces_during_and_after_training(window: Window) -> None:
    said = {**ENDLESS, "replicas": 2, "network.widths": [12], "measure": {"groups": ["kernel"]}}
    run = window.train(said)
    window.until(Recorded, lambda m: m.run == run and m.step > 20)
    window.send(ask(run, said, 7, replica=1))
    live = window.until(SurfaceReady)
    assert (live.request, live.run, live.replica) == (7, run, 1)
    assert live.network.shape == (9, 9) and live.axis.tolist() == sorted(live.axis.tolist())
    assert live.points is not None and live.points.shape == (8, 2)
    assert live.axis[-1] == pytest.approx(1.2 * np.abs(live.points).max()) == -live.axis[0]
    window.send(Stop(run))
    window.until(Finished, lambda m: m.run == run)
    theta = window.of(run, SnapshotTaken)[0].snapshot.arrays["theta"]
    window.send(ask(run, said, 8, theta=theta, step=0))
    later = window.until(SurfaceReady, lambda m: m.request == 8)
    # by hand at one point: relu units of replica 0 at (x1, x2) = (axis[6], axis[2]), rows along the second input
    hidden, top = theta[0, :24].reshape(12, 2), theta[0, 24:]
    point = np.array([later.axis[6], later.axis[2]])
    assert later.network[2, 6] == pytest.approx(top @ np.maximum(hidden @ point, 0))
    q = later.labels * (np.maximum(later.points @ hidden.T, 0) @ top)  # type: ignore[operator]
    assert later.support is not None
    assert (
        later.support.tolist() == ((q < q.min() + np.log(100)) & (q.min() > 0)).tolist()
    )  # none where not fitted
    assert (later.other is None) == bool(later.why_no_other)


def test_kernels_between_slices_of_training(window: Window) -> None:
    said = {**ENDLESS, "replicas": 2, "network.widths": [12]}
    run = window.train(said)
    window.until(Recorded, lambda m: m.run == run and m.step > 20)
    document = DocumentRef(experiment_to_toml(experiment(said)))
    window.send(AskKernel(Subject(5, run, document, 0, None, replica=1)))
    live = window.until(KernelReady)
    assert (live.request, live.run, live.replica) == (5, run, 1)
    assert live.values.shape == (8, 8) and live.alignment < 1 and live.seconds > 0
    window.until(Recorded, lambda m: m.run == run and m.step > 40)  # the run goes on
    window.send(AskKernel(Subject(6, run, document, 0, None), layer="W9"))
    assert "no layer W9 trains here" in window.until(NoPicture).sentence
    window.send(Stop(run))
    window.until(Finished, lambda m: m.run == run)


def test_surfaces_of_several_classes_and_of_other_dimensions(window: Window) -> None:
    classes = {"data": {"kind": "blobs", "n": 9, "classes": 3}, "loss.kind": "cross-entropy"}
    theta = trained({**classes, "run.steps": 30}).snapshot(resumable=False).arrays["theta"]
    window.send(ask("gone", classes, 1, theta=theta))
    found = window.until(SurfaceReady, lambda m: m.request == 1)
    hidden, top = theta[0, :10].reshape(5, 2), theta[0, 10:].reshape(3, 5)
    f = top @ np.maximum(hidden @ np.array([found.axis[1], found.axis[8]]), 0)
    assert found.network_class is not None and found.network_class[8, 1] == f.argmax()
    assert found.network[8, 1] == pytest.approx(np.sort(f)[-1] - np.sort(f)[-2])
    window.send(ask("gone", {"data": {"kind": "hyperplane", "d": 4}}, 2, theta=np.zeros((1, 25))))
    assert window.until(NoPicture).sentence == "a surface needs 2 inputs; these data have 4"
    window.send(ask("gone", {}, 3))
    assert "no parameters at hand" in window.until(NoPicture, lambda m: m.request == 3).sentence
    window.send(ask("gone", {}, 4, theta=np.zeros((1, 3))))
    assert window.until(NoPicture, lambda m: m.request == 4).sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("version = ", "this is not a TOML file"),
        (experiment_to_toml(experiment({"run.device": "cuda:9"})), "run.device: 'cuda:9' is not available"),
        (experiment_to_toml(experiment({"data": {"kind": "csv", "path": "nowhere.csv"}})), "nowhere.csv"),
        (experiment_to_toml(experiment({"network.widths": [10**6, 10**6]})), "needs about"),
        (
            experiment_to_toml(experiment({"data.n": 4, "data.phase": 0.0})).replace("circle", "cirkle"),
            "'circle'?",
        ),
    ],
)
def test_what_cannot_run_fails_with_a_sentence(window: Window, text: str, sentence: str) -> None:
    window.send(Train("bad", DocumentRef(text)))
    failed = window.until(Failed)
    assert failed.run == "bad" and sentence in failed.sentence and "\n" not in failed.sentence
    run = window.train({"run.steps": 5})
    assert window.until(Finished, lambda m: m.run == run).status == "done"


def test_a_snapshot_that_does_not_fit_fails_that_run_alone(window: Window) -> None:
    run = window.train({"run.steps": 5, "optimizer": SGD})
    window.until(Finished, lambda m: m.run == run)
    snapshot = window.of(run, SnapshotTaken)[-1].snapshot
    window.train({"network.widths": [9]}, resume_from=snapshot)
    assert window.until(Failed).sentence.startswith("the engine failed")
    assert window.train({"run.steps": 5})
    window.until(Finished, lambda m: m.status == "done")


def test_a_run_that_diverges_says_where(window: Window) -> None:
    run = window.train({"optimizer.step": {"kind": "constant", "eta": 99.0}, "run.steps": 50})
    finished = window.until(Finished, lambda m: m.run == run)
    assert finished.status == "diverged" and "lower optimizer.step.eta (now 99)" in finished.sentence


def test_commands_about_unknown_runs_are_ignored(window: Window) -> None:
    window.send(Pause("x"), Resume("x"), Advance("x"), Stop("x"), Edit("x", {"run.steps": 3}))
    before = len(window.heard)
    run = window.train({"run.steps": 5})
    assert window.until(Finished, lambda m: m.run == run).status == "done"
    assert {getattr(m, "run", None) for m in window.heard[before:]} == {run}
