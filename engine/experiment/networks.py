"""What a user may say about networks: one frozen model a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from ..words.errors import Refusal
from .fields import Fields, Integers, Kind, Names, field
from .registry import KindRegistry

Activation = Literal[
    "relu", "leaky-relu", "relu2", "relu3", "abs", "linear", "gelu", "silu", "softplus", "tanh", "maxout"
]

ACTIVATION_NAMES = {"relu": "ReLU", "relu2": "ReLU²", "gelu": "GELU", "silu": "SiLU", "softplus": "Softplus"}
"""How papers write the activations that they do not write as they are named here."""


class InitSpec(Fields):
    """How parameters start."""

    kind: Literal["fan-in", "normal", "he", "zeros", "identity"] = field(
        "fan-in",
        "initialisation",
        "normal: std = scale; fan-in: std = scale/√(fan in); he: std = scale √(2/fan in); zeros; "
        "identity: scale times the identity, nothing random.",
    )
    scale: float = field(1.0, "scale", "Multiplies the initial weights.", gt=0, varies=True)
    bias: float = field(
        0.0,
        "bias spread",
        "Standard deviation of the initial biases; identity: their value.",
        ge=0,
        varies=True,
    )

    @property
    def random(self) -> bool:
        """Whether weights are drawn at all."""
        return self.kind not in ("zeros", "identity")


class LayeredInitSpec(InitSpec):
    """How the parameters of a chain of layers start."""

    symmetrized: bool = field(
        False,
        "symmetrized",
        "Pair the last hidden layer's units with opposite output weights, so that the output is 0 at the start "
        "(needs even width).",
    )
    exponent: float = field(
        0.0,
        "width exponent",
        "Weights are further multiplied by m^(-γ/2) in every layer, m the units of the first hidden one: two layers "
        "start at a scale of m^(-γ).",
        symbol="\\gamma",
        varies=True,
        advanced=True,
    )


class NetworkSpec(Kind):
    """The fields that every kind of network has; what it is built of comes before them, and what others ask of it."""

    size_field: ClassVar[str] = "kind"
    """The field to make smaller where memory would not do."""
    last: ClassVar[tuple[str, ...]] = ("output_scale", "train", "init")
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
    init: InitSpec = field(InitSpec(), "initialisation", "How parameters start.")

    def units(self) -> tuple[int, ...]:
        """Return the sizes of its layers, as far as they are the user's choice."""
        return ()

    def slope(self) -> float:
        """Return the slope of its leaky-relu left of 0."""
        return 0.0

    def kink(self) -> str:
        """Name what beside its activation makes it not smooth, or ''."""
        return ""

    def words(self) -> str:
        """Say what it is, in running text: 'relu residual network'."""
        return type(self).title.lower()

    def in_brief(self) -> str:
        """Say in two or three words which one it is: 'ReLU 2 layers', 'linear model', 'diagonal'."""
        return type(self).title.removesuffix(" network").removesuffix(" linear").lower()

    def check(self) -> None:
        """Refuse what no network can be made of, whatever the data."""


def _check_units(field: str, sizes: Integers, least: str) -> None:
    for size in sizes:
        if size < 1:
            raise Refusal(f"network.{field}", size, f"is too small; a layer has at least {least}")


def _check_symmetry(network: MlpSpec | ConvSpec) -> None:
    """Refuse to pair units where they are no pairs."""
    if network.init.symmetrized and not (network.widths and network.widths[-1] % 2 == 0):
        raise Refusal("network.init.symmetrized", True, "needs a last hidden layer of even width")


def _init_of_layers() -> LayeredInitSpec:
    init: LayeredInitSpec = field(LayeredInitSpec(), "initialisation", "How parameters start.")
    return init


def _activation() -> Activation:
    name: Activation = field("relu", "activation", "Applied after every hidden layer.")
    return name


def _negative_slope() -> float:
    slope: float = field(
        0.01,
        "negative slope",
        "Slope of leaky-relu left of 0; other activations ignore it.",
        ge=0,
        lt=1,
        advanced=True,
    )
    return slope


class ActivatedSpec(NetworkSpec):
    """What the kinds share that have an activation; where its two fields stand in a form is theirs."""

    if TYPE_CHECKING:
        activation: Activation
        negative_slope: float

    def slope(self) -> float:
        """Return the slope of its leaky-relu left of 0."""
        return self.negative_slope

    def words(self) -> str:
        """Say which activation it has."""
        return f"{self.activation} {super().words()}"


