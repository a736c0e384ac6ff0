"""What activations are as functions of c z: degrees, bounds of their defect, what they tend to, where they bend."""

from __future__ import annotations

import math

DEGREE: dict[str, int | None] = {
    "relu": 1,
    "leaky-relu": 1,
    "abs": 1,
    "linear": 1,
    "maxout": 1,
    "relu2": 2,
    "relu3": 3,
    "gelu": None,
    "silu": None,
    "softplus": None,
    "tanh": None,
}
"""k with phi(c z) = c^k phi(z) for c > 0; None: for no k."""

DEFECT = {"gelu": 2 / (math.e * math.sqrt(2 * math.pi)), "silu": 0.4392288395, "softplus": math.log(2)}
"""sup |z phi'(z) - phi(z)| of the activations that tend to relu: z^2 times the normal density at sqrt 2; the largest
z^2 s(z)(1 - s(z)) of the sigmoid s; softplus at 0."""
STEEPEST = {"gelu": 1.1289042, "silu": 1.0998394, "softplus": 1.0}
"""An upper bound of |phi'|, above 1 where phi overshoots; the others of degree 1 have 1."""
AT_ZERO = {"softplus": math.log(2)}
"""phi(0) where it is not 0."""
SMOOTH = ("gelu", "silu", "softplus", "tanh", "linear", "relu2", "relu3")
"""Activations whose derivative is locally Lipschitz."""
TWICE_SMOOTH = tuple(name for name in SMOOTH if name != "relu2")
"""Activations that have a continuous second derivative; relu2's jumps at 0."""
ON_OR_OFF = ("relu", "leaky-relu", "relu2", "relu3")
"""Activations whose units are active where the pre-activation is positive."""


def pieces(activation: str) -> int:
    """Return how many pre-activations a unit has."""
    return 2 if activation == "maxout" else 1


def asymptotic_degree(activation: str) -> int | None:
    """Return the degree of the activation's limit phi(r z)/r^k, r to infinity; None where it has none above 0."""
    return 1 if activation in DEFECT else DEGREE[activation]


def homogenized(activation: str) -> str:
    """Return the activation that phi(r z)/r^k tends to."""
    return "relu" if activation in DEFECT else activation
