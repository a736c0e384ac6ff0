"""What plug-ins build on: the bases of their kinds, and how a measurement of theirs is told. No torch.

The window reads them, too, and it imports no torch: what needs torch, or takes long to import, is imported within a
method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..columns import Column
from ..data import DataSpec, Family
from ..fields import field
from ..networks import InitSpec, NetworkSpec
from ..optimizers import OptimizerSpec
from ..step_rules import ConstantSpec, StepChoice

if TYPE_CHECKING:
    from ..structure import Ends


class ModuleInitSpec(InitSpec):
    """How the parameters of a plug-in's network start."""

    kind: Literal["module", "fan-in", "normal", "he", "zeros", "identity"] = field(  # type: ignore[assignment]
        "module",
        "initialisation",
        "module: as the module itself draws them, times scale; normal: std = scale; fan-in: std = scale/√(fan in); he: "
        "std = scale √(2/fan in); zeros; identity: scale times the identity, nothing random.",
    )


def _init_of_modules() -> ModuleInitSpec:
    init: ModuleInitSpec = field(ModuleInitSpec(), "initialisation", "How parameters start.")
    return init


class NetworkPlugIn(NetworkSpec):
    """A network that is a plain `torch.nn.Module`; what it says of a sample depends on no other sample."""

    init: ModuleInitSpec = _init_of_modules()

    def parameter_shapes(self, ends: Ends) -> Mapping[str, tuple[int, ...]]:
        """Return the shape of every parameter of its module, in the module's own order, by the module's own names."""
        raise NotImplementedError

    def module(self, ends: Ends) -> Any:
        """Return the `torch.nn.Module`, from inputs (N, ends.inputs) to outputs (N, ends.outputs)."""
        raise NotImplementedError


class OptimizerPlugIn(OptimizerSpec):
    """An optimizer that sees the whole training set in every step, and says where to go."""

    steps: ClassVar[tuple[str, ...]] = ("constant", "power")
    rescales: ClassVar[bool] = True
    step: StepChoice = field(ConstantSpec(kind="constant", eta=0.01), "step rule", "How far each step goes.")

    @classmethod
    def says_its_geometry(cls) -> bool:
        """Say whether it has a `geometry` of its own."""
        return cls.geometry is not OptimizerSpec.geometry

    def optimizer(self, numbers: Callable[[str], Any]) -> Any:
        """Return what computes it.

        Args:
            numbers: gives a field of it by name, as one value a replica: a tensor (R,).

        Returns:
            An object with `memory(theta)`, which returns its tensors by name, each with R as the first axis, and
            `direction(pull, memory)`, which returns where to go (R, P) and writes into the memory. `pull` has
            `gradient` (R, P), the negative gradient over S, `log_weight` (R,), log S, `theta` (R, P) and `step`.
        """
        raise NotImplementedError


class DataPlugIn(DataSpec):
    """Labelled points that are made, the same ones whenever its fields are the same."""

    family: ClassVar[Family] = "others"

    def points(self) -> tuple[Any, Any]:
        """Return the points (n, d) as floats and their classes (n,) as whole numbers from 0."""
        raise NotImplementedError

    def class_names(self) -> Sequence[str]:
        """Return what the classes are called; none: by their numbers."""
        return ()


@dataclass(frozen=True)
class MeasurementPlugIn:
    """A column that a plug-in measures, and where the function is that does."""

    column: Column
    """Its group decides with which of the lab's own it is taken."""
    measure: str
    """'package.module:function', imported when a run is prepared. It takes a point and returns a number each (K,): a
    point has `theta` (K, P), `norm` (K,), `gradient` (K, P), `evaluation` with `outputs` (K, N, C), and `problem` with
    `x` (K, N, d), `labels` (K, N) and `network`. Its K places depend on no other."""
