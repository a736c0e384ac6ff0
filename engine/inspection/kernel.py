"""The tangent kernel of one replica over the training samples: ordered by class, layer by layer, and its spectrum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..kernels import kernel_inputs, kernel_subset, layer_kernels
from ..measurements.kernel_spectrum import effective_rank
from ..measurements.vectors import cosine
from ..protocol.kernel import AskKernel, KernelReady, Spectrum
from ..protocol.pictures import NoPicture
from ..training.loop import Training
from .inspected_run import InspectedRun

Layers = Mapping[str, Tensor]
"""A kernel (n, n) by layer, and of all layers together by ''."""


class KernelAnswers:
    """Answers `AskKernel`."""

    what = "kernel"

    def __init__(self) -> None:
        self._start: _Start | None = None

    def answer(
        self, question: AskKernel, run: InspectedRun, theta: Tensor, _training: Training | None
    ) -> KernelReady | NoPicture:
        """Compute a kernel of one replica's parameters.

        Raises:
            Refusal: where it is too large.
        """
        return _computed(question, run, theta, self._start_of)

    def _start_of(self, run: InspectedRun, r: int) -> _Start:
        """Return the initial kernel of a replica; that of the last replica asked about is kept."""
        if self._start is None or self._start.run is not run or self._start.replica != r:
            self._start = _Start(run, r, _layers(run, run.problem.initial, r), {})
        return self._start


@dataclass(frozen=True)
class _Start:
    """The initial kernel of one replica, with the spectra of the layers that were asked for."""

    run: InspectedRun
    replica: int
    kernels: Layers
    spectra: dict[str, Spectrum]

    def spectrum(self, layer: str) -> Spectrum:
        if layer not in self.spectra:
            self.spectra[layer] = spectrum(self.kernels[layer])
        return self.spectra[layer]


def _computed(
    command: AskKernel, run: InspectedRun, theta: Tensor, start_of: Callable[[InspectedRun, int], _Start]
) -> KernelReady | NoPicture:
    subject, layer = command.subject, command.layer
    problem, r = run.problem, subject.replica
    now = _layers(run, theta, r)
    if layer not in now:
        names = ", ".join(name for name in now if name)
        return NoPicture(subject.request, subject.run, f"no layer {layer} trains here; there are {names}")
    if not bool(torch.isfinite(now[""]).all()):
        return NoPicture(subject.request, subject.run, "the tangent kernel is not finite at this step")
    start = start_of(run, r)
    if not bool(torch.isfinite(start.kernels[""]).all()):
        return NoPicture(subject.request, subject.run, "the tangent kernel is not finite at the start")
    if not bool((now[""] != 0).any() | (start.kernels[""] != 0).any()):
        return NoPicture(
            subject.request, subject.run, "the tangent kernel is 0: every gradient vanishes here"
        )
    data, subset = problem.dataset(r), kernel_subset(problem, r)
    labels = data.labels
    samples = np.arange(problem.samples) if subset is None else subset
    order = np.argsort(labels[samples], kind="stable")
    rows = torch.as_tensor(order, device=problem.device)
    shown = _chosen(command, start.kernels[layer], now[layer])[rows][:, rows]
    return KernelReady(
        request=subject.request,
        run=subject.run,
        step=subject.step,
        replica=r,
        layer=layer,
        choice=command.choice,
        normalised=command.normalised,
        values=shown.to(torch.float32).cpu().numpy(),
        samples=samples[order],
        labels=labels[samples][order],
        start=start.spectrum(layer),
        now=spectrum(now[layer]),
        alignment=float(cosine(now[layer].view(1, -1), start.kernels[layer].view(1, -1))),
        shares={name: (_share(start.kernels, name), _share(now, name)) for name in now if name},
        note=_note(run, None if subset is None else len(subset)),
        class_names=data.class_names,
    )


def _layers(run: InspectedRun, theta: Tensor, r: int) -> Layers:
    chosen, problem = slice(r, r + 1), run.problem
    inputs = kernel_inputs(problem)[chosen]
    layers = {
        name: kernel[0]
        for name, kernel in layer_kernels(problem.network.one(r), theta[chosen], inputs).items()
    }
    return {"": torch.stack(list(layers.values())).sum(0), **layers}


def _chosen(command: AskKernel, start: Tensor, now: Tensor) -> Tensor:
    if command.normalised:
        start, now = _over_norm(start), _over_norm(now)
    return {"start": start, "step": now, "difference": now - start}[command.choice]


def _over_norm(kernel: Tensor) -> Tensor:
    """Return K/||K||_F; 0 stays 0."""
    over: Tensor = functional.normalize(kernel.flatten(), dim=0).view_as(kernel)
    return over


def _share(kernels: Layers, name: str) -> float:
    return float((kernels[name].trace() / kernels[""].trace()).nan_to_num(0.0))


def spectrum(kernel: Tensor) -> Spectrum:
    """Return the eigenvalues of a symmetric kernel (n, n), the largest first; those at rounding are 0."""
    values = torch.linalg.eigvalsh((kernel + kernel.mT).double() / 2).flip(0)
    rounding = len(values) * torch.finfo(kernel.dtype).eps * values[0]
    values = torch.where(values > rounding, values, 0.0)
    rank, trace = effective_rank(values[None]), kernel.trace()
    return Spectrum(values.cpu().numpy(), float(rank), float(trace))


def _note(run: InspectedRun, subset: int | None) -> str:
    """Say on which samples the kernel is taken, and how several outputs become one number."""
    remarks = [] if subset is None else [f"on a fixed class-balanced subset of {subset:,} samples"]
    if run.problem.network.outputs_count > 1:
        remarks.append("traced over the outputs")
    return "; ".join(remarks)
