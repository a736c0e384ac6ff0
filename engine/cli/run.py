"""`marginlab run`: train an experiment, keep what it records, judge its claims."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from ..catalog import find
from ..claims import Verdict, judge_all
from ..experiment.document import Document
from ..formats import duration, number
from .outputs import check_writable, document_json, write_json
from .progress import progress
from .settings import Settings
from .status import Status
from .tables import console, print_claims, print_finals
from .training_run import Keeper, Trained, train_all


def run_experiment(
    experiment: str, settings: Settings, *, out: Path | None, csv: Path | None, json: Path | None
) -> int:
    """Train every experiment of a document and write what was asked for; return the exit status.

    Raises:
        Refusal: where the experiment, a setting or a file is not possible.
    """
    document = settings.applied_to(find(experiment))
    for option, path in (("--out", out), ("--csv", csv), ("--json", json)):
        check_writable(option, path)
    with Keeper(document, out) as keeper, progress() as shown:
        trained = train_all(document, shown, keeper)
    verdicts = judge_all(document, {one.name: one.history for one in trained})
    print_run(console(), document, trained, verdicts)
    write_json(json, document_json(document, trained, verdicts))
    _write_csv(csv, trained)
    return status_of(trained, verdicts)


def print_run(
    to: Console, document: Document, trained: Sequence[Trained], verdicts: Sequence[Verdict]
) -> None:
    """Print how the runs ended, their final values and the verdicts."""
    if document.base.title:
        to.print(f"[bold]{escape(document.base.title)}[/]")
    printed: set[str] = set()
    for one in trained:
        to.print(escape(ending(one)))
        for line in known(one):
            if line not in printed:
                to.print(f"  [dim]{escape(line)}[/]")
            printed.add(line)
    to.print()
    print_finals(to, trained)
    if document.claims:
        to.print()
        print_claims(to, document.claims, verdicts)


def ending(trained: Trained) -> str:
    """Say how a run ended."""
    name = f"{trained.name}: " if trained.name else ""
    history = trained.history
    why = f" ({history.sentence})" if history.sentence else ""
    start = history.started
    place = "" if start is None else f" on {start.device}, {start.dtype}, {start.threads} thread(s)"
    took = f"{history.step:,} steps in {duration(history.seconds)}{place}"
    return f"{name}{history.status} after {took}{why}"


def known(trained: Trained) -> list[str]:
    """Say what was known before the first step, a line each: theorems, references."""
    lines = [
        f"{fact.subject}: {'does not apply: ' if fact.holds is False else ''}{fact.text}"
        for fact in trained.history.facts
    ]
    for reference in trained.history.references:
        value = number(min(reference.values), 7) if reference.values else reference.note
        lines.append(f"{reference.title}: {value}")
    return lines


def status_of(trained: Sequence[Trained], verdicts: Sequence[Verdict]) -> int:
    """Return the exit status; what the engine failed with is told on stderr."""
    for one in trained:
        if one.failure is not None:
            raise one.failure
    if any(one.interrupted for one in trained):
        typer.echo("Stopped; what was recorded is kept.", err=True)
        return Status.INTERRUPTED
    return Status.DONE if all(verdict.as_expected for verdict in verdicts) else Status.CLAIM


def _write_csv(path: Path | None, trained: Sequence[Trained]) -> None:
    if path is not None:
        from ..figures.table import export_csv

        export_csv(path, {one.name: one.history.records for one in trained})
