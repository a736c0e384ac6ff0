"""Interrupt runs twice and let them go on from their session files: records and events are those of no interruption.

`python -m tests.soak.resume --count 60` draws optimizer, step rule, batches, twin and replicas: every kind occurs.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.experiment.document import Document, to_toml
from engine.experiment.experiment import Experiment, experiment_from
from engine.experiment.optimizers import OPTIMIZER_KINDS
from engine.protocol.messages import Message, Pause, Recorded, RunStatus
from engine.protocol.records import Snapshot
from engine.protocol.run_history import RunHistory
from engine.session import Session
from engine.training.driver import Driver
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.soak.paths import add_backend, why_left_out

Said = dict[str, Any]
Way = Literal["killed", "paused", "stopped"]
WAYS: tuple[Way, ...] = ("killed", "paused", "stopped")
RULES: dict[str, Said] = {
    "safe": {"c": 0.5, "refresh": 7},
    "constant": {"eta": 0.02},
    "power": {"eta": 0.05, "exponent": 0.5},
    "normalised": {"a": 0.03},
    "theory": {"a0": 0.05},
    "loss-based": {"alpha": 0.3},
    "line-search": {"a": 0.3},
    "adaptive": {},
}
DATA: tuple[Said, ...] = (
    {"kind": "circle", "n": 8},
    {"kind": "blobs", "n": 12, "d": 3, "classes": 3},
    {"kind": "xor", "n": 10},
)


def pairs() -> Iterator[tuple[str, str]]:
    """Yield every optimizer with every step rule that it takes, for ever."""
    yield from cycle((kind, rule) for kind in OPTIMIZER_KINDS for rule in OPTIMIZER_KINDS[kind].steps)


def drawn(kind: str, rule: str, chance: random.Random, backend: str) -> Said:
    """Draw the rest of an experiment."""
    optimizer: Said = {"kind": kind, "step": {"kind": rule, **RULES[rule]}}
    match kind:
        case "sgd":
            optimizer |= {"batch": chance.choice((1, 3, 5)), "replacement": chance.random() < 0.5}
        case "steepest" if rule not in ("safe", "theory"):
            optimizer["norm"] = chance.choice(("l2", "linf", "l1", "spectral", "lp"))
            if rule in ("constant", "power"):
                optimizer["scaled"] = chance.random() < 0.5
        case "mirror":
            optimizer["p"] = chance.choice((1.2, 1.8) if rule == "safe" else (1.2, 4.0))
        case "momentum" | "muon":
            optimizer["nesterov"] = chance.random() < 0.5
        case "adam" | "adamw":
            optimizer |= {"beta1": chance.choice((0.0, 0.9)), "epsilon": chance.choice((0.0, 1e-3))}
    data = chance.choice(DATA)
    widths = [] if kind == "mirror" else [chance.choice((4, 7))]
    said: Said = {
        "version": 1,
        "seed": chance.randrange(100),
        "data": data,
        "network": {"kind": "mlp", "widths": widths, "init": {"scale": 0.6}},
        "loss": {
            "kind": "cross-entropy" if data["kind"] == "blobs" else chance.choice(("exponential", "logistic"))
        },
        "optimizer": optimizer,
        "measure": {"grid": 5, "twin": chance.random() < 0.5},
        "run": {"steps": chance.randrange(90, 180), "device": "cpu", "threads": 1, "backend": backend},
    }
    said["measure"] |= chance.choice(({"per_decade": 12}, {"per_decade": 40}, {"every": 7}))
    replicas = chance.randrange(1, 4)
    if replicas > 1 and chance.random() < 0.5:
        return said | {"vary": {"network.init.scale": [0.4, 0.6, 0.9][:replicas]}}
    return said | {"replicas": replicas}


class Clock:
    """Seconds that pass as it is looked at: when states are kept does not depend on the machine."""

    def __init__(self, each: float) -> None:
        self._now, self._each = 0.0, each

    def __call__(self) -> float:
        self._now += self._each
        return self._now


class Kept:
    """A run in a session's file, driven as the engine process drives one."""

    def __init__(self, experiment: Experiment, path: Path) -> None:
        self._experiment, self._path = experiment, path
        with Session.create(path) as session:
            self._run = session.add_run(to_toml(Document(base=experiment)), replicas=experiment.replicas)

    def train(self, up_to: float, way: Way, each: float) -> int:
        """Go on from the last state in the file to a step, and be interrupted there; return the step."""
        with Session.open(self._path) as session:
            # interrupted after any step, also where compiled steps would have gone on; else as far as they go
            yield_every = 1e9 if up_to == math.inf else 0
            driver = Driver(
                self._run,
                partial(Training, self._experiment, resume_from=self._cut(session), yield_every=yield_every),
                clock=Clock(each),
            )
            self._tell(session, driver.begin())
            while not driver.ended and driver.training.step < up_to:
                self._tell(session, driver.go_on())
            if not driver.ended and way == "paused":
                self._tell(session, driver.obey(Pause(self._run)))
            elif not driver.ended and way == "stopped":
                driver.stop("stopped")
                self._tell(session, driver.go_on())
            if driver.failure is not None:
                raise driver.failure
            return driver.training.step

    def _cut(self, session: Session) -> Snapshot | None:
        """Take the run back to the state that it goes on from; None where there is none."""
        step = session.resumable_step(self._run)
        if step is None:
            session.truncate(self._run, -1)
            return None
        snapshot = session.state(self._run, step)
        session.truncate(self._run, step)
        return snapshot

    @staticmethod
    def _tell(session: Session, messages: Iterator[Message]) -> None:
        for message in messages:
            session.store(message)
            if isinstance(message, Recorded):
                session.flush()

    @property
    def history(self) -> RunHistory:
        """What the file says of the run."""
        with Session.read(self._path) as session:
            return session.load_run(self._run).history


