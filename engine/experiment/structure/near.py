"""How far a near-homogeneous network is from homogeneous: Cai et al.'s polynomials, from the structure alone.

Def. 1 of Cai et al. 2025 asks for |<grad f, theta> - M f| <= p'(||theta||) with deg p <= M. Here p' is derived layer by
layer [D]. Write E for <d/dtheta, theta>, D_k for the degree that h_k would have, e_k = E h_k - D_k h_k. Then for
z_k = W_k h_(k-1) + b_k and h_k = phi(z_k), phi of asymptotic degree a, D_k = a (D_(k-1) + 1):

    E z_k - (D_(k-1) + 1) z_k = W_k e_(k-1) - D_(k-1) b_k,
    e_k = phi'(z_k) (W_k e_(k-1) - D_(k-1) b_k) + (D_(k-1) + 1) (z_k phi'(z_k) - a phi(z_k)),

the last bracket at most DEFECT a unit and 0 for homogeneous phi. Of a skip connection h_(k+1) = h_k + V phi(U h_k) the
part h_k is of a lower degree: that takes (D_(k+1) - D_k) h_k away.

All layers share ||theta||^2, and a bound is held as what can be made of a share of it: term c_i says that the part of
degree i is at most c_i tau^(i/2), whatever the layers so far make of their squared norm tau. A further layer takes a
share t of what it and they have together, and the most over t of the *sum* of all parts is the new term (theory
section 3): bounding every product of norms by itself would let each have the best share at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..networks import NETWORK_KINDS, ConvSpec, MlpSpec, NetworkSpec, NoRotationSpec, ResidualSpec
from ..registry import Implementations
from .activations import AT_ZERO, DEFECT, STEEPEST, asymptotic_degree
from .chains import kernel_window, pooled_size
from .shape import Ends, Layer, Structure

LARGEST_ORDER = 40
"""Beyond it norms to such a power are of no use."""
CELLS = 1024
"""Intervals of a share; in each a part counts with its largest value there, so that what is found is a bound."""
Terms = dict[tuple[int, int], float]
"""Coefficients by powers: term c_(j, i) bounds a part by c_(j, i) n^j tau^(i/2), tau the squared norm of the layers so
far and n the norm of one without a share yet: the first of a residual network, a factor of what enters every block."""
CONSTANT = (0, 0)


@dataclass(frozen=True)
class NearHomogeneity:
    """The order M and the coefficients of p' and p_a: term i is that of ||theta||^i, i < M."""

    order: int
    defect: tuple[float, ...]
    """p': |<grad f, theta> - M f| <= p'(||theta||)."""
    distance: tuple[float, ...]
    """p_a: |f - f_H| <= p_a(||theta||); M p_a - x p_a' = p'."""


def near_homogeneity(
    network: NetworkSpec, shape: Structure, ends: Ends, input_norm: float
) -> NearHomogeneity | None:
    """Return M, p' and p_a of a near-homogeneous network for inputs of at most that norm; None for others."""
    if shape.order is None or shape.order > LARGEST_ORDER:
        return None
    terms = _DEFECTS[network.kind](
        _PolynomialBounds(shape, network.slope(), input_norm), network, shape, ends
    )
    scaled = tuple(network.output_scale * terms.get((0, i), 0.0) for i in range(shape.order))
    return NearHomogeneity(shape.order, scaled, tuple(c / (shape.order - i) for i, c in enumerate(scaled)))


class _PolynomialBounds:
    """Bounds of hidden values and of their defects, by degree, from layer to layer."""

    def __init__(self, shape: Structure, slope: float, input_norm: float) -> None:
        name = shape.activation
        leaky = slope if name == "leaky-relu" else 0.0
        self.degree = asymptotic_degree(name) or 1
        self._growth = max(1.0, leaky)
        self._steepest = STEEPEST.get(name, self._growth) if self.degree == 1 else float(self.degree)
        self._defect, self._at_zero = DEFECT.get(name, 0.0), AT_ZERO.get(name, 0.0)
        self.input_norm = input_norm

    def defect(self, units: int) -> float:
        """Return a bound of ||z phi'(z) - a phi(z)|| over so many units."""
        return self._defect * math.sqrt(units)

    def applied(
        self, layer: Layer, spread: float, hidden: Terms, error: Terms, degree: int
    ) -> tuple[Terms, Terms]:
        """Return bounds of ||z|| and of ||E z - (D + 1) z|| for z = W h + b."""
        biases = math.sqrt(layer.positions) if layer.bias else 0.0
        return _through(_scaled(spread, hidden), biases), _through(_scaled(spread, error), degree * biases)

    def activated(self, value: Terms, wrong: Terms, degree: int, units: int) -> tuple[Terms, Terms]:
        """Return bounds of ||phi(z)|| and ||E phi(z) - a (D + 1) phi(z)||, pooled to so many units, from those of z."""
        rest, error = self.powers(value, wrong)
        constant = self._at_zero * math.sqrt(units)
        return _plus(rest, {CONSTANT: constant}), _plus(error, {CONSTANT: degree * self.defect(units)})

    def powers(self, value: Terms, wrong: Terms) -> tuple[Terms, Terms]:
        """Return bounds of ||phi(z)|| less phi(0), and of ||phi'(z) w||, from those of ||z|| and ||w||."""
        below: Terms = {CONSTANT: 1.0}
        for _ in range(self.degree - 1):
            below = _times(below, value)
        return _scaled(self._growth, _times(below, value)), _scaled(self._steepest, _times(below, wrong))

    def block(self, hidden: Terms, error: Terms, degree: int, units: int) -> tuple[Terms, Terms]:
        """Return bounds of h + V phi(U h) and of its defect, U and V having one share together."""
        k = self.degree
        raised, wrong = self.powers(
            hidden, error
        )  # of h; the k-th power of the norm of U, and that of V, come with it
        largest = _split(k, 1)
        constant = self._at_zero * math.sqrt(units)
        grown = k * (degree + 1) + 1 - degree
        skipped = _plus(error, _scaled(grown, hidden))
        return (
            _shared({0: hidden, 1: {CONSTANT: constant}, k + 1: _scaled(largest, raised)}),
            _shared(
                {0: skipped, 1: {CONSTANT: (degree + 1) * self.defect(units)}, k + 1: _scaled(largest, wrong)}
            ),
        )


