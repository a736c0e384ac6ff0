"""What records say of margins and nearest points, with compiled solvers and without, of the same run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.experiment.experiment import experiment_from
from engine.training import loop
from tests.engine.cases import tables

SOLVED = ("ntk_margin", "ntk_own_margin_ratio", "ntk_own_cosine", "stationarity", "tangential_residual")
BLOBS = {"data": {"kind": "blobs", "n": 12, "classes": 3, "separation": 6.0}, "loss.kind": "cross-entropy"}
RUNS: dict[str, dict[str, Any]] = {
    "one output": {"data.n": 24, "network.widths": [20]},
    "replicas": {"replicas": 3, "network.widths": [9]},
    "classes": {**BLOBS, "network.widths": [8]},
    "not separable": {"data": {"kind": "parity", "n": 4, "bits": 2}, "network.widths": []},
    "single precision": {"run.dtype": "float32"},
}


@pytest.mark.parametrize("said", RUNS.values(), ids=RUNS)
def test_records_are_those_of_the_plain_solvers(said: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = experiment_from(
        tables({"run.steps": 300, **said, "measure.groups": ["kernel", "stationarity"]})
    )
    compiled = loop.Training(experiment)
    monkeypatch.setattr(loop, "build_solvers", lambda compiled: None)
    plain = loop.Training(experiment)
    for training in (compiled, plain):
        for _ in training.run():
            pass
    found, known = compiled.history.records.columns, plain.history.records.columns
    assert found.keys() == known.keys()
    for name in SOLVED:
        if name in known:
            np.testing.assert_allclose(found[name], known[name], rtol=1e-9, atol=1e-14, err_msg=name)
