"""The tangent kernel of infinitely wide dense networks in closed form, in the lab's own parametrisation.

Weights of layer l are independent N(0, s_l^2), its biases N(0, t^2); widths n_l are taken as they are, to leading
order: every sum over n_l units is n_l times its expectation. For one hidden layer that is the expectation of the
kernel itself. With z_l the pre-activations of two inputs, jointly normal with covariance Sigma_l,

    <h_l, h_l'> = n_l E[phi(z) phi(z')],  Sigma_(l+1) = s_(l+1)^2 <h_l, h_l'> + t^2 [bias]
    <delta_l, delta_l'> = n_l s_(l+1)^2 E[phi'(z) phi'(z')] <delta_(l+1), delta_(l+1)'>
    K = output_scale^2 sum_l <delta_l, delta_l'> (<h_(l-1), h_(l-1)'> + [bias])

over the layers that train (Jacot et al. 2018). The expectations are those of the arc-cosine kernels (Cho and Saul
2009): with the angle varphi between z and z', of standard deviations a and b, and phi = slope z left of 0,

    E[phi phi'] = a b (slope cos varphi + (1 - slope)^2 (sin varphi + (pi - varphi) cos varphi)/(2 pi))
    E[phi' phi''] = slope + (1 - slope)^2 (pi - varphi)/(2 pi).

Shapes: R replicas, N and M samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..experiment.networks import MlpSpec, NetworkSpec
from ..experiment.structure import Ends, Layer, structure
from ..networks import build
from ..references import NotApplicable
from .cost import Outputs
from .empirical import tangent_kernel

SLOPES = {"relu": 0.0, "linear": 1.0}
"""phi'(z) for z < 0 of the activations that are 1 for z > 0, leaky-relu's own apart."""


def infinite_kernel(
    members: Sequence[NetworkSpec],
    ends: Ends,
    x: Tensor,
    other: Tensor | None = None,
    outputs: Outputs = "trace",
) -> Tensor:
    """Return the infinite-width tangent kernel (R, N, M), or (R, N C, M C) for `full`.

    Args:
        members: what each of R replicas says of its network; they differ in scales alone.
        ends: inputs and outputs of the network.
        x: (R, N, d).
        other: (R, M, d); by default x again.
        outputs: `trace` sums over outputs, which are alike and uncorrelated; `full` keeps every pair.

    Raises:
        NotApplicable: where there is no closed form here, or no limit.
    """
    shares = list(infinite_layer_kernels(members, ends, x, other, outputs).values())
    return torch.stack(shares).sum(0)


def infinite_layer_kernels(
    members: Sequence[NetworkSpec],
    ends: Ends,
    x: Tensor,
    other: Tensor | None = None,
    outputs: Outputs = "trace",
) -> Mapping[str, Tensor]:
    """Return every trained layer's share of the infinite-width kernel, by its name, from the input up.

    Arguments and errors are those of `infinite_kernel`.
    """
    wide = [_wide(fields) for fields in members]
    layers = structure(members[0], ends).layers
    scale = _each([fields.output_scale**2 for fields in members], x)
    up = list(_way_up(wide, layers, x, x if other is None else other))
    kernels: dict[str, Tensor] = {}
    signals = scale.expand_as(up[-1].inputs)
    for i in reversed(range(len(layers))):
        if layers[i].trained:
            kernels[layers[i].name] = signals * (up[i].inputs + float(layers[i].bias))
        if i > 0:
            variance = _each([_variance(fields, layers[i]) for fields in wide], x)
            below = signals * layers[i].columns * variance * up[i - 1].derivatives
            # pairs of units with opposite output weights cancel in what goes further down
            signals = torch.zeros_like(below) if wide[0].init.symmetrized and i < len(layers) - 1 else below
    return {
        layer.name: _over_outputs(kernels[layer.name], ends.outputs, outputs)
        for layer in layers
        if layer.trained
    }


def width_errors(
    fields: MlpSpec, ends: Ends, x: Tensor, widths: Sequence[int], seeds: Sequence[int]
) -> Tensor:
    """Return ||K_m - K_inf||_F / ||K_inf||_F (seeds, widths) on samples x (N, d), all hidden layers m wide.

    It falls like 1/sqrt(m): the finite kernel is a mean over independent units.
    """
    errors = []
    for width in widths:
        wide = fields.model_copy(update={"widths": (width,) * len(fields.widths)})
        members = [wide] * len(seeds)
        network, theta = build(members, seeds, ends, x.dtype, x.device)
        finite = tangent_kernel(network, theta, x.expand(len(seeds), *x.shape))
        limit = infinite_kernel(members[:1], ends, x.unsqueeze(0))
        distance = torch.linalg.vector_norm((finite - limit).flatten(1), dim=1)
        errors.append(distance / torch.linalg.vector_norm(limit))
    return torch.stack(errors, 1)


def _wide(fields: NetworkSpec) -> MlpSpec:
    """Return the fields of a network whose limit is known in closed form.

    Raises:
        NotApplicable: for any other network.
    """
    if not isinstance(fields, MlpSpec):
        raise NotApplicable(f"the infinite-width kernel is known here for dense networks, not {fields.kind}")
    if fields.activation not in (*SLOPES, "leaky-relu"):
        raise NotApplicable(
            f"the infinite-width kernel is in closed form for relu, leaky-relu and linear activations, "
            f"not {fields.activation}"
        )
    if not fields.init.random:
        raise NotApplicable(
            f"initialisation {fields.init.kind} draws nothing, so that there is no limit of large width"
        )
    if fields.init.exponent:
        raise NotApplicable(
            "initial weights shrink or grow with the width, so that there is no limit of large width"
        )
    return fields


def _variance(fields: MlpSpec, layer: Layer) -> float:
    """Return s^2 of a layer's weights."""
    each = {"normal": 1.0, "fan-in": 1 / layer.columns, "he": 2 / layer.columns}
    return fields.init.scale**2 * each[fields.init.kind]


