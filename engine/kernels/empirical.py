"""Empirical tangent kernels: inner products of samples' gradients, exact, in blocks of rows as a plan says.

Shapes: R replicas, N and M samples, C outputs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..networks import Network, Weights
from .cost import KernelSize, Outputs, Way
from .features import Features, features, rows_of
from .machine import synchronize
from .plan import Plan, plan_kernel, row_spans
from .shares import add_share

OnProgress = Callable[[float, float], None]
"""Is told which part of the work is done, up to 1, and about how many seconds are left."""


def tangent_kernel(
    network: Network,
    theta: Tensor,
    x: Tensor,
    other: Tensor | None = None,
    outputs: Outputs = "trace",
    plan: Plan | None = None,
    on_progress: OnProgress | None = None,
) -> Tensor:
    """Return K(x, x') = <grad f(x), grad f(x')> (R, N, M), or (R, N C, M C) for `full`.

    Args:
        network: of R replicas.
        theta: (R, P).
        x: (R, N, d).
        other: (R, M, d); by default x again.
        outputs: `trace` sums over outputs, `full` keeps every pair, samples slowest.
        plan: how; by default the cheapest within the memory there is.
        on_progress: is told after every block.

    Raises:
        KernelTooLarge: where no plan stays within the memory there is.

    Source: Jacot et al. 2018; the layer-wise form follows from rank-one gradients.
    """
    work = _Work.of(network, theta, x, other, outputs, plan, kept_apart=False)
    kernel = work.empty()
    work.fill(dict.fromkeys(work.ways, kernel), on_progress)
    return kernel


def layer_kernels(
    network: Network,
    theta: Tensor,
    x: Tensor,
    other: Tensor | None = None,
    outputs: Outputs = "trace",
    plan: Plan | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, Tensor]:
    """Return every trained layer's share of the tangent kernel, by its name, from the input up.

    Arguments and errors are those of `tangent_kernel`; a plan must be made with `kept_apart`.
    """
    work = _Work.of(network, theta, x, other, outputs, plan, kept_apart=True)
    kernels = {i: work.empty() for i in work.ways}
    work.fill(kernels, on_progress)
    return {network.layers[i].name: kernel for i, kernel in kernels.items()}


@dataclass(frozen=True)
class _Work:
    """A kernel to compute as planned."""

    network: Network
    weights: list[Weights]
    x: Tensor
    other: Tensor | None
    plan: Plan
    ways: Mapping[int, Way]
    """By trained layer."""

    @classmethod
    def of(
        cls,
        network: Network,
        theta: Tensor,
        x: Tensor,
        other: Tensor | None,
        outputs: Outputs,
        plan: Plan | None,
        kept_apart: bool,
    ) -> _Work:
        """Return the work, planned here where no plan is given."""
        others = None if other is None else other.shape[1]
        if plan is None:
            plan = plan_kernel(
                network,
                x.shape[1],
                others,
                outputs,
                replicas=len(theta),
                dtype=theta.dtype,
                device=theta.device,
                kept_apart=kept_apart,
            )
        asked = (len(theta), x.shape[1], others, outputs, kept_apart)
        planned = plan.size
        meant = (planned.replicas, planned.samples, planned.others, planned.outputs, planned.kept_apart)
        if asked != meant:
            raise ValueError(f"the plan is for another kernel: {meant}, not {asked}")
        ways = dict(zip(network.trained_layers, plan.ways, strict=True))
        return cls(network, network.views(theta), x, other, plan, ways)

    @property
    def size(self) -> KernelSize:
        return self.plan.size

    def empty(self) -> Tensor:
        """Return room for a kernel."""
        each = self.size.each
        shape = (self.size.replicas, self.size.samples * each, self.size.right * each)
        return torch.empty(shape, dtype=self.x.dtype, device=self.x.device)

    def fill(self, kernels: Mapping[int, Tensor], on_progress: OnProgress | None) -> None:
        """Compute every layer's kernel, or all into one and the same, block by block."""
        plan = self.plan
        progress = _Progress(self.x.device, plan.prepared, on_progress)
        every = self._features(0, self.size.right, right=True) if plan.kept else None
        progress.show(0.0)
        for start, end in row_spans(self.size.samples, plan.rows):
            for last in self._strip(kernels, every, start, end):
                if on_progress is not None:
                    progress.show(self._done(start, end, last))

    def _strip(
        self, kernels: Mapping[int, Tensor], every: Features | None, start: int, end: int
    ) -> Iterator[int]:
        """Compute some rows block by block, up to the diagonal of a symmetric kernel; yield where each ends.

        What a block is made of is freed before the next one's is made.
        """
        symmetric = self.other is None
        mine = every if symmetric else None
        left = self._features(start, end, right=False) if mine is None else rows_of(mine, start, end)
        for first, last in row_spans(end if symmetric else self.size.right, self.plan.columns):
            self._block(
                kernels,
                left,
                self._features(first, last, right=True) if every is None else rows_of(every, first, last),
                (start, end),
                (first, last),
            )
            yield last

    def _features(self, start: int, end: int, right: bool) -> Features:
        side = self.x if self.other is None or not right else self.other
        if end - start < side.shape[1]:
            side = side[:, start:end]
        full = self.size.outputs == "full"
        return features(self.network, self.weights, side, self.ways, full, self.plan.at_once)

    def _block(
        self,
        kernels: Mapping[int, Tensor],
        left: Features,
        right: Features,
        rows: tuple[int, int],
        columns: tuple[int, int],
    ) -> None:
        each = self.size.each
        across = slice(rows[0] * each, rows[1] * each)
        along = slice(columns[0] * each, columns[1] * each)
        groups: list[list[int]] = [[i] for i in kernels] if self.size.kept_apart else [list(kernels)]
        for group in groups:
            kernel = kernels[group[0]]
            block = kernel[:, across, along]
            whole = block.is_contiguous()
            into = block.zero_() if whole else torch.zeros_like(block, memory_format=torch.contiguous_format)
            for i in group:
                add_share(self.size, self.network.layers[i], self.ways[i], left[i], right[i], into)
            if not whole:
                block.copy_(into)
            if self.other is None and columns[0] < rows[0]:
                # what lies left of the diagonal blocks stands above them too
                mirrored = slice(along.start, min(along.stop, across.start))
                kernel[:, mirrored, across] = into[:, :, : mirrored.stop - mirrored.start].mT

    def _done(self, start: int, end: int, last: int) -> float:
        """Return which part of the kernel's entries is there."""
        samples, right = self.size.samples, self.size.right
        if self.other is not None:
            return (start * right + (end - start) * last) / (samples * right)
        rows = self.plan.rows
        before = start * (start + rows) / 2
        remainder = samples % rows
        total = (samples - remainder) * (samples - remainder + rows) / 2 + remainder * samples
        return (before + (end - start) * last) / total


class _Progress:
    """Tells how far the work is, from the time it took so far."""

    def __init__(self, device: torch.device, prepared: float, on_progress: OnProgress | None) -> None:
        self._device, self._prepared, self._tell = device, prepared, on_progress
        self._started = time.perf_counter()

    def show(self, entries: float) -> None:
        """Tell that this part of the entries is there."""
        done = self._prepared + (1 - self._prepared) * entries if entries < 1 else 1.0
        if self._tell is None or not done:
            return
        synchronize(self._device)
        passed = time.perf_counter() - self._started
        self._tell(done, passed * (1 - done) / done)
