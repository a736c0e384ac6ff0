"""What figures and the window draw of singular values alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.protocol.layers import LayersReady, SpectraSeen
from engine.protocol.records import Array

ROUNDING = 1e-15
"""Of the largest: smaller singular values are not drawn."""


def over_steps(rows: Sequence[SpectraSeen], layer: int) -> tuple[Array, Array]:
    """Return log10 of steps (T,) and of a layer's singular values (T, m) at them; step 0 has no place there.

    Values at rounding are NaN.
    """
    later = [row for row in rows if row.step > 0] or list(rows)
    if not later:
        return np.empty(0), np.empty((0, 0))
    places = np.log10([max(float(row.step), 1.0) for row in later])
    return places, log10(np.stack([row.values[layer] for row in later]))


def log10(values: Array) -> Array:
    """Return log10 of singular values (..., k), NaN where they are rounding beside the largest."""
    largest = values.max(-1, keepdims=True, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((values > ROUNDING * largest) & (values > 0), np.log10(values), np.nan)


def stable_rank(values: Array) -> float:
    """Return ||W||_F^2/sigma_1^2 of all singular values (k,) of a layer; NaN of a layer of zeros."""
    largest = float(values.max(initial=0.0))
    return float(np.square(values / largest).sum()) if largest > 0 else float("nan")


def layer_words(picture: LayersReady, layer: int) -> str:
    """Say what a layer is: its name, its shape, and what it is beside."""
    one = picture.layers[layer]
    size = f"{one.rows:,} numbers" if one.by_element else f"{one.rows:,} × {one.columns:,}"
    told = [f"{one.name} · {size}", one.caption, "" if one.trained else "frozen"]
    return ", ".join(word for word in told if word)
