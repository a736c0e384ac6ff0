"""What a compiled function is told of a run: kinds as numbers, sizes, and the arrays that it reads and writes."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

from numpy.typing import NDArray

Array = NDArray[Any]


class Activated(IntEnum):
    """Activations, by their names in experiments."""

    LINEAR = 0
    RELU = 1
    LEAKY_RELU = 2
    POWER = 3
    ABS = 4
    GELU = 5
    SILU = 6
    SOFTPLUS = 7
    TANH = 8
    MAXOUT = 9


class Family(IntEnum):
    """Networks that have a compiled half."""

    DENSE = 0
    DIAGONAL = 1
    QUASI = 2
    NO_ROTATION = 3


class Optimizing(IntEnum):
    """Optimizers that have a compiled half."""

    STEEPEST = 0
    MOMENTUM = 1
    ADAM = 2
    CONDITIONED = 3
    MIRROR = 4


class Norm(IntEnum):
    """Geometries."""

    L2 = 0
    LINF = 1
    L1 = 2
    CONDITIONED = 3
    LP = 4


class Stepping(IntEnum):
    """Step rules."""

    SAFE = 0
    CONSTANT = 1
    NORMALISED = 2
    THEORY = 3
    LOSS_BASED = 4
    LINE_SEARCH = 5


class Kinds(NamedTuple):
    """Which branches a run takes."""

    exponential: int
    mean: int
    """Whether the loss is the mean over the samples that a step sees."""
    optimizer: int
    norm: int
    scaled: int
    nesterov: int
    normalised: int
    moving: int
    """Whether squares are averaged (rmsprop), or add up (adagrad)."""
    rule: int
    patience: int
    """Attempts at one step after which nothing helps any more; 0: every step is taken as it is."""
    refresh: int
    gradient_like: int
    decays: int
    """Whether weight decay is added to the loss."""
    counting: int
    """Whether the optimizer's own norm is watched."""
    from_zero: int
    """Whether a replica begins where there is no direction."""
    block: int
    """Steps to a slot of the ring of gradients."""


class Layers(NamedTuple):
    """The layers from the input up, L of them, one number a layer (L,)."""

    rows: Array
    columns: Array
    start: Array
    """Of its parameters, among those that train or among those that do not."""
    bias: Array
    trained: Array
    lowest: int
    """The first that trains."""
    family: int
    classes: int
    """How many outputs there are."""
    activation: int
    power: int
    """Of relu^k, or of a diagonal network's factors."""
    bends: int
    """Whether the activation is straight on either side of 0, with a slope of 1 on the right."""
    slope: float
    """Of such an activation left of 0."""
    rising: Array
    falling: Array
    """Where a layer's packed weights begin, as what is below needs them and as what is above."""


class Given(NamedTuple):
    """What a run reads and never writes."""

    x: Array
    """(1 or R, N, d)."""
    labels: Array
    """(1 or R, N): -1/+1, or class numbers."""
    frozen: Array
    """(R, parameters that do not train)."""
    scale: Array
    """Of the outputs (R,)."""
    degree: float
    """Of homogeneity; NaN where there is none."""
    widest: float
    """The largest ||v||_2^2 of a v with ||v|| = 1 in the optimizer's geometry."""
    numbers: Array
    """(R, 6): beta1 or beta, beta2, log epsilon, decay beside the steps, log of that added to the loss, p of lp."""
    step: Array
    """(R, 2): c, kappa; log eta, exponent; a, exponent; log a0, power; log up, log down."""


class Moved(NamedTuple):
    """The run's state that every run has, written in place."""

    theta: Array
    direction: Array
    """Both (R, P)."""
    path: Array
    step_size: Array
    log_rate: Array
    log_time: Array
    """All (R,)."""
    alive: Array
    average: Array
    """The ring (R, slots, P); no slots where nothing is averaged."""


class Remembered(NamedTuple):
    """What an optimizer or a step rule keeps, written in place; what this one does not keep has no columns."""

    first: Array
    second: Array
    """(R, P); mirror descent's z is the first, and its k the scale."""
    conditioner: Array
    log_scale: Array
    power1: Array
    power2: Array
    """(R,)."""
    handover: Array
    log_size: Array
    log_loss: Array
    """(R,): of rules whose steps are undone where the loss did not fall."""
    curvature: Array
    norm: Array
    """(R,): of the safe rule."""


class One(NamedTuple):
    """One replica: its parameters and what it sees."""

    theta: Array
    frozen: Array
    """(P,), and those that do not train."""
    x: Array
    labels: Array
    """(N, d) and (N,)."""
    scale: float
    """Of the outputs."""
    power: float
    """q = p/(p - 1), p of an lp norm."""


class Room(NamedTuple):
    """What a step writes and nobody keeps.

    z, h and delta (L, B W) hold in row i layer i's values (B, rows); h those that the layer above sees (B, columns).
    B is the number of samples that are looked at together, W the largest number of rows or columns.
    """

    z: Array
    h: Array
    delta: Array
    up: Array
    """(B W,)."""
    vector: Array
    base: Array
    """(P,)."""
    smooth: Array
    weight: Array
    """(B,)."""
    rising: Array
    falling: Array
    """Every layer's weights, packed."""
    panels: Array
    """One packed matrix."""
    x: Array
    labels: Array
    """Of a mini-batch (N, d) and (N,)."""


class Held(NamedTuple):
    """What is seen at the parameters of every replica, from one call to the next."""

    gradient: Array
    """(R, P)."""
    seen: Array
    """(R, 4): log loss, log S, q_min, and B^2 where the next step asks for it."""


class SampleParts(NamedTuple):
    """How the samples of one look are divided, and what comes of every part; one part takes the gradient itself."""

    block: int
    """Samples that are looked at together, at most."""
    gradient: Array
    """(parts, P)."""
    seen: Array
    """(parts, 4)."""
    tickets: Array
    """What threads that share the work tell one another: see `team`."""
    rest: int
    """The address of the function that lets other threads have the processor; 0: there is none."""