class MlpSpec(ActivatedSpec):
    """Dense layers with one activation between them; no widths: linear."""

    title: ClassVar[str] = "Dense network"
    help: ClassVar[str] = (
        "Dense layers with an activation between them. No widths make it linear; "
        "the linear activation makes it deep linear."
    )
    size_field: ClassVar[str] = "widths"
    kind: Literal["mlp"]
    init: LayeredInitSpec = _init_of_layers()
    widths: Integers = field((), "hidden widths", "Units of each hidden layer; none: a linear model.")
    activation: Activation = _activation()
    bias: Literal["none", "first", "all"] = field(
        "none", "bias", "Which layers have biases. Only 'none' and 'first' keep a ReLU network homogeneous."
    )
    negative_slope: float = _negative_slope()

    def units(self) -> tuple[int, ...]:
        """Return the widths of the hidden layers."""
        return self.widths

    def words(self) -> str:
        """Say that it is linear where it has no hidden layer."""
        return f"{self.activation} network" if self.widths else "linear model"

    def in_brief(self) -> str:
        """Say how many layers it has, and which activation."""
        name = ACTIVATION_NAMES.get(self.activation, self.activation)
        return f"{name} {len(self.widths) + 1} layers" if self.widths else "linear model"

    def check(self) -> None:
        """Refuse layers without units, and pairs of units where there are none."""
        _check_units("widths", self.widths, "1 unit")
        _check_symmetry(self)


class ConvSpec(ActivatedSpec):
    """Convolutional layers with pooling, then dense ones."""

    title: ClassVar[str] = "Convolutional network"
    help: ClassVar[str] = (
        "Convolutions that keep the picture's size, each followed by activation and pooling, then dense layers. "
        "Inputs that are no picture are taken as one row of pixels."
    )
    source: ClassVar[str] = "Lyu & Li 2020, section 5"
    size_field: ClassVar[str] = "widths"
    kind: Literal["conv"]
    init: LayeredInitSpec = _init_of_layers()
    channels: Integers = field((8, 16), "channels", "Feature maps of each convolution.", min_length=1)
    kernel: int = field(3, "kernel", "Side of every convolution's window.", ge=1, unit="pixels")
    pool: Literal["max", "average", "none"] = field(
        "max", "pooling", "What a window of pooling keeps of its pixels."
    )
    pool_size: int = field(2, "pooling window", "Side of a pooling window.", ge=1, unit="pixels")
    widths: Integers = field((), "dense widths", "Units of the dense layers after the convolutions.")
    activation: Activation = _activation()
    bias: Literal["none", "first", "all"] = field(
        "none", "bias", "Which layers have biases. Only 'none' and 'first' keep a ReLU network homogeneous."
    )
    negative_slope: float = _negative_slope()

    def units(self) -> tuple[int, ...]:
        """Return the maps of the convolutions and the widths of the dense layers."""
        return (*self.channels, *self.widths)

    def kink(self) -> str:
        """Name the pooling where it chooses one of its pixels."""
        return "max pooling" if self.pool == "max" else ""

    def check(self) -> None:
        """Refuse layers without units, and pairs of units where there are none."""
        _check_units("widths", self.widths, "1 unit")
        _check_units("channels", self.channels, "1 map")
        _check_symmetry(self)


class ResidualSpec(ActivatedSpec):
    """Dense blocks with skip connections."""

    title: ClassVar[str] = "Residual network"
    help: ClassVar[str] = (
        "h ← h + V φ(U h), block after block. The skip connections are of lower degree than the blocks: "
        "near-homogeneous, not homogeneous."
    )
    source: ClassVar[str] = "Cai et al. 2025"
    size_field: ClassVar[str] = "width"
    kind: Literal["residual"]
    width: int = field(20, "width", "Units that the skip connections carry, and of every block.", ge=1)
    blocks: int = field(2, "blocks", "Number of residual blocks.", ge=1)
    activation: Activation = _activation()
    negative_slope: float = _negative_slope()

    def units(self) -> tuple[int, ...]:
        """Return its width."""
        return (self.width,)


class DiagonalSpec(NetworkSpec):
    """A linear model whose weights are differences of powers."""

    title: ClassVar[str] = "Diagonal linear network"
    help: ClassVar[str] = (
        "f(x) = ⟨u^D − v^D, x⟩, powers by element: linear in the inputs, sparse in what it prefers. "
        "Initialisation 'identity' starts u = v = scale, so that f = 0."
    )
    source: ClassVar[str] = "Gunasekar et al. 2018; Woodworth et al. 2020"
    kind: Literal["diagonal"]
    depth: int = field(
        2, "depth", "The power D, which is the degree of homogeneity.", symbol="D", ge=1, le=16
    )


