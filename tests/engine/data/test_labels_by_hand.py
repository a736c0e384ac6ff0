"""Labels that somebody gives training samples by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import make_data
from engine.experiment.data import BlobsSpec, MoonsSpec
from engine.words.errors import Refusal

MOONS = MoonsSpec(kind="moons", n=20, test_fraction=0.25, label_noise=0.2)


def test_samples_get_their_classes_after_all_noise_and_nothing_else_changes() -> None:
    before = make_data(MOONS)
    after = make_data(MOONS.model_copy(update={"relabel": ((3, 0), (4, 1))}))
    assert after.labels[[2, 3]].tolist() == [-1, 1]
    others = np.delete(np.arange(15), [2, 3])
    assert after.labels[others].tolist() == before.labels[others].tolist()
    for name in ("x", "x_test", "labels_test"):
        assert np.array_equal(getattr(after, name), getattr(before, name))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (((16, 0),), "sample 16"),
        (((0, 0),), "sample 0"),
        (((1, 2),), "class 2"),
        (((1, 0, 1),), "no pair"),
        (tuple((i + 1, 0) for i in range(15)), "no sample of class 1"),
    ],
)
def test_a_row_that_names_nothing_is_refused(rows: tuple[tuple[int, ...], ...], said: str) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        make_data(MOONS.model_copy(update={"relabel": rows}))
    assert refused.value.field == "data.relabel"


def test_another_kind_of_data_begins_without_them() -> None:
    assert BlobsSpec.accepted({"relabel": ((1, 0),), "seed": 3}) == {"seed": 3}
