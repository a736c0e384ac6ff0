"""Every claim of every preset can fail: each preset with one general thing wrong after another.

    python -m tests.presets.every_claim [PRESET ...] [--jobs J]

Steps that go to and fro, a hundredth of the steps, shuffled labels, another norm, activation, start or reference, the
settings of an experiment or a replica under another's name. It prints for each claim what it measured as shipped, and
as mutated by the first wrong that it notices; 'void' where its assumption is then not met, which tells less. Wrongs
of a preset's own stand in `mutations.py`. The exit status is the number of claims that nothing here, and nothing
there, makes fail.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import numpy as np

import engine.data
from engine.catalog import load_preset, presets
from engine.claims import Verdict, judge_all
from engine.cli.side_by_side import Mute
from engine.cli.signals import StopSignals
from engine.cli.verified_map import train_map
from engine.data.dataset import Dataset
from engine.experiment.document import Document
from engine.experiment.experiment import Experiment, value_at, with_values
from engine.sweep.processes import pool_of
from engine.words.errors import Refusal
from tests.engine.cases import trained

from .mutations import MUTATIONS

Experiments = Mapping[str, Experiment]
Change = Callable[[Experiments], Experiments]
OTHER_NORM = {"l2": "l1", "linf": "l1", "l1": "l2", "spectral": "l2", "lp": "l2"}
OTHER_ACTIVATION = {"relu": "gelu", "linear": "relu", "gelu": "relu", "silu": "relu", "softplus": "relu"}


@dataclass(frozen=True)
class Wrong:
    """One thing that can be wrong in any preset."""

    words: str
    change: Change = dict
    shuffled: bool = False
    """Whether labels are those of other samples."""


def set_to(path: str, change: Callable[[Any], Any]) -> Change:
    """Return what sets a field of every experiment that has it, and in whose replicas it does not vary."""

    def changed(experiments: Experiments) -> Experiments:
        return {
            name: with_values(one, {path: change(value_at(one, path))}) for name, one in experiments.items()
        }

    return changed


def exchanged(experiments: Experiments) -> Experiments:
    """Give every experiment the settings of the next."""
    every = list(experiments.values())
    return dict(zip(experiments, every[1:] + every[:1], strict=True))


def turned_round(experiments: Experiments) -> Experiments:
    """Let what varies over replicas vary the other way."""
    return {
        name: with_values(one, {"vary": {path: list(values)[::-1] for path, values in one.vary.items()}})
        for name, one in experiments.items()
    }


SAFE = {"kind": "steepest", "step": {"kind": "safe"}}
TO_AND_FRO = {"kind": "normalised", "a": 0.3}
WRONGS = (
    Wrong("an experiment under another's name", exchanged),
    Wrong("replicas the other way round", turned_round),
    Wrong("a hundredth of the steps", set_to("run.steps", lambda steps: max(1, steps // 100))),
    Wrong("a tenth of the steps", set_to("run.steps", lambda steps: max(1, steps // 10))),
    Wrong("labels of other samples", shuffled=True),
    Wrong("steps that go to and fro", set_to("optimizer.step", lambda step: TO_AND_FRO)),
    Wrong("another norm", set_to("optimizer.norm", OTHER_NORM.__getitem__)),
    Wrong("another activation", set_to("network.activation", OTHER_ACTIVATION.__getitem__)),
    Wrong("a start thirty times as large", set_to("network.init.scale", lambda scale: 30 * scale)),
    Wrong("a start a thousandth as large", set_to("network.init.scale", lambda scale: 1e-3 * scale)),
    Wrong("nothing but one step", set_to("run.steps", lambda steps: 1)),
    Wrong("random initialisation", set_to("network.init", lambda init: {"kind": "normal", "scale": 1.0})),
    Wrong("an epsilon of a tenth", set_to("optimizer.epsilon", lambda epsilon: 0.1)),
    Wrong("decay of the weights", set_to("optimizer.weight_decay", lambda decay: 0.01)),
    Wrong("biases everywhere", set_to("network.bias", lambda bias: "all")),
    Wrong("safe steps of gradient descent", set_to("optimizer", lambda optimizer: SAFE)),
)


@contextmanager
def labels_of_others() -> Iterator[None]:
    """Give every training sample the label of another, always the same one."""
    make = engine.data.make_data

    def shuffled(*asked: Any) -> Dataset:
        data = make(*asked)
        order = np.random.default_rng(0).permutation(len(data.labels))
        return replace(data, labels=data.labels[order])

    with patch.object(engine.data, "make_data", shuffled):
        yield


@dataclass
class Told:
    """What became of one claim."""

    text: str
    sound: Verdict
    words: str = ""
    wrong: Verdict | None = None

    @property
    def failed(self) -> bool:
        """Whether a wrong made it end otherwise, its assumption met and its quantity there."""
        return self.wrong is not None and tells(self.wrong)

    def take(self, words: str, verdict: Verdict) -> None:
        """Keep what a wrong did, where that tells more than what others did."""
        if not verdict.as_expected and not self.failed and (self.wrong is None or tells(verdict)):
            self.words, self.wrong = words, verdict


def tells(verdict: Verdict) -> bool:
    """Say whether a claim was judged on a value: neither void, nor of something that is not there."""
    return verdict.status in ("holds", "fails") and any(value is not None for value in verdict.values)


def judged(document: Document, experiments: Experiments) -> list[Verdict]:
    """Train experiments and judge all claims on them."""
    return judge_all(
        document, {name: trained(one, document.folder).history for name, one in experiments.items()}
    )


def mapped(document: Document, change: Change) -> list[Verdict]:
    """Train a map of which the experiment below is another."""
    base = change({"": document.base})[""]
    return train_map(document.model_copy(update={"base": base}), Mute(), StopSignals(), "").verdicts


def told_of(id: str) -> list[Told]:
    """Train a preset as it is and with one thing wrong after another, until every claim has noticed one."""
    document = load_preset(id)
    as_it_is = mapped(document, dict) if document.sweep else judged(document, document.experiments())
    told = [Told(claim.text, verdict) for claim, verdict in zip(document.claims, as_it_is, strict=True)]
    for wrong in WRONGS:
        if all(one.failed for one in told):
            break
        try:
            if document.sweep is not None:
                verdicts = [] if wrong.shuffled else mapped(document, wrong.change)
            else:
                experiments = wrong.change(document.experiments())
                if not wrong.shuffled and experiments == document.experiments():
                    continue
                with labels_of_others() if wrong.shuffled else nullcontext():
                    verdicts = judged(document, experiments)
        except (Refusal, KeyError, AttributeError, TypeError, ValueError):
            continue  # nothing of the kind can be wrong here
        for one, verdict in zip(told, verdicts, strict=False):
            one.take(wrong.words, verdict)
    return told


def report(id: str, told: Sequence[Told]) -> int:
    """Print what became of a preset's claims; return how many of them nothing makes fail, here or in `mutations.py`."""
    print(f"{id}")
    left = 0
    for one in told:
        print(
            f"  {one.text}: {one.sound.status}, {one.sound.measured or 'nothing measured'} ({one.sound.bound})"
        )
        own = [m.words for m in MUTATIONS if m.preset == id and one.text.startswith(m.claim)]
        if one.wrong is not None:
            print(f"    {one.words}: {one.wrong.status}, {one.wrong.measured or one.wrong.sentence}")
        if not one.failed and own:
            print(f"    of its own: {', '.join(own)}")
        elif not one.failed:
            left += 1
            print("    NOTHING makes it fail" + ("; its assumption can be broken" if one.wrong else ""))
    sys.stdout.flush()
    return left


def main() -> int:
    """Print all; return how many claims nothing makes fail."""
    parser = argparse.ArgumentParser()
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--jobs", type=int, default=0)
    asked = parser.parse_args()
    names = asked.presets or [entry.id for entry in presets() if not entry.own]
    maps = [name for name in names if load_preset(name).sweep is not None]
    runs = [name for name in names if name not in maps]
    left = count = 0
    pool = pool_of((), max(1, len(runs)), asked.jobs)
    try:
        waiting = {name: pool.schedule(told_of, args=(name,)) for name in runs}
        for name in names:
            told = waiting[name].result() if name in waiting else told_of(name)
            left += report(name, told)
            count += len(told)
    finally:
        pool.stop()
        pool.join()
    print(f"{count - left} of {count} claims can fail.")
    return left


if __name__ == "__main__":
    sys.exit(main())