@dataclass(frozen=True)
class _Pairs:
    """How a layer of two inputs stand to one another, (R, N, M); standard deviations or norms (R, N, 1), (R, 1, M)."""

    left: Tensor
    right: Tensor
    apart: Tensor
    """1 - cos of the angle, which keeps its digits where the angle is small."""
    opposed: Tensor
    """1 + cos of the angle."""

    @property
    def product(self) -> Tensor:
        """Return the inner product."""
        return self.left * self.right * (1 - self.apart)

    @property
    def angle(self) -> Tensor:
        """Return the angle in [0, pi], accurate at both ends."""
        return 2 * torch.atan2(self.apart.sqrt(), self.opposed.sqrt())

    def plus(self, variance: Tensor, bias: Tensor) -> _Pairs:
        """Return the covariance of z = W h + b: variances times the inner products of h, plus that of b.

        For standard deviations a, b and variances A, B of weights and biases, with D = sqrt((A a^2 + B)(A b^2 + B)),
        1 -+ cos are sums of terms that are not negative:
        D (1 - cos') = A a b (1 - cos) + rest and D (1 + cos') = A a b (1 + cos) + 2 B + rest,
        rest = D - A a b - B = A B (a - b)^2 / (D + A a b + B).
        """
        left = (variance * self.left.square() + bias).sqrt()
        right = (variance * self.right.square() + bias).sqrt()
        both, inner = left * right, variance * self.left * self.right
        rest = _ratio(variance * bias * (self.left - self.right).square(), both + inner + bias)
        apart = inner * self.apart + rest
        opposed = inner * self.opposed + 2 * bias + rest
        return _Pairs(left, right, _ratio(apart, both), _ratio(opposed, both))


@dataclass(frozen=True)
class _Level:
    """One layer on the way up."""

    inputs: Tensor
    """<h_(l-1), h_(l-1)'> (R, N, M)."""
    derivatives: Tensor
    """E[phi'(z_l) phi'(z_l')] (R, N, M)."""


def _way_up(wide: Sequence[MlpSpec], layers: Sequence[Layer], x: Tensor, other: Tensor) -> Iterator[_Level]:
    h = _input_pairs(x, other)
    slope = _slope(wide[0])
    for layer in layers:
        variance = _each([_variance(fields, layer) for fields in wide], x)
        spread = _each([fields.init.bias**2 * layer.bias for fields in wide], x)
        z = h.plus(variance, spread)
        yield _Level(h.product, _derivatives(z, slope))
        h = _activated(z, slope, layer.units)


def _input_pairs(x: Tensor, other: Tensor) -> _Pairs:
    """Return norms and angles of inputs, the angle from |u - u'| and |u + u'| of unit vectors (Kahan)."""
    left, right = (torch.linalg.vector_norm(points, dim=2, keepdim=True) for points in (x, other))
    u, v = _ratio(x, left), _ratio(other, right)
    apart, opposed = (
        torch.cdist(u, w, compute_mode="donot_use_mm_for_euclid_dist").square() / 2 for w in (v, -v)
    )
    return _Pairs(left, right.mT, apart, opposed)


def _derivatives(z: _Pairs, slope: float) -> Tensor:
    """Return E[phi'(z) phi'(z')]; of a z that is 0 for sure phi' is the slope left of 0, as in the networks."""
    left, right = z.left > 0, z.right > 0
    once = (left.to(z.left.dtype) + right.to(z.left.dtype)) / 2
    twice = torch.where(left & right, (math.pi - z.angle) / (2 * math.pi), 0.0)
    return slope**2 + slope * (1 - slope) * once + (1 - slope) ** 2 * twice


def _activated(z: _Pairs, slope: float, units: int) -> _Pairs:
    """Return n E[phi(z) phi(z')]: |phi(z)| is sqrt((1 + slope^2)/2) |z|, and of the angle 1 - cos has no cancellation.

    With g = (sin + (pi - angle) cos)/pi, 1 - g = (1 - cos) + (angle cos - sin)/pi.
    """
    angle = z.angle
    bend = z.apart + (angle * (1 - z.apart) - angle.sin()) / math.pi
    gain = (1 + slope**2) / 2
    apart = (slope * z.apart + (1 - slope) ** 2 * bend / 2) / gain
    growth = math.sqrt(units * gain)
    return _Pairs(growth * z.left, growth * z.right, apart.clamp(0, 2), (2 - apart).clamp(0, 2))


def _slope(fields: MlpSpec) -> float:
    return fields.negative_slope if fields.activation == "leaky-relu" else SLOPES[fields.activation]


def _each(values: Sequence[float], like: Tensor) -> Tensor:
    """Return one number a replica, (R, 1, 1)."""
    return torch.tensor(values, dtype=like.dtype, device=like.device)[:, None, None]


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    """Return part / whole, 0 where there is nothing."""
    return torch.where(whole > 0, part / torch.where(whole > 0, whole, 1.0), 0.0)


def _over_outputs(kernel: Tensor, count: int, outputs: Outputs) -> Tensor:
    if outputs == "trace":
        return count * kernel
    identity = torch.eye(count, dtype=kernel.dtype, device=kernel.device)
    full: Tensor = torch.einsum("rnm,ce->rncme", kernel, identity).flatten(3, 4).flatten(1, 2)
    return full
