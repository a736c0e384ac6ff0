"""Pictures from a folder of IDX files: MNIST, Fashion-MNIST, KMNIST, EMNIST and what is stored like them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.data.dataset import Array, Labels
from engine.data.files import Stamp, stamp_of
from engine.data.idx_format import FIELD, Numbers, idx_shape, read_idx
from engine.data.idx_places import IdxFiles, find_set
from engine.data.labels import chosen_classes
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table
from engine.experiment.data import IdxSpec
from engine.words.errors import Refusal

WHITE = 255.0


@dataclass(frozen=True, eq=False)
class _Plan:
    """Which pictures are taken, known from headers and labels alone.

    Rows are numbers of pictures in their file, ascending; tests come from `files.test_images` where they are.
    """

    files: IdxFiles
    classes: tuple[int, ...]
    image: tuple[int, int]
    train: Labels
    test: Labels
    labels: Labels
    """What the pictures show, those that train before those that test."""


def idx_table_shape(data: IdxSpec, folder: Path) -> DataShape:
    """Say how many pictures will be taken; reads headers and labels alone.

    Raises:
        Refusal: where files are missing or disagree, or the choice cannot be met.
    """
    plan = _plan(data, folder)
    height, width = plan.image
    return DataShape(
        len(plan.labels),
        height * width,
        len(plan.classes),
        field="data.train",
        held_out=len(plan.test),
        image=plan.image,
    )


def idx_table(data: IdxSpec, folder: Path) -> Table:
    """Return the chosen pictures, upright, in the order of their files, classes in ascending order.

    Bytes become pixels in [0, 1], other numbers stay as they are.

    Both sets have equally many pictures of each class, as far as there are; which, `data.seed` decides, and a
    larger set has all those of a smaller one.

    Raises:
        Refusal: naming the file and what is wrong with it.
    """
    plan = _plan(data, folder)
    source = plan.files.test_images or plan.files.train_images
    points = np.empty((len(plan.labels), plan.image[0] * plan.image[1]))
    taken = len(plan.train)
    for path, rows, place in (
        (plan.files.train_images, plan.train, points[:taken]),
        (source, plan.test, points[taken:]),
    ):
        if len(rows):
            place[:] = _pixels(path, rows, transposed=plan.files.transposed)
    return Table(
        points,
        np.searchsorted(plan.classes, plan.labels).astype(np.int64),
        tuple(str(label) for label in plan.classes),
        field="data.folder",
        image_shape=plan.image,
        held_out=len(plan.test),
        testing=np.arange(len(points)) >= taken,
    )


def _pixels(path: Path, rows: Labels, *, transposed: bool) -> Array:
    """Return the pixels of chosen pictures (n, height width), row by row: of bytes over 255, others as they are."""
    chosen = _read(path, 3, stamp_of(path))[rows]
    upright = chosen.transpose(0, 2, 1) if transposed else chosen
    pixels = upright.reshape(len(rows), -1).astype(np.float64)
    if chosen.dtype == np.uint8:
        return pixels / WHITE
    if not np.isfinite(pixels).all():
        i = int(rows[np.argmin(np.isfinite(pixels).all(axis=1))])
        raise Refusal(FIELD, path.name, f"has NaN or infinity in picture {i + 1}; fill it in or take it out")
    return pixels


def idx_paths(data: IdxSpec, folder: Path) -> tuple[Path, ...]:
    """Return the files of the set, two or four.

    Raises:
        Refusal: where they are not there.
    """
    files = find_set(data.folder, folder)
    every = (files.train_images, files.train_labels, files.test_images, files.test_labels)
    return tuple(path for path in every if path is not None)


def check_pair(images: Path, labels: Path) -> tuple[int, int]:
    """Check that images and labels are equally many, and return an image's (height, width).

    Raises:
        Refusal: naming the files.
    """
    count, height, width = idx_shape(images, 3)
    (labelled,) = idx_shape(labels, 1)
    if count != labelled:
        raise Refusal(FIELD, labels.name, f"has {labelled} labels where {images.name} has {count} images")
    return height, width


def _plan(data: IdxSpec, folder: Path) -> _Plan:
    files = find_set(data.folder, folder)
    image = check_pair(files.train_images, files.train_labels)
    if files.transposed:
        image = image[::-1]
    labels = _read_labels(files.train_labels, stamp_of(files.train_labels))
    there = np.unique(labels)
    classes = chosen_classes(_checked(data, there, files.train_labels), there.tolist(), "label")
    total = int(np.isin(labels, classes).sum())
    if data.train > total:
        raise Refusal(
            "data.train", data.train, f"is too large; the chosen classes have {total} images: 0 takes all"
        )
    if 0 < data.train < len(classes):
        raise Refusal(
            "data.train", data.train, f"is too small; each of the {len(classes)} classes needs an image"
        )
    random = generator(data.seed, Stream.SPLIT)
    train, others = balanced(labels, classes, data.train, random)
    test_labels = labels
    if files.test_images is not None and files.test_labels is not None:
        side = check_pair(files.test_images, files.test_labels)
        if (side[::-1] if files.transposed else side) != image:
            raise Refusal(
                FIELD, files.test_images.name, f"has images of another size than {files.train_images.name}"
            )
        test_labels = _read_labels(files.test_labels, stamp_of(files.test_labels))
        _refuse_unknown(test_labels, there, files.test_labels)
        others = random.permutation(len(test_labels))
    test, _ = balanced(test_labels, classes, data.test, random, others)
    shown = np.concatenate([labels[train], test_labels[test]])
    return _Plan(files, classes, image, train, test, shown)


def balanced(
    labels: Labels,
    classes: tuple[int, ...],
    count: int,
    random: np.random.Generator,
    order: Labels | None = None,
) -> tuple[Labels, Labels]:
    """Choose rows of some classes, equally many of each as far as there are.

    Args:
        labels: (n,) what every row shows.
        classes: the labels to choose among.
        count: how many rows to choose at most; 0 takes all.
        random: shuffles the rows where no order is given.
        order: (m,) which rows to choose among, the first of a class first.

    Returns:
        The chosen rows, ascending, and the others of `order`.
    """
    order = random.permutation(len(labels)) if order is None else order
    of_class = [order[labels[order] == c] for c in classes]
    there = np.array([len(rows) for rows in of_class])
    shares = even_shares(min(count or int(there.sum()), int(there.sum())), there)
    chosen = np.concatenate([rows[:share] for rows, share in zip(of_class, shares, strict=True)])
    return np.sort(chosen), order[~np.isin(order, chosen)]


def even_shares(count: int, there: Labels) -> Labels:
    """Divide `count` evenly among classes that have (C,) `there`; those with fewer give all they have.

    What does not divide goes to the first that have more. `count` is at most sum(there).
    """
    at_least = np.bincount(there)[::-1].cumsum()[::-1][1:]  # classes that have 1, 2, ... or more
    level = int(np.searchsorted(at_least.cumsum(), count, side="right"))
    given = np.minimum(there, level)
    given[np.flatnonzero(there > level)[: count - int(given.sum())]] += 1
    return given


@lru_cache(maxsize=6)  # the four files of a set; every replica, thumbnail and size asks for the same
def _read(path: Path, dimensions: int, _: Stamp) -> Numbers:
    return read_idx(path, dimensions)


@lru_cache(maxsize=4)
def _read_labels(path: Path, stamp: Stamp) -> Labels:
    """Return labels (n,), whole numbers from 0 on, whatever type they are kept as."""
    kept = _read(path, 1, stamp)
    whole = (kept >= 0) & (kept < 2**31) & (kept == np.floor(kept)) if kept.dtype != np.uint8 else kept >= 0
    if not whole.all():
        i = int(np.argmin(whole))
        raise Refusal(
            FIELD, path.name, f"has the label {kept[i]} at number {i + 1}; labels are whole numbers from 0"
        )
    return kept.astype(np.int64)


def _checked(data: IdxSpec, there: Labels, file: Path) -> object:
    """Return what the user said of classes; 'all' takes two labels, 0, ..., C-1, or 1, ..., C as letters have."""
    if data.classes == "all" and len(there) != 2:
        if len(there) == 1:
            raise Refusal(FIELD, file.name, f"has one class only, {there[0]}; a margin needs two")
        first = int(there[0] == 1)
        gaps = np.flatnonzero(there != np.arange(first, len(there) + first))
        if gaps.size:
            lacks = f"{file.name} has {there[-1]} but no {gaps[0] + first}"
            raise Refusal("data.classes", "all", f"needs labels 0, 1, ..., and {lacks}; list those to take")
    return data.classes


def _refuse_unknown(labels: Labels, there: Labels, file: Path) -> None:
    """Refuse labels to test with that none of those to train on has."""
    unknown = ~np.isin(labels, there)
    if unknown.any():
        i = int(np.argmax(unknown))
        raise Refusal(
            FIELD, file.name, f"has the label {labels[i]} at number {i + 1}, which no training image has"
        )
