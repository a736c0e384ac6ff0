"""What a network says over a square of 2-D inputs, beside its initial kernel's max-margin predictor."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .device import computing
from .experiment.document import parse
from .kernels import kernel_prediction, kernel_subset, solve_kernel_references
from .measurements import References
from .measurements.grid import square_grid
from .measurements.predictions import KERNEL
from .messages import AskSurface, NoSurface, SurfaceReady
from .references import ReferenceUnavailable
from .setting import Setting, prepare
from .training import Training


class Surfaces:
    """Answers `AskSurface`; remembers the setting and the kernel of the last run it was asked about."""

    def __init__(self) -> None:
        self._key: tuple[str, str, str | None] | None = None
        self._setting: Setting | None = None
        self._why_none = ""
        self._references: References | None = None
        self._kernels: dict[tuple[int, int], np.ndarray] = {}

    def answer(self, command: AskSurface, training: Training | None) -> SurfaceReady | NoSurface:
        """Compute a surface for one replica, from given parameters or from those of the run under way.

        Raises:
            Refusal: where the experiment cannot be prepared.
        """
        setting = self._prepared(command, training)
        data = setting.dataset(command.replica)
        if data.raw.shape[1] != 2:
            reason = f"a surface needs 2 inputs; these data have {data.raw.shape[1]}"
            return NoSurface(command.request, command.run, reason)
        if command.theta is not None:
            theta = torch.as_tensor(np.array(command.theta), dtype=setting.dtype, device=setting.device)
        elif training is not None:
            theta = training.state["theta"]
        else:
            return NoSurface(command.request, command.run, "this run has no parameters at hand")
        with computing(setting.threads):
            return self._computed(command, setting, theta, training)

    def _prepared(self, command: AskSurface, training: Training | None) -> Setting:
        key = (command.text, command.name, command.folder)
        if key == self._key and self._setting is not None:
            return self._setting
        if training is not None:
            setting = training.setting
            references = training.references if training.references.kernel else None
        else:
            folder = Path(command.folder) if command.folder else None
            setting, references = (
                prepare(parse(command.text, folder).experiments()[command.name], folder),
                None,
            )
        self._key, self._setting, self._references, self._kernels = key, setting, references, {}
        self._why_none = training.references.why_none.get(KERNEL, "") if training is not None else ""
        return setting

    def _computed(
        self, command: AskSurface, setting: Setting, theta: Tensor, training: Training | None
    ) -> SurfaceReady:
        r = command.replica
        data = setting.dataset(r)
        axis, inputs = square_grid(setting, r, command.resolution)
        points = torch.as_tensor(inputs, dtype=setting.dtype, device=setting.device)[None]
        shape = (command.resolution, command.resolution)
        chosen = slice(r, r + 1)
        network, theta = setting.network.one(r), theta[chosen]
        values, classes = _shown(network.outputs(theta, points)[0], shape)
        loss = setting.loss.of(setting.labels[chosen])
        q = loss.margins(network.outputs(theta, setting.x[chosen]))[0].cpu().numpy()
        kernel, why = self._kernel(command, setting, points)
        kernel_values, kernel_classes = (None, None) if kernel is None else _shown(kernel, shape)
        kernel_support = None
        if kernel is not None and self._references is not None:
            kernel_support = np.zeros(len(data.labels), dtype=bool)
            subset = kernel_subset(setting, r)
            for solution in self._references.kernel[r]:
                indices = solution.support if subset is None else subset[solution.support]
                kernel_support[indices] = True
        return SurfaceReady(
            request=command.request,
            run=command.run,
            step=command.step,
            replica=r,
            axis=axis,
            network=values,
            kernel=kernel_values,
            network_class=classes,
            kernel_class=kernel_classes,
            points=data.raw,
            labels=data.labels,
            support=q < q.min() + math.log(100),
            kernel_support=kernel_support,
            why_no_kernel=why,
        )

    def _kernel(self, command: AskSurface, setting: Setting, points: Tensor) -> tuple[Tensor | None, str]:
        """Return the kernel's predictions (G, C) for one replica, or why there are none."""
        key = (command.replica, command.resolution)
        if self._why_none:
            return None, self._why_none
        try:
            if self._references is None:
                kernel, why = solve_kernel_references(setting)
                self._references = References(kernel=kernel, why_not_all={KERNEL: why} if why else {})
        except ReferenceUnavailable as error:
            self._why_none = str(error)
            return None, self._why_none
        if not self._references.kernel[command.replica]:
            return None, self._references.why_not_all[KERNEL]
        if key not in self._kernels:
            predicted = kernel_prediction(setting, self._references.kernel, points, command.replica)
            self._kernels[key] = predicted[0].cpu().numpy()
        return torch.as_tensor(self._kernels[key]), ""


def _shown(outputs: Tensor, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
    """Return f (G, G), or the winning class's lead with the winning class, from outputs (G G, C)."""
    found = outputs.cpu().numpy().astype(float)
    if found.shape[1] == 1:
        return found[:, 0].reshape(shape), None
    ordered = np.sort(found, axis=1)
    return (ordered[:, -1] - ordered[:, -2]).reshape(shape), found.argmax(1).reshape(shape)
