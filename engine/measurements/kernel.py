"""The tangent kernel over time, and the network beside the max-margin predictor of its initial kernel."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..networks import build
from ..optimizers import Optimizer
from ..references import (
    NotApplicable,
    Reference,
    ReferenceUnavailable,
    kernel_max_margin,
    kernel_one_versus_rest,
)
from ..setting import Setting
from .base import Measurement, Moment, References, estimate, pass_work, solve_each
from .vectors import cosine

KERNEL = "kernel reference"
"""How remarks call the initial kernel's max-margin predictor."""
LARGEST = 1000
"""Samples times outputs above which the kernel uses a class-balanced subset."""
MEMORY = 64 * 2**20
"""Bytes that the predictions kept for prediction_cosine_final may take."""


def kernel_subset(setting: Setting, replica: int) -> np.ndarray | None:
    """Return the indices (n,) of a replica's fixed class-balanced subset; None where all samples are taken."""
    outputs = setting.network.outputs_count
    if setting.samples * outputs <= LARGEST:
        return None
    everyones = [data.labels for data in setting.datasets]
    present = np.unique(everyones[0])
    most = max(1, LARGEST // outputs // len(present))
    # as many of a class as every replica has, so that their kernels stack
    each = {c: min(most, *(int((labels == c).sum()) for labels in everyones)) for c in present}
    labels = setting.dataset(replica).labels
    return np.sort(np.concatenate([np.flatnonzero(labels == c)[: each[c]] for c in present]))


def kernel_inputs(setting: Setting) -> Tensor:
    """Return the samples (R, n, d) that the kernel is taken on."""
    subsets = [kernel_subset(setting, r) for r in range(len(setting.datasets))]
    chosen = [subset for subset in subsets if subset is not None]
    if not chosen:
        return setting.x
    rows = torch.as_tensor(np.stack(chosen), device=setting.device).expand(setting.replicas, -1)
    return setting.x.gather(1, rows.unsqueeze(-1).expand(-1, -1, setting.x.shape[2]))


def solve_kernel_references(setting: Setting) -> tuple[tuple[tuple[Reference, ...], ...], str]:
    """Solve the max-margin problem of every replica's initial tangent kernel: one solution, or one a class.

    Returns:
        the solutions, () for a replica whose kernel does not separate the data; and which these are, and why.

    Raises:
        ReferenceUnavailable: where no replica's kernel separates the data.
    """
    kernels = _initial_kernels(setting)

    def solve(r: int) -> tuple[Reference, ...]:
        return kernel_solutions(setting, kernels[r], r)

    found, why_not_all = solve_each(solve, len(kernels))
    return tuple(each or () for each in found), why_not_all


def kernel_solutions(setting: Setting, kernel: np.ndarray, r: int) -> tuple[Reference, ...]:
    """Solve the max-margin problem of a kernel (n, n) on a replica's samples: one solution, or one a class.

    Raises:
        ReferenceUnavailable: where the kernel does not separate them, or is not finite.
    """
    if not np.isfinite(kernel).all():
        raise NotApplicable("the tangent kernel is not finite; take a smaller initial scale")
    labels, subset = setting.dataset(r).labels, kernel_subset(setting, r)
    labels = labels if subset is None else labels[subset]
    if setting.network.outputs_count == 1:
        return (kernel_max_margin(kernel, labels),)
    return tuple(kernel_one_versus_rest(kernel, labels, setting.network.outputs_count))


def _initial_kernels(setting: Setting) -> np.ndarray:
    """Return K_0 (R, n, n) in float64, without which it is not positive semi-definite to the solver's precision."""
    network, initial, inputs = setting.network, setting.initial, kernel_inputs(setting)
    if setting.dtype != torch.float64:
        fields, seeds = [m.network for m in setting.members], [m.seed for m in setting.members]
        inputs = inputs.cpu().double()
        network, initial = build(fields, seeds, network.ends, torch.float64, inputs.device)
    return np.asarray(network.tangent_kernel(initial, inputs).cpu())


def kernel_coefficients(setting: Setting, references: References) -> Tensor:
    """Return the c (R, n, C) with which the initial kernel predicts f(x) = sum_n c_n K_0(x, x_n); NaN: not at all.

    With several classes each predictor is divided by its norm, without which their outputs could not be compared.
    """
    several = setting.network.outputs_count > 1
    none = np.full((kernel_inputs(setting).shape[1], setting.network.outputs_count), np.nan)
    stacked = [
        np.stack([s.solution / (s.value if several else 1.0) for s in solutions if s.solution is not None], 1)
        if solutions
        else none
        for solutions in references.kernel
    ]
    return torch.as_tensor(np.stack(stacked), dtype=setting.dtype, device=setting.device)


def kernel_prediction(
    setting: Setting, references: References, points: Tensor, only: int | None = None
) -> Tensor:
    """Return the initial kernel's max-margin predictor (R, G, C) at points (R, G, d); R = 1 for `only` one replica."""
    chosen = slice(None) if only is None else slice(only, only + 1)
    network = setting.network if only is None else setting.network.one(only)
    initial, inputs = setting.initial[chosen], kernel_inputs(setting)[chosen]
    coefficients = kernel_coefficients(setting, references)[chosen]
    parts = [
        torch.bmm(network.tangent_kernel(initial, part, inputs), coefficients)
        for part in points.split(network.rows_at_once(len(initial)), dim=1)
    ]
    return torch.cat(parts, 1)


@dataclass(frozen=True)
class Grid:
    """The points on which predictions are compared, (R, G, d), and their name."""

    points: Tensor
    name: str


def square_grid(setting: Setting, replica: int, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the coordinates (G,) of both axes of the view, and its points as inputs (G G, d), second input slowest."""
    data = setting.dataset(replica)
    axis = np.linspace(-data.view, data.view, resolution)
    first, second = np.meshgrid(axis, axis)
    return axis, data.inputs(np.column_stack([first.ravel(), second.ravel()]))


def comparison_grid(setting: Setting) -> Grid:
    """Return where predictions are compared: the view of 2-D data, else the test set, else the training set."""
    if setting.dataset(0).raw.shape[1] == 2 and setting.structure.generalises:
        resolution = setting.experiment.measure.grid
        grids = [square_grid(setting, r, resolution)[1] for r in range(len(setting.datasets))]
        points = torch.as_tensor(np.stack(grids), dtype=setting.dtype, device=setting.device)
        return Grid(
            points.expand(setting.replicas, *points.shape[1:]),
            f"on the {resolution} x {resolution} grid over the view",
        )
    if setting.x_test.shape[1]:
        return Grid(setting.x_test, "on the test set")
    return Grid(setting.x, "on the training set")


def kernel(setting: Setting, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure how far the tangent kernel moved, and compare predictions with its initial max-margin predictor."""
    found = [_drift(setting), _margin(setting)]
    if references.kernel:
        found.append(_predictions(setting, references))
        if setting.structure.exponent is not None:
            found.append(_over_initial_margin(setting, references))
    return found


def _kernel_work(setting: Setting, points: int, others: int) -> float:
    rows = sum(layer.rows + layer.columns for layer in setting.network.layers)
    outputs = setting.network.outputs_count
    passes = pass_work(setting) * (points + others) * (1 + outputs)
    return setting.replicas * points * others * rows * outputs + passes


def _drift(setting: Setting) -> Measurement:
    inputs = kernel_inputs(setting)
    initial = setting.network.tangent_kernel(setting.initial, inputs).flatten(1)
    norm = torch.linalg.vector_norm(initial, dim=1)
    target = _centred(_label_kernel(setting)).flatten(1)

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        kernel = setting.network.tangent_kernel(moment.theta, inputs)
        now = kernel.flatten(1)
        return {
            "ntk_drift": torch.linalg.vector_norm(now - initial, dim=1) / norm,
            "ntk_alignment": cosine(now, initial),
            "ntk_target_alignment": cosine(_centred(kernel).flatten(1), target),
        }

    subset = kernel_subset(setting, 0)
    note = "" if subset is None else f"on a fixed class-balanced subset of {len(subset)} samples"
    if setting.network.outputs_count > 1:
        note = f"kernel traced over the outputs{', ' + note if note else ''}"
    count = inputs.shape[1]
    operations = 30 * len(setting.network.layers) * setting.network.outputs_count
    return Measurement(
        ("ntk_drift", "ntk_alignment", "ntk_target_alignment"),
        measure,
        estimate(operations, _kernel_work(setting, count, count)),
        note=note,
    )


def _label_kernel(setting: Setting) -> Tensor:
    """Return y y^T (R, n, n) of the samples that the kernel is taken on; several classes: 1 for the same, else 0."""
    labels = [setting.dataset(r).labels for r in range(len(setting.datasets))]
    subsets = [kernel_subset(setting, r) for r in range(len(setting.datasets))]
    chosen = np.stack([y if s is None else y[s] for y, s in zip(labels, subsets, strict=True)])
    y = torch.as_tensor(chosen, dtype=setting.dtype, device=setting.device).expand(setting.replicas, -1)
    if setting.network.outputs_count == 1:
        return y.unsqueeze(2) * y.unsqueeze(1)
    return (y.unsqueeze(2) == y.unsqueeze(1)).to(setting.dtype)


def _centred(kernel: Tensor) -> Tensor:
    """Return H K H (R, n, n), H = I - 1 1^T/n."""
    rows = kernel - kernel.mean(2, keepdim=True)
    return rows - rows.mean(1, keepdim=True)


def _margin(setting: Setting) -> Measurement:
    """Measure the maximum margin of the tangent kernel as it stands, by the same exact solver as the initial one's."""
    inputs = kernel_inputs(setting)
    count = inputs.shape[1]

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        kernels = setting.network.tangent_kernel(moment.theta, inputs).cpu().double().numpy()
        margins = np.full(setting.replicas, np.nan)
        for r in range(setting.replicas):
            with contextlib.suppress(ReferenceUnavailable):  # it does not separate the data: no margin
                margins[r] = min(solution.value for solution in kernel_solutions(setting, kernels[r], r))
        return {"ntk_margin": torch.as_tensor(margins).to(moment.theta)}

    solving = 40.0 * setting.replicas * setting.network.outputs_count * count**3
    seconds = estimate(400 * setting.replicas, _kernel_work(setting, count, count) + solving)
    return Measurement(("ntk_margin",), measure, seconds)


def _over_initial_margin(setting: Setting, references: References) -> Measurement:
    exponent = setting.structure.exponent
    assert exponent is not None
    found = [min((s.value for s in each), default=math.nan) for each in references.kernel]
    initial = torch.tensor(found, dtype=setting.dtype, device=setting.device)

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        return {"margin_over_ntk": moment.evaluation.q.amin(1) / moment.norm.pow(exponent) / initial}

    return Measurement(("margin_over_ntk",), measure)


def _predictions(setting: Setting, references: References) -> Measurement:
    grid = comparison_grid(setting)
    target = kernel_prediction(setting, references, grid.points)
    several = setting.network.outputs_count > 1
    choice = target.argmax(-1) if several else target.squeeze(-1) >= 0
    defined = ~target.flatten(1).isnan().any(1)
    size = target[0].numel()
    kept: dict[int, Tensor] = {}
    room = max(4, MEMORY // (target.numel() * target.element_size()))

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        now = setting.network.outputs(moment.theta, grid.points)
        chosen = now.argmax(-1) if several else now.squeeze(-1) >= 0
        kept[moment.step] = now.flatten(1)
        if len(kept) > room:
            for step in sorted(kept)[1:-1:2]:
                del kept[step]
        return {
            "ntk_prediction_cosine": cosine(now.flatten(1), target.flatten(1)),
            "ntk_agreement": torch.where(defined, (chosen == choice).to(now.dtype).mean(1), math.nan),
        }

    def finish() -> tuple[list[int], Mapping[str, Tensor]]:
        steps = sorted(kept)
        if not steps:
            return [], {}
        last = kept[steps[-1]]
        return steps, {"prediction_cosine_final": torch.stack([cosine(kept[s], last) for s in steps])}

    work = grid.points.shape[1] * pass_work(setting) + 4.0 * setting.replicas * size
    # activations of a large grid leave the caches: measured at about four times the products' own time
    return Measurement(
        ("ntk_prediction_cosine", "ntk_agreement"),
        measure,
        estimate(30, 4 * work),
        note=f"{grid.name}; {references.why_not_all[KERNEL]}"
        if KERNEL in references.why_not_all
        else grid.name,
        finish=finish,
    )
