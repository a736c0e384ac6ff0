"""Pictures of the step and the replica selected, asked for while somebody looks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from engine.experiment.document import Document, parse
from engine.protocol.surface import SurfaceReady
from gui.model.engine_query import EngineQuery
from gui.model.session_model import SessionModel
from gui.model.surface_query import SurfaceQuery
from tests.gui.lab import QUICK
from tests.gui.model.driving import run_through


def document(steps: int) -> Document:
    return parse(QUICK.format(title="circle", steps=steps))


def watchable_surfaces(model: SessionModel) -> EngineQuery:
    """Return what asks for surfaces of the step and the replica selected once it is watched."""
    query = SurfaceQuery(model, model).query
    query.follow(model.selection)
    return query


def test_a_watched_surface_follows_the_step_looked_at(qtbot: QtBot, model: SessionModel) -> None:
    steps: list[int] = []
    surfaces = watchable_surfaces(model)
    surfaces.answered.connect(lambda message: steps.append(message.step))
    run_through(qtbot, model, document(steps=1000))
    assert steps == []
    surfaces.watch(True)
    qtbot.waitUntil(lambda: steps == [1000])
    model.selection.mark_step(120)
    qtbot.waitUntil(lambda: len(steps) == 2)
    assert steps[-1] in model.run_list.runs[0].history.snapshot_steps and steps[-1] < 200


def test_a_surface_that_takes_long_is_coarse_while_a_hand_looks_for_its_step(
    qtbot: QtBot, model: SessionModel
) -> None:
    seen: list[SurfaceReady] = []
    surfaces = watchable_surfaces(model)
    surfaces.answered.connect(seen.append)
    run_through(qtbot, model, document(steps=1000))
    surfaces.watch(True)
    qtbot.waitUntil(lambda: len(seen) == 1)
    surfaces.answered.emit(replace(seen[0], run="another"))
    surfaces.answered.emit(replace(seen[0], seconds=0.3))
    model.selection.mark_step(120)
    qtbot.waitUntil(lambda: len(seen) == 5)
    coarse, whole = seen[3:]
    assert coarse.step == whole.step < 200
    assert 25 < len(coarse.axis) < len(whole.axis) == 101
    assert np.allclose(coarse.network, whole.network[:: coarse.every, :: coarse.every])


def test_a_replica_that_diverged_has_no_picture_from_there_on(qtbot: QtBot, model: SessionModel) -> None:
    steps: list[int] = []
    words: list[str] = []
    surfaces = watchable_surfaces(model)
    surfaces.answered.connect(lambda message: steps.append(message.step))
    surfaces.nothing.connect(words.append)
    run_through(qtbot, model, document(steps=1000))
    model.run_list.runs[0].history.events["diverged_step"] = [201]
    surfaces.watch(True)
    assert words == [
        "Replica 0 diverged after step 200: it has no parameters from there on. "
        "Look at a step before that, or at another replica."
    ]
    model.selection.mark_step(120)
    qtbot.waitUntil(lambda: len(steps) == 1)
    assert steps[-1] < 200 and len(words) == 1
