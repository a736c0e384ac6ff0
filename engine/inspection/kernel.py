"""The tangent kernel of one replica over the training samples: ordered by class, layer by layer, and its spectrum."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..device import computing
from ..kernels import kernel_inputs, kernel_subset, layer_kernels
from ..measurements.kernel_spectrum import effective_rank
from ..measurements.vectors import cosine
from ..messages import AskKernel, KernelReady, NoKernel, Spectrum
from ..training.loop import Training
from .inspected_run import InspectedRun, InspectionCache, parameters_asked

Layers = Mapping[str, Tensor]
"""A kernel (n, n) by layer, and of all layers together by ''."""


class KernelPictures:
    """Answers `AskKernel`."""

    def __init__(self, looking: InspectionCache) -> None:
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
        with computing(run.problem.threads):
            return _computed(command, run, theta, started)


@dataclass(frozen=True)
class _Start:
    """The initial kernel of one replica, with the spectra of the layers that were asked for."""

    kernels: Layers
    spectra: dict[str, Spectrum]

    def spectrum(self, layer: str) -> Spectrum:
        if layer not in self.spectra:
            self.spectra[layer] = spectrum(self.kernels[layer])
        return self.spectra[layer]


def _computed(command: AskKernel, run: InspectedRun, theta: Tensor, started: float) -> KernelReady | NoKernel:
    problem, r, layer = run.problem, command.replica, command.layer
    now = _layers(run, theta, r)
    if layer not in now:
        names = ", ".join(name for name in now if name)
        return NoKernel(command.request, command.run, f"no layer {layer} trains here; there are {names}")
    if not bool(torch.isfinite(now[""]).all()):
        return NoKernel(command.request, command.run, "the tangent kernel is not finite at this step")
    start = _start(run, r)
    if not bool((now[""] != 0).any() | (start.kernels[""] != 0).any()):
        return NoKernel(command.request, command.run, "the tangent kernel is 0: every gradient vanishes here")
    labels, subset = problem.dataset(r).labels, kernel_subset(problem, r)
    samples = np.arange(problem.samples) if subset is None else subset
    order = np.argsort(labels[samples], kind="stable")
    rows = torch.as_tensor(order, device=problem.device)
    shown = _chosen(command, start.kernels[layer], now[layer])[rows][:, rows]
    return KernelReady(
        request=command.request,
        run=command.run,
        step=command.step,
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
        seconds=time.perf_counter() - started,
    )


def _layers(run: InspectedRun, theta: Tensor, r: int) -> Layers:
    chosen, problem = slice(r, r + 1), run.problem
    inputs = kernel_inputs(problem)[chosen]
    found = {
        name: kernel[0]
        for name, kernel in layer_kernels(problem.network.one(r), theta[chosen], inputs).items()
    }
    return {"": torch.stack(list(found.values())).sum(0), **found}


def _start(run: InspectedRun, r: int) -> _Start:
    """Return the initial kernel of a replica; that of the last replica asked about is kept."""
    kept = run.kept.get("initial kernel")
    if kept is None or kept[0] != r:
        kept = (r, _Start(_layers(run, run.problem.initial, r), {}))
        run.kept["initial kernel"] = kept
    start: _Start = kept[1]
    return start


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
    said = [] if subset is None else [f"on a fixed class-balanced subset of {subset:,} samples"]
    if run.problem.network.outputs_count > 1:
        said.append("traced over the outputs")
    return "; ".join(said)
