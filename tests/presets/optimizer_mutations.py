"""Mutations of presets about optimizers that see matrices, momentum and batches."""

from __future__ import annotations

from .mutation import Mutation

OF_OPTIMIZERS = (
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
)
"""Listed with the others by `tests.presets.mutations`."""
