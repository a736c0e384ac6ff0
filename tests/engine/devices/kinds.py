"""Every kind of the registries once, as changes to the smallest experiment: what runs on a card is tried with each."""

from __future__ import annotations

from typing import Any

from engine.experiment.data import DATA_KINDS
from engine.experiment.networks import NETWORK_KINDS
from engine.experiment.optimizers import OPTIMIZER_KINDS
from tests.engine.drawn import SMALL

Said = dict[str, Any]
RATES: dict[str, Said] = {
    "safe": {"refresh": 2},
    "constant": {"eta": 0.01},
    "power": {"eta": 0.01, "exponent": 0.5},
    "normalised": {"a": 0.01},
    "theory": {"a0": 0.01},
}
BATCHES: dict[str, Said] = {"sgd": {"batch": 2}}
NORMS = ("linf", "l1", "spectral")
OF_NETWORKS: dict[str, Said] = {
    "conv": {
        "data": {"kind": "digits", "classes": [3, 8], "train": 6},
        "network": {"kind": "conv", "channels": [2], "widths": [3]},
    },
}
OF_DATA: dict[str, Said] = {
    "points": {"x": [[1.0, 0.2], [-0.8, 0.1], [0.3, 1.1]], "y": [1.0, -1.0, 1.0]},
    "csv": {"path": "three.csv"},
    "npz": {"path": "two.npz"},
    "digits": {"classes": [3, 8], "train": 6},
    "rings": {"inner": 4, "outer": 4},
    "parity": {"d": 3, "k": 2},
    "collapse": {"n": 9, "classes": 3, "d": 5},
    "signals": {"n": 8, "classes": 3},
    "blobs": {"n": 9, "classes": 3},
    "hyperplane": {"n": 8},
}
"""What kinds are given that are not small by themselves."""


def optimizers() -> list[Said]:
    """Return every optimizer and every step rule, and steepest descent in its other norms."""
    said: list[Said] = []
    for kind, spec in OPTIMIZER_KINDS.items():
        # a rule knows nothing of what it steps along
        for rule in spec.steps if kind in ("steepest", "sgd") else spec.steps[:1]:
            own = {"kind": kind, "step": {"kind": rule, **RATES.get(rule, {})}, **BATCHES.get(kind, {})}
            network = {"network": {"kind": "mlp", "widths": []}} if spec.linear_only else {}
            said.append({"optimizer": own, **network})
    step = {"kind": "constant", "eta": 0.01}
    said += [{"optimizer": {"kind": "steepest", "norm": norm, "step": step}} for norm in NORMS]
    said += [{"optimizer": {**BATCHES["sgd"], "kind": "sgd", "replacement": True, "step": step}}]
    said += [{"optimizer": {"kind": "momentum", "nesterov": True, "step": step}}]
    return _replicated(said)


def waits(said: Said) -> bool:
    """Say whether steps of these 5 x 2 matrices must wait for the card."""
    optimizer = said.get("optimizer", {})
    searches = optimizer.get("step", {}).get("kind") in ("loss-based", "line-search", "adaptive")
    return searches or optimizer.get("norm") == "spectral" or optimizer.get("kind") in ("muon", "shampoo")


def networks() -> list[Said]:
    """Return every network, the dense one with biases and three layers."""
    said: list[Said] = [
        OF_NETWORKS.get(kind, {"network": {"kind": kind}}) for kind in NETWORK_KINDS if kind != "mlp"
    ]
    dense = {"kind": "mlp", "widths": [4, 3], "bias": "all", "activation": "gelu"}
    return _replicated([{"network": dense}, *said])


def data() -> list[Said]:
    """Return every kind of data; of several classes the loss is cross-entropy."""
    return _replicated(
        [
            {
                "data": {"kind": kind, **SMALL.get(kind, {}), **OF_DATA.get(kind, {})},
                "loss": {
                    "kind": "cross-entropy" if n % 2 else "logistic",
                    "reduction": "mean" if n % 3 else "sum",
                },
            }
            for n, kind in enumerate(DATA_KINDS)
        ]
    )


def _replicated(said: list[Said]) -> list[Said]:
    return [one | {"replicas": 3 if n % 2 else 1} for n, one in enumerate(said)]


def named(said: Said) -> str:
    """Return a short name of what was changed."""
    optimizer = said.get("optimizer", {})
    parts = [said[name]["kind"] for name in ("data", "network", "optimizer") if name in said]
    parts += [str(optimizer[name]) for name in ("norm", "nesterov", "replacement") if name in optimizer]
    return "-".join([*parts, optimizer.get("step", {}).get("kind", ""), f"R{said.get('replicas', 1)}"])