def _of_a_chain(
    bounds: _PolynomialBounds, network: MlpSpec | ConvSpec, shape: Structure, ends: Ends
) -> Terms:
    hidden, error, degree = {CONSTANT: bounds.input_norm}, Terms(), 0
    pixels = ends.pixels
    convolutions = len(network.channels) if isinstance(network, ConvSpec) else 0
    for i, layer in enumerate(shape.layers):
        spread = 1.0
        if isinstance(network, ConvSpec) and i < convolutions:
            window = kernel_window(network, pixels)
            # every pixel enters at most so many windows
            spread = math.sqrt(window[0] * window[1])
            pixels = pooled_size(network, pixels)
        value, wrong = bounds.applied(layer, spread, hidden, error, degree)
        if i == len(shape.layers) - 1:
            return wrong
        hidden, error = bounds.activated(value, wrong, degree + 1, layer.units)
        degree = bounds.degree * (degree + 1)
    raise AssertionError("a network has a layer")


def _of_blocks(bounds: _PolynomialBounds, network: ResidualSpec, shape: Structure, ends: Ends) -> Terms:
    hidden, error, degree = {(1, 0): bounds.input_norm}, Terms(), 1
    for layer in shape.layers[1:-1:2]:
        hidden, error = bounds.block(hidden, error, degree, layer.rows)
        degree = bounds.degree * (degree + 1) + 1
    powers = {j for j, _ in error}
    return _through(_shared({j: {(0, i): c for (p, i), c in error.items() if p == j} for j in powers}))


def _of_fixed_directions(
    bounds: _PolynomialBounds, network: NoRotationSpec, shape: Structure, ends: Ends
) -> Terms:
    # <grad, theta> - 2 f = sum_j a_j (z_j phi'(z_j) - phi(z_j))
    return {(0, 1): bounds.defect(shape.layers[1].columns)}


_DEFECTS = Implementations[NetworkSpec, Callable[[_PolynomialBounds, Any, Structure, Ends], Terms]](
    NETWORK_KINDS,
    {
        MlpSpec: _of_a_chain,
        ConvSpec: _of_a_chain,
        ResidualSpec: _of_blocks,
        NoRotationSpec: _of_fixed_directions,
    },
)
"""What bounds |<grad f, theta> - M f|, without the output's scale, for the kinds that can have an order M."""


def _plus(first: Terms, second: Terms) -> Terms:
    return {i: first.get(i, 0.0) + second.get(i, 0.0) for i in first.keys() | second.keys()}


def _scaled(factor: float, one: Terms) -> Terms:
    return {i: factor * c for i, c in one.items()}


def _times(first: Terms, second: Terms) -> Terms:
    """Return a bound of the product of two bounds in the same layers."""
    product = Terms()
    for (j, i), a in first.items():
        for (p, q), b in second.items():
            product[j + p, i + q] = product.get((j + p, i + q), 0.0) + a * b
    return product


def _split(own: float, others: float) -> float:
    """Return the most of t^(own/2) (1 - t)^(others/2) over shares t, which t = own/(own + others) has."""
    both = own + others
    return (own / both) ** (own / 2) * (others / both) ** (others / 2) if own and others else 1.0


def _through(hidden: Terms, biases: float = 0.0) -> Terms:
    """Return a bound of ||W h|| + biases ||b|| for a further layer: constants of h and biases share its norm."""
    merged = {**hidden, CONSTANT: math.hypot(hidden.get(CONSTANT, 0.0), biases)}
    return {(j, i + 1): c * _split(1, i) for (j, i), c in merged.items() if c}


def _shared(parts: Mapping[int, Terms]) -> Terms:
    """Return a bound of the sum of parts, by the power that new layers' norm has in each; these share their norm."""
    split: dict[tuple[int, int], list[tuple[float, int, int]]] = {}
    for own, terms in parts.items():
        for (j, i), c in terms.items():
            if c:
                split.setdefault((j, own + i), []).append((c, own, i))
    return {powers: _most(summands) for powers, summands in split.items()}


def _most(summands: list[tuple[float, int, int]]) -> float:
    """Return the most of sum c t^(own/2) (1 - t)^(others/2) over shares t, to parts in a thousand and no less."""
    if len(summands) == 1:
        ((c, own, others),) = summands
        return c * _split(own, others)
    marks = np.linspace(0.0, 1.0, CELLS + 1)
    total = np.zeros(CELLS)
    for c, own, others in summands:
        total += c * marks[1:] ** (own / 2) * (1 - marks[:-1]) ** (others / 2)
    return float(total.max())
