"""From a table to a data set: hold out a test set, spoil labels, append a constant, normalize."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Array, Dataset, Labels, Scaling, norms, with_constant
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table
from engine.experiment.data import DataSpec
from engine.words.errors import Refusal

ROUNDING = 4.0 * float(np.finfo(np.float64).eps)
"""Distance from the mean, relative to a column's largest number, that is nothing but rounding."""
LARGEST = 1e100
"""Coordinates beyond it are refused: products of a few of them overflow."""


def prepare(table: Table, data: DataSpec) -> Dataset:
    """Return the data set that a table becomes under the fields common to all kinds.

    Raises:
        Refusal: where points are too large to compute with, too few to hold any out, or cannot be normalized.
    """
    largest = float(np.abs(table.points).max())
    if not largest <= LARGEST:
        raise Refusal(
            table.field,
            None,
            f"has coordinates beyond {LARGEST:g}, whose products overflow; make them smaller",
        )
    classes = len(table.class_names)
    testing, count = table.testing, held_out(table.shape, data)
    if testing is None:
        testing = held_out_rows(table.labels, count, data.seed)
    raw, raw_test = (np.ascontiguousarray(table.points[rows]) for rows in (~testing, testing))
    labels = table.labels[~testing]
    if data.random_labels:
        labels = random_labels(len(labels), classes, data.seed)
    labels = noisy(labels, classes, data.label_noise, data.seed)
    labels = relabelled(labels, classes, data.relabel)
    scaling = _scaling(raw, data)
    return Dataset(
        x=scaling.apply(raw),
        labels=_signed(labels, classes),
        x_test=scaling.apply(raw_test),
        labels_test=_signed(table.labels[testing], classes),
        classes=classes,
        class_names=table.class_names,
        raw=raw,
        raw_test=raw_test,
        image_shape=table.image_shape,
        view=data.view or 1.2 * largest or 1.0,
        scaling=scaling,
        relevant=None if data.random_labels else table.relevant,
        input_names=table.input_names,
    )


def held_out(shape: DataShape, data: DataSpec) -> int:
    """Return the size of the test set: at least 1 where there is a fraction, and one of each class left over.

    It depends on sizes alone, never on the labels drawn: replicas with their own data seed have equal shapes.

    Raises:
        Refusal: where nothing can be held out, or the kind has a test set of its own.
    """
    fraction = data.test_fraction
    if shape.held_out is not None:
        if fraction > 0:
            further = " and set data.train" if hasattr(data, "train") else ""
            raise Refusal(
                "data.test_fraction",
                fraction,
                f"does not go with {data.title}, whose test set is its own; leave it at 0{further}",
            )
        return shape.held_out
    if fraction == 0:
        return 0
    spare = shape.points - shape.classes
    if spare < 1:
        raise Refusal(
            "data.test_fraction",
            fraction,
            f"has nothing to hold out; {shape.points} points are one for each class: leave it at 0",
        )
    return min(spare, max(1, round(fraction * shape.points)))


def held_out_rows(labels: Labels, count: int, seed: int) -> NDArray[np.bool_]:
    """Choose `count` rows for testing, stratified by class; return a mask (n,)."""
    mask = np.zeros(len(labels), dtype=np.bool_)
    if count == 0:
        return mask
    random = generator(seed, Stream.SPLIT)
    order = random.permutation(len(labels))
    for c, share in enumerate(shares(count, np.bincount(labels))):
        mask[order[labels[order] == c][:share]] = True
    return mask


def shares(count: int, sizes: Labels) -> Labels:
    """Divide `count` among classes in proportion to their sizes by largest remainders, leaving one of each.

    Args:
        count: at most sum(sizes) - len(sizes).
        sizes: (C,) samples of each class, at least 1.
    """
    wanted = count * sizes / sizes.sum()
    given: Labels = np.minimum(np.floor(wanted), sizes - 1).astype(np.int64)
    while given.sum() < count:
        given[np.argmax(np.where(given < sizes - 1, wanted - given, -np.inf))] += 1
    return given


