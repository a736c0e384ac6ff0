"""The points on which predictions are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..setting import Setting


@dataclass(frozen=True)
class Grid:
    """The points on which predictions are compared, (R, G, d), and their name."""

    points: Tensor
    name: str
    square: bool = False
    """Whether it is the view of 2-D data, and not the test set or the training set."""


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
            square=True,
        )
    if setting.x_test.shape[1]:
        return Grid(setting.x_test, "on the test set")
    return Grid(setting.x, "on the training set")
