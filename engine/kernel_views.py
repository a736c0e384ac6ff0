"""The tangent kernel of one replica over the training samples: ordered by class, layer by layer, and its spectrum."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .device import computing
from .kernels import kernel_inputs, kernel_subset, layer_kernels
from .looked_at import LookedAt, Looking, parameters_asked
from .measurements.kernel_spectrum import effective_rank
from .messages import AskKernel, KernelReady, NoKernel, Spectrum
from .training import Training

Layers = Mapping[str, Tensor]
"""A kernel (n, n) by layer, and of all layers together by ''."""


class KernelViews:
    """Answers `AskKernel`."""

    def __init__(self, looking: Looking) -> None:
        self._looking = looking

    def answer(self, command: AskKernel, training: Training | None) -> KernelReady | NoKernel:
        """Compute a kernel from given parameters or from those of the run under way.

        Raises:
            Refusal: where the experiment cannot be prepared, or its kernel is too large.
        """
        started = time.perf_counter()
        run = self._looking.at(command, training)
        theta = parameters_asked(command, run, training)
        if theta is None:
            return NoKernel(command.request, command.run, "this run has no parameters at hand")
        with computing(run.setting.threads):
            return _computed(command, run, theta, started)


@dataclass(frozen=True)
class _Start:
    """The initial kernel of one replica, with the spectra of the layers that were asked for."""

    kernels: Layers
    spectra: dict[str, Spectrum]

    def spectrum(kernel: Tensor) -> Spectrum:
    """Return the eigenvalues of a symmetric kernel (n, n), the largest first; those at rounding are 0."""
    values = torch.linalg.eigvalsh((kernel + kernel.mT).double() / 2).flip(0)
    rounding = len(values) * torch.finfo(kernel.dtype).eps * values[0]
    values = torch.where(values > rounding, values, 0.0)
    rank, trace = effective_rank(values[None]), kernel.trace()
    return Spectrum(values.cpu().numpy(), float(rank), float(trace))


def _note(run: LookedAt, subset: int | None) -> str:
    """Say on which samples the kernel is taken, and how several outputs become one number."""
    said = [] if subset is None else [f"on a fixed class-balanced subset of {subset:,} samples"]
    if run.setting.network.outputs_count > 1:
        said.append("traced over the outputs")
    return "; ".join(said)
