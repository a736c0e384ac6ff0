"""What was made before is the same arrays, as long as fields and files are the same; memory is bounded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import DataCheck, Dataset, make_data
from engine.data.made import MadeData
from engine.experiment.data import CircleSpec, CsvSpec
from engine.run.problem import prepare
from tests.engine.cases import experiment


def test_data_of_the_same_fields_are_made_once() -> None:
    first, again = (prepare(experiment({"seed": seed, "data.n": 9})) for seed in (0, 1))
    assert again.datasets[0] is first.datasets[0]
    assert again.sha256 == first.sha256
    assert not np.array_equal(again.initial, first.initial)
    assert prepare(experiment({"data.n": 10})).datasets[0] is not first.datasets[0]
    fresh = make_data(CircleSpec(kind="circle", n=9))
    assert first.datasets[0].x.tobytes() == fresh.x.tobytes()


def test_replicas_of_other_data_have_their_own() -> None:
    varied: dict[str, Any] = {"vary": {"data.seed": [1, 2]}, "data": {"kind": "blobs", "n": 8}}
    problem = prepare(experiment(varied))
    assert len(problem.datasets) == 2
    assert not np.array_equal(problem.datasets[0].x, problem.datasets[1].x)


def test_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    place, data = tmp_path / "a.csv", CsvSpec(kind="csv", path="a.csv")
    place.write_text("x,y,label\n1,2,0\n3,4,1\n5,6,1\n")
    first, checksum = DataCheck(data, tmp_path).made([data])
    assert DataCheck(data, tmp_path).made([data])[0] is first
    place.write_text("x,y,label\n1,2,0\n3,4,1\n5,7,1\n")
    os.utime(place, ns=(1, 1))
    second, other = DataCheck(data, tmp_path).made([data])
    assert other != checksum
    assert second[0].x[2, 1] != first[0].x[2, 1]


def test_nobody_can_write_to_what_others_have() -> None:
    with pytest.raises(ValueError, match="read-only"):
        prepare(experiment()).datasets[0].x[0, 0] = 1.0


def made(n: int) -> tuple[tuple[Dataset, ...], str]:
    return (make_data(CircleSpec(kind="circle", n=n)),), str(n)


def test_what_is_remembered_is_bounded() -> None:
    one = made(8)[0][0]
    size = sum(a.nbytes for a in (one.x, one.labels, one.x_test, one.labels_test, one.raw, one.raw_test))
    kept = MadeData(most=2 * size)
    for key in "abc":
        kept.put(key, made(8))
        kept.get("a")
    assert [kept.get(key) is not None for key in "abc"] == [True, False, True]
    kept.put("large", made(800))
    assert kept.get("large") is None and kept.get("a") is not None
