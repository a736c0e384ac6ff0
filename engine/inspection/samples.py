"""Every training sample's margin and dual weight, at the step looked at and over stored steps."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..measurements.sample_weights import margins, multipliers
from ..protocol.pictures import NoPicture
from ..protocol.samples import MOST_SAMPLES, AskSamples, MarginsSeen, SamplesReady
from ..run.problem import Problem
from ..training.loop import Training
from .inspected_run import InspectedRun
from .stored import folds


class SampleAnswers:
    """Answers `AskSamples`."""

    what = "margins of samples"

    def answer(
        self, question: AskSamples, run: InspectedRun, theta: Tensor, _training: Training | None
    ) -> SamplesReady | NoPicture:
        """Look at the training samples of one replica."""
        subject, problem, r = question.subject, run.problem, question.subject.replica
        own = theta[r : r + 1]
        network, data = problem.network.one(r), problem.dataset(r)
        outputs = network.outputs(own, problem.x[r : r + 1])
        if not bool(torch.isfinite(outputs).all()):
            sentence = f"the outputs of replica {r} are not finite at this step"
            return NoPicture(subject.request, subject.run, sentence)
        seen = problem.loss.of(problem.labels[r : r + 1]).evaluate(outputs)
        q = seen.q[0].cpu().double().numpy()
        chosen = _chosen(q, question.samples)
        found, why = multipliers(problem, r, own, seen)
        wanted = question.raw_of if question.raw_of is not None and question.raw_of < len(q) else None
        return SamplesReady(
            request=subject.request,
            run=subject.run,
            step=subject.step,
            replica=r,
            labels=data.labels,
            margins=q,
            weights=seen.p[0].cpu().double().numpy(),
            multipliers=None if found is None else found[0].cpu().double().numpy(),
            samples=chosen,
            now=MarginsSeen(subject.step, q[chosen], _scales(problem, own)[0]),
            stored=tuple(
                MarginsSeen(step, *row)
                for steps, part in folds(run, question.stored)
                for step, row in zip(steps, _rows(problem, r, part, chosen), strict=True)
            ),
            exponent=problem.structure.exponent,
            why_no_multipliers=why,
            raw=None if wanted is None else data.raw[wanted],
            raw_of=wanted,
            image_shape=data.image_shape,
            class_names=data.class_names,
        )


def _rows(
    problem: Problem, replica: int, theta: Tensor, chosen: NDArray[np.int64]
) -> list[tuple[NDArray[np.float64], float]]:
    """Return the chosen samples' margins (n,) with the norm to the power L, at T parameter vectors (T, P)."""
    values = margins(problem, replica, theta, torch.as_tensor(chosen, device=problem.device))
    return list(zip(values.cpu().double().numpy(), _scales(problem, theta), strict=True))


def _scales(problem: Problem, theta: Tensor) -> list[float]:
    exponent = problem.structure.exponent
    if exponent is None:
        return [math.nan] * len(theta)
    lengths: list[float] = torch.linalg.vector_norm(theta, dim=1).double().pow(exponent).tolist()
    return lengths


def _chosen(q: NDArray[np.float64], wanted: tuple[int, ...] | None) -> NDArray[np.int64]:
    """Return which samples (n,) are looked at over steps: all, or those asked for.

    Of many where none are asked for: half of them the nearest to the decision, half evenly from the others in the order
    of their margins.
    """
    if len(q) <= MOST_SAMPLES:
        return np.arange(len(q))
    if wanted is not None:
        return np.array([n for n in wanted if n < len(q)], np.int64)
    order, half = np.argsort(q, kind="stable"), MOST_SAMPLES // 2
    rest = np.linspace(half, len(q) - 1, half).round().astype(np.int64)
    return np.sort(np.concatenate([order[:half], order[rest]]))
