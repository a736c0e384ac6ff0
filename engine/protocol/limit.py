"""The question where a run is going, and its answer: the limit of its direction, with certificate and error bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..experiment.edits import LiveEdit
from .pictures import Picture, Question
from .records import Array
from .stored_steps import NO_STEPS, StoredSteps

PREDICTED_LIMIT = ("limit", "Predicted limit")
"""Name and title of the predictor that is the network at the limit predicted last."""
MOST_STEPS = 64
"""Stored steps that a limit is asked with; of more the last ones."""


@dataclass(frozen=True)
class AskLimit(Question):
    """Predict the limit of the direction, as it looks at the step of the subject."""

    stored: StoredSteps = NO_STEPS
    """The steps before it."""
    edits: tuple[LiveEdit, ...] = ()
    """What the run took on its way up to the step."""


@dataclass(frozen=True)
class LimitReady(Picture):
    """Where the direction of a replica goes. Distances are between vectors of length 1."""

    margin: float
    """The normalized margin of the predicted direction."""
    margin_now: float
    """That of the direction at the step."""
    error: float
    """How far the limit may be from the prediction."""
    now: float
    """How far the run's own direction is from it."""
    apart: float
    """How far the extrapolated direction is from it; NaN where nothing could be extrapolated."""
    power: float
    """a of the extrapolation u + c h^a, h = 1/q_min; NaN where there is none."""
    taken: int
    """Stored steps that the extrapolation is made of."""
    spread: float
    """How far apart refinements from two starts ended; infinite where there was but one."""
    tested: float
    """How far the limit may be by what earlier, farther directions are refined to; infinite where that is not told."""
    nears: bool
    """Whether the run came nearer to it of late."""
    residual: float
    """min ||u - sum lambda_k h_k|| over multipliers and selections."""
    multipliers: Array
    """lambda (K,) of the margins that bear it, for the point with smallest margin 1; the largest first."""
    samples: tuple[int, ...]
    """Whose margins these are (K,), in their order."""
    kinks: int
    """Units of samples that sit on their kink there."""
    sure: bool
    """Whether the limit is told to four digits of its cosine."""
    rough: bool
    """Whether it is told at all; else the run has not converged enough to say."""
    direction: Array
    """(P,)."""
    follows_margins: bool = False
    """Whether the run moves by its margins alone, as the margin flow does: its norm stays, and it has no law of h."""

    @property
    def degrees(self) -> float:
        """Return the error bar as an angle."""
        return degrees(self.error)


def degrees(distance: float) -> float:
    """Return the angle between vectors of length 1 at a distance."""
    return float(np.degrees(2 * np.arcsin(min(1.0, distance / 2))))
