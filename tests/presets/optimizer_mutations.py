"""Mutations of presets about optimizers that see matrices, momentum and batches."""

from __future__ import annotations

from .mutation import Mutation

CHATTER = {"optimizer.step": {"kind": "normalised", "a": 0.3}}

OF_OPTIMIZERS = (
    Mutation(
        "zhang-rates",
        "a = 0.3: the gap",
        {"optimizer.epsilon": 1e-6},
        "an epsilon after all",
        ("a = 0.3",),
    ),
    Mutation(
        "zhang-rates",
        "a = 0.5: the gap",
        {"optimizer.step.exponent": 1.0},
        "the wrong exponent: 1",
        ("a = 0.5",),
        quick=True,
    ),
    Mutation(
        "zhang-rates",
        "a = 0.7: the gap",
        {"optimizer.step.exponent": 0.95},
        "the wrong exponent: 0.95",
        ("a = 0.7",),
    ),
    Mutation(
        "zhang-rates",
        "a = 1: the gap",
        {"optimizer": {"kind": "momentum", "step": {"kind": "normalised", "a": 0.01}}},
        "the wrong norm: heavy ball",
        ("a = 1",),
    ),
    Mutation(
        "zhang-rates",
        "a = 0.5: it falls",
        {"optimizer.step.exponent": 0.7},
        "the wrong exponent: 0.7",
        ("a = 0.5",),
    ),
    Mutation(
        "zhang-rates",
        "a = 0.3 comes",
        {"optimizer.epsilon": 1e-6},
        "an epsilon after all",
        ("a = 0.3",),
    ),
    Mutation(
        "zhang-rates",
        "a = 0.5 comes",
        {"optimizer.step.exponent": 0.9},
        "the wrong exponent: 0.9",
        ("a = 0.5",),
    ),
    Mutation(
        "zhang-rates",
        "a = 0.3: it falls",
        {"optimizer.step.exponent": 0.5},
        "the wrong exponent: 0.5",
        ("a = 0.3",),
    ),
    Mutation(
        "tsilivis-sparse-teacher",
        "Coordinate descent classifies",
        {"data.sparse": 0},
        "a teacher that looks at all inputs",
        ("coordinate",),
    ),
    Mutation(
        "tsilivis-sparse-teacher",
        "It classifies at least",
        {"optimizer.norm": "linf"},
        "the wrong norm",
        ("coordinate",),
    ),
    Mutation(
        "tsilivis-sparse-teacher",
        "Gradient descent classifies",
        {"optimizer.norm": "linf"},
        "the wrong norm",
        ("gradient",),
    ),
    Mutation(
        "tsilivis-sparse-teacher",
        "Coordinate descent has a larger l1 margin than gradient",
        {"optimizer.norm": "l2"},
        "the wrong norm",
        ("coordinate",),
    ),
    Mutation(
        "tsilivis-spectral-networks",
        "Spectral descent has",
        {"optimizer.norm": "l2"},
        "the wrong norm",
        ("spectral",),
        quick=True,
    ),
    Mutation(
        "tsilivis-spectral-networks", "1 − β∗ in", {"optimizer.norm": "l1"}, "the wrong norm", ("spectral",)
    ),
    Mutation(
        "tsilivis-shampoo",
        "Spectral descent has 97",
        {"run.steps": 300},
        "a tenth of the steps",
        ("spectral",),
    ),
    Mutation(
        "tsilivis-shampoo",
        "Without memory Shampoo",
        {"optimizer.beta": 0.05},
        "a memory after all",
        ("Shampoo, β = 0",),
    ),
    Mutation(
        "tsilivis-shampoo",
        "and is as far",
        {"optimizer.beta": 0.05},
        "a memory after all",
        ("Shampoo, β = 0",),
    ),
    Mutation(
        "tsilivis-shampoo",
        "With a memory of 20 steps it",
        {"optimizer.beta": 0.999},
        "a memory of 1,000",
        ("Shampoo, β = 0.95",),
    ),
    Mutation(
        "tsilivis-shampoo",
        "Adding up for ever",
        {"optimizer.beta": 0.95, "optimizer.step.eta": 0.1},
        "it forgets",
        ("Shampoo, β = 1",),
    ),
    Mutation(
        "tsilivis-shampoo",
        "and its ln loss",
        {"optimizer.beta": 0.95, "optimizer.step.eta": 0.1},
        "it forgets",
        ("Shampoo, β = 1",),
    ),
    Mutation(
        "tsilivis-shampoo",
        "With a memory of 20 steps ln",
        {"optimizer.beta": 1.0},
        "it adds up",
        ("Shampoo, β = 0.95",),
    ),
    Mutation(
        "gronich-vardi-momentum",
        "Muon has at least 1.6",
        {"data.classes": [0, 1]},
        "two classes, one output",
    ),
    Mutation(
        "gronich-vardi-momentum",
        "Muon has at least 5 times the spectral margin of signs",
        {"optimizer": {"kind": "muon", "step": {"kind": "power", "eta": 0.1, "exponent": 0.7}}},
        "Muon",
        ("signs",),
    ),
    Mutation(
        "gronich-vardi-momentum",
        "Muon has at least 5 times the spectral margin of Adam",
        {"optimizer": {"kind": "muon", "step": {"kind": "power", "eta": 0.1, "exponent": 0.7}}},
        "Muon",
        ("Adam",),
    ),
    Mutation(
        "gronich-vardi-momentum",
        "Signs have",
        {"optimizer.norm": "l2", "optimizer.step.eta": 0.4},
        "the wrong norm",
        ("signs",),
    ),
    Mutation(
        "gronich-vardi-momentum",
        "Adam has",
        {"optimizer.epsilon": 1.0, "optimizer.step.eta": 1.0},
        "an epsilon",
        ("Adam",),
        quick=True,
    ),
    Mutation(
        "gronich-vardi-momentum",
        "Gradient descent has at least 2",
        {"optimizer.norm": "linf", "optimizer.step.eta": 0.03},
        "the wrong norm",
        ("gradient",),
    ),
    Mutation(
        "gronich-vardi-momentum",
        "Gradient descent has at least 1.8",
        {"optimizer.norm": "linf", "optimizer.step.eta": 0.03},
        "the wrong norm",
        ("gradient",),
        quick=True,
    ),
    Mutation(
        "gronich-vardi-momentum",
        "Muon points",
        {"optimizer.step": {"kind": "constant", "eta": 0.02}},
        "a constant step",
        ("Muon",),
    ),
    Mutation(
        "gronich-vardi-momentum",
        "With a constant step",
        {"optimizer.beta": 0.0},
        "no momentum",
        ("Muon, constant step",),
    ),
    Mutation(
        "gronich-vardi-momentum",
        "and its spectral",
        {"optimizer.step": {"kind": "power", "eta": 0.1, "exponent": 0.7}},
        "falling steps",
        ("Muon, constant step",),
    ),
    Mutation(
        "schechtman-convolution",
        "The smallest margin is",
        {"optimizer.step.eta": 50.0, "run.steps": 1_000},
        "a step too large",
        quick=True,
    ),
    Mutation("schechtman-convolution", "From there", {"run.steps": 150}, "a hundredth of the steps"),
    Mutation(
        "ji-telgarsky-convolution", "The path", CHATTER | {"run.steps": 2_000}, "steps that go to and fro"
    ),
    Mutation(
        "ji-telgarsky-convolution", "1 − β", {"optimizer.norm": "linf", "run.steps": 2_000}, "the wrong norm"
    ),
    Mutation("ji-telgarsky-convolution", "From separation", {"run.steps": 600}, "an eighth of the steps"),
    Mutation(
        "ji-telgarsky-convolution",
        "From the middle",
        {"network.activation": "relu2", "network.pool": "average", "run.steps": 500},
        "another network, early",
    ),
    Mutation(
        "ji-telgarsky-convolution",
        "From there on",
        {"network.activation": "relu2", "network.pool": "average", "run.steps": 500},
        "another network, early",
    ),
    Mutation(
        "lyu-li-biases", "With biases in the first", {"network.bias": "all"}, "biases everywhere", quick=True
    ),
    Mutation(
        "lyu-li-biases", "With biases in every", {"network.bias": "first"}, "no later biases", quick=True
    ),
    Mutation(
        "lyu-li-biases",
        "The margin over",
        {"optimizer.step": {"kind": "constant", "eta": 0.01}},
        "a constant step",
        quick=True,
    ),
    Mutation(
        "lyu-li-biases",
        "Over the product",
        {"optimizer.step": {"kind": "constant", "eta": 0.01}},
        "a constant step",
        quick=True,
    ),
    Mutation(
        "lyu-li-biases",
        "The two margins",
        {"run.steps": 300},
        "a tenth of the steps",
        ("biases in every layer",),
        quick=True,
    ),
    Mutation(
        "schechtman-convolution",
        "The tangential",
        {"optimizer.step.eta": 50.0, "run.steps": 1_000},
        "a step too large",
        quick=True,
    ),
    Mutation(
        "schechtman-convolution",
        "KKT",
        {"optimizer.step": {"kind": "power", "eta": 1.0, "exponent": 1.0}, "run.steps": 3_000},
        "steps that fall like 1/t",
    ),
    Mutation(
        "schechtman-convolution",
        "Norm^L over log T levels",
        {"optimizer.step.eta": 50.0, "run.steps": 1_000},
        "a step too large",
    ),
    Mutation(
        "schechtman-convolution",
        "Late it",
        {"network.init.scale": 10.0, "optimizer.step.eta": 0.01, "run.steps": 1_500},
        "a large start and short steps",
    ),
    Mutation(
        "ji-telgarsky-convolution",
        "Meanwhile",
        {"network.activation": "relu2", "network.pool": "average", "run.steps": 3_000},
        "another network",
    ),
)
"""Listed with the others by `tests.presets.mutations`."""
