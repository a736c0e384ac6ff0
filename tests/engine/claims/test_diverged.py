"""Claims about runs of which a replica diverged: none holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.claims import judge

from .test_claims import STEPS, T, claim, run_log, verdict

RISING = {"margin": np.stack([T, T], 1), "norm_l1": np.stack([T, T], 1)}


@pytest.mark.parametrize(
    "said",
    [
        {"check": "final", "at_least": 0.0},
        {"check": "always", "at_least": 0.0},
        {"check": "peak", "at_least": 0.0},
        {"check": "fall", "at_most": 1.0},
        {"check": "drift", "at_most": 1e9},
        {"check": "shrinking", "tolerance": 1e9},
        {"check": "length", "at_most": 1e9},
        {"check": "growth", "at_least": 0.0, "after": 1},
        {"check": "slope", "at_least": -1e9},
        {"check": "non_decreasing"},
        {"check": "ratio", "compare": ["a", "b"], "at_least": 0.0},
        {"check": "order", "compare": ["b", "a"], "at_least": -1e9},
    ],
    ids=lambda said: said["check"],
)
@pytest.mark.parametrize("status", ["done", "running"])
def test_no_claim_holds_of_a_replica_that_diverged(said: dict[str, Any], status: str) -> None:
    sound, lost = run_log(RISING, status=status), run_log(RISING, status=status)
    lost.events["diverged_step"] = [None, 5_000]
    wanted = claim(**said)
    usual = judge(wanted, {"a": sound, "b": sound})
    assert usual.status == ("holds" if status == "done" else "not yet")
    found = judge(wanted, {"a": lost, "b": lost})
    whose = "of 'b' " if said.get("compare") == ["b", "a"] else "of 'a' "
    assert found.status == "void" and not found.as_expected
    assert found.sentence.startswith(f"Replica 1 {whose}diverged after step 4,999, and nothing holds of it")
    assert found.values[1] is None


def test_what_broke_before_a_divergence_stays_broken_and_what_is_recorded_after_it_breaks_nothing() -> None:
    lost = run_log({"margin": np.stack([T, T], 1)})
    lost.events["diverged_step"] = [None, 5_000]
    at = float(T[STEPS >= 5_000][0])
    assert verdict(lost, "always", at_most=at / 2).status == "fails"
    sound_first = run_log({"margin": np.stack([0 * T, T], 1)})
    sound_first.events["diverged_step"] = [None, 5_000]
    assert verdict(sound_first, "always", at_most=at * 0.999999).status == "void"


def test_a_claim_that_asks_for_a_divergence_is_judged_on_what_came_before_it() -> None:
    lost = run_log({"margin": T}, status="diverged")
    lost.events["diverged_step"] = [10_001]
    assert verdict(lost, "final", at_least=0, requires=["diverged"]).status == "holds"
