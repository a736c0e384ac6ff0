"""What a network says over a square of 2-D inputs, beside another predictor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..measurements.grid import square_grid
from ..protocol.pictures import NoPicture, Subject
from ..protocol.samples import support_of
from ..protocol.surface import AskSurface, SurfaceReady
from ..references import ReferenceUnavailable
from ..training.loop import Training
from .inspected_run import InspectedRun
from .predictors import PredictionPlace, is_fixed, predicted


class SurfaceAnswers:
    """Answers `AskSurface`."""

    what = "surface"

    def answer(
        self, question: AskSurface, run: InspectedRun, theta: Tensor, training: Training | None
    ) -> SurfaceReady | NoPicture:
        """Compute a surface for one replica, from given parameters or from those of the run under way."""
        subject = question.subject
        inputs = run.problem.dataset(subject.replica).raw.shape[1]
        if inputs != 2:
            sentence = f"a surface needs 2 inputs; these data have {inputs}"
            return NoPicture(subject.request, subject.run, sentence)
        latest, twin = _latest(question, run, training), _twin(subject, training)
        return _computed(question, run, theta, latest, twin)


def _latest(command: AskSurface, run: InspectedRun, training: Training | None) -> tuple[int, Tensor] | None:
    if command.latest is not None:
        return command.latest.step, run.parameters(command.latest.arrays["theta"])
    if training is None or int(training.state.diverged[command.subject.replica]) >= 0:
        return None
    return training.step, training.state.theta


def _twin(subject: Subject, training: Training | None) -> Tensor | None:
    """Return the linearised twin's coefficients (R, N C) at the step asked about; None where they are not kept."""
    if subject.theta is None and training is not None:
        state = training.state.twin
        return None if state is None else state.coefficients
    return None if subject.twin is None else torch.as_tensor(np.array(subject.twin))


def _computed(
    command: AskSurface,
    run: InspectedRun,
    theta: Tensor,
    latest: tuple[int, Tensor] | None,
    twin: Tensor | None,
) -> SurfaceReady | NoPicture:
    subject, problem, r = command.subject, run.problem, command.subject.replica
    data = problem.dataset(r)
    axis, inputs = square_grid(problem, r, command.resolution)
    points = torch.as_tensor(inputs, dtype=problem.dtype, device=problem.device)
    axis, seen = axis[:: command.every], _thinned(points, command)[None]
    shape = (len(axis), len(axis))
    chosen = slice(r, r + 1)
    network, theta = problem.network.one(r), theta[chosen]
    outputs = network.outputs(theta, seen)[0]
    if not _all_finite(outputs):
        sentence = f"the outputs of replica {r} are not finite at this step"
        return NoPicture(subject.request, subject.run, sentence)
    values, classes = _shown(outputs, shape)
    loss = problem.loss.of(problem.labels[chosen])
    q = loss.margins(network.outputs(theta, problem.x[chosen]))[0].cpu().numpy()
    other, why = None, ""
    try:
        if is_fixed(command.predictor):
            # it is known at all points, or needed there soon
            other = predicted(
                command.predictor, PredictionPlace(run, r, points[None], latest, twin), command.resolution
            )
            other = replace(other, outputs=_thinned(other.outputs, command))
        else:
            other = predicted(command.predictor, PredictionPlace(run, r, seen, latest, twin), len(axis))
        if not _all_finite(other.outputs):
            other, why = None, "its outputs are not finite"
    except ReferenceUnavailable as error:
        why = str(error)
    other_values, other_classes = (None, None) if other is None else _shown(other.outputs, shape)
    return SurfaceReady(
        request=subject.request,
        run=subject.run,
        step=subject.step,
        replica=r,
        axis=axis,
        network=values,
        other=other_values,
        predictor=command.predictor,
        title="" if other is None else other.title,
        network_class=classes,
        other_class=other_classes,
        every=command.every,
        points=data.raw,
        labels=data.labels,
        support=support_of(q),
        other_support=None if other is None else other.support,
        why_no_other=why,
        input_names=data.input_names,
        class_names=data.class_names,
    )


def _thinned(values: Tensor, command: AskSurface) -> Tensor:
    """Return those of values at all points (G G, .) that were asked for."""
    every = command.every
    if every == 1:
        return values
    square = values.view(command.resolution, command.resolution, -1)
    return square[::every, ::every].flatten(0, 1)


def _all_finite(outputs: Tensor) -> bool:
    return bool(torch.isfinite(outputs).all())


def _shown(outputs: Tensor, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
    """Return f (G, G), or the winning class's lead with the winning class, from outputs (G G, C)."""
    values = outputs.cpu().numpy().astype(float)
    if values.shape[1] == 1:
        return values[:, 0].reshape(shape), None
    ordered = np.sort(values, axis=1)
    return (ordered[:, -1] - ordered[:, -2]).reshape(shape), values.argmax(1).reshape(shape)
