"""Signals are waveforms, scaled, stretched, shifted and covered with correlated noise, as their formula says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.data import Dataset, make_data, sizes
from engine.data.signals import WAVEFORMS, correlated_noise, smoothing_kernel
from engine.experiment.data import SignalsSpec
from engine.words.errors import Refusal

PLAIN = {"scale": 0.0, "stretch": 0.0, "shift": 0.0, "noise": 0.0}


def signals(**fields: Any) -> Dataset:
    return make_data(SignalsSpec(kind="signals", **fields))


def test_a_plain_signal_is_its_waveform_in_the_middle() -> None:
    made = signals(n=10, **PLAIN)
    for c, (name, waveform) in enumerate(WAVEFORMS.items()):
        places = (np.arange(40) - 19.5) / 12 + 0.5
        wanted = np.where((places >= 0) & (places <= 1), waveform(places), 0)
        assert made.raw[c] == pytest.approx(wanted, abs=1e-15)
        assert made.labels[c] == c and made.class_names[c] == name
    assert (np.abs(made.raw) > 0).sum(axis=1).max() == 12
    assert made.image_shape == (1, 40)


def test_waveforms_differ() -> None:
    made = signals(n=10, **PLAIN).raw
    units = made / np.linalg.norm(made, axis=1, keepdims=True)
    cosines = (units @ units.T)[np.triu_indices(10, 1)]
    assert cosines.max() < 0.95


def test_scaling_multiplies_a_signal() -> None:
    made, plain = signals(n=4000, **PLAIN | {"scale": 0.5}).raw, signals(n=4000, **PLAIN).raw
    factors = (made * plain).sum(axis=1) / (plain**2).sum(axis=1)
    np.testing.assert_allclose(made, factors[:, None] * plain, atol=1e-12)
    assert 0.5 <= factors.min() < 0.51 and 1.49 < factors.max() <= 1.5


def box(**fields: float) -> np.ndarray:
    """Return the signals of the box alone, which shows where a waveform lies."""
    made = signals(n=10 * 800, **PLAIN | fields)
    return made.raw[made.labels == list(WAVEFORMS).index("box")]


def test_stretching_makes_a_waveform_longer() -> None:
    lengths = box(stretch=1.0).sum(axis=1)
    assert lengths.min() == 12 and lengths.max() == 24
    assert lengths.mean() == pytest.approx(18, abs=0.7)


@pytest.mark.parametrize("stretch", [0.0, 2.0])
def test_a_shifted_waveform_stays_inside(stretch: float) -> None:
    there = box(shift=1.0, stretch=stretch) > 0
    first, last = there.argmax(axis=1), 39 - there[:, ::-1].argmax(axis=1)
    assert (there.sum(axis=1) == last - first + 1).all(), "in one piece"
    assert there.sum(axis=1).min() >= 12 - 1
    assert first.min() <= 1 and last.max() >= 38
    assert (first + last).mean() == pytest.approx(39, abs=5 * 28 / np.sqrt(12 * 800))


def test_noise_has_variance_1_and_the_kernels_correlation() -> None:
    kernel = smoothing_kernel()
    noise = correlated_noise(20_000, np.random.default_rng(0))
    for distance in range(7):
        wanted = float(kernel[: len(kernel) - distance] @ kernel[distance:])
        found = (noise[:, : 40 - distance] * noise[:, distance:]).mean()
        assert found == pytest.approx(wanted, abs=0.01)
        assert wanted == pytest.approx(np.exp(-(distance**2) / 16), abs=0.02)


def test_noise_is_added_in_its_size() -> None:
    fields = PLAIN | {"scale": 0.3, "shift": 1.0, "stretch": 0.5}
    off = signals(n=3000, **fields | {"noise": 0.2}).raw - signals(n=3000, **fields).raw
    assert off.std() == pytest.approx(0.2, rel=0.02)


def test_fewer_classes_are_the_first_waveforms() -> None:
    made = signals(n=30, classes=3)
    assert made.class_names == ("hump", "wave", "humps")
    assert np.bincount(made.labels).tolist() == [10, 10, 10]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"classes": 11}, "data.classes: 11 is too large; there are 10 waveforms"),
        ({"n": 9}, "data.n: 9 is too small; each of the 10 classes needs a point"),
    ],
)
def test_signals_that_cannot_be(fields: dict[str, Any], sentence: str) -> None:
    for make in (make_data, sizes):
        with pytest.raises(Refusal) as caught:
            make(SignalsSpec(kind="signals", **fields))
        assert str(caught.value) == sentence
