"""Mutations of what no general wrong makes fail: see `every_claim`."""

from __future__ import annotations

import numpy as np

from .mutation import Mutation

LONG = {"optimizer": {"kind": "steepest", "step": {"kind": "normalised", "a": 0.03}}, "run.steps": 3_000}
EASY = {"data.path": "data/p2-flavours.csv"}

OTHERS = (
    Mutation(
        "sun-mirror-descent",
        "Mirror descent has more of the l-infinity margin with p = 1.5 than with 1.1",
        {"optimizer.p": 3.0},
        "the wrong p: 3",
        ("mirror, p = 1.1",),
    ),
    Mutation(
        "sun-mirror-descent",
        "Mirror descent has more of the l1 margin with p = 2 than with 3",
        {"optimizer.p": 1.5},
        "the wrong p: 1.5",
        ("mirror, p = 3",),
    ),
    Mutation(
        "sun-mirror-descent",
        "With p = 2 it has more of the l2 margin than with 3",
        {"optimizer.p": 10.0},
        "the wrong p: 10",
        ("mirror, p = 2",),
    ),
    Mutation("lyu-li-too-narrow", "The normalized margin reaches", {"network.widths": [64]}, "wide"),
    Mutation(
        "lyu-li-gradient-flow", "The flow's smoothed", LONG, "descent by long steps", ("flow",), quick=True
    ),
    Mutation("lyu-li-gradient-flow", "The descent's", LONG, "long steps", ("safe descent",)),
    Mutation(
        "chizat-lazy-or-rich",
        "From α = 1 to 10",
        {"network.output_scale": 3.0},
        "a third of the scale",
        ("alpha 10",),
    ),
    Mutation(
        "jacot-wide-or-narrow",
        "With 64 units",
        {"network.widths": [16], "network.output_scale": 0.25},
        "16 units",
        ("256 units",),
    ),
    Mutation(
        "jacot-wide-or-narrow",
        "With 256 units",
        {"network.widths": [128], "network.output_scale": 128**-0.5},
        "128 units",
        ("1024 units",),
    ),
    Mutation(
        "tsilivis-spectral-networks",
        "The smoothed margin in the spectral norm",
        {"optimizer.step": {"kind": "normalised", "a": 0.03}, "run.steps": 3_000},
        "long steps",
        ("spectral",),
    ),
    Mutation(
        "tsilivis-fixed-length",
        "The loss goes below",
        {"optimizer": {"kind": "steepest", "norm": "linf", "step": {"kind": "safe"}}, "run.steps": 60_000},
        "steps in proportion to the gradient's norm",
    ),
    Mutation(
        "schechtman-late-stage",
        "The smallest margin",
        {"optimizer.step.eta": 4.0},
        "a step that is too large",
    ),
    Mutation(
        "telgarsky-kernel-margin", "The linearised", {"run.steps": 10}, "10 steps", ("d = 2",), quick=True
    ),
    Mutation(
        "map-relu-phases",
        "Linear phase, γ = 1/2",
        {},
        "the square in place of the distance",
        measured=("hidden_change", np.square),
    ),
    Mutation(
        "map-deep-linear",
        "The bound D",
        {"run.steps": 100},
        "norms in place of their squares",
        measured=("balance_bound", np.sqrt),
    ),
    Mutation(
        "map-adam-handover",
        "Everywhere it lies",
        {},
        "the angle from the other axis",
        measured=("predictor_angle", lambda angle: 90 - angle),
    ),
    Mutation(
        "map-regularisation-path",
        "At a decay of 0.1",
        {},
        "the wrong exponent of the margin: 1/2",
        measured=("margin_ratio", np.sqrt),
    ),
    Mutation(
        "map-sgd-late-stage", "At a step of 4 batches of 6", {"data.n": 6}, "six samples: whole batches"
    ),
    Mutation("map-xor-samples", "With 16 training", {"data.d": 6}, "6 inputs, not 20", quick=True),
    Mutation("map-width-global-margin", "With 16 units", EASY, "two clusters that a line tells apart"),
    Mutation("map-width-global-margin", "With 8 units", EASY, "two clusters that a line tells apart"),
)
