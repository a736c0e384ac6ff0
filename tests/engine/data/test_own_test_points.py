"""Points that bring a test set of their own."""

from __future__ import annotations

import pytest

from engine.data import make_data
from engine.experiment.data import PointsSpec
from engine.words.errors import Refusal

OWN = {"kind": "points", "x": [[0, 1], [1, 0]], "y": [1, -1], "x_test": [[2, 2]], "y_test": [-1]}


def test_points_to_test_stand_apart() -> None:
    data = make_data(PointsSpec.model_validate(OWN))
    assert data.raw.tolist() == [[0, 1], [1, 0]] and data.raw_test.tolist() == [[2, 2]]
    assert data.labels.tolist() == [1, -1] and data.labels_test.tolist() == [-1]


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("data.y_test", {"y_test": [2]}),
        ("data.y_test", {"y_test": []}),
        ("data.x_test", {"x_test": [[1, 2, 3]]}),
        ("data.test_fraction", {"test_fraction": 0.5}),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(field: str, fields: dict[str, object]) -> None:
    with pytest.raises(Refusal) as refused:
        make_data(PointsSpec.model_validate({**OWN, **fields}))
    assert refused.value.field == field
