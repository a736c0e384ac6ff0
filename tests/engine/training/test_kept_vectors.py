"""What a session keeps of vectors over a run: larger ones as the parameters that they follow from, to the last bit."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.experiment.experiment import Experiment, experiment_from
from tests.soak.resume import Kept, differences

SMALL_NETWORK: dict[str, Any] = {"network.widths": [3]}
WIDE_NETWORK: dict[str, Any] = {"network.widths": [60]}


def said(changes: dict[str, Any]) -> Experiment:
    return experiment_from(
        {
            "version": 1,
            "data": {"kind": "blobs", "n": 12, "d": 3, "classes": 3},
            "network": {"kind": "mlp", "widths": changes["network.widths"]},
            "loss": {"kind": "cross-entropy"},
            "optimizer": {"kind": "steepest"},
            "measure": {"groups": ["kernel"], "per_decade": 20},
            "run": {"steps": 150, "device": "cpu", "threads": 1},
            "replicas": 2,
        }
    )


def names_in(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT name, count(*) FROM vector GROUP BY name").fetchall())


@pytest.mark.parametrize(
    ("changes", "kept"), [(SMALL_NETWORK, {"theta"}), (WIDE_NETWORK, {"ntk", "prediction"})]
)
def test_a_run_goes_on_from_the_smaller_of_vectors_and_parameters(
    changes: dict[str, Any], kept: set[str], tmp_path: Path
) -> None:
    experiment = said(changes)
    whole, parts = Kept(experiment, tmp_path / "whole.mlab"), Kept(experiment, tmp_path / "parts.mlab")
    whole.train(math.inf, "killed", 0.02)
    for up_to in (37, 80, math.inf):
        parts.train(up_to, "paused", 0.02)
    assert names_in(tmp_path / "parts.mlab").keys() - {"normalized_margin"} == kept
    assert not differences(parts.history, whole.history)
