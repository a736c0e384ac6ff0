"""Experiments drawn at random on both paths: the same to rounding, up to the step at which rounding alone decides.

`python -m tests.soak.both_paths --count 300` draws every optimizer with every step rule in turn; the rest is drawn:
network, activation, biases, layers that train, data, loss, dtype, replicas, what differs between them, a twin; edits,
and replicas that stand still from some step on.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from itertools import islice
from typing import Any

from engine.experiment.experiment import Experiment
from tests.engine.compiled.beside import STEPS, Happening, beside
from tests.engine.compiled.drawing import experiments

COMPARED = 0.75
"""The share of steps that has to be compared at least."""
EDITED: dict[str, tuple[float, float]] = {
    "c": (0.1, 0.6),
    "kappa": (0.01, 0.05),
    "eta": (0.002, 0.02),
    "exponent": (0.2, 0.8),
    "a": (0.002, 0.02),
    "a0": (0.002, 0.02),
}


def happening(experiment: Experiment, chance: random.Random) -> Happening:
    """Draw what happens to a run on its way."""
    edits: dict[int, dict[str, Any]] = {}
    step = experiment.optimizer.step
    live = [n for n, info in type(step).model_fields.items() if n in EDITED and _is_live(info)]
    live = [name for name in live if f"optimizer.step.{name}" not in experiment.vary]
    if live and chance.random() < 0.4:
        name = chance.choice(live)
        edits[chance.randrange(1, STEPS - 1)] = {f"optimizer.step.{name}": chance.uniform(*EDITED[name])}
    dies = {}
    if experiment.replicas > 1 and chance.random() < 0.3:
        dies[chance.randrange(STEPS - 1)] = chance.randrange(experiment.replicas)
    return Happening(edits, dies)


def _is_live(info: Any) -> bool:
    extra = info.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("live"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=10)
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)
    kinds: Counter[str] = Counter()
    wrong = compared = 0
    for number, (words, experiment) in enumerate(islice(experiments(chosen.seed), chosen.count)):
        on_its_way = happening(experiment, chance)
        came = beside(experiment, on_its_way)
        compared += STEPS if came.ended else min(STEPS, came.steps)
        kinds.update([experiment.network.kind, experiment.run.dtype, f"R = {experiment.replicas}"])
        kinds.update(["edited"] * bool(on_its_way.edits) + ["stands still"] * bool(on_its_way.dies))
        kinds.update(["twin"] * experiment.measure.twin + ["ended by itself"] * came.ended)
        if came.far:
            wrong += 1
            said = experiment.model_dump(exclude_defaults=True)
            print(f"{number} {words}: {came}\n    {said}\n    {on_its_way}", flush=True)
    share = compared / (chosen.count * STEPS)
    print(f"seed {chosen.seed}: {chosen.count - wrong} of {chosen.count} are the same on both paths")
    print(f"{share:.0%} of the steps compared; beyond, rounding alone decides")
    print(", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    return 1 if wrong or share < COMPARED else 0


if __name__ == "__main__":
    sys.exit(main())
