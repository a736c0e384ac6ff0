"""Answers questions about a run's pictures; what goes wrong is an answer too."""

from __future__ import annotations

from ..errors import Refusal, is_out_of_memory
from ..protocol.messages import AskKernel, AskSurface, KernelReady, NoKernel, NoSurface, SurfaceReady
from ..training.loop import Training
from .inspected_run import InspectionCache
from .kernel import KernelPictures
from .surface import SurfacePictures

Answer = SurfaceReady | NoSurface | KernelReady | NoKernel


class Answers:
    """Computes surfaces and kernels, from one question about a run to the next."""

    def __init__(self) -> None:
        cache = InspectionCache()
        self._surfaces, self._kernels = SurfacePictures(cache), KernelPictures(cache)

    def to(self, question: AskSurface | AskKernel, training: Training | None) -> Answer:
        """Answer a question; `training` is the run that it is about where that is under way."""
        none, what = (NoSurface, "surface") if isinstance(question, AskSurface) else (NoKernel, "kernel")
        request, run = question.subject.request, question.subject.run
        try:
            if isinstance(question, AskSurface):
                return self._surfaces.answer(question, training)
            return self._kernels.answer(question, training)
        except (Refusal, ValueError) as error:
            return none(request, run, str(error))
        except Exception as error:
            why = "the machine has too little memory for it" if is_out_of_memory(error) else str(error)
            return none(request, run, f"no {what}: {why}")
