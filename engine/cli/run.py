"""`marginlab run`: train an experiment, keep what it records, judge its claims."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from ..catalog import find
from ..claims import Verdict, judge_all
from ..claims.hints import hints, shown_on_purpose
from ..experiment.copies.command import options
from ..experiment.document import Document
from ..experiment.edits import with_edits
from ..experiment.provenance import left_out
from ..words.errors import Refusal
from ..words.formats import duration, number
from .keeper import Keeper
from .outputs import Outputs, document_json, json_text
from .progress import progress
from .settings import Settings
from .signals import StopSignals
from .status import Status
from .tables import console, print_claims, print_finals
from .training_run import Trained, train_all
from .words import escaped, warn


def run_experiment(
    experiment: str, settings: Settings, *, out: Path | None, csv: Path | None, json: Path | None
) -> int:
    """Train every experiment of a document and write what was asked for; return the exit status.

    Raises:
        Refusal: where the experiment, a setting or a file is not possible.
    """
    found = find(experiment)
    if found.sweep is not None:
        raise Refusal("sweep", None, "makes this file a map, not a run; say `marginlab sweep` instead")
    document = settings.applied_to(found)
    besides = {"EXPERIMENT": Path(experiment), **_read(document), "--out": out}
    outputs = Outputs({"--csv": csv, "--json": json}, besides)
    keeper = Keeper(document, out)
    trained: list[Trained] = []
    kept, replaced = settings.without_its_edits(found)
    if words := left_out(document, kept):
        warn(f"{words[:1].upper()}{words[1:]}.")
    if replaced:
        edits = ", ".join(edit.words for edit in replaced)
        warn(f"Left out of the file's edits, for what the command line sets: {edits}.")
    with StopSignals() as signals:
        with outputs.apart(), keeper, progress() as shown:
            trained = train_all(document, shown, keeper, signals)
        if not any(one.begun for one in trained):  # there is nothing to write
            outputs.raise_failures()
            return status_of(trained, [], signals)
        outputs.write("--csv", lambda: _csv(trained))
        verdicts = judge_all(document, {one.name: one.history for one in trained})
        outputs.write("--json", lambda: json_text(document_json(document, trained, verdicts)))
    print_run(console(to_stderr=outputs.words_go_to_stderr), document, trained, verdicts)
    outputs.raise_failures()
    return status_of(trained, verdicts, signals)


def print_run(
    to: Console, document: Document, trained: Sequence[Trained], verdicts: Sequence[Verdict]
) -> None:
    """Print how the runs ended, their final values and the verdicts."""
    if document.base.title:
        to.print(f"[bold]{escaped(document.base.title)}[/]")
    printed: set[str] = set()
    for one in trained:
        to.print(escaped(ending(one)))
        if one.history.edits:
            words = ", ".join(edit.words for edit in one.history.edits)
            to.print(f"  edited: {escaped(words)}")
        for line in known(one):
            if line not in printed:
                to.print(f"  [dim]{escaped(line)}[/]")
            printed.add(line)
    to.print()
    print_finals(to, trained)
    if document.claims:
        to.print()
        print_claims(to, document.claims, verdicts)
    if lines := hint_lines(document, trained):
        to.print("\nHints (why: the guide's table of hints)")
        for line in lines:
            to.print(f"  {escaped(line)}", soft_wrap=True)


def hint_lines(document: Document, trained: Sequence[Trained]) -> list[str]:
    """Say what a reader of the theory would point out, each sentence once, with what to set instead."""
    told: dict[str, list[str]] = {}
    on_purpose = shown_on_purpose(document)
    for one in trained:
        experiment = with_edits(one.experiment, one.history.edits)
        for hint in hints(experiment, one.history, on_purpose):
            setting = shlex.join(options(dict(_as_typed(*change) for change in hint.remedy.changes.items())))
            told.setdefault(f"{hint.sentence}. {hint.remedy.label}: {setting}", []).append(one.name)
    return [f"{', '.join(names)}: {line}" if any(names) else line for line, names in told.items()]


def _as_typed(path: str, value: Any) -> tuple[str, Any]:
    """Return what sets a field; of a kind with nothing else its kind alone."""
    return (f"{path}.kind", value["kind"]) if isinstance(value, dict) and len(value) == 1 else (path, value)


def ending(trained: Trained) -> str:
    """Say how a run ended."""
    name = f"{trained.name}: " if trained.name else ""
    history = trained.history
    why = f" ({history.sentence})" if history.sentence else ""
    start = history.started
    place = "" if start is None else f" on {start.device}, {start.dtype}, {start.threads} thread(s)"
    place += f", {start.steps_in_words}" if start is not None and start.steps_in_words else ""
    took = f"{history.step:,} steps in {duration(history.seconds)}{place}"
    return f"{name}{history.status} after {took}{why}"


def known(trained: Trained) -> list[str]:
    """Say what was known before the first step, a line each: theorems, references, remarks about columns."""
    lines = [
        f"{fact.subject}: {'does not apply: ' if fact.holds is False else ''}{fact.text}"
        for fact in trained.history.facts
    ]
    for reference in trained.history.references:
        value = number(min(reference.values), 7) if reference.values else ""
        lines.append(f"{reference.title}: {'; '.join(words for words in (value, reference.remark) if words)}")
    missing = {reference.title for reference in trained.history.references}
    columns: dict[str, list[str]] = {}
    for column, remark in trained.history.remarks.items():
        if column not in missing:
            columns.setdefault(remark, []).append(column)
    return lines + [f"{', '.join(names)}: {remark}" for remark, names in columns.items()]


def status_of(trained: Sequence[Trained], verdicts: Sequence[Verdict], signals: StopSignals) -> int:
    """Return the exit status; what the engine failed with is told on stderr."""
    for one in trained:
        if one.failure is not None:
            raise one.failure
    if signals.number is not None or any(one.interrupted for one in trained):
        warn("Stopped; what was recorded is kept.")
        return Status.of_signal(signals.number)
    return Status.DONE if all(verdict.as_expected for verdict in verdicts) else Status.CLAIM


def _read(document: Document) -> dict[str, Path]:
    """Return the file of data that runs of a document read, by the field that names it."""
    folder, read = document.folder or Path(), {}
    for data in (experiment.data for experiment in document.experiments().values()):
        if data.named_file:
            with contextlib.suppress(RuntimeError):  # of no such user; the run will say so
                read[f"data.{data.reads}"] = folder / Path(data.named_file).expanduser()
    return read


def _csv(trained: Sequence[Trained]) -> str:
    from ..figures.table import TableRun, csv_text

    return csv_text([TableRun(one.name, one.history.records, edits=one.history.edits) for one in trained])
