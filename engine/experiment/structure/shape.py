"""The words in which a network's structure is told: what it stands between, its layers, its degree."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ends:
    """What a network stands between, and what else of the data decides its shapes."""

    inputs: int
    outputs: int
    image: tuple[int, int] | None = None
    """(height, width) where an input is a picture, row by row."""
    samples: int = 1
    """Training samples."""

    @property
    def pixels(self) -> tuple[int, int]:
        """Return (height, width); inputs that are no picture are one row of pixels."""
        return self.image or (1, self.inputs)


@dataclass(frozen=True)
class Layer:
    """One layer: its name, the shape of its weights, where they are applied and whether there are biases."""

    name: str
    rows: int
    """Pre-activations at one position (a maxout unit has two)."""
    columns: int
    units: int
    """Outputs after the activation, and after pooling where there is some."""
    bias: bool
    trained: bool
    positions: int = 1
    """Places at which the same weights are applied: the pixels of a convolution."""
    by_element: bool = False
    """Whether the weights are a vector that multiplies number by number (columns is 1)."""
    activated: bool = True
    """Whether the network's activation follows, unless it is the last layer."""
    caption: str = ""
    """What the layer is, in a word or two, where it is no dense one."""

    @property
    def bias_name(self) -> str:
        """The biases' own name: b1 for W1."""
        return "b" + self.name[1:]

    @property
    def size(self) -> int:
        """The number of parameters, biases included."""
        return self.rows * (self.columns + self.bias)


@dataclass(frozen=True)
class Structure:
    """A network as its structure shows it."""

    layers: tuple[Layer, ...]
    degree: float | None
    """L with f(c theta) = c^L f(theta) for the trained parameters; None where there is none."""
    why_not: str = ""
    """Where there is no degree: what breaks homogeneity."""
    exact_layer_degrees: tuple[float, ...] = ()
    """Degree in each trained layer alone (the exponents of the product of layer norms)."""
    weight_degrees: tuple[float, ...] = ()
    """The same in each trained layer's weights, where later biases alone keep it from being homogeneous."""
    order: int | None = None
    """M of a near-homogeneous network (Cai et al. 2025, Def. 1); None where it is homogeneous, or neither."""
    weights: tuple[tuple[str, float], ...] = ()
    """lambda of every layer of a quasi-homogeneous network: f(e^(a Lambda) theta) = e^a f(theta) (Kunin 2022)."""
    activation: str = "linear"
    """What stands between the layers."""
    chain: bool = False
    """Whether the layers are matrices one after the other, an activation between them."""
    linear: bool = False
    """Whether f is linear in the inputs (and, with a first bias, in a constant)."""
    generalises: bool = True
    """Whether it can be asked about points that it was not trained on."""
    outputs: int = 1
    """Numbers that it says of a sample."""
    constants: int = 0
    """Numbers that are drawn with the parameters and never train."""
    opaque: bool = False
    """Whether only parameters and outputs are known, not what flows between the layers: a plug-in's network."""
    measured: str = ""
    """How well the degree was measured, where it does not follow from the structure."""

    @property
    def is_unmeasured(self) -> bool:
        """Whether nobody knows yet if there is a degree: `measured` then says why."""
        return self.opaque and self.degree is None and bool(self.measured)

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        return sum(layer.size for layer in self.layers if layer.trained)

    @property
    def all_parameters(self) -> int:
        """Number of parameters, frozen ones included."""
        return sum(layer.size for layer in self.layers)

    @property
    def all_train(self) -> bool:
        """Whether no layer is frozen."""
        return all(layer.trained for layer in self.layers)

    @property
    def exponent(self) -> float | None:
        """The power of norms that margins are divided by: the degree, or the order of a near-homogeneous network."""
        return self.degree if self.degree is not None else self.order


def trains(train: str | tuple[str, ...], name: str) -> bool:
    """Say whether `network.train` names a layer."""
    return train == "all" or name in train
