"""What the window asks of a run, and the runs that it asks about."""

from __future__ import annotations

from typing import Any

from engine.experiment.document import DocumentRef
from engine.inspection.answers import Answers
from engine.protocol.pictures import Subject
from engine.protocol.surface import AskSurface, SurfaceReady
from engine.training.loop import Training
from tests.engine.cases import experiment, experiment_to_toml

SAID = {"replicas": 2, "network.widths": [6], "data.n": 12, "run.steps": 30}


CLASSES = {
    "data": {"kind": "blobs", "n": 12, "classes": 3},
    "loss.kind": "cross-entropy",
    "network.widths": [5],
    "run.steps": 20,
}


def ask(kind: type, said: dict[str, Any], theta: Any, **more: Any) -> Any:
    document = DocumentRef(experiment_to_toml(experiment(said)))
    of_run = {name: more.pop(name) for name in ("replica", "twin") if name in more}
    return kind(Subject(1, "run", document, 30, theta, **of_run), **more)


def surface(said: dict[str, Any], training: Training, **more: Any) -> SurfaceReady:
    theta = training.state.theta.numpy()
    found = Answers().answer(ask(AskSurface, said, theta, resolution=9, **more), None)
    assert isinstance(found, SurfaceReady)
    return found
