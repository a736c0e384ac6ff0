"""The singular values of every layer, at the step looked at and over stored steps."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class _AtStart:
    """The singular values of one replica's layers at the start."""

    run: InspectedRun
    replica: int
    values: list[NDArray[np.float64]]


class LayerAnswers:
    """Answers `AskLayers`."""

    what = "singular values"

    def __init__(self) -> None:
        self._start: _AtStart | None = None

    def answer(
        self, question: AskLayers, run: InspectedRun, theta: Tensor, _training: Training | None
    ) -> LayersReady | NoPicture:
        """Decompose the layers of one replica."""
        subject, problem, r = question.subject, run.problem, question.subject.replica
        layers = problem.network.layers
        kept = [i for i, layer in enumerate(layers) if layer.by_element or _work(layer) <= LARGEST]
        large = [layer.name for i, layer in enumerate(layers) if i not in kept]
        left_out = f"{', '.join(large)} too large to be decomposed" if large else ""
        if not kept:
            return NoPicture(subject.request, subject.run, f"no layer is decomposed here: {left_out}")

        def decomposed(part: Tensor) -> list[NDArray[np.float64]]:
            return [v.cpu().double().numpy() for v in spectra(problem, r, part, kept)]

        if self._start is None or self._start.run is not run or self._start.replica != r:
            first = decomposed(problem.initial[r : r + 1])
            self._start = _AtStart(run, r, [values[0] for values in first])
        now = decomposed(theta[r : r + 1])
        told = tuple(
            LayerSpectrum(
                layer.name,
                layer.caption,
                layer.rows,
                layer.columns,
                layer.by_element,
                layer.trained,
                values[0],
                start,
                ranks(len(start)),
            )
            for layer, values, start in zip((layers[i] for i in kept), now, self._start.values, strict=True)
        )
        stored = []
        for steps, part in folds(run, question.stored):
            over = [v[:, layer.ranks] for v, layer in zip(decomposed(part), told, strict=True)]
            stored += [SpectraSeen(step, tuple(v[t] for v in over)) for t, step in enumerate(steps)]
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
