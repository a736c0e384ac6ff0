"""`marginlab verify`: run presets and see whether every claim ends as it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from ..catalog import find, presets
from ..claims import Verdict, judge_all
from ..experiment.document import Document
from .app import explained
from .outputs import check_writable, claim_json, write_json
from .progress import ProgressDisplay, progress
from .run import ending
from .settings import Settings
from .status import Status
from .tables import console, print_claims
from .training_run import Keeper, Trained, train_all


@dataclass(frozen=True)
class _Verified:
    """One preset, run with one seed."""

    id: str
    document: Document
    trained: list[Trained]
    verdicts: list[Verdict]

    @property
    def as_expected(self) -> bool:
        return all(verdict.as_expected for verdict in self.verdicts)

    @property
    def failure(self) -> Exception | None:
        return next((one.failure for one in self.trained if one.failure is not None), None)

    @property
    def interrupted(self) -> bool:
        return any(one.interrupted for one in self.trained)


def verify_presets(names: Sequence[str], *, seeds: int | None, json: Path | None) -> int:
    """Run every named preset (none: all shipped ones), with seeds 0 to K-1 where asked, and say how it went.

    Raises:
        Refusal: where one of them is not there, or cannot be run here.
    """
    check_writable("--json", json)
    chosen = {name: find(name) for name in names or [entry.id for entry in presets() if not entry.own]}
    verified: list[_Verified] = []
    with progress() as shown:
        for name, document in chosen.items():
            for seed in range(seeds) if seeds else [None]:
                verified.append(_verified(name, document, seed, shown))
                if verified[-1].interrupted:
                    break
            if verified[-1].interrupted:
                break
    for one in verified:
        _print(one)
    write_json(json, {"as_expected": _all_as_expected(verified), "presets": [_json(one) for one in verified]})
    return _status(verified)


def _verified(name: str, document: Document, seed: int | None, shown: ProgressDisplay) -> _Verified:
    if seed is not None:
        document = Settings({"seed": seed}).applied_to(document)
    title = name if seed is None else f"{name}, seed {seed}"
    trained = train_all(document, shown, Keeper(document), title)
    return _Verified(name, document, trained, judge_all(document, {one.name: one.history for one in trained}))


def _print(one: _Verified) -> None:
    out = console()
    word = "as expected" if one.as_expected and not one.failure else "NOT as expected"
    out.print(f"[bold]{escape(one.id)}[/], seed {one.document.base.seed}: {word}")
    for trained in one.trained:
        out.print(f"[dim]{escape(ending(trained))}[/]")
    print_claims(out, one.document.claims, one.verdicts)
    out.print()


def _json(one: _Verified) -> dict[str, Any]:
    claims = [
        {**claim_json(claim, verdict), "bound": verdict.bound, "sentence": verdict.sentence}
        for claim, verdict in zip(one.document.claims, one.verdicts, strict=True)
    ]
    runs = {
        t.name: {"status": t.history.status, "steps": t.history.step, "seconds": t.history.seconds}
        for t in one.trained
    }
    return {
        "id": one.id,
        "seed": one.document.base.seed,
        "as_expected": one.as_expected,
        "runs": runs,
        "claims": claims,
    }


def _all_as_expected(verified: Sequence[_Verified]) -> bool:
    return all(one.as_expected and one.failure is None and not one.interrupted for one in verified)


def _status(verified: Sequence[_Verified]) -> int:
    """Return the exit status; sum up on stdout, and on stderr what went wrong."""
    for one in verified:
        if one.failure is not None:
            typer.echo(f"{one.id}: {explained(one.failure)[1]}", err=True)
    verdicts = [verdict for one in verified for verdict in one.verdicts]
    met = sum(verdict.as_expected for verdict in verdicts)
    typer.echo(f"{met} of {len(verdicts)} claims ended as expected.")
    if any(one.interrupted for one in verified):
        typer.echo("Stopped.", err=True)
        return Status.INTERRUPTED
    if any(one.failure is not None for one in verified):
        return Status.ENGINE
    return Status.DONE if _all_as_expected(verified) else Status.CLAIM