def random_labels(count: int, classes: int, seed: int) -> Labels:
    """Draw labels (count,) that have nothing to do with the points: Zhang et al. 2017 (1611.03530).

    Every label is uniform and independent, but for one random place a class, so that no class is lost.
    """
    random = generator(seed, Stream.RANDOM_LABELS)
    labels = random.integers(0, classes, size=count)
    labels[random.permutation(count)[:classes]] = np.arange(classes)
    return labels


def noisy(labels: Labels, classes: int, share: float, seed: int) -> Labels:
    """Replace a share of the labels (n,) by another class each, drawn uniformly; two classes: flip them.

    One sample of every class keeps its label, so that none is ever empty. With the same seed a larger share
    replaces the same labels and more.
    """
    random = generator(seed, Stream.LABEL_NOISE)
    order = random.permutation(len(labels))
    shifts = random.integers(1, classes, size=len(labels))
    _, kept = np.unique(labels[order], return_index=True)
    flipped = np.delete(order, kept)[: round(share * len(labels))]
    result = labels.copy()
    result[flipped] = (labels[flipped] + shifts[flipped]) % classes
    return result


def relabelled(labels: Labels, classes: int, rows: tuple[tuple[int, ...], ...]) -> Labels:
    """Give samples the classes that somebody chose for them.

    Args:
        labels: (n,) of the training samples.
        classes: how many classes there are.
        rows: a sample's number, from 1, and its class, from 0.

    Raises:
        Refusal: where a row is no such pair, names what is not there, or the last sample of a class loses it.
    """
    result, field = labels.copy(), "data.relabel"
    for row in rows:
        if len(row) != 2:
            raise Refusal(field, list(row), "is no pair; write the number of a sample and its class")
        sample, number = row
        if not 1 <= sample <= len(labels):
            remedy = f"names sample {sample}; the training samples are 1 to {len(labels)}"
            raise Refusal(field, list(row), remedy)
        if not 0 <= number < classes:
            raise Refusal(field, list(row), f"names class {number}; the classes are 0 to {classes - 1}")
        result[sample - 1] = number
    lost = np.setdiff1d(np.arange(classes), result)
    if rows and len(lost):
        raise Refusal(field, None, f"leaves no sample of class {lost[0]}; let it keep one")
    return result


def _scaling(raw: Array, data: DataSpec) -> Scaling:
    """Return the map to inputs, its scale from the training points (N, d0) alone."""
    if data.normalize == "none":
        return Scaling(data.append_constant)
    if data.normalize in ("center", "standardize"):
        return _centering(raw, data)
    lengths = norms(with_constant(raw) if data.append_constant else raw)
    if data.normalize == "unit-norm" and not lengths.all():
        i = int(np.argmin(lengths))
        raise Refusal(
            "data.normalize",
            "unit-norm",
            f"cannot scale training point {i + 1}, which is the origin; append a constant",
        )
    if not lengths.any():
        raise Refusal(
            "data.normalize", "max-norm", "cannot scale points that all are the origin; append a constant"
        )
    return Scaling(
        data.append_constant, data.normalize, float(lengths.max()) if data.normalize == "max-norm" else 1.0
    )


def _centering(raw: Array, data: DataSpec) -> Scaling:
    """Return the map that centers and, if asked, standardizes every column as the training points (N, d0) have it."""
    # from the first point on, so that a column of equal numbers is centered to exactly 0
    mean = raw[0] + (raw - raw[0]).mean(axis=0)
    centered = raw - mean
    sizes = np.abs(centered).max(axis=0)
    spreads = sizes > ROUNDING * np.abs(raw).max(axis=0)
    if not (spreads.any() or data.append_constant):
        raise Refusal(
            "data.normalize",
            data.normalize,
            "leaves nothing of training points that all are the same; append a constant",
        )
    if data.normalize == "center":
        return Scaling(data.append_constant, "center", mean=tuple(mean.tolist()))
    units = np.where(spreads, sizes, 1.0)
    deviation = units * np.sqrt(((centered / units) ** 2).mean(axis=0))
    spread = np.where(spreads, deviation, 1.0)
    return Scaling(
        data.append_constant, "standardize", mean=tuple(mean.tolist()), spread=tuple(spread.tolist())
    )


def _signed(numbers: Labels, classes: int) -> Labels:
    """Return the labels that losses take: -1 and +1 for two classes, else the numbers themselves."""
    return 2 * numbers - 1 if classes == 2 else numbers
