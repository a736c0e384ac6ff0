"""The units of one layer: where they point, how far they have turned, what they do in the output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..experiment.networks import ConvSpec
from ..experiment.structure.chains import kernel_window
from ..measurements import units
from ..measurements.attention import is_attention
from ..measurements.units import UnitPlace
from ..protocol.neurons import MOST_TILES, MOST_UNITS, AskNeurons, NeuronsReady, UnitLayer, UnitsSeen
from ..protocol.pictures import NoPicture
from ..training.loop import Training
from .inspected_run import InspectedRun
from .stored import folds


class NeuronAnswers:
    """Answers `AskNeurons`."""

    what = "neurons"

    def answer(
        self, question: AskNeurons, run: InspectedRun, theta: Tensor, _training: Training | None
    ) -> NeuronsReady | NoPicture:
        """Look at the units of a layer of one replica."""
        subject, problem = question.subject, run.problem
        places = units.places(problem, subject.replica)
        if not places:
            why = "a plug-in's network says its parameters and outputs, not its units"
            return NoPicture(subject.request, subject.run, why)
        place = next((p for p in places if p.name == question.layer), None) if question.layer else places[0]
        if place is None:
            names = ", ".join(p.name for p in places)
            return NoPicture(
                subject.request, subject.run, f"there is no layer {question.layer} here; there are {names}"
            )
        own = theta[subject.replica : subject.replica + 1]
        chosen = _chosen(place, own, question.units)
        (now,) = _seen(place, own, [subject.step], chosen)
        stored = [
            seen for steps, part in folds(run, question.stored) for seen in _seen(place, part, steps, chosen)
        ]
        limit = run.limits.get(subject.replica)
        if limit is not None:
            as_of, direction = limit
            there = torch.as_tensor(direction).to(own).unsqueeze(0) * own.norm()
            (limit_seen,) = _seen(place, there, [as_of], chosen)
        data = problem.dataset(subject.replica)
        why_no_plane = units.why_no_plane(place)
        flat = not why_no_plane
        rays = units.extreme_slopes(place, own) if flat and units.has_extremes(place) else None
        constant = data.scaling.append_constant and place.layer <= 0
        return NeuronsReady(
            request=subject.request,
            run=subject.run,
            step=subject.step,
            replica=subject.replica,
            layer=_said(place),
            layers=tuple(map(_said, places)),
            units=chosen.cpu().numpy(),
            now=now,
            stored=tuple(stored),
            limit=None if limit is None else limit_seen,
            classes=data.classes,
            speaks=units.speaks(place),
            why_no_plane=why_no_plane,
            why_no_share=_why_no_share(place),
            extremes=None if rays is None else rays[0].cpu().numpy().astype(np.float64),
            extreme_sides=None if rays is None else rays[1].cpu().numpy().astype(np.int64),
            line=units.line_word(place) if flat else "",
            bias=constant or (not place.is_predictor and place.structure.bias),
            samples=place.samples.shape[1],
            tiles=_tiles(place, own, chosen),
            points=data.raw if flat else None,
            labels=data.labels if flat else None,
            view=data.view,
            input_names=data.input_names,
            class_names=data.class_names,
        )


def _said(place: UnitPlace) -> UnitLayer:
    return UnitLayer(place.name, place.units, place.word)


def _why_no_share(place: UnitPlace) -> str:
    if place.makes_outputs:
        return "these are the outputs themselves"
    if place.is_last:
        return "rows of attention score the tokens together, so that none has a share of its own"
    if units.takes_up(place):
        return ""
    return "what comes out of this layer is added to what passes it, so that its units have no share of their own"


def _chosen(place: UnitPlace, theta: Tensor, wanted: Sequence[int] | None) -> Tensor:
    """Return which units (U,) are looked at: all, those asked for, or the ones with the longest weights."""
    if wanted is None or place.units <= MOST_UNITS:
        return units.longest(place, theta, MOST_UNITS)
    return torch.tensor([unit for unit in wanted if unit < place.units], device=theta.device)


def _seen(place: UnitPlace, theta: Tensor, steps: Sequence[int], chosen: Tensor) -> list[UnitsSeen]:
    """Return the chosen units at T steps, theta (T, P)."""
    found = units.seen(place, theta)
    arrays = {name: values[:, chosen].cpu().numpy() for name, values in found.items()}
    return [_told(step, {name: values[t] for name, values in arrays.items()}) for t, step in enumerate(steps)]


def _told(step: int, values: Mapping[str, NDArray[np.generic]]) -> UnitsSeen:
    """Return one step's own columns, copied, in float64 where they are no numbers of classes."""
    own = {name: np.array(each, np.float64) for name, each in values.items() if name != "side"}
    return UnitsSeen(step, side=np.array(values["side"], np.int64), **own)


def _tiles(place: UnitPlace, theta: Tensor, chosen: Tensor) -> NDArray[np.float32] | None:
    """Return the first units' weights as pictures (M, height, width); None where the inputs are no picture."""
    shape = _picture(place)
    if shape is None or place.pieces > 1:
        return None
    weights = units.incoming(place, theta)[0, chosen[:MOST_TILES], : shape[0] * shape[1]]
    tiles: NDArray[np.float32] = weights.reshape(-1, *shape).to(torch.float32).cpu().numpy()
    return tiles


def _picture(place: UnitPlace) -> tuple[int, int] | None:
    """Return (height, width) of what a unit of the first layer looks at, where that is a picture."""
    network = place.problem.network
    if place.layer > 0 or is_attention(place.problem) or not place.problem.structure.generalises:
        return None
    if not place.is_predictor and place.structure.positions > 1:
        fields = network.fields
        window = kernel_window(fields, network.ends.pixels) if isinstance(fields, ConvSpec) else (1, 1)
        return window if window[0] * window[1] > 1 else None
    return place.problem.dataset(place.replica).image_shape
