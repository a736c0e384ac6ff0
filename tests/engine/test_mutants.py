"""A few hundred of the spoilt files of tests/soak/mutants.py: refused or read, never a failure."""

from __future__ import annotations

import pytest

from tests.soak.mutants import KINDS, run, seeds


@pytest.mark.parametrize("seed", [1, 2])
def test_spoilt_files_are_refused_in_little_memory_and_stay_as_they_are(seed: int) -> None:
    found = run(300, seed)
    assert found.faults == []
    for kind in KINDS:
        assert found.outcomes[f"{kind} refused"] + found.outcomes[f"{kind} read"] == 60
        assert found.outcomes[f"{kind} refused"] >= 10


def test_the_sound_files_are_sound() -> None:
    assert set(seeds()) == set(KINDS)
    assert run(0, 0).faults == []
