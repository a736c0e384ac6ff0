"""Losses in the log domain at the outputs of one replica, as engine.losses has them."""

from __future__ import annotations

import math

from .activations import softplus
from .jit import compiled
from .plan import Array


@compiled
def log_softplus(z: float) -> float:
    """Return log log(1 + e^z); for very negative z it is z - e^z/2."""
    if z < -30:
        return z - 0.5 * math.exp(z)
    return math.log(softplus(z))


@compiled
def evaluate(
    exponential: int, outputs: Array, labels: Array, smooth: Array, weight: Array, cotangent: Array
) -> tuple[float, float, float]:
    """Write the cotangent (N, C) at outputs (N, C), and return log loss, log S and q_min; smooth, weight (N,): room.

    A margin that is no number makes q_min none.
    """
    count, classes = outputs.shape
    least, broken = math.inf, False
    for n in range(count):
        if classes == 1:
            q = outputs[n, 0] * labels[n]
            smooth[n] = q
        else:
            true = int(labels[n])
            most = -math.inf
            for j in range(classes):
                if j != true and not outputs[n, j] <= most:
                    most = outputs[n, j]
            total = 0.0
            for j in range(classes):
                if j != true:
                    part = math.exp(outputs[n, j] - most)
                    cotangent[n, j] = part
                    total += part
            for j in range(classes):
                if j != true:
                    cotangent[n, j] = -cotangent[n, j] / total
            cotangent[n, true] = 1.0
            q = outputs[n, true] - most
            smooth[n] = outputs[n, true] - (most + math.log(total))
        broken = broken or math.isnan(q)
        least = min(least, q)
    # log -l' of every sample: its largest belongs to the least smooth margin
    top = -math.inf
    for n in range(count):
        weight[n] = -smooth[n] if exponential else -softplus(smooth[n])
        if not weight[n] <= top:
            top = weight[n]
    total = 0.0
    shift = top if math.isfinite(top) else 0.0
    # numbers just above 0 take processors a hundred times longer, and would be 0 a little later
    faint = 1e-300 if cotangent.itemsize == 8 else 1e-36
    for n in range(count):
        part = math.exp(weight[n] - shift)
        weight[n] = 0.0 if part < faint else part
        total += weight[n]
    log_weight = shift + math.log(total)
    for n in range(count):
        share = weight[n] / total
        if classes == 1:
            cotangent[n, 0] = share * labels[n]
        else:
            for j in range(classes):
                cotangent[n, j] *= share
    log_loss = log_weight
    if not exponential:
        top = -math.inf
        for n in range(count):
            weight[n] = log_softplus(-smooth[n])
            if not weight[n] <= top:
                top = weight[n]
        shift = top if math.isfinite(top) else 0.0
        total = 0.0
        for n in range(count):
            total += math.exp(weight[n] - shift)
        log_loss = shift + math.log(total)
    return log_loss, log_weight, math.nan if broken else least


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
