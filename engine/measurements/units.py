"""What the units of a layer are at some parameters: their weights in and out, what they do, and where they bend.

Shapes: T parameter vectors of one replica, folded into the replica axis; U units of the layer, D weights into each
(biases included), N samples, C outputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..experiment.structure import Layer
from ..experiment.structure.activations import pieces
from ..networks import Network, Weights
from ..networks.decompositions import svd
from ..networks.lengths import length
from ..protocol.records import Array
from ..run.problem import Problem
from .attention import is_attention
from .beginnings import has_a_plane, maxima_of, nearest_angle, outgoing_signs
from .vectors import angle

SMALL = 64
"""Side of a matrix up to which its leading direction is taken from a whole decomposition."""
KINKED = ("relu", "leaky-relu", "relu2", "relu3", "abs", "maxout")
"""Activations that bend at one value of a unit's input; relu2 and relu3 in a higher derivative."""
PREDICTORS = ""
"""What stands for the layer of networks whose parameters multiply number by number: their linear predictors."""


@dataclass(frozen=True)
class UnitPlace:
    """A layer of a problem's network, in one replica."""

    problem: Problem
    replica: int
    layer: int
    """Its index; -1 for the linear predictors of a network that has no units."""

    @property
    def structure(self) -> Layer:
        """Return the layer's structure."""
        return self.problem.network.layers[self.layer]

    @property
    def is_predictor(self) -> bool:
        """Say whether these are the linear predictors of the outputs."""
        return self.layer < 0

    @property
    def is_last(self) -> bool:
        """Say whether no layer that trains takes up what comes out of it."""
        return self.is_predictor or self.layer == len(self.problem.network.layers) - 1

    @property
    def makes_outputs(self) -> bool:
        """Say whether its units are the outputs: the last rows of attention make scores of tokens."""
        return self.is_last and not is_attention(self.problem)

    @property
    def pieces(self) -> int:
        """Return how many pre-activations a unit has."""
        activated = not self.is_last and self.structure.activated
        return pieces(self.problem.structure.activation) if activated else 1

    @property
    def units(self) -> int:
        """Return U."""
        return self.problem.network.outputs_count if self.is_predictor else self.structure.rows // self.pieces

    @property
    def name(self) -> str:
        """Return the layer's name; '' of predictors."""
        return PREDICTORS if self.is_predictor else self.structure.name

    @property
    def word(self) -> str:
        """Say what its units are, in the plural."""
        if self.is_last:
            return "outputs" if self.makes_outputs else "rows"
        if self.structure.positions > 1:
            return "filters"
        return "units" if self.structure.activated else "features"

    @property
    def samples(self) -> Tensor:
        """Return the training samples (1, n, d) that shares are of: at most so many, evenly chosen."""
        x = self.problem.x[self.replica : self.replica + 1]
        return x if x.shape[1] <= MOST_SAMPLES else x[:, :: math.ceil(x.shape[1] / MOST_SAMPLES)]

    def network(self, count: int) -> Network:
        """Return the replica's network for so many parameter vectors."""
        return self.problem.network.one(self.replica).times(count)


MOST_SAMPLES = 1000


def places(problem: Problem, replica: int) -> list[UnitPlace]:
    """Return the layers whose units can be looked at, from the input up."""
    layers = problem.network.layers
    if problem.structure.opaque:
        return []
    if all(layer.by_element for layer in layers):
        return [UnitPlace(problem, replica, -1)]
    return [UnitPlace(problem, replica, i) for i in range(len(layers))]


def seen(place: UnitPlace, theta: Tensor) -> dict[str, Tensor]:
    """Return what units are at T parameter vectors (T, P): by name (T, U), slopes (T, U, 2) where there are any.

    What norm, turned, leading, out, share, side, slope, offset and extremal are, `engine.protocol.neurons.UnitsSeen`
    says.
    """
    weights, out = incoming(place, theta), outgoing(place, theta)
    start = incoming(place, place.problem.initial[place.replica : place.replica + 1])
    norm = length(weights, dim=-1)
    nothing = torch.full_like(norm, math.nan)
    found = {
        "norm": norm,
        "turned": angle(weights, start.expand_as(weights)),
        "leading": leading_angle(weights),
        "out": nothing if out is None else length(out.flatten(1, 2), dim=1),
        "share": nothing if out is None else shares(place, theta, out),
        "side": sides(place, out, len(theta)).to(theta.device),
    }
    if not why_no_plane(place):
        found["slope"], found["offset"] = plane(place, theta)
    if has_extremes(place):
        signs = outgoing_signs(place.network(len(theta)).views(theta)[1])
        found["extremal"] = nearest_angle(weights, signs, *extremes(place, theta))
    return found


