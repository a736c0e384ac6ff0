"""Signals of 40 samples with a waveform somewhere in each: one-dimensional digits, after Greydanus 2020."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.data.dataset import Array
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table, shape_of_classes
from engine.experiment.data import SignalsSpec
from engine.words.errors import Refusal

LENGTH = 40
"""Samples of a signal."""
SHORTEST = 12
"""Samples of a waveform that is not stretched."""
CORRELATION = 2.0
"""Samples over which noise is alike: the standard deviation of the kernel that smooths it."""
WAVEFORMS: dict[str, Callable[[Array], Array]] = {
    "hump": lambda u: np.sin(np.pi * u),
    "wave": lambda u: np.sin(2 * np.pi * u),
    "humps": lambda u: np.sin(2 * np.pi * u) ** 2,
    "swing": lambda u: np.sin(3 * np.pi * u),
    "waves": lambda u: np.sin(4 * np.pi * u),
    "ramp": lambda u: 2 * u - 1,
    "saw": lambda u: 2 * (2 * u % 1) - 1,
    "step": lambda u: np.where(u < 0.5, -1.0, 1.0),
    "box": lambda u: np.ones_like(u),
    "decay": lambda u: np.exp(-5 * u),
}
"""Every class's waveform on [0, 1]; outside it is 0."""


def signals_shape(data: SignalsSpec, _: Path) -> DataShape:
    """Say how many signals there will be.

    Raises:
        Refusal: where there are more classes than waveforms, or than signals.
    """
    if data.classes > len(WAVEFORMS):
        raise Refusal("data.classes", data.classes, f"is too large; there are {len(WAVEFORMS)} waveforms")
    shape = shape_of_classes(data.n, LENGTH, data.classes)
    return DataShape(shape.points, shape.inputs, shape.classes, image=(1, LENGTH))


def signals(data: SignalsSpec, _: Path) -> Table:
    """Put waveform i mod C into signal i: x(t) = a w((t - m)/l + 1/2) + noise e(t), t = 0..39.

    a is uniform in 1 +- scale, the length l in 12 [1, 1 + stretch], and the middle m in
    39/2 +- shift (40 - l)/2, so that a waveform never leaves the signal. e has variance 1 and correlation
    about exp(-k^2/16) at distance k.
    """
    random = generator(data.seed, Stream.POINTS)
    classes = np.arange(data.n, dtype=np.int64) % data.classes
    amplitudes = 1 + data.scale * random.uniform(-1, 1, data.n)
    lengths = SHORTEST * (1 + data.stretch * random.random(data.n))
    middles = (LENGTH - 1) / 2 + data.shift * (LENGTH - lengths) / 2 * random.uniform(-1, 1, data.n)
    places = (np.arange(LENGTH) - middles[:, None]) / lengths[:, None] + 0.5
    points = np.zeros((data.n, LENGTH))
    for c, waveform in enumerate(list(WAVEFORMS.values())[: data.classes]):
        of_class = classes == c
        inside = (places[of_class] >= 0) & (places[of_class] <= 1)
        points[of_class] = amplitudes[of_class, None] * np.where(inside, waveform(places[of_class]), 0)
    points += data.noise * correlated_noise(data.n, random)
    names = tuple(WAVEFORMS)[: data.classes]
    return Table(points, classes, names, image_shape=(1, LENGTH))


def smoothing_kernel() -> Array:
    """Return the Gaussian (2 h + 1,) that white noise is smoothed with, of norm 1: variances stay 1."""
    reach = np.arange(-round(3 * CORRELATION), round(3 * CORRELATION) + 1)
    kernel = np.exp(-0.5 * (reach / CORRELATION) ** 2)
    unit: Array = kernel / np.linalg.norm(kernel)
    return unit


def correlated_noise(count: int, random: np.random.Generator) -> Array:
    """Return stationary Gaussian noise (count, 40) of variance 1, alike over some samples."""
    kernel = smoothing_kernel()
    white = random.standard_normal((count, LENGTH + len(kernel) - 1))
    windows = np.lib.stride_tricks.sliding_window_view(white, len(kernel), axis=1)
    noise: Array = windows @ kernel
    return noise