class NoRotationSpec(ActivatedSpec):
    """A two-layer network whose hidden weights change in length alone."""

    title: ClassVar[str] = "No-rotation network"
    help: ClassVar[str] = (
        "f(x) = Σ a_j φ(r_j ⟨u_j, x⟩) with fixed unit directions u_j: only the norms r_j and the output weights "
        "a_j train. It starts balanced, r_j = |a_j|."
    )
    source: ClassVar[str] = "Telgarsky 2022"
    size_field: ClassVar[str] = "width"
    kind: Literal["no-rotation"]
    width: int = field(64, "width", "Hidden units.", symbol="m", ge=1)
    activation: Activation = _activation()
    negative_slope: float = _negative_slope()

    def units(self) -> tuple[int, ...]:
        """Return its width."""
        return (self.width,)


class FreeFeaturesSpec(NetworkSpec):
    """The unconstrained features model: every training sample has features of its own that train."""

    title: ClassVar[str] = "Free features"
    help: ClassVar[str] = (
        "f(x_n) = W h_n with one free vector h_n a training sample: what neural collapse looks like without a network "
        "below. The inputs themselves are not looked at."
    )
    source: ClassVar[str] = "Mixon, Parshall & Pi 2020; Ji et al. 2022 (unconstrained features model)"
    size_field: ClassVar[str] = "features"
    kind: Literal["free-features"]
    features: int = field(16, "features", "Length of every h_n.", ge=1)
    feature_scale: float = field(
        1.0, "feature scale", "Multiplies the initial features alone.", gt=0, varies=True
    )

    def units(self) -> tuple[int, ...]:
        """Return the length of its features."""
        return (self.features,)


class AttentionSpec(NetworkSpec):
    """One layer of softmax attention whose head is fixed: what trains is where it looks."""

    title: ClassVar[str] = "Attention"
    help: ClassVar[str] = (
        "f(X) = ⟨v, Xᵀ softmax(X W z)⟩: the rows of X are tokens, z is the first of them, v is fixed and W trains. "
        "Not homogeneous: the loss tends to a positive constant, so take steps of one length (scaled off). Pictures "
        "have their rows for tokens; inputs that are no picture count as tokens of one number each."
    )
    source: ClassVar[str] = "Ataee Tarzanagh, Li, Thrampoulidis & Oymak 2023"
    size_field: ClassVar[str] = "rank"
    kind: Literal["attention"]
    form: Literal["combined", "factored"] = field(
        "combined",
        "key-query matrix",
        "combined: W itself trains, and prefers a small Frobenius norm; factored: W = K Qᵀ, both train, and prefer a "
        "small nuclear norm.",
    )
    rank: int = field(0, "rank", "Columns of K and Q; 0: as many as a token has numbers.", symbol="m", ge=0)
    head: Literal["first", "random"] = field(
        "first",
        "head",
        "v, which never trains. first: it reads a token's first number, as tokens are made for (of several classes, "
        "class c reads number c); random: a unit vector drawn by the run's seed.",
    )

    def check(self) -> None:
        """Refuse a rank where there are no factors."""
        if self.rank and self.form == "combined":
            raise Refusal(
                "network.rank", self.rank, "is the factors'; take form = 'factored', or leave it at 0"
            )


class QuasiSpec(NetworkSpec):
    """The smallest network that is quasi-homogeneous."""

    title: ClassVar[str] = "Quasi-homogeneous"
    help: ClassVar[str] = (
        "f(x) = u v x₁ + ⟨b, (x₂, x₃, …)⟩: the first input passes two parameters, the others one. "
        "Initialisation 'identity' starts u = v = scale and b = bias."
    )
    source: ClassVar[str] = "Kunin et al. 2022"
    kind: Literal["quasi"]


NETWORK_KINDS = KindRegistry[NetworkSpec](
    MlpSpec,
    ConvSpec,
    ResidualSpec,
    DiagonalSpec,
    NoRotationSpec,
    FreeFeaturesSpec,
    QuasiSpec,
    AttentionSpec,
)
NetworkChoice = Annotated[NetworkSpec, NETWORK_KINDS]
"""A network of any kind, as a field of the experiment."""
