"""Mutations of presets about optimizers that see matrices, momentum and batches."""

from __future__ import annotations

from .mutation import Mutation

OF_OPTIMIZERS = (
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
        quick=True,
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
)
"""Listed with the others by `tests.presets.mutations`."""
