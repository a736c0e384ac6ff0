"""What the direction's path has still to come: exact for powers of the margin, and as a slow computation says."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.measurements.path_left import still_to_come
from engine.protocol.records import Array
from engine.training.loop import Training
from tests.engine.cases import experiment, trained

MARGINS = np.geomspace(1, 200, 60)


def by_hand(path: Array, margin: Array) -> tuple[float, float]:
    """Return both numbers of one replica at the last record, by loops."""
    first = max((k + 1 for k, q in enumerate(margin) if not q > 0), default=0)
    if len(margin) - first < 2:
        return math.nan, math.nan
    places = np.log(np.maximum.accumulate(margin[first:]))
    lengths = [path[-1]]
    for k in (1, 2, 3):
        at = places[-1] - k * math.log(2)
        if at < places[0]:
            return math.nan, math.nan
        j = next(j for j in range(len(places)) if places[j] >= at)
        if j == 0:
            lengths.append(path[first])
            continue
        share = (at - places[j - 1]) / (places[j] - places[j - 1])
        lengths.append(path[first + j - 1] + share * (path[first + j] - path[first + j - 1]))
    now, before, earlier = -np.diff(lengths)
    r, r_before = now / before, before / earlier
    if not (r < 1 and r_before < 1):
        return math.nan, math.nan
    left = now * r / (1 - r)
    return left, abs(before * r_before / (1 - r_before) - now - left)


@pytest.mark.parametrize("power", [0.3, 1.0, 2.0])
def test_what_falls_like_a_power_of_the_margin_is_foretold_exactly(power: float) -> None:
    margin = torch.tensor(2.0 ** np.arange(8), dtype=torch.float64)[:, None]
    left, error = still_to_come(1 - 0.3 * margin**-power, margin)
    assert left.item() == pytest.approx(0.3 * 128**-power, rel=1e-12)
    assert error.item() == pytest.approx(0, abs=1e-13)


def test_a_path_like_the_logarithm_of_the_margin_shows_no_end() -> None:
    margin = torch.tensor(MARGINS)[:, None]
    for path in (margin.log() ** 1.01, margin.sqrt()):
        assert all(values.isnan().all() for values in still_to_come(path, margin))


def test_nothing_is_foretold_before_three_doublings_since_the_data_were_fitted() -> None:
    margin = torch.tensor([5.0, 60.0, -1.0, 1.0, 2.0, 4.0, 7.9])[:, None].double()
    path = 1 - 1 / torch.arange(2.0, 9.0, dtype=torch.float64)[:, None]
    assert still_to_come(path, margin)[0].isnan().all()
    assert still_to_come(path[:1], margin[:1])[0].isnan().all()
    margin[-1] = 8.1
    assert still_to_come(path, margin)[0].isfinite().all()


def test_replicas_are_judged_each_by_its_own_margin() -> None:
    random = np.random.default_rng(0)
    margin = np.cumsum(random.exponential(size=(80, 6)) - 0.3, 0) - random.exponential(size=6)
    path = np.cumsum(random.exponential(size=(80, 6)) / np.arange(1, 81)[:, None] ** 1.7, 0)
    left, error = still_to_come(torch.tensor(path), torch.tensor(margin))
    expected = np.array([by_hand(path[:, r], margin[:, r]) for r in range(6)]).T
    assert np.isfinite(expected).any() and np.isnan(expected).any()
    np.testing.assert_allclose([left.numpy(), error.numpy()], expected, rtol=1e-9, atol=1e-13)


def test_a_run_records_it_for_every_replica_at_every_record() -> None:
    records = trained(experiment({"replicas": 3, "run.steps": 3000})).history.records
    path, left, error = (records.column(name) for name in ("direction_path", "path_left", "path_left_error"))
    margin = records.column("normalized_margin") * records.column("param_norm") ** 2
    expected = np.array(
        [[by_hand(path[: t + 1, r], margin[: t + 1, r]) for r in range(3)] for t in range(len(path))]
    )
    foretold = np.isfinite(expected[-1, :, 0])
    assert foretold.any() and not foretold.all(), "one of them shows no end yet"
    np.testing.assert_allclose(left, expected[..., 0], rtol=1e-6)
    np.testing.assert_allclose(error, expected[..., 1], rtol=1e-4, atol=1e-9)
    longer = trained(experiment({"replicas": 3, "run.steps": 30_000})).history.records
    whole = longer.column("direction_path")[-1] + longer.column("path_left")[-1] - path[-1]
    np.testing.assert_allclose(whole[foretold], left[-1, foretold], rtol=0.3)


@pytest.mark.parametrize("at", [200, 1300])
def test_a_run_that_is_taken_up_again_foretells_the_same_to_the_last_bit(at: int) -> None:
    said = experiment({"replicas": 3, "run.steps": 3000})
    whole = trained(said).history.records
    begun = Training(said, yield_every=0)
    assert any(begun.step >= at for _ in begun.run())
    records = begun.history.records
    for batch in Training(said, resume_from=begun.snapshot(resumable=True)).run():
        if batch is not None:
            records.extend(batch)
    np.testing.assert_array_equal(records.steps, whole.steps)
    for name in ("path_left", "path_left_error"):
        assert np.isfinite(whole.column(name)).any()
        np.testing.assert_array_equal(records.column(name), whole.column(name))
