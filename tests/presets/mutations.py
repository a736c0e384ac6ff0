"""Claims that can fail: presets with one thing wrong, and the claims that notice.

    python -m tests.presets.mutations [PRESET ...] [--jobs J]

Each mutation is a wrong norm, wrong steps, wrong labels or too little of something. It prints what the claim measured
as shipped and as mutated, beside its bound. A claim that holds all the same would say nothing, and so would one that
is void, or of something never defined: that shows what it asks for before it is judged, and nothing of what it says.
A preset is printed as soon as it is done. The exit status is the number of claims that do not fail by what was
measured.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import lru_cache

import numpy as np

from engine.catalog import load_preset
from engine.claims import Verdict, judge, judge_map
from engine.cli.side_by_side import Mute
from engine.cli.signals import StopSignals
from engine.cli.verified_map import train_map
from engine.experiment.claims import Claim
from engine.experiment.document import Document
from engine.experiment.experiment import with_values
from engine.experiment.sweep import Grid
from engine.protocol.run_history import RunHistory
from tests.engine.cases import trained

from .mutation import CHATTER, Mutation
from .near_mutations import OF_NEAR_HOMOGENEOUS
from .optimizer_mutations import OF_OPTIMIZERS
from .other_mutations import OTHERS
from .presets_at_once import as_done

NOISE = {"data.label_noise": 0.3}
SEARCH = {"optimizer.step": {"kind": "line-search"}}

MUTATIONS = (
    *OF_OPTIMIZERS,
    *OF_NEAR_HOMOGENEOUS,
    *OTHERS,
    Mutation(
        "circle-global-margin", "The path of the direction", CHATTER, "steps that go to and fro", quick=True
    ),
    Mutation(
        "lyu-li-robustness", "Fewer test digits", {"measure.radius": 0.0}, "no perturbation", quick=True
    ),
    Mutation(
        "lyu-li-robustness", "The distance of", {"run.steps": 100}, "a sixtieth of the steps", quick=True
    ),
    Mutation(
        "tsilivis-adam-digits",
        "Without epsilon it ends",
        {"optimizer.epsilon": 1e-8, "run.steps": 6_000},
        "an epsilon after all",
        ("without epsilon",),
        quick=True,
    ),
    Mutation(
        "schechtman-margin-flow", "The flow ends", {"run.steps": 60}, "half", ("margin flow",), quick=True
    ),
    Mutation(
        "schechtman-margin-flow",
        "Along the flow",
        {"optimizer": {"kind": "steepest", "step": {"kind": "normalised", "a": 0.3}}, "run.steps": 500},
        "descent by long steps",
        ("margin flow",),
        quick=True,
    ),
    Mutation("ji-telgarsky-direction", "The path has", CHATTER | {"run.steps": 20_000}, "the same"),
    Mutation(
        "ji-telgarsky-direction",
        "With the direction",
        CHATTER | {"run.steps": 20_000},
        "the same",
        quick=True,
    ),
    Mutation(
        "chizat-bach-width",
        "With 64 units",
        {"optimizer.step.exponent": 0.0, "optimizer.step.a": 0.5, "run.steps": 20_000},
        "the wrong exponent: 0",
        ("64 units",),
        quick=True,
    ),
    Mutation(
        "chizat-bach-width", "With 64 units", {"network.widths": [8], "seed": 4}, "8 units", ("64 units",)
    ),
    Mutation(
        "sun-mirror-descent",
        "Mirror descent with p = 3 ends",
        {"optimizer.p": 3.5},
        "the wrong p: 3.5",
        ("mirror, p = 3",),
        quick=True,
    ),
    Mutation(
        "sun-mirror-descent",
        "Steepest descent with p = 1.5 reaches",
        {"run.steps": 100},
        "a hundredth of the steps",
        ("steepest, p = 1.5",),
        quick=True,
    ),
    Mutation(
        "sun-mirror-descent",
        "Mirror descent never lowers the smoothed margin in its own norm: p = 10",
        {"data.path": "data/p6-hyperplane-10.csv"},
        "data where weights go to and fro",
        ("mirror, p = 10",),
        quick=True,
    ),
    Mutation(
        "sun-mirror-descent",
        "Mirror descent has more of the l1 margin with p = 1.5 than with 2",
        {"optimizer.p": 2.5},
        "the wrong p: 2.5",
        ("mirror, p = 1.5",),
        quick=True,
    ),
    Mutation("tsilivis-networks", "In l2 1 − β∗", CHATTER, "steps that go to and fro", ("l2",), quick=True),
    Mutation(
        "tsilivis-networks",
        "In l-infinity the gap D",
        {"optimizer.norm": "l1"},
        "the wrong norm",
        ("l-infinity",),
    ),
    Mutation(
        "tsilivis-networks",
        "In l-infinity its own",
        {"optimizer.step.c": 20.0},
        "40 times the step",
        ("l-infinity",),
    ),
    Mutation(
        "circle-global-margin",
        "The smoothed margin",
        {"optimizer.step.c": 20.0},
        "40 times the step",
        quick=True,
    ),
    Mutation(
        "deep-linear-alignment",
        "Lemma 2",
        {"optimizer.step.kappa": 10.0, "run.steps": 2_000},
        "no cap on the step",
        quick=True,
    ),
    Mutation(
        "tsilivis-fixed-length",
        "From step 5,000 on ln",
        {"optimizer.step": {"kind": "power", "eta": 0.01}},
        "steps that fall",
        quick=True,
    ),
    Mutation(
        "tsilivis-networks",
        "l-infinity descent has a larger l-infinity margin than l2",
        {"optimizer.norm": "l1"},
        "the wrong norm",
        ("l-infinity",),
        quick=True,
    ),
    Mutation(
        "lyu-li-below-1e-800",
        "The normalized margin",
        {"optimizer.norm": "linf"},
        "the wrong norm",
        quick=True,
    ),
    Mutation(
        "chizat-bach-output-layer",
        "The output layer alone never",
        {"network.train": "all"},
        "both layers train",
        ("output layer, 15 inputs",),
    ),
    Mutation("lyu-li-convolution", "The normalized margin", {"run.steps": 800}, "an eighth of the steps"),
    Mutation(
        "cai-near-homogeneous", "GELU: that distance", {"optimizer.norm": "l1"}, "the wrong norm", ("GELU",)
    ),
    Mutation(
        "cai-near-homogeneous",
        "GELU: complementary",
        {"run.steps": 3_000},
        "a tenth of the steps",
        ("GELU",),
        quick=True,
    ),
    Mutation(
        "telgarsky-no-rotation", "Steps of a falling", {"network.width": 8}, "8 directions", ("normalised",)
    ),
    Mutation(
        "telgarsky-parity",
        "In 12 dimensions",
        NOISE | {"run.steps": 3_000},
        "wrong labels",
        ("12 dimensions",),
        quick=True,
    ),
    Mutation("telgarsky-parity", "97 %", NOISE, "wrong labels", ("12 dimensions",)),
    Mutation(
        "grokking",
        "Early it is",
        {"network.init.scale": 0.05, "run.steps": 1_000},
        "a small start",
        ("large start",),
        quick=True,
    ),
    Mutation(
        "grokking", "Late it leaves", {"network.depth": 1}, "a kernel that never moves", ("large start",)
    ),
    Mutation("grokking", "Test accuracy", {"data.sparse": 0}, "no sparse labels", ("large start",)),
    Mutation(
        "papyan-neural-collapse",
        "Trained network, NC1",
        {"run.steps": 40},
        "as many steps as it takes to fit",
        ("trained network",),
        quick=True,
    ),
    Mutation(
        "papyan-neural-collapse",
        "Free features, NC3",
        {"network.init.scale": 1.0},
        "a large start",
        ("free features",),
    ),
    Mutation(
        "wu-huge-steps", "At η = 1,000 the edge", {"optimizer.step.eta": 30.0, "run.steps": 100}, "η = 30"
    ),
    Mutation(
        "wu-huge-steps",
        "From step 10 on",
        SEARCH | {"run.steps": 2_000},
        "steps as long as the loss allows",
        quick=True,
    ),
    Mutation("wu-huge-steps", "Once separated", SEARCH | {"run.steps": 20_000}, "the same"),
    Mutation("wu-huge-steps", "After max(η, N)/γ²", {"optimizer.step.eta": 1.0}, "η = 1"),
    Mutation("wu-huge-steps", "Its margin is", {"optimizer.step.eta": 1.0}, "η = 1", ("η = 1,000",)),
    Mutation("wu-huge-steps", "The loss of η = 30", {"optimizer.step.eta": 1.0}, "η = 1", ("η = 1,000",)),
    Mutation("wu-huge-steps", "The loss of η = 1 is", {"optimizer.step.eta": 0.1}, "η = 0.1", ("η = 30",)),
    Mutation(
        "wu-huge-steps",
        "The exponential loss",
        {"optimizer.step.eta": 1.0, "run.steps": 20_000},
        "η = 1",
    ),
    Mutation(
        "cohen-edge-of-stability",
        "Gradient descent's",
        {"optimizer.step.eta": 0.02},
        "a step 15 times shorter",
    ),
    Mutation(
        "cohen-edge-of-stability",
        "From step 1,200 on gradient descent is not above",
        {"optimizer": {"kind": "momentum", "beta": 0.5, "step": {"kind": "constant", "eta": 0.45}}},
        "momentum, whose line is at 3",
    ),
    Mutation(
        "cohen-edge-of-stability",
        "From step 1,200 on gradient descent is not below",
        {"optimizer.step.eta": 0.1},
        "a third of the step",
        quick=True,
    ),
    Mutation(
        "cohen-edge-of-stability",
        "From step 1,200 on the heavy ball is not above",
        {"optimizer.beta": 0.8},
        "the line of another β",
        ("heavy ball",),
        quick=True,
    ),
    Mutation(
        "cohen-edge-of-stability",
        "From step 1,200 on the heavy ball is not below",
        {"optimizer.beta": 0.0},
        "the line of another β",
        ("heavy ball",),
    ),
    Mutation(
        "cohen-edge-of-stability",
        "From step 1,200 on Nesterov's momentum is not above",
        {"optimizer.nesterov": False},
        "the heavy ball",
        ("Nesterov",),
    ),
    Mutation(
        "cohen-edge-of-stability",
        "From step 1,200 on Nesterov's momentum is not below",
        {"optimizer.beta": 0.9},
        "the line of another β",
        ("Nesterov",),
    ),
    Mutation(
        "cohen-edge-of-stability",
        "The loss falls all",
        {"data.label_noise": 0.5},
        "labels at random",
    ),
    Mutation("tarzanagh-attention", "W comes to", {"optimizer.norm": "linf"}, "the wrong norm", ("W",)),
    Mutation("tarzanagh-attention", "K Qᵀ comes", {"network.form": "combined"}, "no factors", ("K and Q",)),
    Mutation(
        "tarzanagh-attention", "K Qᵀ is nearer", {"network.form": "combined"}, "no factors", ("K and Q",)
    ),
    Mutation("tarzanagh-attention", "W is nearer", {"optimizer.norm": "linf"}, "the wrong norm", ("W",)),
    Mutation(
        "tarzanagh-attention",
        "W selects every",
        {"data.spread": 0.95, "data.n": 10, "data.tokens": 6},
        "close scores",
        ("W",),
    ),
    Mutation("tarzanagh-attention", "K Qᵀ selects", {"network.rank": 1}, "one column", ("K and Q",)),
    Mutation("tarzanagh-attention", "The loss ends", {"network.output_scale": 2.0}, "twice the head", ("W",)),
    Mutation(
        "maennel-early-alignment", "After 240 steps", {"network.init.scale": 1.0}, "a large start", quick=True
    ),
    Mutation("maennel-early-alignment", "They are small", {"network.init.scale": 0.01}, "a larger start"),
    Mutation("maennel-early-alignment", "The loss has not", {"run.steps": 400}, "160 more steps"),
    Mutation("maennel-early-alignment", "A unit is aligned", {"optimizer.norm": "l1"}, "the wrong norm"),
    Mutation("maennel-early-alignment", "When a hundredth", {"network.init.scale": 0.3}, "a large start"),
    Mutation("maennel-early-alignment", "At the same loss", {"network.init.scale": 0.0001}, "a small start"),
    Mutation("maennel-early-alignment", "In ten dimensions", {"network.init.scale": 1.0}, "a large start"),
    Mutation("maennel-early-alignment", "Growth comes after", {"network.init.scale": 0.1}, "a large start"),
    Mutation("maennel-early-alignment", "What drew units", {"network.init.scale": 1.0}, "a large start"),
    Mutation("pesme-one-by-one", "First one", {"network.init.scale": 0.1}, "a large start", quick=True),
    Mutation("pesme-one-by-one", "There the loss rests", NOISE, "wrong labels"),
    Mutation("pesme-one-by-one", "Then two", {"run.steps": 500}, "too few steps"),
    Mutation("pesme-one-by-one", "There it rests at the least that two", {"run.steps": 1_000}, "more steps"),
    Mutation("pesme-one-by-one", "Then three", {"run.steps": 800}, "too few steps"),
    Mutation("pesme-one-by-one", "There it rests at the least that three", NOISE, "wrong labels"),
    Mutation("pesme-one-by-one", "In the end", {"data.path": "data/p1-soudry.csv"}, "data in the plane"),
    Mutation(
        "pesme-one-by-one",
        "From the large start",
        {"network.init.scale": 1e-12},
        "a small start",
        ("large start",),
    ),
    Mutation("jacot-rank-by-rank", "First one", {"network.init.scale": 0.3}, "a large start", quick=True),
    Mutation("jacot-rank-by-rank", "There one bit", {"run.steps": 800}, "more steps"),
    Mutation("jacot-rank-by-rank", "The second singular", {"network.init.scale": 0.3}, "a large start"),
    Mutation("jacot-rank-by-rank", "Then two", {"network.init.scale": 0.3}, "a large start"),
    Mutation("jacot-rank-by-rank", "There half", {"run.steps": 500}, "too few steps"),
    Mutation("jacot-rank-by-rank", "The third", {"network.init.scale": 0.3}, "a large start"),
    Mutation("jacot-rank-by-rank", "In the end", {"data.y": [0.0, 1.0, 2.0, 2.0]}, "three classes"),
    Mutation("jacot-rank-by-rank", "From the large", {"network.init.scale": 1e-12}, "a small start"),
)


def claim_of(mutation: Mutation) -> Claim:
    """Return the claim that a mutation is about."""
    found = [c for c in load_preset(mutation.preset).claims if c.text.startswith(mutation.claim)]
    assert len(found) == 1, f"{mutation.preset}: {len(found)} claims begin with '{mutation.claim}'"
    return found[0]


@lru_cache(maxsize=8)
def as_shipped(preset: str, name: str) -> RunHistory:
    """Train an experiment of a preset as it is."""
    document = load_preset(preset)
    return trained(document.experiments()[name], document.folder).history


def judged(mutation: Mutation, *, sound: bool = False) -> Verdict:
    """Train what a claim is about, as shipped or with its mutation, and judge it."""
    document, claim, histories = load_preset(mutation.preset), claim_of(mutation), dict[str, RunHistory]()
    if document.sweep is not None:
        return _of_map(document, claim, mutation, sound)
    wanted = claim.compare or (claim.run or next(iter(document.experiments())),)
    for name in wanted:
        experiment = document.experiments()[name]
        is_wrong = not sound and (not mutation.experiments or name in mutation.experiments)
        if not is_wrong:
            histories[name] = as_shipped(mutation.preset, name)
            continue
        experiment = with_values(experiment, dict(mutation.wrong))
        histories[name] = trained(experiment, document.folder).history
    claim = claim.model_copy(update={"run": wanted[0]})
    if mutation.measured is not None and not sound:
        assert judge(claim, histories).as_expected, (
            f"{mutation.preset}: not as expected before it is measured wrongly"
        )
        column, change = mutation.measured
        for name in wanted:
            if not mutation.experiments or name in mutation.experiments:
                values = histories[name].records.column(column)
                values[:] = change(values)
    return judge(claim, histories)


def _of_map(document: Document, claim: Claim, mutation: Mutation, sound: bool) -> Verdict:
    """Train a map, as shipped or with what is wrong in each of its points, and judge one of its claims."""
    assert document.sweep is not None, "it is a map"
    if not sound:
        document = document.model_copy(update={"base": with_values(document.base, dict(mutation.wrong))})
    results = dict(train_map(document, Mute(), StopSignals(), "").results)
    if not sound and mutation.measured is not None:
        column, change = mutation.measured
        for number, result in results.items():
            finals = {name: np.array(value) for name, value in result.finals.items()}
            finals[column] = change(finals[column])
            results[number] = replace(result, finals={name: float(value) for name, value in finals.items()})
    judged_all = judge_map(document, Grid.of(document.base, document.sweep), results)
    return next(verdict for known, verdict in judged_all if known == claim)


def outcome(verdict: Verdict) -> str:
    """Say whether a mutated claim fails by what was measured, is void, is of nothing defined, or ends as it should.

    One that should be void holds instead.
    """
    if verdict.as_expected:
        return "as expected all the same"
    if verdict.status == "fails" and all(value is None for value in verdict.values):
        return "undefined"
    return verdict.status


def lines_of(preset: str) -> tuple[list[str], int]:
    """Return what is to be said of a preset's mutations, and how many of them no measured value tells."""
    lines, idle = [], 0
    for mutation in (m for m in MUTATIONS if m.preset == preset):
        sound, wrong = judged(mutation, sound=True), judged(mutation)
        idle += outcome(wrong) not in ("fails", "holds")
        lines += [
            f"{preset}: {claim_of(mutation).text}",
            f"  as it is: {sound.status}, {sound.measured} ({sound.bound})",
            f"  {mutation.words}: {outcome(wrong)}, {wrong.measured}",
        ]
    return lines, idle


def main() -> int:
    """Print every mutation; return how many do not make their claim fail by what was measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    idle = 0
    for _, (lines, of_preset) in as_done(
        asked.presets or list(dict.fromkeys(m.preset for m in MUTATIONS)), lines_of, asked.jobs
    ):
        print(*lines, sep="\n", flush=True)
        idle += of_preset
    print(f"{idle} do not make their claim fail by what was measured.")
    return idle


if __name__ == "__main__":
    sys.exit(main())
