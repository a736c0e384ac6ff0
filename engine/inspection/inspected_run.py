"""A run that the window looks at: its problem and what was solved for it, kept from one question to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..experiment.document import DocumentRef
from ..kernels import exact_initial_kernel, kernel_inputs, kernel_solutions
from ..protocol.pictures import Subject
from ..protocol.run_history import diverged_words
from ..references import Reference, ReferenceUnavailable, answered
from ..run.problem import Problem, prepare
from ..training.loop import Training

MOST_RUNS = 64
"""Whose predicted limits are kept."""


@dataclass(frozen=True)
class Prediction:
    """What a predictor says."""

    outputs: Tensor
    """(G, C)."""
    title: str
    support: NDArray[np.bool_] | None = None
    """The training samples (N,) that carry it, where few do."""


@dataclass
class InspectedRun:
    """One run's problem, its kernel's max-margin predictors once asked for, and predictions worth keeping."""

    problem: Problem
    predictions: dict[tuple[str, int, int | str], Prediction] = field(default_factory=dict)
    """What predictors say that do not depend on the step: by name, replica, and what stands for the points."""
    twin_predictors: dict[tuple[int, int], Callable[[Tensor], Tensor]] = field(default_factory=dict)
    """What makes predictions of the linearised twin's coefficients: by replica and number of points."""
    solved: dict[int, tuple[Reference, ...]] = field(default_factory=dict)
    """The max-margin predictors of replicas' initial kernels."""
    why_none: dict[int, str] = field(default_factory=dict)
    """Why a replica has none."""
    limits: dict[int, tuple[int, NDArray[np.float64]]] = field(default_factory=dict)
    """The direction (P,) that was predicted last of replicas, and as of which step."""
    is_wanted: Callable[[], bool] = lambda: True
    """Whether what takes long is still wanted."""

    def kernel_solutions(self, r: int) -> tuple[Reference, ...]:
        """Return the max-margin predictor of a replica's initial kernel, solved when first asked for.

        Raises:
            ReferenceUnavailable: where there is none.
        """
        if r not in self.solved and r not in self.why_none:
            try:
                kernel = exact_initial_kernel(self.problem, kernel_inputs(self.problem), only=r)[0]
                self.solved[r] = kernel_solutions(self.problem, kernel, r, answered)
            except ReferenceUnavailable as error:
                self.why_none[r] = str(error)
        if r in self.why_none:
            raise ReferenceUnavailable(self.why_none[r])
        return self.solved[r]

    def parameters(self, theta: NDArray[np.generic]) -> Tensor:
        """Return parameters that came from the window, as the network takes them."""
        return torch.as_tensor(np.array(theta), dtype=self.problem.dtype, device=self.problem.device)


class InspectionCache:
    """Remembers the last run that was asked about."""

    def __init__(self) -> None:
        self._document: DocumentRef | None = None
        self._run: InspectedRun | None = None
        self._limits: dict[tuple[str, str, str], dict[int, tuple[int, NDArray[np.float64]]]] = {}
        """What was predicted of runs, also of those that share a document; that asked about last is the last."""

    def at(self, subject: Subject, training: Training | None) -> InspectedRun:
        """Return the run that a question is about; `training` is that run where it is under way.

        Raises:
            Refusal: where the experiment cannot be prepared.
        """
        if self._run is None or subject.document != self._document:
            self._document, self._run = subject.document, _inspected(subject.document, training)
        whose = subject.run, subject.document.text, subject.document.name
        self._limits[whose] = self._limits.pop(whose, {})
        if len(self._limits) > MOST_RUNS:
            del self._limits[next(iter(self._limits))]
        self._run.limits = self._limits[whose]
        return self._run


def _inspected(document: DocumentRef, training: Training | None) -> InspectedRun:
    if training is None:
        return InspectedRun(prepare(document.experiment(), document.path, document.known))
    run = InspectedRun(training.problem)
    for r, solutions in enumerate(training.references.kernel):
        if solutions:
            run.solved[r] = solutions
    return run


def parameters_asked(subject: Subject, run: InspectedRun, training: Training | None) -> Tensor | str:
    """Return the parameters (R, P) that a question is about, or why there are none to make a picture of."""
    if subject.theta is not None:
        theta = run.parameters(subject.theta)
    elif training is not None:
        theta = training.state.theta
        lost = int(training.state.diverged[subject.replica])
        if lost >= 0:
            return diverged_words(subject.replica, lost)
    else:
        return "this run has no parameters at hand"
    if not bool(torch.isfinite(theta[subject.replica]).all()):
        return f"the parameters of replica {subject.replica} are not finite at this step"
    return theta
