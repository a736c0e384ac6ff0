"""A run that the window looks at: its problem and what was solved for it, kept from one question to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..experiment.document import parse
from ..kernels import exact_initial_kernel, kernel_inputs, kernel_solutions
from ..references import Reference, ReferenceUnavailable
from ..run.problem import Problem, prepare
from ..training.loop import Training


class Question(Protocol):
    """What every question about a run says of it."""

    @property
    def text(self) -> str:
        """Return the document as TOML."""

    @property
    def name(self) -> str:
        """Return which of its experiments is meant."""

    @property
    def folder(self) -> str | None:
        """Return where relative paths start."""

    @property
    def theta(self) -> NDArray[np.generic] | None:
        """Return the parameters (R, P); None: those of the run under way."""


@dataclass
class InspectedRun:
    """One run's problem, its kernel's max-margin predictors once asked for, and what else is worth keeping."""

    problem: Problem
    kept: dict[Any, Any] = field(default_factory=dict)
    """Results that do not depend on the step, by whatever tells one from another."""
    solved: dict[int, tuple[Reference, ...]] = field(default_factory=dict)
    """The max-margin predictors of replicas' initial kernels."""
    why_none: dict[int, str] = field(default_factory=dict)
    """Why a replica has none."""

    def kernel_solutions(self, r: int) -> tuple[Reference, ...]:
        """Return the max-margin predictor of a replica's initial kernel, solved when first asked for.

        Raises:
            ReferenceUnavailable: where there is none.
        """
        if r not in self.solved and r not in self.why_none:
            try:
                kernel = exact_initial_kernel(self.problem, kernel_inputs(self.problem), only=r)[0]
                self.solved[r] = kernel_solutions(self.problem, kernel, r)
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
        self._key: tuple[str, str, str | None] | None = None
        self._found: InspectedRun | None = None

    def at(self, question: Question, training: Training | None) -> InspectedRun:
        """Return the run that a question is about; `training` is that run where it is under way.

        Raises:
            Refusal: where the experiment cannot be prepared.
        """
        key = (question.text, question.name, question.folder)
        if self._found is None or key != self._key:
            self._key, self._found = key, _found(question, training)
        return self._found


def _found(question: Question, training: Training | None) -> InspectedRun:
    if training is None:
        folder = Path(question.folder) if question.folder else None
        return InspectedRun(prepare(parse(question.text, folder).experiments()[question.name], folder))
    found = InspectedRun(training.problem)
    for r, solutions in enumerate(training.references.kernel):
        if solutions:
            found.solved[r] = solutions
    return found


def parameters_asked(question: Question, run: InspectedRun, training: Training | None) -> Tensor | None:
    """Return the parameters (R, P) that a question is about; None where none are at hand."""
    if question.theta is not None:
        return run.parameters(question.theta)
    return training.state.theta if training is not None else None
