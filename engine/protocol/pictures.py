"""Questions about one step of a run, and the pictures that answer them: what all kinds of pictures share.

A kind of picture is a question and an answer in a file of its own beside this one, something in `engine.inspection`
that answers, and a line in `engine/inspection/answers.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..experiment.document import DocumentRef


@dataclass(frozen=True)
class Subject:
    """What a question is about: which run, at which step, with which parameters, in which replica."""

    request: int
    """The question's number, which its answer repeats; no other question of the window has it."""
    run: str
    document: DocumentRef
    step: int
    theta: NDArray[np.generic] | None
    """Parameters (R, P); None: those of the run under way."""
    replica: int = 0
    twin: NDArray[np.generic] | None = None
    """The linearised twin's coefficients (R, N C) at this step, where the snapshot has them."""


@dataclass(frozen=True)
class Question:
    """Ask for a picture of one step; the answer is a `Picture`, or `NoPicture`."""

    subject: Subject


@dataclass(frozen=True)
class DropQuestion:
    """Want no answer any longer to a question that takes long; it is answered by `NoPicture` all the same."""

    request: int


@dataclass(frozen=True)
class Picture:
    """What a picture shows, whatever its kind: the answer to a `Question`."""

    request: int
    run: str
    step: int
    replica: int
    seconds: float = field(default=0.0, kw_only=True)
    """What it took the engine."""


@dataclass(frozen=True)
class NoPicture:
    """The answer to a `Question` where there is no picture."""

    request: int
    run: str
    sentence: str
    """Why there is none."""
