"""Tiny IDX files for tests."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def idx_bytes(values: np.ndarray, kind: int = 8) -> bytes:
    """Return an array as an IDX file has it: two zeros, type, dimensions, their lengths, bytes."""
    lengths = b"".join(length.to_bytes(4, "big") for length in values.shape)
    return bytes([0, 0, kind, values.ndim]) + lengths + values.astype(np.uint8).tobytes()


def pictures(labels: Sequence[int], side: tuple[int, int] = (3, 2)) -> np.ndarray:
    """Return a picture for each label: its first pixel is the label, the others count the pixels before them."""
    made = np.arange(len(labels) * side[0] * side[1]).reshape(len(labels), *side) % 251
    made[:, 0, 0] = labels
    return made


def write_set(
    folder: Path,
    train: Sequence[int],
    test: Sequence[int] | None = None,
    *,
    sign: str = "-",
    packed: bool = True,
) -> Path:
    """Write the files of a set with these labels, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, labels in (("train", train), ("t10k", test)):
        if labels is None:
            continue
        for what, dimensions, values in (("images", 3, pictures(labels)), ("labels", 1, np.array(labels))):
            content = idx_bytes(values)
            name = f"{stem}-{what}{sign}idx{dimensions}-ubyte{'.gz' if packed else ''}"
            (folder / name).write_bytes(gzip.compress(content) if packed else content)
    return folder
