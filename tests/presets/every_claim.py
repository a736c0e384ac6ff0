"""Every claim of every preset can fail: each preset with one general thing wrong after another.

    python -m tests.presets.every_claim [PRESET ...] [--jobs J]

Steps that go to and fro, a hundredth of the steps, shuffled labels, another norm, activation, start or reference, the
settings of an experiment or a replica under another's name. It prints for each claim what it measured as shipped, and
as mutated by the first wrong that it notices; 'void' where its assumption is then not met, which tells less. Wrongs
of a preset's own stand in `mutations.py`. The exit status is the number of claims that nothing here, and nothing
there, makes fail. A preset is printed as soon as it is done, so that a list that was broken off goes on with the
names that are left.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import numpy as np

import engine.data
from engine.catalog import load_preset, presets
from engine.claims import Verdict, judge
from engine.cli.side_by_side import Mute
from engine.cli.signals import StopSignals
from engine.cli.verified_map import train_map
from engine.data.dataset import Dataset
from engine.experiment.claims import Claim
from engine.experiment.document import Document
from engine.experiment.experiment import Experiment, value_at, with_values
from engine.protocol.run_history import RunHistory
from engine.words.errors import Refusal
from tests.engine.cases import trained

from .mutations import MUTATIONS
from .presets_at_once import as_done

Experiments = Mapping[str, Experiment]
Change = Callable[[Experiments], Experiments]
CANNOT = (Refusal, KeyError, AttributeError, TypeError, ValueError)
"""What says that nothing of the kind can be wrong in an experiment."""
LOST = re.compile("undefined|diverged")
"""What a verdict on a map says of points without a value."""
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
        return {name: _with(one) for name, one in experiments.items()}

    def _with(one: Experiment) -> Experiment:
        try:
            return with_values(one, {path: change(value_at(one, path))})
        except CANNOT:
            return one

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
    Wrong("a hundredth of the steps", set_to("run.steps", lambda steps: max(1, steps // 100))),
    Wrong("a tenth of the steps", set_to("run.steps", lambda steps: max(1, steps // 10))),
    Wrong("replicas the other way round", turned_round),
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

    claim: Claim
    sound: Verdict | None
    """As shipped; None where it could not be trained."""
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
    """Say whether a claim was judged on values: neither void, nor of something that is not there, or at some points."""
    there = any(value is not None for value in verdict.values)
    return verdict.status in ("holds", "fails") and there and not LOST.search(verdict.measured)


class Judged:
    """A preset whose claims are judged one by one, each on no more than the experiments that it names."""

    def __init__(self, document: Document) -> None:
        """Nothing is trained yet."""
        self._document = document
        self._first = next(iter(document.experiments()))
        self._sound: dict[str, RunHistory | None] = {}

    def verdicts(self, claims: Sequence[Claim], wrong: Wrong | None = None) -> Iterator[Verdict | None]:
        """Judge claims, as shipped or with one thing wrong; None where the experiments cannot be so, or are as ever."""
        shipped = self._document.experiments()
        experiments = shipped if wrong is None else wrong.change(shipped)
        shuffled = wrong is not None and wrong.shuffled
        known = {} if shuffled else dict(self._sound)
        for claim in claims:
            names = self._names(claim)
            if wrong is not None and not shuffled and all(experiments[n] == shipped[n] for n in names):
                yield None
                continue
            histories = {name: self._trained(experiments[name], known, shuffled) for name in names}
            if wrong is None:
                self._sound = known
            there = {name: history for name, history in histories.items() if history is not None}
            one_run = claim.model_copy(update={"run": names[0]})
            yield judge(one_run, there, experiments) if len(there) == len(names) else None

    def _names(self, claim: Claim) -> Sequence[str]:
        """Return the experiments that a claim is about."""
        if claim.pair:
            return claim.pair
        return [claim.run or self._first]

    def _trained(
        self, one: Experiment, known: dict[str, RunHistory | None], shuffled: bool
    ) -> RunHistory | None:
        """Train an experiment that is not known yet."""
        key = one.model_dump_json()
        if key not in known:
            try:
                with labels_of_others() if shuffled else nullcontext():
                    known[key] = trained(one, self._document.folder).history
            except CANNOT:
                known[key] = None
        return known[key]


def mapped(document: Document, change: Change) -> Sequence[Verdict | None]:
    """Train a map of which the experiment below is another, and judge all of its claims."""
    base = change({"": document.base})[""]
    of = train_map(document.model_copy(update={"base": base}), Mute(), StopSignals(), "")
    return of.verdicts if of.failure is None else [None] * len(document.claims)


def told_of(id: str) -> list[Told]:
    """Train a preset as it is and with one thing wrong after another, until every claim has noticed one."""
    document = load_preset(id)
    of = Judged(document)
    sound = mapped(document, dict) if document.sweep else list(of.verdicts(document.claims))
    told = [Told(claim, verdict) for claim, verdict in zip(document.claims, sound, strict=True)]
    for wrong in WRONGS:
        left = [one for one in told if one.sound is not None and not one.failed]
        if not left:
            break
        claims = [one.claim for one in left]
        verdicts = (
            of.verdicts(claims, wrong) if document.sweep is None else mapped_wrong(document, wrong, claims)
        )
        for one, verdict in zip(left, verdicts, strict=True):
            if verdict is not None:
                one.take(wrong.words, verdict)
    return told


def mapped_wrong(document: Document, wrong: Wrong, claims: Sequence[Claim]) -> Sequence[Verdict | None]:
    """Train a map with one thing wrong in each of its points; labels are made by processes of their own."""
    if wrong.shuffled or wrong.change({"": document.base})[""] == document.base:
        return [None] * len(claims)
    verdicts = mapped(document, wrong.change)
    return [verdicts[document.claims.index(claim)] for claim in claims]


def report(id: str, told: Sequence[Told]) -> int:
    """Print what became of a preset's claims; return how many of them nothing makes fail, here or in `mutations.py`."""
    print(f"{id}")
    left = 0
    for one in told:
        if one.sound is None:
            left += 1
            print(f"  {one.claim.text}: NOT TRAINED as shipped")
            continue
        print(
            f"  {one.claim.text}: {one.sound.status}, {one.sound.measured or 'nothing measured'} ({one.sound.bound})"
        )
        own = [m.words for m in MUTATIONS if m.preset == id and one.claim.text.startswith(m.claim)]
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
    left = count = 0
    for name, told in as_done(names, told_of, asked.jobs):
        left += report(name, told)
        count += len(told)
    print(f"{count - left} of {count} claims can fail.")
    return left


if __name__ == "__main__":
    sys.exit(main())
