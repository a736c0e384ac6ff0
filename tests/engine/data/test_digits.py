"""The handwritten digits: chosen classes, a stratified choice, the rest tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from engine.data import Dataset, make_data
from engine.data.digits import COUNTS
from engine.experiment.data import DigitsSpec
from engine.words.errors import Refusal


def digits(**fields: Any) -> Dataset:
    return make_data(DigitsSpec(kind="digits", **fields))


def test_counts_are_those_of_the_set() -> None:
    assert tuple(np.bincount(load_digits().target)) == COUNTS


def test_ten_digits_are_split_into_training_and_test() -> None:
    made = digits()
    assert made.x.shape == (500, 64)
    assert made.x_test.shape == (1297, 64)
    assert made.x.min() == 0 and made.x.max() == 1
    assert made.image_shape == (8, 8)
    assert made.class_names == tuple("0123456789")
    assert made.ends.outputs == 10
    wanted = 500 * np.array(COUNTS) / 1797
    assert np.abs(np.bincount(made.labels) - wanted).max() < 1


def test_every_picture_is_used_once_with_its_label() -> None:
    made = digits(train=700)
    rows = {(*pixels, label) for pixels, label in zip(made.raw * 16, made.labels, strict=True)}
    rows |= {(*pixels, label) for pixels, label in zip(made.raw_test * 16, made.labels_test, strict=True)}
    real = load_digits()
    assert rows == {(*pixels, label) for pixels, label in zip(real.data, real.target, strict=True)}


def test_two_digits_are_binary() -> None:
    made = digits(classes=(8, 3), train=100)
    assert made.class_names == ("3", "8")
    assert set(made.labels) == set(made.labels_test) == {-1, 1}
    assert len(made.x) + len(made.x_test) == COUNTS[3] + COUNTS[8]
    real = load_digits()
    eights = {tuple(pixels / 16) for pixels in real.data[real.target == 8]}
    assert all(
        (tuple(pixels) in eights) == (label == 1) for pixels, label in zip(made.raw, made.labels, strict=True)
    )


def test_three_digits_are_numbered_in_ascending_order() -> None:
    made = digits(classes=(9, 1, 4), train=60)
    assert made.class_names == ("1", "4", "9")
    assert set(made.labels) == {0, 1, 2}


def test_data_seed_chooses_the_training_points() -> None:
    assert np.array_equal(digits(seed=3).x, digits(seed=3).x)
    assert not np.array_equal(digits(seed=3).x, digits(seed=4).x)


def test_all_may_train() -> None:
    assert len(digits(train=1797).x_test) == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"train": 1798}, "data.train: 1798 is too large; the chosen digits have 1797 samples"),
        ({"classes": (3, 8), "train": 358}, "data.train: 358 is too large; the chosen digits have 357"),
        ({"train": 9}, "data.train: 9 is too small; each of the 10 classes needs a sample"),
        ({"test_fraction": 0.2}, "data.test_fraction: 0.2 does not go with Digits"),
        ({"classes": (3,)}, "data.classes: [3] is too short; name at least two digits, or say 'all'"),
        ({"classes": ()}, "data.classes: [] is too short"),
        ({"classes": (3, 10)}, "data.classes: [3, 10] has 10, which is no digit; allowed: 0 to 9"),
        ({"classes": (3, 8, 3)}, "data.classes: [3, 8, 3] names 3 twice"),
    ],
)
def test_choices_that_cannot_be_met_are_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        digits(**fields)
    assert str(refused.value).startswith(sentence)
