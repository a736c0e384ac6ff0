"""Networks of plug-ins: their parameters as they tell them, and the degree that was measured. Nothing else is known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..plug_ins.absent import AbsentNetwork
from ..plug_ins.asking import asked, refused
from ..plug_ins.kinds import NetworkPlugIn
from .shape import Ends, Layer, Structure, trains

Shape = tuple[int, ...]
EXACT = 1e-8
"""Share of the largest output up to which Euler's identity holds to rounding."""
NOT_YET = "its degree is measured when a run begins"


@dataclass(frozen=True)
class MeasuredDegree:
    """The L that fits <grad f, theta> = L f best over parameters and inputs, and what it leaves."""

    degree: float
    error: float
    """The largest |<grad f, theta> - L f| over the largest |f| at the same parameters."""

    @property
    def is_exact(self) -> bool:
        """Say whether the identity holds to rounding for a degree above 0."""
        return self.error <= EXACT and self.degree > 0

    @property
    def written(self) -> str:
        """Return it as a run's environment keeps it."""
        return f"{self.degree:.17g} ± {self.error:.3g}"

    @classmethod
    def read(cls, written: str) -> MeasuredDegree:
        """Return what a run's environment keeps.

        Raises:
            ValueError: where that is none.
        """
        degree, _, error = written.partition(" ± ")
        return cls(float(degree), float(error))

    @property
    def words(self) -> str:
        """Say in words what was measured."""
        return f"measured: ⟨∇f, θ⟩ is {self.degree:.6g} f, to {self.error:.1g} of the largest output"


DEGREES: dict[tuple[NetworkPlugIn, int, int], MeasuredDegree] = {}
"""What this process has measured, or was told by another one, of a network between so many inputs and outputs."""


def degree_of(network: NetworkPlugIn, ends: Ends) -> MeasuredDegree | None:
    """Return what was measured of a network; None where nothing was."""
    return DEGREES.get((network, ends.inputs, ends.outputs))


@dataclass(frozen=True)
class ModuleLayer:
    """Parameters of a module that stand together: weights, with the biases of the same name behind them."""

    names: tuple[str, ...]
    shapes: tuple[Shape, ...]

    @property
    def size(self) -> int:
        """Return how many numbers they are."""
        return sum(math.prod(shape) for shape in self.shapes)

    @property
    def columns(self) -> int:
        """Return the columns of the weights as a matrix, its rows being the first axis; 1 of a vector."""
        return math.prod(self.shapes[0][1:])

    @property
    def rows(self) -> int:
        """Return the rows of the weights as a matrix."""
        return math.prod(self.shapes[0][:1])

    @property
    def caption(self) -> str:
        """Say which they are."""
        sides = " and ".join("×".join(map(str, shape)) or "1" for shape in self.shapes)
        return f"{', '.join(self.names)}: {sides}"


def module_layers(network: NetworkPlugIn, ends: Ends) -> tuple[ModuleLayer, ...]:
    """Return the parameters of a plug-in's module, layer by layer.

    Raises:
        Refusal: where the plug-in fails to say them, or says what no parameters are.
    """
    said: list[tuple[str, tuple[Any, ...]]] = asked(
        "network.kind",
        network.kind,
        "to say its parameters' shapes",
        lambda: [(str(name), tuple(shape)) for name, shape in network.parameter_shapes(ends).items()],
    )
    if not said or any(not isinstance(side, int) or side < 1 for _, shape in said for side in shape):
        raise refused("network.kind", network.kind, f"says shapes that no parameters have: {dict(said)}")
    shapes: dict[str, Shape] = dict(said)
    return tuple(_layers(shapes))


def _layers(shapes: Mapping[str, Shape]) -> Iterator[ModuleLayer]:
    """Put weights together with the biases that follow them and have their rows."""
    waiting: list[tuple[str, Shape]] = []
    for name, shape in shapes.items():
        if waiting and _is_bias(name, shape, *waiting[0]):
            (first, weights) = waiting.pop()
            yield ModuleLayer((first, name), (weights, shape))
            continue
        if waiting:
            yield ModuleLayer((waiting[0][0],), (waiting.pop()[1],))
        waiting.append((name, shape))
    if waiting:
        yield ModuleLayer((waiting[0][0],), (waiting[0][1],))


def _is_bias(name: str, shape: Shape, weights: str, of: Shape) -> bool:
    owner, _, last = name.rpartition(".")
    return last == "bias" and weights.rpartition(".")[0] == owner and len(of) > 1 and shape == of[:1]


def absent_structure(network: AbsentNetwork, ends: Ends) -> Structure:
    """Return what is known of a network whose plug-in is not there: nothing."""
    why = f"its plug-in {network.plug_in} is not on"
    return Structure((), None, why, activation="unknown", opaque=True, generalises=False, measured=why)


def module_structure(network: NetworkPlugIn, ends: Ends) -> Structure:
    """Return the structure of a plug-in's network: every layer's parameters are numbers side by side."""
    layers = tuple(
        Layer(
            f"W{k}",
            rows=layer.size,
            columns=1,
            units=layer.rows,
            bias=False,
            trained=trains(network.train, f"W{k}"),
            by_element=True,
            caption=layer.caption,
        )
        for k, layer in enumerate(module_layers(network, ends), start=1)
    )
    known = degree_of(network, ends)
    if known is None:
        return Structure(layers, None, NOT_YET, activation="unknown", opaque=True, measured=NOT_YET)
    if not known.is_exact:
        return Structure(layers, None, known.words, activation="unknown", opaque=True)
    return Structure(layers, known.degree, activation="unknown", opaque=True, measured=known.words)
