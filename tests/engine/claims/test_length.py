"""Claims about paths of finite length, about growth, and about cosines that tend to 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .test_claims import STEPS, T, run_log, verdict


def log_of(values: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(values, 1))


@given(st.floats(0.2, 3), st.floats(0.1, 10))
def test_a_path_that_ends_like_a_power_is_of_finite_length_and_what_is_to_come_is_exact(
    power: float, total: float
) -> None:
    to_come = total * np.maximum(T, 0.5) ** -power
    found = verdict(run_log({"direction_path": total - to_come}), "length", "direction_path", after=100)
    assert found.status == "holds", found.sentence
    assert found.values == [pytest.approx(2**-power, rel=1e-3)]
    left = float(found.measured.split("about ")[1].split(" ")[0])
    assert left == pytest.approx(to_come[-1], rel=0.02)


@pytest.mark.parametrize(
    ("path", "ratio"),
    [
        (np.sqrt(T), math.sqrt(2)),
        (log_of(T), 1.0),
        (log_of(log_of(T)), 0.922),
        (T, 2.0),
        # a path that comes to rest and then sets out again
        (1 - (T + 1) ** -1.0 + np.where(T > 7_000, (T - 7_000) / 1e7, 0), 2.0),
    ],
    ids=["root", "log", "log log", "line", "again"],
)
def test_a_path_without_an_end_in_sight_is_not(path: np.ndarray, ratio: float) -> None:
    found = verdict(run_log({"direction_path": path}), "length", "direction_path", after=100)
    assert found.status == "fails" and found.bound == "at most 0.88"
    assert found.values == [pytest.approx(ratio, rel=0.02)]
    assert ("no end in sight" in found.measured) is (ratio >= 1)


def test_the_rest_of_a_path_has_the_spread_of_its_ratios() -> None:
    """Increments 8, 4, 3, 2 over doublings: ratios 1/2, 3/4, 2/3, so that 2 (1), 2 (3) or 2 (2) are to come."""
    steps = np.array([0, 1000, 2000, 4000, 8000, 16000])
    history = run_log({"direction_path": [0.0, 0.0, 8.0, 12.0, 15.0, 17.0]}, steps)
    found = verdict(history, "length", "direction_path", after=1000)
    assert found.sentence == (
        "A doubling of the steps adds to the path length of the direction at most 0.75 of what the one before added "
        "(the one that ends at step 8,000); 17 so far, about 4 to come (2 to 6) (claimed: at most 0.88)."
    )
    assert found.measured == "largest ratio 0.75, about 4 to come (2 to 6)"
    tighter = verdict(history, "length", "direction_path", after=1000, at_most=0.7)
    assert (tighter.status, tighter.bound) == ("fails", "at most 0.7")


@pytest.mark.parametrize("said", [{"after": 2_000}, {"after": 10_000}])
def test_two_doublings_tell_no_length(said: dict[str, Any]) -> None:
    found = verdict(run_log({"direction_path": 1 - 1 / (T + 1)}), "length", "direction_path", **said)
    assert found.sentence.startswith("Path length of the direction is never defined")


def test_in_short_runs_log_log_t_would_pass_and_nothing_is_said() -> None:
    steps = np.arange(0, 401)
    history = run_log({"direction_path": 1 - 1 / (steps + 1.0)}, steps)
    assert verdict(history, "length", "direction_path").values == [None]


def test_growth_is_over_the_first_value_that_is_judged() -> None:
    values = np.where(T < 100, 7.0, 2 + T / 10_000)
    history = run_log({"margin": values}, separated=100)
    grown = verdict(history, "growth", after="separated", at_least=1.2)
    first = values[STEPS >= 100][0]
    assert (grown.status, grown.values) == ("holds", [pytest.approx(3 / first)])
    assert grown.sentence.startswith("Margin changes by a factor of 1.4")
    assert verdict(history, "growth", at_least=1.2).status == "fails"
    assert grown.measured.startswith("factor 1.4")


def test_growth_from_nothing_is_not_defined_and_that_of_a_log_is_a_difference() -> None:
    assert verdict(run_log({"margin": T}), "growth", at_least=1.0).values == [None]
    fallen = verdict(run_log({"log_loss": -T}), "growth", "log_loss", at_most=-9_999.0)
    assert (fallen.status, fallen.values) == ("holds", [-10_000.0])


@pytest.mark.parametrize(
    ("column", "title"),
    [
        ("cos_gradient_own_mean", "alignment, 200-step mean (optimizer's norm)"),
        ("margin_ratio_linf", "normalized margin (l-infinity) / best"),
    ],
)
def test_what_tends_to_one_has_the_slope_of_its_distance_from_it(column: str, title: str) -> None:
    found = verdict(run_log({column: 1 - 0.3 * (T + 1e-9) ** -0.5}), "slope", column, at_most=-0.49)
    assert found.values == [pytest.approx(-0.5)]
    assert found.sentence.startswith(f"ln (1 − {title}) against ln step")
