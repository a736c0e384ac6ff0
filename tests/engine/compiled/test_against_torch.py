"""Compiled steps beside torch's: the same way, to rounding, for every kind that has a compiled half."""

from __future__ import annotations

from functools import cache
from itertools import islice

import pytest

from .beside import STEPS, Beside, beside
from .drawing import experiments, pairs

ONCE_EACH = len(pairs())
"""`tests/soak/both_paths.py` draws more."""
DRAWN = list(islice(experiments(0), ONCE_EACH))


@cache
def came(number: int) -> Beside:
    """Compare one of those drawn."""
    return beside(DRAWN[number][1])


@pytest.mark.parametrize("number", range(ONCE_EACH), ids=[words for words, _ in DRAWN])
def test_both_go_the_same_way(number: int) -> None:
    assert not came(number).far, (DRAWN[number][1].model_dump(exclude_defaults=True), came(number))


def test_rounding_alone_decides_little() -> None:
    compared = [STEPS if one.ended else min(one.steps, STEPS) for one in map(came, range(ONCE_EACH))]
    assert sum(compared) > 0.75 * ONCE_EACH * STEPS
