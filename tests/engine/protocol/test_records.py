"""When a run records, and the table that its records grow into."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.records import RecordBatch, Records, next_record, schedule


@given(st.integers(1, 30_000), st.integers(1, 200))
def test_log_spaced_schedules(last: int, per_decade: int) -> None:
    steps = schedule(last, per_decade, None)
    assert (steps[0], steps[-1]) == (0, last)
    assert steps == sorted(set(steps))
    # floor(10^(k / per_decade)) for every k that falls below the last step, and nothing else
    powers = {int(10 ** (k / per_decade)) for k in range(int(per_decade * np.log10(last)) + 2)}
    assert set(steps) == {0, last} | {p for p in powers if p <= last}


@given(st.integers(1, 5_000), st.integers(1, 60))
def test_schedules_at_a_fixed_distance(last: int, every: int) -> None:
    assert schedule(last, 100, every) == [*range(0, last, every), last]


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 100))
def test_the_next_record_depends_on_the_step_alone(step: int, every: int, per_decade: int) -> None:
    for distance in (every, None):
        steps = schedule(20_000, per_decade, distance)
        assert next_record(step, 20_000, per_decade, distance) == next(s for s in steps if s > step)


def test_records_grow_fill_in_and_forget() -> None:
    records = Records(2)
    for step in range(300):
        records.append(step, {"a": np.array([step, -step]), **({"b": np.ones(2)} if step % 2 else {})})
    assert len(records) == 300 and records.names == ["a", "b"]
    assert records.column("a")[:, 0].tolist() == list(range(300))
    assert np.isnan(records.column("b")[::2]).all() and (records.column("b")[1::2] == 1).all()
    # columns that come late belong to steps already there; a step in between is not there and stays so
    records.extend(RecordBatch(np.array([3, 10]), {"late": np.array([[1.0, 2.0], [3.0, np.nan]])}))
    assert len(records) == 300
    assert records.column("late")[10, 0] == 3.0
    assert records.final("late").tolist() == [3.0, 2.0]
    assert records.final("b").tolist() == [1.0, 1.0]
    # what is not defined fills in nothing
    records.extend(
        RecordBatch(np.array([3]), {"a": np.full((1, 2), np.nan), "late": np.array([[np.nan, 5.0]])})
    )
    assert records.column("a")[3].tolist() == [3, -3]
    assert records.column("late")[3].tolist() == [1.0, 5.0]
    records.truncate(7)
    assert records.steps.tolist() == list(range(8))
    records.append(9, {"a": np.zeros(2)})
    assert records.steps.tolist() == [*range(8), 9]
    assert np.isnan(records.column("b")[-1]).all()
    assert records.final("late").tolist() == [1.0, 5.0]


def test_all_copies() -> None:
    records = Records(1)
    records.append(0, {"a": np.array([1.0])})
    copy = records.all()
    records.append(1, {"a": np.array([2.0])})
    assert copy.steps.tolist() == [0]
    copy.columns["a"][:] = 9
    assert records.column("a")[0, 0] == 1.0
    with pytest.raises(KeyError):
        records.column("b")
