"""What a compiled function is told of a run: kinds as numbers, sizes, and the arrays that it reads and writes."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from numpy import ndarray


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


class Optimizing(IntEnum):
    """Optimizers that have a compiled half."""

    STEEPEST = 0
    MOMENTUM = 1
    ADAM = 2
    CONDITIONED = 3


class Norm(IntEnum):
    """Geometries."""

    L2 = 0
    LINF = 1
    L1 = 2
    CONDITIONED = 3


class Stepping(IntEnum):
    """Step rules."""

    SAFE = 0
    CONSTANT = 1
    NORMALISED = 2
    THEORY = 3


class Kinds(NamedTuple):
    """Which branches a run takes."""

    activation: int
    power: int
    """Of relu^k."""
    exponential: int
    optimizer: int
    norm: int
    scaled: int
    nesterov: int
    normalised: int
    moving: int
    """Whether squares are averaged (rmsprop), or add up (adagrad)."""
    rule: int
    refresh: int
    gradient_like: int
    counting: int
    """Whether the optimizer's own norm is watched."""
    from_zero: int
    """Whether a replica begins where there is no direction."""
    block: int
    """Steps to a slot of the ring of gradients."""


class Layers(NamedTuple):
    """The layers from the input up, L of them, one number a layer (L,)."""

    rows: ndarray
    columns: ndarray
    start: ndarray
    """Of its parameters, among those that train or among those that do not."""
    bias: ndarray
    trained: ndarray
    lowest: int
    """The first that trains."""


class Given(NamedTuple):
    """What a run reads and never writes."""

    x: ndarray
    """(1 or R, N, d)."""
    labels: ndarray
    """(1 or R, N): -1/+1, or class numbers."""
    frozen: ndarray
    """(R, parameters that do not train)."""
    scale: ndarray
    """Of the outputs (R,)."""
    slope: float
    """Of leaky-relu left of 0."""
    degree: float
    """Of homogeneity; NaN where there is none."""
    log_units: float
    """The log of what the loss's reduction divides by."""
    numbers: ndarray
    """(R, 4): beta1 or beta, beta2, log epsilon, weight decay."""
    step: ndarray
    """(R, 2): c, kappa; log eta, exponent; a; log a0, power."""


class Moved(NamedTuple):
    """The run's state that every run has, written in place."""

    theta: ndarray
    direction: ndarray
    """Both (R, P)."""
    path: ndarray
    step_size: ndarray
    log_rate: ndarray
    log_time: ndarray
    """All (R,)."""
    alive: ndarray
    average: ndarray
    """The ring (R, slots, P)."""


class Remembered(NamedTuple):
    """What an optimizer or a step rule keeps, written in place; what this one does not keep has no columns."""

    first: ndarray
    second: ndarray
    """(R, P)."""
    conditioner: ndarray
    log_scale: ndarray
    power1: ndarray
    power2: ndarray
    """(R,)."""
    handover: ndarray
    curvature: ndarray
    norm: ndarray
    """(R,): of the safe rule."""
