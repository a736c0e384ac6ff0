"""Data sets that this process made before: the same fields, and files that are the same, are the same arrays."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence

import numpy as np

from engine.data.dataset import Dataset

MOST = 2**28
"""Bytes of all data sets that are remembered together."""
Made = tuple[tuple[Dataset, ...], str]
"""The data sets of a run, and their checksum."""


class MadeData:
    """Remembers what was made last, within a bound; nobody can write to arrays that others have, too."""

    def __init__(self, most: int = MOST) -> None:
        """Remember up to so many bytes."""
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Made, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Made | None:
        """Return what was made of a key; None where that is not remembered."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def forget(self) -> None:
        """Remember nothing of before: tables that a process is given may be others under the same fields."""
        with self._lock:
            self._kept.clear()

    def put(self, key: Hashable, made: Made) -> None:
        """Remember what was made of a key, unless it is too large for what is remembered in all."""
        arrays = _arrays(made[0])
        for array in arrays:
            array.flags.writeable = False
        size = sum(array.nbytes for array in arrays)
        if size > self._most:
            return
        with self._lock:
            self._kept[key] = made, size
            while sum(size for _, size in self._kept.values()) > self._most:
                self._kept.popitem(last=False)


def _arrays(datasets: Sequence[Dataset]) -> list[np.ndarray]:
    names = ("x", "labels", "x_test", "labels_test", "raw", "raw_test")
    return [getattr(dataset, name) for dataset in datasets for name in names]
