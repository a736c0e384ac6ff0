"""How far a near-homogeneous network is from homogeneous: Cai et al.'s polynomials, from the structure alone.

Def. 1 of Cai et al. 2025 asks for |<grad f, theta> - M f| <= p'(||theta||) with deg p <= M. Here p' is derived layer by
layer [D]. Write E for <d/dtheta, theta>, D_k for the degree that h_k would have, e_k = E h_k - D_k h_k. Then for
z_k = W_k h_(k-1) + b_k and h_k = phi(z_k), phi of asymptotic degree a, D_k = a (D_(k-1) + 1):

    E z_k - (D_(k-1) + 1) z_k = W_k e_(k-1) - D_(k-1) b_k,
    e_k = phi'(z_k) (W_k e_(k-1) - D_(k-1) b_k) + (D_(k-1) + 1) (z_k phi'(z_k) - a phi(z_k)),

the last bracket at most DEFECT a unit and 0 for homogeneous phi. A skip connection h_(k+1) = h_k + V phi(U h_k) adds
(D_(k+1) - D_k) h_k. Norms of layers are bounded by Frobenius norms, which share ||theta||^2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..networks import NETWORK_KINDS, ConvSpec, MlpSpec, NetworkSpec, NoRotationSpec, ResidualSpec
from ..registry import Implementations
from .activations import AT_ZERO, DEFECT, STEEPEST, asymptotic_degree
from .chains import kernel_window, pooled_size
from .shape import Ends, Layer, Structure

LARGEST_ORDER = 40
"""Beyond it the polynomials have too many terms, and coefficients, to be of use."""
Monomials = dict[tuple[int, ...], float]
"""Coefficients of products of powers of the layers' norms, by the powers."""


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
    bounds = _PolynomialBounds(shape, network.slope(), input_norm)
    bound = _DEFECTS[network.kind](bounds, network, shape, ends)
    coefficients = _in_the_norm(bound, shape.order)
    scaled = tuple(network.output_scale * c for c in coefficients)
    return NearHomogeneity(shape.order, scaled, tuple(c / (shape.order - i) for i, c in enumerate(scaled)))


class _PolynomialBounds:
    """Polynomials in the layers' norms: of hidden values and of their defects."""

    def __init__(self, shape: Structure, slope: float, input_norm: float) -> None:
        name = shape.activation
        self._layers = len(shape.layers)
        self.degree = asymptotic_degree(name) or 1
        self._steepest = STEEPEST.get(name, max(1.0, slope if name == "leaky-relu" else 0.0))
        self.defect, self._at_zero = DEFECT.get(name, 0.0), AT_ZERO.get(name, 0.0)
        self.input = self.constant(input_norm)

    def constant(self, value: float) -> Monomials:
        return {(0,) * self._layers: value} if value else {}

    def norm(self, layer: int, factor: float = 1.0) -> Monomials:
        """Return the norm of a layer, its biases included."""
        return {tuple(int(i == layer) for i in range(self._layers)): factor}

    def applied(
        self, i: int, layer: Layer, spread: float, hidden: Monomials, error: Monomials, degree: int
    ) -> tuple[Monomials, Monomials]:
        """Return bounds of ||z|| and of ||E z - (D + 1) z|| for z = W h + b."""
        at = math.sqrt(layer.positions)
        biases = self.norm(i, at) if layer.bias else {}
        value = _plus(_times(self.norm(i, spread), hidden), biases)
        return value, _plus(_times(self.norm(i, spread), error), _scaled(degree, biases))

    def activated(
        self, value: Monomials, wrong: Monomials, degree: int, units: int
    ) -> tuple[Monomials, Monomials]:
        """Return bounds of ||phi(z)|| and of ||E phi(z) - a (D + 1) phi(z)||, from those of z."""
        root, k = math.sqrt(units), self.degree
        if k == 1:
            hidden = _plus(_scaled(self._steepest, value), self.constant(self._at_zero * root))
            return hidden, _plus(_scaled(self._steepest, wrong), self.constant(degree * self.defect * root))
        power = _power(value, k - 1)
        return _times(power, value), _scaled(k, _times(power, wrong))


