"""`marginlab verify`: run presets and see whether every claim ends as it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from rich.console import Console

from ..catalog import find, presets
from ..claims import Verdict, judge_all
from ..experiment.document import Document
from ..protocol.messages import STEPS
from .app import explained
from .keeper import Keeper
from .outputs import Outputs, claim_json, json_text
from .progress import ProgressDisplay, progress
from .run import ending
from .settings import Settings
from .signals import StopSignals
from .status import Status
from .tables import console, print_claims
from .training_run import Trained, train_all
from .verified_map import TrainedMap, train_map
from .words import escaped, warn


@dataclass(frozen=True)
class _Verified:
    """One preset, run with one seed."""

    id: str
    document: Document
    trained: list[Trained] | TrainedMap
    verdicts: list[Verdict]

    @property
    def as_expected(self) -> bool:
        return all(verdict.as_expected for verdict in self.verdicts)

    @property
    def failure(self) -> Exception | None:
        if isinstance(self.trained, TrainedMap):
            return self.trained.failure
        return next((one.failure for one in self.trained if one.failure is not None), None)

    @property
    def interrupted(self) -> bool:
        if isinstance(self.trained, TrainedMap):
            return self.trained.interrupted
        return any(one.interrupted for one in self.trained)


def verify_presets(
    names: Sequence[str], *, seeds: int | None, backends: Sequence[str], json: Path | None
) -> int:
    """Run every named preset (none: all shipped ones), and say how it went.

    Each is run with seeds 0 to K-1 where asked, and by every backend, where some are named; a map, which has seeds of
    its own, once.

    Raises:
        Refusal: where one of them is not there, or there is no such backend.
    """
    outputs = Outputs({"--json": json})
    chosen = {name: find(name) for name in names or [entry.id for entry in presets() if not entry.own]}
    seeds_asked: Sequence[int | None] = range(seeds) if seeds else [None]
    backends_asked: Sequence[str | None] = backends or [None]
    runs = [
        (name, _set(document, seed, backend), ", ".join(_words(name, seed, backend)))
        for backend, (name, document) in product(backends_asked, chosen.items())
        for seed in (seeds_asked if document.sweep is None else [None])
    ]
    verified: list[_Verified] = []
    with StopSignals() as signals:
        with progress() as shown:
            for name, document, title in runs:
                verified.append(_trained(name, document, shown, signals, title))
                if verified[-1].interrupted:
                    break
        outputs.write("--json", lambda: json_text(_all_json(verified)))
    out = console(to_stderr=outputs.words_go_to_stderr)
    for one in verified:
        _print(out, one)
    status = _status(out, verified, signals)
    outputs.raise_failures()
    return status


def _trained(
    name: str, document: Document, shown: ProgressDisplay, signals: StopSignals, title: str
) -> _Verified:
    """Train a preset, or every point of one that is a map, and judge its claims."""
    if document.sweep is not None:
        whole = train_map(document, shown, signals, title)
        return _Verified(name, document, whole, whole.verdicts)
    trained = train_all(document, shown, Keeper(document), signals, title)
    verdicts = judge_all(document, {one.name: one.history for one in trained})
    return _Verified(name, document, trained, verdicts)


def _set(document: Document, seed: int | None, backend: str | None) -> Document:
    values = {"seed": seed, "run.backend": backend}
    return Settings({path: value for path, value in values.items() if value is not None}).applied_to(document)


def _words(name: str, seed: int | None, backend: str | None) -> Iterator[str]:
    """Name a run by what it was set to."""
    yield name
    if seed is not None:
        yield f"seed {seed}"
    if backend is not None:
        yield f"backend {backend}"


def _print(out: Console, one: _Verified) -> None:
    word = "as expected" if one.as_expected and not one.failure else "NOT as expected"
    seeds = "a map" if one.document.sweep is not None else f"seed {one.document.base.seed}"
    out.print(f"[bold]{escaped(one.id)}[/], {seeds}: {word}")
    endings = (
        [one.trained.ending]
        if isinstance(one.trained, TrainedMap)
        else [ending(each) for each in one.trained]
    )
    for sentence in endings:
        out.print(f"[dim]{escaped(sentence)}[/]")
    print_claims(out, one.document.claims, one.verdicts)
    out.print()


def _json(one: _Verified) -> dict[str, Any]:
    claims = [
        {**claim_json(claim, verdict), "bound": verdict.bound, "sentence": verdict.sentence}
        for claim, verdict in zip(one.document.claims, one.verdicts, strict=True)
    ]
    return {
        "id": one.id,
        "seed": one.document.base.seed,
        "backend": one.document.base.run.backend,
        "as_expected": one.as_expected,
        **_runs_json(one.trained),
        "claims": claims,
    }


def _runs_json(trained: list[Trained] | TrainedMap) -> dict[str, Any]:
    if isinstance(trained, TrainedMap):
        return {"points": trained.json()}
    runs = {
        t.name: {
            "status": t.history.status,
            "steps": t.history.step,
            "steps_by": t.history.started.environment.get(STEPS, "") if t.history.started else "",
            "seconds": t.history.seconds,
        }
        for t in trained
    }
    return {"runs": runs}


def _all_json(verified: Sequence[_Verified]) -> dict[str, Any]:
    return {"as_expected": _all_as_expected(verified), "presets": [_json(one) for one in verified]}


def _all_as_expected(verified: Sequence[_Verified]) -> bool:
    return all(one.as_expected and one.failure is None and not one.interrupted for one in verified)


def _status(out: Console, verified: Sequence[_Verified], signals: StopSignals) -> int:
    """Return the exit status; sum up, and say on stderr what went wrong."""
    failures = [one.failure for one in verified if one.failure is not None]
    for one in verified:
        if one.failure is not None:
            warn(f"{one.id}: {explained(one.failure)[1]}")
    verdicts = [verdict for one in verified for verdict in one.verdicts]
    met = sum(verdict.as_expected for verdict in verdicts)
    out.print(f"{met} of {len(verdicts)} claims ended as expected.")
    if signals.number is not None or any(one.interrupted for one in verified):
        warn("Stopped.")
        return Status.of_signal(signals.number)
    if failures:
        return max(explained(failure)[0] for failure in failures)
    return Status.DONE if _all_as_expected(verified) else Status.CLAIM
