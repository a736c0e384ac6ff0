"""Which labels people may write, and what becomes of them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import make_data
from engine.experiment.data import PointsSpec
from engine.words.errors import Refusal


def labelled(*labels: float) -> PointsSpec:
    return PointsSpec(kind="points", x=tuple((float(i),) for i in range(len(labels))), y=labels)


@pytest.mark.parametrize(
    ("said", "labels", "names"),
    [
        ((1, -1, 1), [1, -1, 1], ("-1", "+1")),
        ((0, 1, 1), [-1, 1, 1], ("0", "1")),
        ((8, 3, 8), [1, -1, 1], ("3", "8")),
        ((0.5, -2.25), [1, -1], ("-2.25", "0.5")),
        ((2, 0, 1, 1), [2, 0, 1, 1], ("0", "1", "2")),
    ],
)
def test_labels_become_signs_or_numbers(
    said: tuple[float, ...], labels: list[int], names: tuple[str, ...]
) -> None:
    made = make_data(labelled(*said))
    assert made.labels.tolist() == labels
    assert made.labels.dtype == np.int64
    assert made.class_names == names
    assert made.classes == len(names)
    assert made.ends.outputs == (1 if len(names) == 2 else len(names))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ((1, 1), r"has one class only \(every label is 1\)"),
        ((1, 2, 3), "has labels from 1 to 3; subtract 1, so that they run from 0 to 2"),
        ((0, 1, 3), "has no label 2 though they go up to 3; number the 3 classes 0 to 2"),
        ((-1, 0, 1), r"\(number 1\) has the label -1 among 3 different ones"),
        ((0, 1, 1, 0.5), r"\(number 4\) has the label 0.5 among 3 different ones; labels are two different"),
        ((0, 1, 1e300), "has no label 2 though they go up to 1e"),
    ],
)
def test_unusable_labels_are_refused(said: tuple[float, ...], sentence: str) -> None:
    with pytest.raises(Refusal, match=rf"^data\.y: .*{sentence}"):
        make_data(labelled(*said))
