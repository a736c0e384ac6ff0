"""From the labels people write to the numbers of classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.data.dataset import Array, Labels
from engine.words.errors import Refusal

SIGNS = ("-1", "+1")
"""Names of the two classes of data that a formula labels."""
MOST_NUMBER = 1e6
"""Whole numbers below it may be the names of classes."""
ALLOWED = "labels are two different numbers, or whole numbers 0, 1, ..., C-1"


def numbered(classes: int) -> tuple[str, ...]:
    """Return the names of classes that are nothing but numbers."""
    return tuple(str(c) for c in range(classes))


def chosen_classes(wanted: Any, there: Sequence[int], what: str) -> tuple[int, ...]:
    """Return the classes that `data.classes` chooses among those that are there, ascending.

    Args:
        wanted: "all", or labels.
        there: every label that there is, ascending.
        what: what a label is called, such as "digit".

    Raises:
        Refusal: where a label is not there or stands twice, or only one is named.
    """
    if wanted == "all":
        return tuple(there)
    for i, label in enumerate(wanted):
        if label not in there:
            raise Refusal(
                "data.classes", list(wanted), f"has {label}, which is no {what}; allowed: {_listed(there)}"
            )
        if label in wanted[:i]:
            raise Refusal("data.classes", list(wanted), f"names {label} twice")
    if len(wanted) < 2:
        raise Refusal("data.classes", list(wanted), f"is too short; name at least two {what}s, or say 'all'")
    return tuple(sorted(wanted))


def class_numbers(
    values: Array, field: str, value: Any, place: Callable[[int], str]
) -> tuple[Labels, tuple[str, ...]]:
    """Return the number of every label's class, (n,) int64 in 0..C-1, and the classes' names.

    Two distinct values are binary, the smaller one is class 0. More of them must be 0..C-1, every one there.

    Args:
        values: (n,) finite labels.
        field: the field they come from.
        value: what the user said there.
        place: says in words where label i stands.

    Raises:
        Refusal: with the place of the first label that cannot be used.
    """
    distinct = np.unique(values)
    count = len(distinct)
    if count == 1:
        raise Refusal(
            field, value, f"has one class only (every label is {text(distinct[0])}); a margin needs two"
        )
    if count > 2:
        _refuse_unusable(values, distinct, field, value, place)
    names = tuple(text(v) for v in distinct)
    if names == ("-1", "1"):
        names = ("-1", "+1")
    return np.searchsorted(distinct, values).astype(np.int64), names


def file_classes(
    values: Array, field: str, value: Any, place: Callable[[int], str]
) -> tuple[Labels, tuple[str, ...]]:
    """Return what `class_numbers` does, and of whole numbers of a file, such as 1, 2, 3 or 3, 8, the classes as well.

    They are classes where they come twice on average, and no measurements: those have to be numbered 0 to C-1.

    Raises:
        Refusal: as `class_numbers`.
    """
    distinct = np.unique(values)
    whole = bool((distinct == np.floor(distinct)).all()) and bool(np.abs(distinct).max() < MOST_NUMBER)
    if whole and len(distinct) > 2 and 2 * len(distinct) <= len(values):
        return np.searchsorted(distinct, values).astype(np.int64), tuple(map(text, distinct.tolist()))
    return class_numbers(values, field, value, place)


def named_classes(
    codes: Labels, words: Sequence[str], field: str, value: Any
) -> tuple[Labels, tuple[str, ...]]:
    """Return the number of every label's class, (n,) int64 in 0..C-1, and the classes' names, sorted.

    Args:
        codes: (n,) which of the words each label is.
        words: different ones, each of which is some label.
        field: the field they come from.
        value: what the user said there.

    Raises:
        Refusal: where all labels are alike, or every point has one of its own.
    """
    if len(words) == 1:
        raise Refusal(
            field, value, f"has one class only (every label is {words[0][:20]!r}); a margin needs two"
        )
    if len(words) == len(codes):
        raise Refusal(
            field,
            value,
            f"has {len(words)} labels of which none comes twice; are they the ones that are meant?",
        )
    names = sorted(words)
    ranks = np.array([names.index(word) for word in words], dtype=np.int64)
    return ranks[codes], tuple(names)


def _refuse_unusable(
    values: Array, distinct: Array, field: str, value: Any, place: Callable[[int], str]
) -> None:
    """Refuse more than two labels that are not 0..C-1."""
    count = len(distinct)
    wrong = (values != np.floor(values)) | (values < 0)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise Refusal(
            field,
            value,
            f"{place(i)} has the label {text(values[i])} among {count} different ones; {ALLOWED}",
        )
    gaps = np.flatnonzero(distinct != np.arange(count))
    if not gaps.size:
        return
    missing, largest = int(gaps[0]), text(distinct[-1])
    if missing == 0 and distinct[-1] == count:
        raise Refusal(
            field,
            value,
            f"has labels from 1 to {largest}; subtract 1, so that they run from 0 to {count - 1}",
        )
    raise Refusal(
        field,
        value,
        f"has no label {missing} though they go up to {largest}; number the {count} classes 0 to {count - 1}",
    )


def _listed(numbers: Sequence[int]) -> str:
    if len(numbers) > 2 and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))


def text(label: float) -> str:
    """Write a label the way people do: 1 rather than 1.0."""
    return str(int(label)) if float(label).is_integer() and abs(label) < 1e15 else f"{label:g}"
