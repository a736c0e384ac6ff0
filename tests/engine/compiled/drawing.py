"""Experiments drawn at random over every kind that has a compiled half, each small."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle
from typing import Any, get_args

from engine.compiled.coverage import ACTIVATIONS, FAMILIES, NORMS, OPTIMIZERS, RULES
from engine.experiment.experiment import Experiment, experiment_from
from engine.experiment.networks import NETWORK_KINDS, InitSpec, NetworkSpec
from engine.experiment.optimizers import OPTIMIZER_KINDS, SteepestSpec
from engine.experiment.step_rules import STEP_KINDS
from engine.experiment.structure import layer_names
from engine.run.problem import prepare
from engine.words.errors import Refusal

Said = dict[str, Any]
STEPS: dict[str, Said] = {
    "safe": {"refresh": 7},
    "constant": {"eta": 0.01},
    "power": {"eta": 0.01, "exponent": 0.5},
    "normalised": {"a": 0.01},
    "theory": {"a0": 0.01},
    "loss-based": {"alpha": 0.1},
    "line-search": {"a": 0.1},
    "adaptive": {},
}
VARIED: dict[str, list[Any]] = {
    "network.init.scale": [0.4, 0.7, 1.0],
    "network.output_scale": [0.5, 1.0, 2.0],
    "data.seed": [0, 1, 2],
    "optimizer.beta": [0.0, 0.5, 0.9],
    "optimizer.beta1": [0.0, 0.5, 0.9],
    "optimizer.beta2": [0.5, 0.9, 0.95],
    "optimizer.p": [1.2, 1.9, 1.5],
    "optimizer.epsilon": [0.0, 1e-8, 1e-3],
    "optimizer.weight_decay": [0.0, 0.01, 0.1],
    "optimizer.step.c": [0.25, 0.5, 1.0],
    "optimizer.step.kappa": [0.01, 0.02, 0.5],
    "optimizer.step.eta": [0.01, 0.005, 0.02],
    "optimizer.step.a": [0.01, 0.005, 0.02],
    "optimizer.step.a0": [0.01, 0.005, 0.02],
    "optimizer.step.exponent": [0.0, 0.3, 0.5],
    "optimizer.step.up": [1.1, 1.15, 1.3],
}
"""Fields that differ between replicas, those that the experiment has."""


def pairs() -> list[tuple[str, Said]]:
    """Return every optimizer with every step rule that it takes, steepest descent in every norm."""
    found = []
    for kind, rule in ((k, r) for k in OPTIMIZER_KINDS for r in OPTIMIZER_KINDS[k].steps):
        spec = OPTIMIZER_KINDS[kind]
        if spec not in OPTIMIZERS or STEP_KINDS[rule] not in RULES:
            continue
        step = {"kind": rule, **STEPS[rule]}
        norms = get_args(SteepestSpec.model_fields["norm"].annotation) if spec is SteepestSpec else ()
        for norm in [norm for norm in norms if norm in NORMS] or [None]:
            optimizer = {"kind": kind, "step": step} | ({"norm": norm} if norm else {})
            optimizer |= {"p": 1.7} if kind == "mirror" else {}
            if not spec.model_validate(optimizer).why_not_step():
                found.append((f"{kind} {norm or ''} {rule}", optimizer))
    return found


def experiments(seed: int) -> Iterator[tuple[str, Experiment]]:
    """Yield experiments for ever, with a few words each; what is not allowed is drawn anew."""
    chance = random.Random(seed)
    for words, optimizer in cycle(pairs()):
        for _ in range(100):
            try:
                experiment = experiment_from(_drawn(chance, optimizer))
                prepare(experiment)
            except Refusal:
                continue
            yield f"{words}, {experiment.network.kind}, {experiment.data.kind}", experiment
            break
        else:
            raise AssertionError(f"nothing that goes with {optimizer} was drawn")


def _drawn(chance: random.Random, optimizer: Said) -> Said:
    said: Said = {
        "version": 1,
        "seed": chance.randrange(1000),
        "data": _data(chance),
        "network": {"kind": "mlp", "widths": []} if optimizer["kind"] == "mirror" else _network(chance),
        "loss": {
            "kind": chance.choice(["exponential", "logistic", "cross-entropy"]),
            "reduction": chance.choice(["sum", "mean"]),
        },
        "optimizer": optimizer | _settings(chance, optimizer),
        "measure": {"twin": chance.random() < 0.15},
        "run": {
            "steps": 1000,
            "threads": chance.choice([1, 1, 2]),
            "dtype": chance.choice(["float64"] * 3 + ["float32"]),
        },
    }
    if optimizer.get("norm") == "lp":
        # above 2 steps are roots of the gradient, and entries that are 0 by symmetry but for rounding grow to 1e-11
        said["optimizer"]["p"] = 1.5
    if optimizer["step"]["kind"] != "theory":
        said["optimizer"]["weight_decay"] = [0.0, 0.0, 0.003, 0.3][said["seed"] % 4]
    path = chance.choice([None, *VARIED])
    said["measure"]["twin"] &= not said["optimizer"].get("weight_decay") and path != "optimizer.weight_decay"
    if path is not None and chance.random() < 0.5:
        return said | {"vary": {path: VARIED[path]}}
    return said | {"replicas": chance.choice([1, 1, 3])}


def _data(chance: random.Random) -> Said:
    return chance.choice(
        [
            {"kind": "circle", "n": 12},
            {"kind": "xor", "n": 10},
            {"kind": "blobs", "n": 9, "d": 1, "classes": 2},
            {"kind": "blobs", "n": 12, "d": 3, "classes": 3},
            {"kind": "digits", "classes": [0, 1, 7], "train": 12},
        ]
    )


def _network(chance: random.Random) -> Said:
    spec = chance.choice([*FAMILIES, NETWORK_KINDS["mlp"], NETWORK_KINDS["mlp"]])
    fields = spec.model_fields
    own: Said = {"kind": _kind_of(spec)}
    choices: Said = {
        "activation": sorted(ACTIVATIONS),
        "negative_slope": [0.0, 0.3],
        "widths": [[], [7], [6], [6, 4], [5, 3, 4]],
        "bias": ["none", "first", "all"],
        "depth": [1, 2, 3],
        "width": [5],
        "blocks": [1, 2],
        "features": [4],
        "feature_scale": [1.0, 0.5],
        "output_scale": [1.0, 1.0, 0.5],
    }
    own |= {name: chance.choice(values) for name, values in choices.items() if name in fields}
    init: Said = {
        "kind": chance.choice(["fan-in"] * 4 + list(get_args(InitSpec.model_fields["kind"].annotation)))
    }
    init |= {"scale": chance.choice([0.6, 1.0]), "bias": chance.choice([0.0, 0.2])}
    if own["kind"] == "mlp" and chance.random() < 0.2:
        init["symmetrized"] = True
    own["init"] = init
    if chance.random() < 0.25:
        names = layer_names(spec.model_validate(own))
        own["train"] = sorted(chance.sample(names, chance.randrange(1, len(names) + 1)))
    return own


def _kind_of(spec: type[NetworkSpec]) -> str:
    return next(kind for kind in NETWORK_KINDS if NETWORK_KINDS[kind] is spec)


def _settings(chance: random.Random, optimizer: Said) -> Said:
    """Draw what else an optimizer says."""
    match optimizer["kind"]:
        case "sgd":
            return {"batch": chance.choice([1, 3, 5, 99]), "replacement": chance.random() < 0.5}
        case "steepest" if optimizer["step"]["kind"] in ("constant", "power"):
            return {"scaled": chance.random() < 0.5}
        case "momentum" | "muon":
            return {"nesterov": chance.random() < 0.5, "beta": chance.choice([0.0, 0.9])}
        case "adam" | "adamw":
            return {"beta1": chance.choice([0.0, 0.9]), "epsilon": chance.choice([0.0, 1e-3])}
        case "rmsprop" | "adagrad":
            return {"epsilon": chance.choice([0.0, 1e-8])}
    return {}
