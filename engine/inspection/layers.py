"""The singular values of every layer, at the step looked at and over stored steps."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..experiment.structure import Layer
from ..measurements.layer_spectra import spectra
from ..protocol.layers import MOST_RANKS, AskLayers, LayerSpectrum, LayersReady, SpectraSeen
from ..protocol.pictures import NoPicture
from ..training.loop import Training
from .inspected_run import InspectedRun
from .stored import folds

LARGEST = 2e9
"""rows * columns * the smaller of both, above which a layer is left out: about two seconds."""
MOST_KEPT = 2**21
"""Singular values that are kept of steps that somebody may look at again."""

Spectra = list[NDArray[np.float64]]
"""The singular values (k,) of layers, the largest first."""


class _KeptSpectra:
    """The singular values of some layers of one replica, kept by the very parameters."""

    def __init__(self, run: InspectedRun, replica: int, layers: Sequence[int]) -> None:
        self.run, self.replica, self._layers = run, replica, layers
        self._kept: dict[bytes, Spectra] = {}
        (self.start,) = self.of(run.problem.initial[replica : replica + 1])

    def of(self, theta: Tensor) -> list[Spectra]:
        """Return those at T parameter vectors (T, P), of which only the unknown ones are decomposed."""
        keys = [blake2b(row.numpy()).digest() for row in theta.cpu().contiguous()]
        told = {key: self._kept.pop(key) for key in set(keys) & self._kept.keys()}
        new = {key: place for place, key in enumerate(keys) if key not in told}
        if new:
            parts = spectra(self.run.problem, self.replica, theta[list(new.values())], self._layers)
            arrays = [part.cpu().double().numpy() for part in parts]
            told |= {key: [array[t].copy() for array in arrays] for t, key in enumerate(new)}
        self._kept |= told
        most = MOST_KEPT // max(sum(map(len, told[keys[0]])), 1)
        while len(self._kept) > max(most, len(told)):
            self._kept.pop(next(iter(self._kept)))
        return [told[key] for key in keys]


class LayerAnswers:
    """Answers `AskLayers`."""

    what = "singular values"

    def __init__(self) -> None:
        self._kept: _KeptSpectra | None = None

    def answer(
        self, question: AskLayers, run: InspectedRun, theta: Tensor, _training: Training | None
    ) -> LayersReady | NoPicture:
        """Decompose the layers of one replica."""
        subject, problem, r = question.subject, run.problem, question.subject.replica
        layers = problem.network.matrix_layers
        kept = [i for i, layer in enumerate(layers) if layer.by_element or _work(layer) <= LARGEST]
        large = [layer.name for i, layer in enumerate(layers) if i not in kept]
        left_out = f"{', '.join(large)} too large to be decomposed" if large else ""
        if not kept:
            return NoPicture(subject.request, subject.run, f"no layer is decomposed here: {left_out}")

        if self._kept is None or self._kept.run is not run or self._kept.replica != r:
            self._kept = _KeptSpectra(run, r, kept)
        (now,) = self._kept.of(theta[r : r + 1])
        told = tuple(
            LayerSpectrum(
                layer.name,
                layer.caption,
                layer.rows,
                layer.columns,
                layer.by_element,
                layer.trained,
                values,
                start,
                ranks(len(start)),
            )
            for layer, values, start in zip((layers[i] for i in kept), now, self._kept.start, strict=True)
        )
        stored = []
        for steps, part in folds(run, question.stored):
            stored += [
                SpectraSeen(step, tuple(v[layer.ranks] for v, layer in zip(values, told, strict=True)))
                for step, values in zip(steps, self._kept.of(part), strict=True)
            ]
        return LayersReady(
            subject.request,
            subject.run,
            subject.step,
            r,
            layers=told,
            stored=tuple(stored),
            left_out=left_out,
        )


def _work(layer: Layer) -> float:
    return float(layer.rows) * layer.columns * min(layer.rows, layer.columns)


def ranks(count: int) -> NDArray[np.int64]:
    """Return the places (m,) of singular values that are looked at over steps: all, or log-spaced ones of many."""
    if count <= MOST_RANKS:
        return np.arange(count)
    spaced = np.unique(np.geomspace(1, count, 2 * MOST_RANKS).round().astype(np.int64)) - 1
    return spaced[np.unique(np.linspace(0, len(spaced) - 1, MOST_RANKS).round().astype(np.int64))]