def differences(found: RunHistory, expected: RunHistory) -> list[str]:
    """Say in what two runs differ: status, events, counters, columns."""
    if found.status is not expected.status or found.step != expected.step:
        return [f"{found.status} at {found.step}, not {expected.status} at {expected.step}"]
    wrong = []
    if found.events != expected.events:
        wrong.append(f"events {found.events}, not {expected.events}")
    if sorted(found.records.names) != sorted(expected.records.names):
        return [*wrong, f"columns {sorted(set(found.records.names) ^ set(expected.records.names))}"]
    if not np.array_equal(found.records.steps, expected.records.steps):
        return [
            *wrong,
            f"recorded steps {found.records.steps.tolist()}, not {expected.records.steps.tolist()}",
        ]
    for kind, names, ours, theirs in (
        ("column", expected.records.names, found.records.column, expected.records.column),
        ("counter", list(expected.counters), found.counters.__getitem__, expected.counters.__getitem__),
    ):
        differing = [name for name in names if not np.array_equal(ours(name), theirs(name), equal_nan=True)]
        wrong += [f"{kind} {name}" for name in differing]
    return wrong


def compare(
    experiment: Experiment, chance: random.Random, folder: Path, number: int
) -> tuple[list[str], str]:
    """Train with two interruptions and without; return in what they differ, and how it was interrupted."""
    whole = Kept(experiment, folder / f"{number} whole.mlab")
    last = whole.train(math.inf, "killed", 0.02)
    first, second = sorted(chance.sample(range(1, max(4, last)), 2))
    ways = chance.choice(WAYS), chance.choice(WAYS)
    each = chance.choice((0.005, 0.02, 0.1))
    parts = Kept(experiment, folder / f"{number} parts.mlab")
    at = [parts.train(up_to, way, each) for up_to, way in zip((first, second), ways, strict=True)]
    parts.train(math.inf, "killed", each)
    words = f"{ways[0]} at {at[0]}, {ways[1]} at {at[1]}, ended at {last}"
    return differences(parts.history, whole.history), words


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    add_backend(parser)
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)
    kinds: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    wrong = compared = records = 0
    with tempfile.TemporaryDirectory() as name:
        for number, (kind, rule) in zip(range(chosen.count), pairs(), strict=False):
            said = drawn(kind, rule, chance, chosen.backend)
            try:
                experiment = experiment_from(said)
            except Refusal as refusal:  # as the twin of what has none
                said["measure"]["twin"] = False
                experiment = experiment_from(said)
                print(f"{kind}, {rule}: without a twin, as {refusal}")
            if why := why_left_out(experiment, chosen.backend):
                kinds[f"left out: {why}"] += 1
                continue
            compared += 1
            differing, words = compare(experiment, chance, Path(name), number)
            kinds.update((kind, f"step {rule}", f"R = {experiment.replicas}"))
            kinds.update(["twin"] if experiment.measure.twin else [])
            if batching := experiment.optimizer.batching():
                kinds[f"batches with{'' if batching.replacement else 'out'} replacement"] += 1
            with Session.read(Path(name) / f"{number} whole.mlab") as session:
                history = session.load_run(session.runs[0].id).history
                ends[history.status] += 1
                records += len(history.records) * len(history.records.names)
            if differing:
                wrong += 1
                print(
                    f"{number} {kind}, {rule} ({words}): {'; '.join(differing)[:1500]}\n    {said}",
                    flush=True,
                )
    print(
        f"seed {chosen.seed}: {compared - wrong} of {compared} interrupted twice are the same as uninterrupted"
    )
    print(f"{records:,} rows of columns compared; ended as {dict(ends)}")
    print(", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    return 1 if wrong or RunStatus.DONE not in ends else 0


if __name__ == "__main__":
    sys.exit(main())