def _of_a_chain(
    bounds: _PolynomialBounds, network: MlpSpec | ConvSpec, shape: Structure, ends: Ends
) -> Monomials:
    hidden, error, degree = bounds.input, bounds.constant(0.0), 0
    pixels = ends.pixels
    convolutions = len(network.channels) if isinstance(network, ConvSpec) else 0
    for i, layer in enumerate(shape.layers):
        spread = 1.0
        if isinstance(network, ConvSpec) and i < convolutions:
            window = kernel_window(network, pixels)
            # every pixel enters at most so many windows
            spread = math.sqrt(window[0] * window[1])
            pixels = pooled_size(network, pixels)
        value, wrong = bounds.applied(i, layer, spread, hidden, error, degree)
        if i == len(shape.layers) - 1:
            return wrong
        hidden, error = bounds.activated(value, wrong, degree + 1, layer.rows * layer.positions)
        degree = bounds.degree * (degree + 1)
    raise AssertionError("a network has a layer")


def _of_blocks(bounds: _PolynomialBounds, network: ResidualSpec, shape: Structure, ends: Ends) -> Monomials:
    hidden, error, degree = _times(bounds.norm(0), bounds.input), bounds.constant(0.0), 1
    layers = shape.layers
    for i in range(1, len(layers) - 1, 2):
        value, wrong = bounds.applied(i, layers[i], 1.0, hidden, error, degree)
        inner, inner_error = bounds.activated(value, wrong, degree + 1, layers[i].rows)
        raised = bounds.degree * (degree + 1) + 1
        error = _plus(error, _scaled(raised - degree, hidden), _times(bounds.norm(i + 1), inner_error))
        hidden = _plus(hidden, _times(bounds.norm(i + 1), inner))
        degree = raised
    return _times(bounds.norm(len(layers) - 1), error)


def _of_fixed_directions(
    bounds: _PolynomialBounds, network: NoRotationSpec, shape: Structure, ends: Ends
) -> Monomials:
    # <grad, theta> - 2 f = sum_j a_j (z_j phi'(z_j) - phi(z_j))
    return bounds.norm(1, bounds.defect * math.sqrt(shape.layers[1].columns))


_DEFECTS = Implementations[NetworkSpec, Callable[[_PolynomialBounds, Any, Structure, Ends], Monomials]](
    NETWORK_KINDS,
    {
        MlpSpec: _of_a_chain,
        ConvSpec: _of_a_chain,
        ResidualSpec: _of_blocks,
        NoRotationSpec: _of_fixed_directions,
    },
)
"""What bounds |<grad f, theta> - M f|, without the output's scale, for the kinds that can have an order M."""


def _plus(*several: Monomials) -> Monomials:
    total: Monomials = {}
    for one in several:
        for powers, coefficient in one.items():
            total[powers] = total.get(powers, 0.0) + coefficient
    return total


def _scaled(factor: float, one: Monomials) -> Monomials:
    return {powers: factor * c for powers, c in one.items()} if factor else {}


def _times(first: Monomials, second: Monomials) -> Monomials:
    product: Monomials = {}
    for powers, a in first.items():
        for others, b in second.items():
            both = tuple(p + q for p, q in zip(powers, others, strict=True))
            product[both] = product.get(both, 0.0) + a * b
    return product


def _power(one: Monomials, k: int) -> Monomials:
    result = one
    for _ in range(k - 1):
        result = _times(result, one)
    return result


def _in_the_norm(bound: Monomials, order: int) -> list[float]:
    """Return coefficients in x = ||theta||: a product of powers d_i of norms is at most prod (d_i/d)^(d_i/2) x^d."""
    coefficients = [0.0] * order
    for powers, c in bound.items():
        total = sum(powers)
        share = math.prod((d / total) ** (d / 2) for d in powers if d)
        coefficients[total] += c * share
    return coefficients
