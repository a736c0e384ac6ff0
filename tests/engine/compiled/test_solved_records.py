"""What records say of margins and nearest points, with compiled solvers and without, of the same run."""

from __future__ import annotations

import functools
import importlib
from collections import Counter
from typing import Any

import numpy as np
import pytest

from engine.compiled.steps import CompiledSteps
from engine.experiment.experiment import experiment_from
from engine.measurements import kernel_margin
from engine.training import loop
from tests.engine.cases import columns, tables

stationarity = importlib.import_module(
    "engine.measurements.stationarity"
)  # the package has a function so called
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


ASKED = (
    *((kernel_margin, "_solved"), (kernel_margin, "pair_max_margin")),
    *((stationarity.Nearest, "residual"), (stationarity.Nearest, "tangential_residual")),
)
"""What asks a plain solver."""


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often each plain solver is asked from now on."""
    counts: Counter[str] = Counter()
    for owner, name in ASKED:

        def asked(*given: Any, plain: Any, called: str) -> Any:
            counts[called] += 1
            return plain(*given)

        plain = getattr(owner, name)
        told = functools.partialmethod if isinstance(owner, type) else functools.partial
        monkeypatch.setattr(owner, name, told(asked, plain=plain, called=name))
    return counts


@pytest.mark.parametrize("name", RUNS)
def test_records_are_those_of_the_plain_solvers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"run.steps": 300, **RUNS[name], "run.backend": "compiled"}
    experiment = experiment_from(tables({**said, "measure.groups": ["kernel", "stationarity"]}))
    counts = counted(monkeypatch)
    compiled = loop.Training(experiment)
    assert isinstance(compiled.stepper, CompiledSteps)
    for _ in compiled.run():
        pass
    assert not counts
    monkeypatch.setattr(loop, "build_solvers", lambda compiled: None)
    plain = loop.Training(experiment)
    for _ in plain.run():
        pass
    assert counts["residual"] + counts["_solved"] > 0
    found, known = columns(compiled), columns(plain)
    assert found.keys() == known.keys()
    # weights may be others, with which single precision rounds otherwise
    near = (1e-9, 1e-14) if experiment.run.dtype == "float64" else (1e-5, 1e-5)
    compared = [column for column in SOLVED if column in known]
    for column in compared:
        np.testing.assert_allclose(found[column], known[column], *near, err_msg=column)
        assert np.isfinite(known[column]).any() == (name != "not separable"), column
    assert {"ntk_margin", "stationarity", "tangential_residual"} <= set(compared)
