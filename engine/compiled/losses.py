"""Losses in the log domain at the outputs of one replica, as engine.losses has them."""

from __future__ import annotations

import math

from .activations import softplus
from .exponentials import exponentials, largest_of, raised
from .jit import compiled
from .plan import Array


@compiled
def log_softplus(z: float) -> float:
    """Return log log(1 + e^z); for very negative z it is z - e^z/2."""
    if z < -30:
        return z - 0.5 * math.exp(z)
    return math.log(softplus(z))


@compiled
def margins(outputs: Array, labels: Array, smooth: Array, room: Array, cotangent: Array) -> float:
    """Write smooth margins (N,), and of several classes their cotangent (N, C); return q_min; room (N,).

    A margin that is no number makes q_min none.
    """
    count, classes = outputs.shape
    if classes == 1:
        for n in range(count):
            smooth[n] = outputs[n, 0] * labels[n]
            room[n] = -smooth[n]
    else:
        over_others(outputs, labels, smooth, room, cotangent)
    return -largest_of(room, count)


@compiled
def over_others(outputs: Array, labels: Array, smooth: Array, room: Array, cotangent: Array) -> None:
    """Write smooth margins (N,) over all classes but the true one, and their cotangent (N, C); room: minus margins."""
    count, classes = outputs.shape
    for n in range(count):
        true, most = int(labels[n]), -math.inf
        for j in range(classes):
            if j != true and not outputs[n, j] <= most:
                most = outputs[n, j]
        room[n] = most - outputs[n, true]
        for j in range(classes):
            cotangent[n, j] = outputs[n, j] - most if j != true else -math.inf
    raised(cotangent)
    for n in range(count):
        total = 0.0
        for j in range(classes):
            total += cotangent[n, j]
        for j in range(classes):
            cotangent[n, j] = -cotangent[n, j] / total
        cotangent[n, int(labels[n])] = 1.0
        smooth[n] = -room[n] - math.log(total)


@compiled
def evaluate(
    exponential: int, outputs: Array, labels: Array, smooth: Array, weight: Array, cotangent: Array
) -> tuple[float, float, float]:
    """Write the cotangent (N, C) at outputs (N, C), and return log loss, log S and q_min; smooth, weight (N,): room."""
    count, classes = outputs.shape
    least = margins(outputs, labels, smooth, weight, cotangent)
    for n in range(count):  # log -l' of every sample: its largest belongs to the least smooth margin
        weight[n] = -smooth[n] if exponential else -softplus(smooth[n])
    # numbers just above 0 take processors a hundred times longer, and would be 0 a little later
    shift, total = exponentials(weight, count, 1e-300 if cotangent.itemsize == 8 else 1e-36)
    log_weight = shift + math.log(total)
    for n in range(count):
        share = weight[n] / total
        if classes == 1:
            cotangent[n, 0] = share * labels[n]
        else:
            for j in range(classes):
                cotangent[n, j] *= share
    if exponential:
        return log_weight, log_weight, least
    for n in range(count):
        weight[n] = log_softplus(-smooth[n])
    shift, total = exponentials(weight, count, 0.0)
    return shift + math.log(total), log_weight, least


@compiled
def pair_cotangent(labels: Array, shift: int, scale: float, cotangent: Array) -> None:
    """Write scale times the cotangent (N, C) of the margin over the class that lies `shift` behind the true one."""
    count, classes = cotangent.shape
    for n in range(count):
        if classes == 1:
            cotangent[n, 0] = scale * labels[n]
            continue
        true = int(labels[n])
        for j in range(classes):
            cotangent[n, j] = 0.0
        cotangent[n, true] = scale
        cotangent[n, (true + shift) % classes] = -scale
