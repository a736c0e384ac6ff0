"""Mutations of presets about near-homogeneous networks.

Their bounds are a theorem's, which only wrong code breaks: a part of each is put in its place, the smaller the more
layers share the norm.
"""

from __future__ import annotations

from engine.protocol.records import Array

from .mutation import Mutation

SHORT = {"optimizer.step": {"kind": "normalised", "a": 0.02}, "run.steps": 1_000}
LOST = {"optimizer.step": {"kind": "normalised", "a": 0.03}, "run.steps": 30}
"""Up to just before the numbers of a computer end."""
TO_AND_FRO = {"optimizer.step": {"kind": "normalised", "a": 0.05}, "run.steps": 1_000}
WORDS = "steps that go to and fro after separation"
GREEDY = {"optimizer.norm": "l1", "run.steps": 1_500}

BOUNDS = (
    ("the defect stays", "defect_bound"),
    ("the distance from the homogenization", "homogenization_bound"),
)
EARLY = {"run.steps": 100, "measure.groups": ["homogeneity"]}


def broken_bounds(preset: str, parts: dict[str, int]) -> list[Mutation]:
    """Return the mutations that put a part of both bounds in their place, for the experiments that claims name."""

    def a_part(part: int, column: str, begins: str, run: str) -> Mutation:
        def divided(values: Array) -> Array:
            return values / part

        said = f"{run[0].upper()}{run[1:]}: {begins}"
        return Mutation(preset, said, EARLY, f"1/{part} of the bound", (run,), True, (column, divided))

    return [a_part(part, column, begins, run) for run, part in parts.items() for begins, column in BOUNDS]


OF_NEAR_HOMOGENEOUS = (
    *broken_bounds("cai-near-homogeneous", {"GELU": 20}),
    *broken_bounds("cai-deep-biases", {"two layers": 8, "three layers": 25}),
    *broken_bounds("cai-residual", {"one block": 5, "GELU": 5, "two blocks": 20}),
    Mutation("cai-near-homogeneous", "GELU: the homogenized margin", SHORT, WORDS, ("GELU",)),
    Mutation("cai-deep-biases", "Two layers: the modified", TO_AND_FRO, WORDS, ("two layers",), quick=True),
    Mutation("cai-deep-biases", "Two layers: the homogenized", TO_AND_FRO, WORDS, ("two layers",)),
    Mutation(
        "cai-deep-biases",
        "Two layers: the defect grows",
        {"network.widths": [8, 8], "network.init.scale": 0.5, "run.steps": 300},
        "three layers",
        ("two layers",),
    ),
    Mutation(
        "cai-deep-biases",
        "Two layers: the distance from f_H",
        {"optimizer.norm": "l1", "run.steps": 16_000},
        "the wrong norm",
        ("two layers",),
    ),
    Mutation(
        "cai-deep-biases",
        "Two layers: the direction's distance",
        {"optimizer.norm": "l1", "run.steps": 16_000},
        "the wrong norm",
        ("two layers",),
    ),
    Mutation(
        "cai-deep-biases",
        "Two layers: the direction's path",
        {"optimizer.step": {"kind": "normalised", "a": 0.05}},
        WORDS,
        ("two layers",),
    ),
    Mutation("cai-deep-biases", "Three layers: the modified", SHORT, WORDS, ("three layers",), quick=True),
    Mutation("cai-deep-biases", "Three layers: the homogenized", SHORT, WORDS, ("three layers",)),
    Mutation(
        "cai-deep-biases",
        "Three layers: the defect grows",
        {"network.widths": [8, 8, 8], "run.steps": 300},
        "four layers",
        ("three layers",),
    ),
    Mutation("cai-deep-biases", "Three layers: the distance from f_H", SHORT, WORDS, ("three layers",)),
    Mutation("cai-deep-biases", "Three layers: that distance", SHORT, WORDS, ("three layers",)),
    *(
        mutation
        for name, run in (("One block", "one block"), ("GELU", "GELU"))
        for mutation in (
            Mutation("cai-residual", f"{name}: the modified", LOST, WORDS, (run,), quick=True),
            Mutation("cai-residual", f"{name}: the homogenized", LOST, WORDS, (run,)),
            Mutation(
                "cai-residual",
                f"{name}: the defect grows",
                {"network.blocks": 2, "run.steps": 20},
                "two blocks",
                (run,),
            ),
            Mutation("cai-residual", f"{name}: the distance from f_H", GREEDY, "the wrong norm", (run,)),
            Mutation(
                "cai-residual",
                f"{name}: the direction's distance",
                {"optimizer.norm": "linf", "run.steps": 3_000},
                "the wrong norm",
                (run,),
            ),
        )
    ),
    Mutation(
        "cai-residual",
        "Two blocks: the defect grows",
        {"network.blocks": 3, "run.steps": 20},
        "three blocks",
        ("two blocks",),
    ),
)
"""Listed with the others by `tests.presets.mutations`."""