def longest(place: UnitPlace, theta: Tensor, most: int) -> Tensor:
    """Return the units (U,) with the longest weights into them, in their order; theta (1, P)."""
    if place.units <= most:
        return torch.arange(place.units, device=theta.device)
    return length(incoming(place, theta), dim=-1)[0].topk(most).indices.sort().values


# --- weights ----------------------------------------------------------------------------------------------------


def incoming(place: UnitPlace, theta: Tensor) -> Tensor:
    """Return the weights w_j (T, U, D) into every unit, its bias last.

    Of a unit of two pieces they are both pieces', one after the other; along a fixed direction that times its length;
    of a linear predictor its coefficients.
    """
    network = place.network(len(theta))
    if place.is_predictor:
        return _predictors(network, theta)
    weights = network.views(theta)[place.layer]
    fixed = network.fixed_directions
    rows = _with_bias(weights)
    if place.structure.by_element and fixed is not None:
        rows = rows * fixed
    pairs: Tensor = rows.unflatten(1, (place.pieces, place.units))
    return pairs.transpose(1, 2).flatten(2)


def _with_bias(weights: Weights) -> Tensor:
    if weights.bias is None:
        return weights.weight
    return torch.cat([weights.weight, weights.bias.unsqueeze(-1)], -1)


def _predictors(network: Network, theta: Tensor) -> Tensor:
    """Return the coefficients (T, C, d) of outputs that are linear in the inputs."""
    one = torch.eye(network.ends.inputs, dtype=theta.dtype, device=theta.device)
    return network.outputs(theta, one.expand(len(theta), *one.shape)).mT


def outgoing(place: UnitPlace, theta: Tensor) -> Tensor | None:
    """Return the weights a_j (T, O, K, U) out of every unit, to the O rows of the layer above; None where none is.

    K are the places at which that takes the unit up: one of dense layers.
    """
    network = place.network(len(theta))
    if not takes_up(place):
        return None
    above: Tensor = network.views(theta)[place.layer + 1].weight.unflatten(2, (-1, place.units))
    return above


def takes_up(place: UnitPlace) -> bool:
    """Say whether the layer above is applied to what this one's units make, and to nothing else."""
    layers = place.problem.network.layers
    if place.is_last or layers[place.layer + 1].by_element:
        return False
    return place.structure.activated and layers[place.layer + 1].columns % place.units == 0


# --- angles -----------------------------------------------------------------------------------------------------


def leading_angle(vectors: Tensor) -> Tensor:
    """Return the angle (T, U), 0 to 90 degrees, of vectors (T, U, D) to their first right singular vector."""
    first = torch.stack([_leading(matrix) for matrix in vectors]).unsqueeze(1)
    found = angle(vectors, first.expand_as(vectors))
    return torch.minimum(found, 180 - found)


def _leading(matrix: Tensor) -> Tensor:
    if min(matrix.shape) <= SMALL or not bool(torch.isfinite(matrix).all()):
        return svd(matrix).right[0]
    from scipy.sparse.linalg import svds

    values = matrix.double().cpu().numpy()
    start = np.ones(min(values.shape))  # always the same one, so that the same step looks the same
    _, _, right = svds(values, k=1, v0=start)
    return torch.as_tensor(right[0].copy()).to(matrix)


# --- what units do ----------------------------------------------------------------------------------------------


def shares(place: UnitPlace, theta: Tensor, out: Tensor) -> Tensor:
    """Return sum_n ||a_j h_nj||_1 over the same of all units (T, U), out (T, O, K, U) the weights out of them.

    Of several outputs, and of a layer above that takes a unit up at several places, all are added.
    """
    network, x = place.network(len(theta)), place.samples
    weights = network.views(theta)
    total = torch.zeros(len(theta), out.shape[2] * out.shape[3], dtype=theta.dtype, device=theta.device)
    for part in x.split(network.rows_at_once(len(theta)), dim=1):
        tape = network.forward(weights, part.expand(len(theta), *part.shape[1:]))[1]
        made = tape.inputs[place.layer + 1]
        assert made is not None
        total += made.abs().flatten(1, -2).sum(1)
    each: Tensor = (total * out.abs().sum(1).flatten(1)).unflatten(1, (-1, place.units)).sum(1)
    return each / each.sum(1, keepdim=True)


def sides(place: UnitPlace, out: Tensor | None, count: int) -> Tensor:
    """Return what units (T, U) speak for: the sign of the output weight, or the class of the largest; -1: of none.

    It is 0 of binary networks where there is no sign.
    """
    outputs = place.problem.network.outputs_count
    binary = outputs == 1
    if place.makes_outputs:
        own = torch.ones(place.units) if binary else torch.arange(place.units)
        return own.long().expand(count, place.units)
    if out is None or not speaks(place) or out.shape[2] > 1:
        return torch.full((count, place.units), 0 if binary else -1)
    return out[:, 0, 0].sign().long() if binary else out[:, :, 0].argmax(1)


