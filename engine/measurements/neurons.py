"""How hidden units turn, where to at first, where their weights lie, and how many are active."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..experiment.structure.activations import ON_OR_OFF
from ..networks import Weights
from ..networks.lengths import length, unit
from ..optimizers import Optimizer
from ..run.problem import Problem
from .base import Measurement, References, estimate, pass_work
from .beginnings import beginnings
from .record_point import RecordPoint


def neurons(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure rotation, early alignment, mass on relevant coordinates and the share of active units, where defined."""
    shape = problem.structure
    hidden = [i for i, layer in enumerate(shape.layers[:-1]) if layer.activated]
    two_layers = len(shape.layers) == 2 and (shape.chain or shape.constants > 0) and shape.generalises
    measurements: list[Measurement] = []
    if two_layers:
        measurements.append(_rotation(problem))
    first = shape.layers[0]
    on_inputs = first.positions == 1 and not first.by_element and shape.generalises
    on_inputs = on_inputs and first.columns == problem.x.shape[2]  # and not on one token of several
    if problem.dataset(0).relevant is not None and on_inputs:
        measurements.append(_coordinate_mass(problem))
    if shape.activation in ON_OR_OFF and hidden:
        measurements.append(_active_fraction(problem, hidden))
    return [*measurements, *beginnings(problem)]


def _rotation(problem: Problem) -> Measurement:
    """Measure sum_j |a_j| ||v_j|| (1 - cos(v_j, v_j(0))) / sum_j |a_j| ||v_j||, and ||V - V_0||_F.

    Source: Telgarsky 2022; theory section 6.

    v_j are the incoming weights with the unit's bias; |a_j| is the norm of its outgoing ones. Units that start or
    stand at 0 have no direction and no share.
    """
    network = problem.network

    def incoming(weights: list[Weights]) -> Tensor:
        """Return the v_j (R, rows, d + bias); along its fixed direction a unit's is one number."""
        first = weights[0]
        return first.weight if first.bias is None else torch.cat([first.weight, first.bias.unsqueeze(-1)], -1)

    initial = incoming(network.views(problem.initial))
    start, whole = unit(initial, dim=-1), length(initial.flatten(1))

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        now = incoming(point.weights)
        incoming_length = length(now, dim=-1)
        outgoing = length(point.weights[1].weight)
        share = outgoing.repeat(1, incoming_length.shape[1] // outgoing.shape[1]) * incoming_length
        # 1 - cos by the distance of directions: exact where a unit hardly moved, or cannot turn
        turned = (unit(now, dim=-1) - point.each(start)).square().sum(-1).nan_to_num(0.0) / 2
        distance = length((now - point.each(initial)).flatten(1))
        return {
            "rotation": (share * turned).sum(1) / share.sum(1),
            "hidden_distance": distance,
            "hidden_change": torch.where(point.each(whole) > 0, distance / point.each(whole), torch.nan),
        }

    return Measurement(("rotation", "hidden_distance", "hidden_change"), measure)


def _coordinate_mass(problem: Problem) -> Measurement:
    """Measure ||W_1 P_S||_F^2 / ||W_1||_F^2, S the inputs that the labels depend on."""
    relevant = list(problem.dataset(0).relevant or ())

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        squares = point.weights[0].weight.square().sum(1)
        return {"coordinate_mass": squares[:, relevant].sum(1) / squares.sum(1)}

    return Measurement(("coordinate_mass",), measure)


def _active_fraction(problem: Problem, hidden: list[int]) -> Measurement:
    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        pre = [point.tape.pre[i].flatten(1) for i in hidden]
        active = torch.stack([(z > 0).sum(1) for z in pre]).sum(0)
        return {"active_fraction": active.to(point.theta.dtype) / sum(z.shape[1] for z in pre)}

    work = problem.samples * pass_work(problem) / 20
    return Measurement(("active_fraction",), measure, estimate(6 * len(hidden), work))
