"""Optimizers of plug-ins: what they keep is stored, copied and put back like the memory of any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor

from ..experiment.plug_ins.asking import asked, refused
from ..experiment.plug_ins.kinds import OptimizerPlugIn
from .base import Direction, Pull
from .geometry import Geometry
from .memory import Memory

FIELD = "optimizer.kind"


@dataclass
class OwnMemory(Memory):
    """The tensors (R, ...) that a plug-in's optimizer keeps, by its own names."""

    kept: Annotated[dict[str, Tensor], "plug_in"]


class OwnOptimizer:
    """Asks a plug-in where to go, and judges what it says."""

    gradient_like = False
    full_batch = True

    def __init__(self, kind: str, own: Any, geometry: Geometry) -> None:
        self.geometry = geometry
        self._kind, self._own = kind, own

    @classmethod
    def of(
        cls, fields: OptimizerPlugIn, numbers: Callable[[str], Tensor], geometry: Geometry
    ) -> OwnOptimizer:
        """Return what a plug-in's kind computes with.

        Raises:
            Refusal: where the plug-in fails to make it.
        """
        return cls(fields.kind, _asked(fields.kind, lambda: fields.optimizer(numbers)), geometry)

    def initial_memory(self, theta: Tensor) -> OwnMemory:
        """Return what the plug-in keeps before the first step."""
        kept = dict(_asked(self._kind, lambda: self._own.memory(theta)))
        for name, tensor in kept.items():
            if not isinstance(tensor, Tensor) or tensor.shape[:1] != theta.shape[:1]:
                raise refused(
                    FIELD,
                    self._kind,
                    f"keeps {name} {_shape(tensor)}; it must be a tensor ({len(theta)}, ...)",
                )
        return OwnMemory({name: tensor.clone() for name, tensor in kept.items()})

    def direction(self, pull: Pull, memory: OwnMemory) -> Direction:
        """Return where the plug-in goes; what it wrote into its memory is written into the run's own tensors."""
        given = dict(memory.kept)
        said = _asked(self._kind, lambda: self._own.direction(pull, given))
        chosen = said if isinstance(said, Direction) else Direction(said, torch.zeros_like(pull.log_weight))
        if _shape(chosen.vector) != _shape(pull.theta):
            needed = _shape(pull.theta)
            raise refused(FIELD, self._kind, f"goes along {_shape(chosen.vector)}; {needed} is needed")
        if given.keys() != memory.kept.keys():
            raise refused(
                FIELD,
                self._kind,
                f"keeps {', '.join(given)} after a step; it began with {', '.join(memory.kept)}",
            )
        for name, tensor in memory.kept.items():
            if given[name] is tensor:
                continue
            if given[name].shape != tensor.shape:
                raise refused(
                    FIELD, self._kind, f"keeps {name} {_shape(given[name])}; it began with {_shape(tensor)}"
                )
            tensor.copy_(given[name])
        return chosen


def _asked(kind: str, ask: Callable[[], Any]) -> Any:
    return asked(FIELD, kind, "", ask)


def _shape(tensor: object) -> str:
    return str(tuple(tensor.shape)) if isinstance(tensor, Tensor) else type(tensor).__name__
