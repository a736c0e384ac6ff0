"""The tangent kernel over time, and the network beside the max-margin predictor of its initial kernel."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..kernels import kernel_inputs, kernel_prediction, kernel_solutions, kernel_subset, tangent_kernel
from ..optimizers import Optimizer
from ..references import ReferenceUnavailable
from ..setting import Setting
from .base import Measurement, Moment, References, estimate, pass_work
from .vectors import cosine

KERNEL = "kernel reference"
"""How remarks call the initial kernel's max-margin predictor."""
MEMORY = 64 * 2**20
"""Bytes that the predictions kept for prediction_cosine_final may take."""


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
    initial = tangent_kernel(setting.network, setting.initial, inputs).flatten(1)
    norm = torch.linalg.vector_norm(initial, dim=1)
    target = _centred(_label_kernel(setting)).flatten(1)

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        kernel = tangent_kernel(setting.network, moment.theta, inputs)
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
        kernels = tangent_kernel(setting.network, moment.theta, inputs).cpu().double().numpy()
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
    target = kernel_prediction(setting, references.kernel, grid.points)
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
