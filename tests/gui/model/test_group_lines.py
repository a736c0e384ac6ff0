"""What plots draw of groups: runs that recorded other steps than each other, more than there is room for, or go on."""

from __future__ import annotations

import numpy as np
import pytest

from engine.figures.spread import spread
from engine.protocol.messages import RunStatus
from engine.protocol.records import RecordBatch, Records
from engine.protocol.run_history import RunHistory
from gui.model.run_table.pooled import FEWEST_STEPS, GroupPart, Pooling


def part(steps: object, values: object, name: str = "log_loss", run: str = "") -> GroupPart:
    """Return a run of one replica."""
    records = Records(1)
    records.extend(RecordBatch(np.asarray(steps), {name: np.asarray(values, float)[:, None]}))
    return GroupPart(RunHistory(records, RunStatus.DONE), None, run)


def pooled(*parts: GroupPart, room: int = 10**7) -> Records:
    pooling = Pooling(parts, room)
    while not pooling.go_on(1.0):
        pass
    history = pooling.history()
    assert history is not None
    return history.records


def power_law(offset: float, every: int, last: int) -> GroupPart:
    """Return a run whose log loss is `offset` - 2 log t, recorded at steps of its own."""
    steps = np.unique(np.append(np.arange(1, last, every), last))
    return part(steps, offset - 2 * np.log(steps))


def test_the_median_of_power_laws_recorded_at_different_steps_is_their_median_everywhere() -> None:
    records = pooled(*(power_law(k, every, 600) for k, every in enumerate((7, 11, 13, 17, 19))))
    low, middle, high = spread(records.column("log_loss"))
    exact = -2 * np.log(records.steps)
    assert middle == pytest.approx(2 + exact) and np.all(np.diff(middle) < 0)
    assert high - low == pytest.approx(3.2)  # of five the 10th and the 90th percentile


def test_a_run_counts_up_to_its_last_record_and_no_further() -> None:
    pooling = Pooling([part([0, 10, 100], [0, 1, 2]), part([0, 50], [5, 6])])
    assert (pooling.at_end, pooling.drawn) == (1, 2) and pooling.go_on(9.0)
    history = pooling.history()
    assert history is not None and history.records.steps.tolist() == [0, 10, 50, 100]
    first, second = history.records.column("log_loss").T
    assert first[[0, 1, 3]].tolist() == [0, 1, 2] and first[2] == pytest.approx(1 + np.log10(5))
    assert second[[0, 2]].tolist() == [5, 6] and 5 < second[1] < 6 and np.isnan(second[3])


def test_a_line_ends_where_fewer_than_half_of_its_runs_are_left() -> None:
    going = part([1, 1000], [7, 9])
    pooling = Pooling([power_law(k, 7, 600 + 10 * k) for k in range(4)] + [going])
    assert pooling.go_on(9.0) and (pooling.at_end, pooling.drawn) == (3, 5)
    history = pooling.history()
    assert history is not None and history.records.steps[-1] == 620
    assert np.isfinite(history.records.column("log_loss")[-1, [2, 3, 4]]).all()


def test_a_thinned_measurement_counts_between_the_records_at_which_it_was_taken() -> None:
    nan, steps = np.nan, np.arange(1, 14)
    rare = [-np.log(t) if t % 4 == 1 else nan for t in steps]
    (other, thin) = pooled(part(steps, -np.log(steps)), part(steps, rare)).column("log_loss").T
    assert thin == pytest.approx(other)


def test_infinite_values_and_gaps_stay_what_they_are() -> None:
    inf, nan = np.inf, np.nan
    a = part([1, 2, 4, 8, 16], [0, -inf, -inf, nan, 3])
    values = pooled(a, part([1, 3, 6, 16], [0, 0, 0, 0])).column("log_loss")[:, 0]
    assert values[[0, 1, 2, 3]].tolist() == [0, -inf, -inf, -inf] and np.isnan(values[[4, 5]]).all()


def test_more_than_there_is_room_for_has_fewer_steps_and_then_fewer_runs() -> None:
    parts = [part(np.arange(k + 1, 3000 + k), np.ones(2999)) for k in range(8)]
    thinned = Pooling(parts, 8 * 1000)
    assert thinned.go_on(9.0) and thinned.left_out == 0
    made = thinned.history()
    assert made is not None and len(made.records) == 1000 and made.records.steps[-1] == 3003
    few = Pooling(parts, 4 * FEWEST_STEPS)
    assert few.go_on(9.0) and (few.left_out, few.drawn) == (4, 4)
    kept = few.history()
    assert kept is not None and len(kept.records) * kept.records.replicas <= 4 * FEWEST_STEPS


def test_what_a_run_tells_or_loses_meanwhile_is_not_in_the_line_under_way() -> None:
    going = part([1, 2, 3], [1, 2, 3], run="a")
    pooling = Pooling([going])
    going.history.records.truncate(1)
    going.history.records.extend(RecordBatch(np.array([2, 9]), {"other": np.ones((2, 1))}))
    assert pooling.go_on(9.0) and pooling.is_of([going]) and pooling.stamps != (going.stamp,)
    history = pooling.history()
    assert history is not None and history.records.steps.tolist() == [1, 2, 3]
    assert history.records.names == ["log_loss"]


def test_a_group_s_label_counts_the_runs_that_are_in_its_line() -> None:
    def two(last: int) -> GroupPart:
        records = Records(2)
        records.extend(RecordBatch(np.array([1, last]), {"log_loss": np.zeros((2, 2))}))
        return GroupPart(RunHistory(records, RunStatus.DONE), None)

    assert Pooling([two(10), two(10)]).members == "4 replicas of 2 runs"
    assert Pooling([two(10), two(10), two(5)]).members == "6 replicas of 3 runs, 2 runs at the end"
    assert Pooling([part([1, 5], [0, 0]), part([1, 9], [0, 0])]).members == "2, 1 at the end"
