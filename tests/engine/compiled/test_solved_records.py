"""What records say of margins and nearest points, with compiled solvers and without, of the same run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.experiment.experiment import experiment_from
from engine.training import loop
from tests.engine.cases import columns, tables

SOLVED = (
    *("ntk_margin", "ntk_own_margin_ratio", "ntk_own_cosine", "stationarity", "tangential_residual"),
    "ntk_prediction_cosine",
)
BLOBS = {"data": {"kind": "blobs", "n": 12, "classes": 3, "separation": 6.0}, "loss.kind": "cross-entropy"}
RUNS: dict[str, dict[str, Any]] = {
    "one output": {"data.n": 24, "network.widths": [20]},
    "replicas": {"replicas": 3, "network.widths": [9]},
    "classes": {**BLOBS, "network.widths": [8]},
    "not separable": {"data": {"kind": "parity", "d": 2, "k": 2}, "network.widths": []},
    "single precision": {"run.dtype": "float32"},
}


@pytest.mark.parametrize("said", RUNS.values(), ids=RUNS)
def test_records_are_those_of_the_plain_solvers(
    said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = experiment_from(
        tables({"run.steps": 300, **said, "measure.groups": ["kernel", "stationarity"]})
    )
    compiled = loop.Training(experiment)
    monkeypatch.setattr(loop, "build_solvers", lambda compiled: None)
    plain = loop.Training(experiment)
    for training in (compiled, plain):
        for _ in training.run():
            pass
    found, known = columns(compiled), columns(plain)
    assert found.keys() == known.keys()
    # weights may be others, with which single precision rounds otherwise
    near = (1e-9, 1e-14) if experiment.run.dtype == "float64" else (1e-5, 1e-5)
    for name in SOLVED:
        if name in known:
            np.testing.assert_allclose(found[name], known[name], *near, err_msg=name)
