"""Where a run is going: the limit of its direction, predicted from stored steps."""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor

from ..measurements.limits.prediction import LimitPrediction, predicted
from ..protocol.limit import AskLimit, LimitReady
from ..protocol.pictures import NoPicture
from ..training.loop import Training
from .inspected_run import InspectedRun


class LimitAnswers:
    """Answers `AskLimit`; the run keeps the direction, for whoever looks at the network there."""

    what = "prediction of the limit"

    def answer(
        self, question: AskLimit, run: InspectedRun, theta: Tensor, _training: Training | None
    ) -> LimitReady | NoPicture:
        """Predict the limit of one replica's direction."""
        subject, r = question.subject, question.subject.replica
        stored = question.stored.finite()
        moved = max((edit.step for edit in question.edits if edit.moves), default=0)
        before = stored.theta[(stored.steps < subject.step) & (stored.steps >= moved)]
        now = theta[r : r + 1].cpu().numpy()
        thetas = np.concatenate([before, now]) if len(before) else now
        found = predicted(run.problem, r, thetas, question.edits, run.is_wanted)
        if isinstance(found, str):
            return NoPicture(subject.request, subject.run, found)
        run.limits[r] = subject.step, found.point.direction
        return _told(question, run, found)


def _told(question: AskLimit, run: InspectedRun, found: LimitPrediction) -> LimitReady:
    subject, point, extrapolation = question.subject, found.point, found.extrapolation
    order = np.argsort(-point.multipliers, kind="stable")
    samples = point.pairs % run.problem.samples
    return LimitReady(
        request=subject.request,
        run=subject.run,
        step=subject.step,
        replica=subject.replica,
        margin=point.margin,
        margin_now=found.margin_now,
        error=found.error,
        now=found.now,
        apart=math.nan if extrapolation is None else found.apart,
        power=math.nan if extrapolation is None else extrapolation.power,
        taken=0 if extrapolation is None else extrapolation.taken,
        spread=found.spread,
        tested=found.tested,
        nears=found.nears,
        residual=point.residual,
        multipliers=point.multipliers[order],
        samples=tuple(samples[order].tolist()),
        kinks=point.kinks,
        sure=found.sure,
        rough=found.rough,
        direction=point.direction,
        follows_margins=found.follows_margins,
    )
