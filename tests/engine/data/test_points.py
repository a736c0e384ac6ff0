"""Points written into the experiment are taken as they stand, or refused with the place."""

from __future__ import annotations

from typing import Any

import pytest

from engine.data import make_data, sizes
from engine.experiment.data import PointsSpec
from engine.words.errors import Refusal


def test_points_are_taken_as_they_stand() -> None:
    made = make_data(PointsSpec(kind="points", x=((1.0, 2.0), (3.0, 4.0), (5.0, 6.0)), y=(1.0, -1.0, 1.0)))
    assert made.x.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert made.labels.tolist() == [1, -1, 1]


@pytest.mark.parametrize(
    ("x", "y", "field", "sentence"),
    [
        (((1.0, 2.0), (3.0,)), (1.0, -1.0), "data.x", r"(3.0,) (row 2) has 1 numbers where row 1 has 2"),
        (((1.0,), (2.0,), (3.0,)), (1.0, -1.0), "data.y", "has 2 labels where data.x has 3 points"),
        ((), (), "data.x", "is empty"),
        (((), ()), (1.0, -1.0), "data.x", "a point needs at least 1"),
    ],
)
def test_points_that_do_not_fit_are_refused(x: Any, y: Any, field: str, sentence: str) -> None:
    for make in (make_data, sizes):
        with pytest.raises(Refusal) as refused:
            make(PointsSpec(kind="points", x=x, y=y))
        assert refused.value.field == field
        assert sentence in str(refused.value)
