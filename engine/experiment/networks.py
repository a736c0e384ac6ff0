"""What a user may say about networks: one frozen model a kind."""

from __future__ import annotations

from typing import ClassVar, Literal

from .fields import Fields, Integers, Kind, Names, field

Activation = Literal[
    "relu", "leaky-relu", "relu2", "relu3", "abs", "linear", "gelu", "silu", "softplus", "tanh", "maxout"
]


class Init(Fields):
    """How parameters start."""

    kind: Literal["fan-in", "normal", "he", "zeros", "identity"] = field(
        "fan-in",
        "initialisation",
        "normal: std = scale; fan-in: std = scale/sqrt(fan in); he: std = scale sqrt(2/fan in); zeros; "
        "identity: scale times the identity.",
    )
    scale: float = field(1.0, "scale", "Multiplies the initial weights.", gt=0, varies=True)
    bias: float = field(0.0, "bias spread", "Standard deviation of the initial biases.", ge=0, varies=True)
    symmetrized: bool = field(
        False,
        "symmetrized",
        "Pair the last hidden layer's units with opposite output weights, so that the output is 0 at the start "
        "(needs even width).",
    )


class NetworkKind(Kind):
    """The fields that every kind of network has."""

    output_scale: float = field(
        1.0,
        "output scale",
        "Multiplies the output; large: lazy, small: rich.",
        symbol="\\alpha",
        gt=0,
        varies=True,
    )
    train: Literal["all"] | Names = field(
        "all", "trained layers", "'all', or the names of the layers that train, such as ['W1']."
    )
    init: Init = field(Init(), "initialisation", "How parameters start.")


class Mlp(NetworkKind):
    """Dense layers with one activation between them; no widths: linear."""

    title: ClassVar[str] = "Dense network"
    help: ClassVar[str] = (
        "Dense layers with an activation between them. No widths make it linear; "
        "the linear activation makes it deep linear."
    )
    kind: Literal["mlp"]
    widths: Integers = field((), "hidden widths", "Units of each hidden layer; none: a linear model.")
    activation: Activation = field("relu", "activation", "Applied after every hidden layer.")
    bias: Literal["none", "first", "all"] = field(
        "none", "bias", "Which layers have biases. Only 'none' and 'first' keep a ReLU network homogeneous."
    )
    negative_slope: float = field(
        0.01,
        "negative slope",
        "Slope of leaky-relu left of 0; other activations ignore it.",
        ge=0,
        lt=1,
        advanced=True,
    )


# with one kind there is nothing to discriminate yet: a second one makes this a union like `Data`
Network = Mlp
NETWORK_KINDS: dict[str, type[NetworkKind]] = {"mlp": Mlp}
