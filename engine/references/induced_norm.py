"""In which norm a network's parameters, bounded in the optimizer's norm, bound its predictor.

Steepest descent in a norm raises q_min / ||theta||^L in that norm (theory.md 5; Tsilivis et al. 2024). Where
the predictor is linear, f(x) = w . x, the parameters matter through w alone, and the largest such ratio is

    max_theta q_min(theta) / ||theta||^L  =  factor * gamma,    gamma = max_{||w|| <= 1} min_n z_n . w

in a norm of w that the network and the optimizer's norm induce. This table says which and why; `f . x` has
L layers, m_k are the hidden widths, and ||theta|| is taken over the entries of all parameters, but for
the spectral norm, max_k ||[W_k, b_k]||_2, for which biases are a further column. gamma comes from
`linear_reference`, on inputs with a constant column where the first layer has biases.

    network                        ||theta||   L   gamma      factor            why
    linear, any outputs            any         1   the same   1                 theta is w
    deep linear, 1 output          lp          L   lp         see below         Hoelder, means
    deep linear, 1 output          l2          L   l2         L^(-L/2)          ||w||_2 <= prod ||W_k||_F, means
    deep linear, 1 output          l1          L   l1         L^(-L)            ||w||_1 <= prod ||W_k||_1, means
    deep linear, 1 output          linf        L   linf       prod m_k          w_i sums prod m_k paths
    deep linear                    spectral    L   spectral   1                 ||W||_2 <= prod ||W_k||_2
    diagonal, (u^D - v^D) . x      l2          1   l2         sqrt 2            (u - v)^2 <= 2 (u^2 + v^2)
    diagonal, (u^D - v^D) . x      l2          2   l1         1                 |u^2 - v^2| <= u^2 + v^2
    diagonal, (u^D - v^D) . x      l1          1   l1         1                 |u - v| <= |u| + |v|
    diagonal, (u^D - v^D) . x      lp, p >= D  D   l(p/D)     1, 2^(1-D/p) odd  |u^D - v^D| <= |u|^D + |v|^D
    diagonal, (u^D - v^D) . x      linf        D   linf       1, 2 for odd D    u^D - v^D in [-1, 1] or [-2, 2]
    two-layer ReLU, 1 output       l2          2   F1         1/2               2 |a| ||v|| <= a^2 + ||v||^2

In lp the factor of deep linear networks is L^(-L/p) prod m_k^max(0, 1 - 2/p): a row a of a layer and the rows of the
one below, v_j: ||sum_j a_j v_j||_p <= ||a||_q (sum_j ||v_j||_p^p)^(1/p), and ||a||_q is at most ||a||_p up to p = 2,
m^(1 - 2/p) ||a||_p for p >= 2. For p below D the exponent p/D of diagonal networks is below 1, and no ball convex.

"Means" is the inequality of the arithmetic and geometric means: prod of c_k <= (sum c_k / L)^L, with c_k =
||W_k||_F^2 for l2, ||W_k||_1 for l1 and ||W_k||_p^p for lp. Each bound is attained: by rank one through a
single unit (l2, l1, spectral, lp up to 2), by all units alike (linf, lp from 2 on), by one of u_i, v_i at zero or
u = −v (diagonal), by a network wide enough for the best measure (F1; Chizat and Bach 2020).

Elsewhere the induced ball is not convex, or its problem is not solved here: several outputs behind hidden
layers lead to the Schatten quasi-norm of index 2/L (l2; the nuclear norm at L = 2) and to sums over rank
one terms (l1, linf); a diagonal network of higher depth to quasi-norms of index 2/D (l2) and 1/D (l1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ParameterNorm = Literal["l1", "l2", "linf", "lp", "spectral"]
GammaNorm = Literal["l1", "l2", "linf", "lp", "spectral", "variation"]
Biases = Literal["none", "first", "all"]


@dataclass(frozen=True)
class InducedNorm:
    """Say that max_theta q_min / ||theta||^degree = factor * gamma in a norm, or why no reference says so.

    Attributes:
        norm: the norm of gamma: of the predictor (over the entries of W for several outputs), or
            "variation" for `f1_margin`; None where there is no reference.
        factor: NaN where there is none.
        degree: the network's degree of homogeneity; 0 where it has none.
        reason: the proof in one sentence, or the reason why there is no reference.
        exponent: of the norm "lp"; below 1 it is no norm, and has no reference.
    """

    norm: GammaNorm | None
    factor: float
    degree: int
    reason: str
    exponent: float = math.nan


def linear_network_norm(
    norm: ParameterNorm,
    widths: Sequence[int] = (),
    outputs: int = 1,
    inputs: int = 1,
    biases: Biases = "none",
    exponent: float = math.nan,
) -> InducedNorm:
    """Return what a (deep) linear network of hidden widths m_k induces; see the module's table.

    Args:
        norm: the norm over all parameters.
        widths: the hidden layers' units; none for a single layer.
        outputs: 1, or the number of classes.
        inputs: d, which with the classes limits the rank that a spectral optimum may need.
        biases: of which layers; the first layer's act as a constant input.
        exponent: p of the norm "lp".
    """
    layers = len(widths) + 1
    if biases == "all" and layers > 1:
        return _none(0, "biases above the first layer make the network inhomogeneous")
    if layers == 1:
        return InducedNorm(norm, 1.0, 1, "the parameters are the predictor's weights", exponent)
    if norm == "spectral":
        needed = min(outputs - 1, inputs + (biases != "none")) if outputs > 1 else 1
        if min(widths) < needed:
            return _none(
                layers,
                f"a layer of {min(widths)} units limits the rank, and the optimum may need rank {needed}",
            )
        return InducedNorm("spectral", 1.0, layers, "‖W‖₂ ≤ Πₖ ‖Wₖ‖₂, with equality for W I … I")
    if outputs > 1:
        return _none(layers, _several_outputs(norm, layers))
    if norm == "l2":
        reason = "‖w‖₂ ≤ Πₖ ‖Wₖ‖_F ≤ (‖θ‖₂² / L)^(L/2), with equality for aligned rank one"
        return InducedNorm("l2", layers ** (-layers / 2.0), layers, reason)
    if norm == "l1":
        reason = "‖w‖₁ ≤ Πₖ ‖Wₖ‖₁ ≤ (‖θ‖₁ / L)ᴸ, with equality through a single unit"
        return InducedNorm("l1", float(layers) ** -layers, layers, reason)
    if norm == "lp":
        units = float(math.prod(widths)) ** max(0.0, 1.0 - 2.0 / exponent)
        reason = "‖w‖ₚ ≤ Πₖ mₖ^max(0, 1 − 2/p) ‖Wₖ‖ₚ ≤ Πₖ mₖ^max(0, 1 − 2/p) (‖θ‖ₚ / L^(1/p))ᴸ"
        return InducedNorm("lp", layers ** (-layers / exponent) * units, layers, reason, exponent)
    reason = "each wᵢ sums Πₖ mₖ paths of at most ‖θ‖∞ᴸ, with equality where all units agree"
    return InducedNorm("linf", float(math.prod(widths)), layers, reason)


def diagonal_network_norm(norm: ParameterNorm, depth: int, exponent: float = math.nan) -> InducedNorm:
    """Return what the diagonal network f(x) = (u^D - v^D) . x induces; see the module's table.

    Args:
        norm: the norm over the entries of u and v.
        depth: D >= 1.
        exponent: p of the norm "lp".
    """
    if norm == "spectral":
        return _none(depth, "a diagonal network has vectors for parameters, and no singular values")
    if norm == "linf":
        reason = "w_i = u_i^D - v_i^D reaches 1 in size at most, or 2 where D is odd and u_i = -v_i"
        return InducedNorm("linf", 2.0 if depth % 2 else 1.0, depth, reason)
    if norm == "lp":
        reason = f"|uᵢ^{depth} − vᵢ^{depth}| ≤ |uᵢ|^{depth} + |vᵢ|^{depth}"
        factor = 2.0 ** (1.0 - depth / exponent) if depth % 2 else 1.0
        return InducedNorm("lp", factor, depth, reason, exponent / depth)
    if depth == 1:
        if norm == "l1":
            return InducedNorm("l1", 1.0, 1, "|uᵢ − vᵢ| ≤ |uᵢ| + |vᵢ|, with equality where one is zero")
        reason = "(uᵢ − vᵢ)² ≤ 2 (uᵢ² + vᵢ²), with equality at u = −v"
        return InducedNorm("l2", math.sqrt(2.0), 1, reason)
    if depth == 2 and norm == "l2":
        reason = "|uᵢ² − vᵢ²| ≤ uᵢ² + vᵢ², with equality where one is zero"
        return InducedNorm("l1", 1.0, 2, reason)
    index = f"2/{depth}" if norm == "l2" else f"1/{depth}"
    return _none(depth, f"the predictor's quasi-norm has index {index}, whose ball is not convex")


def relu_network_norm(
    norm: ParameterNorm, widths: Sequence[int], outputs: int = 1, biases: Biases = "none"
) -> InducedNorm:
    """Return what a ReLU network induces: the variation norm for two layers, one output and l2."""
    layers = len(widths) + 1
    if biases == "all":
        return _none(0, "biases above the first layer make the network inhomogeneous")
    if layers != 2:
        return _none(layers, "an exact answer is known for two-layer ReLU networks only")
    if outputs > 1:
        return _none(2, "the F1 margin is solved for two classes only")
    if norm != "l2":
        return _none(
            2, "the F1 margin belongs to the l2 norm; other norms of the parameters have no convex problem"
        )
    reason = "2 Σⱼ |aⱼ| ‖vⱼ‖₂ ≤ ‖θ‖₂², with equality for balanced units"
    return InducedNorm("variation", 0.5, 2, reason)


def _several_outputs(norm: ParameterNorm, layers: int) -> str:
    """Return why hidden layers before several outputs leave no reference."""
    if norm == "l2" and layers == 2:
        return "the predictor's norm is the nuclear norm, whose margin is not solved here"
    if norm == "l2":
        return f"the predictor's Schatten quasi-norm has index 2/{layers}, whose ball is not convex"
    return "with several outputs behind hidden layers, the predictor's norm counts rank-one terms and is not convex"


def _none(degree: int, reason: str) -> InducedNorm:
    return InducedNorm(None, math.nan, degree, reason)
