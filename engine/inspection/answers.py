"""Answers questions about a run's pictures; what goes wrong is an answer too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from torch import Tensor

from ..device import computing
from ..protocol.kernel import AskKernel
from ..protocol.layers import AskLayers
from ..protocol.limit import AskLimit
from ..protocol.neurons import AskNeurons
from ..protocol.pictures import NoPicture, Picture, Question
from ..protocol.samples import AskSamples
from ..protocol.surface import AskSurface
from ..training.loop import Training
from ..words.errors import Refusal, is_out_of_memory
from .inspected_run import InspectedRun, InspectionCache, parameters_asked
from .kernel import KernelAnswers
from .layers import LayerAnswers
from .limit import LimitAnswers
from .neurons import NeuronAnswers
from .samples import SampleAnswers
from .surface import SurfaceAnswers

A = TypeVar("A")


class Answerer(Protocol):
    """Answers one kind of question, and may keep what the next answer needs again."""

    what: str
    """What it makes a picture of, as a sentence says it."""

    def answer(
        self, question: Any, run: InspectedRun, theta: Tensor, training: Training | None
    ) -> Picture | NoPicture:
        """Answer about parameters (R, P), given or those of the run under way, which `training` is then."""


ANSWERERS: dict[type[Question], type[Answerer]] = {
    AskSurface: SurfaceAnswers,
    AskKernel: KernelAnswers,
    AskNeurons: NeuronAnswers,
    AskSamples: SampleAnswers,
    AskLayers: LayerAnswers,
    AskLimit: LimitAnswers,
}
"""Who answers which kind of question."""


def _always(_request: int) -> bool:
    return True


class Answers:
    """Answers every kind of question, and keeps the run that was asked about from one to the next."""

    def __init__(self) -> None:
        self._cache = InspectionCache()
        self._answerers = {kind: answerer() for kind, answerer in ANSWERERS.items()}

    def to(self, question: Question, training: Training | None) -> Picture | NoPicture:
        """Answer a question whatever happens; `training` is the run that it is about where that is under way."""
        return self._told(question, lambda: self.answer(question, training))

    def aside(
        self, question: Question, training: Training | None, wants: Callable[[int], bool] = _always
    ) -> Callable[[], Picture | NoPicture]:
        """Return what answers a question in any thread, about the parameters as they are now.

        wants: says whether the answer to a request is still wanted.
        """
        request = question.subject.request
        found: list[tuple[InspectedRun, Tensor]] = []

        def prepared() -> NoPicture | None:
            run, theta = self._asked(question, training)
            if isinstance(theta, str):
                return NoPicture(question.subject.request, question.subject.run, theta)
            # the run has the limits of whoever is asked about next
            found.append((replace(run, is_wanted=lambda: wants(request)), theta.clone()))
            return None

        refused = self._told(question, prepared)
        if refused is not None:
            return lambda: refused
        ((run, theta),) = found
        return lambda: self._told(question, lambda: self._drawn(question, run, theta, None))

    def _told(self, question: Question, answer: Callable[[], A]) -> A | NoPicture:
        request, run = question.subject.request, question.subject.run
        try:
            return answer()
        except (Refusal, ValueError) as error:
            return NoPicture(request, run, str(error))
        except Exception as error:
            why = "the machine has too little memory for it" if is_out_of_memory(error) else str(error)
            return NoPicture(request, run, f"no {self._answerers[type(question)].what}: {why}")

    def answer(self, question: Question, training: Training | None) -> Picture | NoPicture:
        """Answer a question.

        Raises:
            Refusal: where the experiment cannot be prepared, or the picture would be too large.
        """
        started = time.perf_counter()
        run, theta = self._asked(question, training)
        if isinstance(theta, str):
            return NoPicture(question.subject.request, question.subject.run, theta)
        answer = self._drawn(question, run, theta, training)
        return (
            answer
            if isinstance(answer, NoPicture)
            else replace(answer, seconds=time.perf_counter() - started)
        )

    def _asked(self, question: Question, training: Training | None) -> tuple[InspectedRun, Tensor | str]:
        run = self._cache.at(question.subject, training)
        return run, parameters_asked(question.subject, run, training)

    def _drawn(
        self, question: Question, run: InspectedRun, theta: Tensor, training: Training | None
    ) -> Picture | NoPicture:
        started = time.perf_counter()
        with computing(run.problem.threads):
            answer = self._answerers[type(question)].answer(question, run, theta, training)
        if isinstance(answer, NoPicture):
            return answer
        return replace(answer, seconds=time.perf_counter() - started)