def speaks(place: UnitPlace) -> bool:
    """Say whether the weights out of a layer's units are those of the outputs, or the units are the outputs."""
    layers = place.problem.network.layers
    return place.makes_outputs or (
        takes_up(place) and place.layer + 2 == len(layers) and layers[place.layer + 1].columns == place.units
    )


# --- where they turn to at first ---------------------------------------------------------------------------------


def has_extremes(place: UnitPlace) -> bool:
    """Say whether all directions are known to which units turn first: hidden ones of two weights each."""
    return place.layer == 0 and has_a_plane(place.problem)


def extremes(place: UnitPlace, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return these directions (1, K, 2), unit vectors of weights, and the signs (1, K) of units that they draw."""
    angles, sides = (torch.as_tensor(found).to(like) for found in maxima_of(place.problem, place.replica))
    return torch.stack([angles.cos(), angles.sin()], -1).unsqueeze(0), sides.unsqueeze(0)


def extreme_slopes(place: UnitPlace, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return how the inputs of units that point there grow with the two raw inputs (K, 2), and the signs (K,)."""
    directions, sides = extremes(place, like)
    x, _, far = _corners(place, like)
    values = x @ directions[0].mT
    return (values[1:] - values[:1]).mT / far, sides[0]


# --- where they bend --------------------------------------------------------------------------------------------


def why_no_plane(place: UnitPlace) -> str:
    """Say why a layer's units have no lines in the plane of the raw inputs; '' where they have."""
    problem = place.problem
    data, shape = problem.dataset(place.replica), problem.structure
    if not shape.generalises:
        return "these networks know a sample by its number: there is no plane of inputs"
    if is_attention(problem):
        return "attention looks at tokens one by one, not at the plane of inputs"
    if data.raw.shape[1] != 2:
        return f"arrows over the data need 2 inputs; these data have {data.raw.shape[1]}"
    if place.is_predictor:
        return ""
    if place.structure.positions > 1:
        return "a filter looks at every pixel in turn, not at the plane of inputs"
    below = problem.network.layers[: place.layer]
    if any(layer.activated for layer in below) and not shape.linear:
        return "what comes into this layer is not linear in the inputs: choose the first one"
    return ""


def bends_on_a_line(place: UnitPlace) -> bool:
    """Say whether the points at which a unit's input is 0 are a line: not where only inputs are over their norm."""
    below = place.problem.network.layers[: place.layer + 1] if not place.is_predictor else ()
    over_norm = place.problem.dataset(place.replica).scaling.normalize == "unit-norm"
    return not (over_norm and any(layer.bias for layer in below))


def line_word(place: UnitPlace) -> str:
    """Say what the lines are: kinks, where outputs change sign, or where a unit's input is 0."""
    if not bends_on_a_line(place):
        return ""
    if place.is_last:
        return "lines: where the output is 0"
    kinked = place.structure.activated and place.problem.structure.activation in KINKED
    return "lines: the units' kinks" if kinked else "lines: where the unit's input is 0"


def plane(place: UnitPlace, theta: Tensor) -> tuple[Tensor, Tensor]:
    """Return slopes (T, U, 2) and offsets (T, U) of units' inputs as functions of the two raw inputs.

    Of a unit with two pieces it is the first less the second: it bends where they are equal. Where every point is
    divided by its own norm it is that function times the norm.
    """
    network = place.network(len(theta))
    x, centre, far = _corners(place, theta)
    x = x.expand(len(theta), *x.shape)
    if place.is_predictor:
        values = network.outputs(theta, x)
    else:
        values = network.forward(network.views(theta), x)[1].pre[place.layer]
    values = values.unflatten(2, (place.pieces, place.units))
    values = values[:, :, 0] - values[:, :, 1] if place.pieces > 1 else values[:, :, 0]
    slope = (values[:, 1:] - values[:, :1]).mT / far
    offset = values[:, 0] - slope @ torch.as_tensor(centre, dtype=theta.dtype, device=theta.device)
    return slope, offset


def _corners(place: UnitPlace, like: Tensor) -> tuple[Tensor, Array, float]:
    """Return the data's centre and a point beside it along either raw input, as inputs (3, d); centre, distance."""
    data = place.problem.dataset(place.replica)
    scaling = data.scaling
    if scaling.normalize == "unit-norm":
        scaling = replace(scaling, normalize="none")
    centre = data.raw.mean(0)
    far = float(np.abs(data.raw - centre).max()) or 1.0
    corners = centre + far * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    return torch.as_tensor(scaling.apply(corners), dtype=like.dtype, device=like.device), centre, far
