"""`marginlab verify`: run presets and see whether every claim ends as it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from rich.console import Console

from ..catalog import find, presets
from ..experiment.document import Document
from .outputs import Outputs, claim_json, json_text
from .progress import ProgressDisplay, progress
from .settings import Settings
from .signals import StopSignals
from .status import Status
from .tables import console, print_claims
from .verified import Planned, Verified, verified_map, verified_run
from .words import escaped, warn


def verify_presets(
    names: Sequence[str], *, seeds: int | None, backends: Sequence[str], jobs: int | None, json: Path | None
) -> int:
    """Run every named preset (none: all shipped ones), and say how it went.

    Each is run with seeds 0 to K-1 where asked, and by every backend, where some are named; a map, which has seeds of
    its own, once. So many are run at once as there are jobs (None: one a core), maps one after the other.

    Raises:
        Refusal: where one of them is not there, or there is no such backend.
    """
    outputs = Outputs({"--json": json})
    chosen = {name: find(name) for name in names or [entry.id for entry in presets() if not entry.own]}
    seeds_asked: Sequence[int | None] = range(seeds) if seeds else [None]
    backends_asked: Sequence[str | None] = backends or [None]
    planned = [
        (name, _set(document, seed, backend), ", ".join(_words(name, seed, backend)))
        for backend, (name, document) in product(backends_asked, chosen.items())
        for seed in (seeds_asked if document.sweep is None else [None])
    ]
    with StopSignals() as signals:
        with progress() as shown:
            verified = _verified(planned, jobs or 0, shown, signals)
        as_expected = signals.number is None and all(one.as_expected for one in verified)
        told = {"as_expected": as_expected, "presets": [_json(one) for one in verified]}
        outputs.write("--json", lambda: json_text(told))
    out = console(to_stderr=outputs.words_go_to_stderr)
    for one in verified:
        _print(out, one)
    status = _status(out, verified, signals)
    outputs.raise_failures()
    return status


def _verified(
    planned: Sequence[Planned], jobs: int, shown: ProgressDisplay, signals: StopSignals
) -> list[Verified]:
    """Run all, up to a signal, and return them in their order: runs first, side by side, and then maps."""
    runs = [one for one in planned if one[1].sweep is None]
    done: dict[str, Verified] = {}
    if jobs != 1 and len(runs) > 1:
        from .side_by_side import verified_side_by_side

        done = verified_side_by_side(runs, jobs, shown, signals)
    for name, document, title in planned:
        if title in done or signals.number is not None:
            continue
        verify = verified_run if document.sweep is None else verified_map
        done[title] = verify(name, document, shown, signals, title)
    return [done[title] for _, _, title in planned if title in done]


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


def _print(out: Console, one: Verified) -> None:
    word = "as expected" if one.as_expected else "NOT as expected"
    seeds = "a map" if one.document.sweep is not None else f"seed {one.document.base.seed}"
    out.print(f"[bold]{escaped(one.id)}[/], {seeds}: {word}")
    for sentence in one.endings:
        out.print(f"[dim]{escaped(sentence)}[/]")
    print_claims(out, one.document.claims, one.verdicts)
    out.print()


def _json(one: Verified) -> dict[str, Any]:
    claims = [
        {**claim_json(claim, verdict), "bound": verdict.bound, "sentence": verdict.sentence}
        for claim, verdict in zip(one.document.claims, one.verdicts, strict=True)
    ]
    return {
        "id": one.id,
        "seed": one.document.base.seed,
        "backend": one.document.base.run.backend,
        "as_expected": one.as_expected,
        **one.counts,
        "claims": claims,
    }


def _status(out: Console, verified: Sequence[Verified], signals: StopSignals) -> int:
    """Return the exit status; sum up, and say on stderr what went wrong."""
    failures = {one.title: one.failure for one in verified if one.failure is not None}
    for title, failure in failures.items():
        warn(f"{title}: {failure.words}")
    verdicts = [verdict for one in verified for verdict in one.verdicts]
    met = sum(verdict.as_expected for verdict in verdicts)
    out.print(f"{met} of {len(verdicts)} claims ended as expected.")
    if signals.number is not None or any(one.interrupted for one in verified):
        warn("Stopped.")
        return Status.of_signal(signals.number)
    if failures:
        return max(failure.status for failure in failures.values())
    return Status.DONE if all(one.as_expected for one in verified) else Status.CLAIM
