"""An experiment, or runs, as text for the clipboard: a Python script, TOML, a command line, a citation."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.catalog import find, portable, presets
from engine.experiment.copies.command import command
from engine.experiment.copies.papers import citation
from engine.experiment.copies.script import (
    OwnAxes,
    ScriptPicture,
    ScriptPlot,
    ScriptRun,
    script,
    script_of_pictures,
)
from engine.experiment.document import Document, to_toml
from engine.experiment.provenance import BASED_ON
from engine.figures.figure_file import figure_text
from engine.figures.own_plots import OwnPlot
from engine.figures.plots import HORIZONTAL, NATURAL_LOGS
from engine.protocol.messages import RunStatus
from engine.protocol.pictures import Picture
from engine.words.errors import Refusal
from engine.words.formats import counted

from .composition import first_figure
from .figures import picture_fields
from .report import version_in_words
from .run import Run

NAMED_AXES = {
    "log_step": ("", True),
    "step": ("", False),
    "log_time": ("log_time", False),
    "time": ("log_time", False),
    "log_inverse_loss": ("log_loss", False),
    "norm": ("param_norm", True),
}
"""Columns for what runs to the right by a name of its own, and whether on a logarithmic axis; times are logs."""
NOWHERE = Path(os.devnull) / "nowhere"
"""A folder that no data lie in: paths that are written as there are absolute."""


def copied_experiment(kind: str, document: Document, origin: str, plots: Sequence[ScriptPlot] = ()) -> str:
    """Return a document as `kind`, with paths to its data that hold everywhere on this machine.

    Args:
        kind: a key of `copy_kinds.COPIES`.
        document: the whole of it, with what it compares.
        origin: the preset or the file that it came from, if any.
        plots: what a script draws.
    """
    here = portable(document, NOWHERE)
    match kind:
        case "script":
            return script([ScriptRun("", here)], plots)
        case "command":
            return command(here, known_as(document, origin))
        case "citation":
            return citation(paper_of(document, origin), version_in_words("margin-lab"))
        case _:
            return to_toml(here)


def copied_run(kind: str, run: Run, origin: str, plots: Sequence[ScriptPlot] = ()) -> str:
    """Return a run as `kind`: its experiment alone, with the edits that it took, up to where it was stopped."""
    one = as_it_ran(run)
    match kind:
        case "script":
            return script([one], plots, title=f"{run.name} of {run.title or 'an experiment'}")
        case "command":
            return command(one.document, known_as(one.document, origin), steps=one.steps)
        case "citation":
            return citation(paper_of(run.document, origin), version_in_words("margin-lab"))
        case _:
            return to_toml(one.document)


def copied_pictures(run: Run, pictures: Mapping[str, Picture]) -> str:
    """Return a script that trains a run and draws pictures of a step of it."""
    shown = [
        ScriptPicture(id, figure_text(first_figure(**picture_fields(id, picture))))
        for id, picture in pictures.items()
    ]
    return script_of_pictures(as_it_ran(run), shown, title=f"{run.name} of {run.title or 'an experiment'}")


def copied_plot(runs: Sequence[Run], plots: Sequence[ScriptPlot]) -> str:
    """Return a script that trains runs and draws plots of all of them."""
    titles = {run.title for run in runs}
    title = titles.pop() if len(titles) == 1 else counted(len(runs), "run")
    return script([as_it_ran(run) for run in runs], plots, title=title)


def as_it_ran(run: Run) -> ScriptRun:
    """Return a run as a script trains it: alone, with its edits; as far as it came where it was stopped."""
    history = run.history
    steps, remarks = None, []
    if (
        history.status in (RunStatus.STOPPED, RunStatus.PAUSED, RunStatus.RUNNING)
        and 0 < run.step < run.steps
    ):
        steps = run.step
        remarks.append(f"{run.name} had come to step {run.step:,} of {run.steps:,}.")
    if run.experiment.data.reads and history.sha256:
        remarks.append(f"{run.name} read data of SHA-256 {history.sha256}.")
    return ScriptRun(
        run.name,
        portable(alone(run.with_its_edits(), run.experiment_name), NOWHERE),
        steps,
        "\n".join(remarks),
    )


def alone(document: Document, name: str) -> Document:
    """Return one experiment of a document as a document of its own, with its edits and the claims about it alone."""
    if not document.variations:
        return document
    base = document.experiments()[name]
    edits = tuple(edit.model_copy(update={"run": ""}) for edit in document.edits_of(name))
    first = next(iter(document.experiments()))
    own = [claim for claim in document.claims if (claim.run or first) == name and not claim.compare]
    claims = tuple(claim.model_copy(update={"run": ""}) for claim in own)
    about = document.about.model_copy(update={"theorem": "", "look_for": ""})
    return Document(base=base, about=about, edits=edits, claims=claims, folder=document.folder)


def known_as(document: Document, origin: str) -> dict[str, Document]:
    """Return what a command line can make a document of: where it came from, else the preset that is called like it."""
    title = document.base.title.removeprefix(BASED_ON)
    known = _found([origin] if origin else [])
    return known or _found([entry.id for entry in presets() if title and entry.title == title])


def _found(names: Sequence[str]) -> dict[str, Document]:
    """Return presets and files by what a command line calls them, without those that are there no longer."""
    found: dict[str, Document] = {}
    for name in names:
        with contextlib.suppress(Refusal):
            found[name] = portable(find(name), NOWHERE)
    return found


def paper_of(document: Document, origin: str) -> str:
    """Return the paper of a document; of one that was edited, of what it came from."""
    if document.about.paper:
        return document.about.paper
    return next((loaded.about.paper for loaded in known_as(document, origin).values()), "")


def plots_in_words(states: Mapping[str, Mapping[str, Any]], **size: Any) -> list[ScriptPlot]:
    """Return plots as a script draws them: only what differs from how they come up is said.

    `states` says by plot what is shown of it: its columns, horizontal axis, and whether it shows 1 - value.
    """
    plots = []
    for id, state in states.items():
        options: dict[str, Any] = {}
        if state.get("columns") is not None:
            options["columns"] = sorted(state["columns"])
        axis = str(state.get("horizontal", "log_step"))
        own = OwnPlot.read(state.get("own"))
        if own is not None:
            plots.append(ScriptPlot(id, own=own_axes(own, axis)))
            continue
        if axis != "log_step" and axis in {known.id for known in HORIZONTAL}:
            options["horizontal"] = axis
        options |= {name: True for name in ("one_minus", "diverged") if state.get(name)}
        plots.append(ScriptPlot(id, options | size))
    return plots


def own_axes(own: OwnPlot, shared: str) -> OwnAxes:
    """Return what a plot that somebody made shows; `shared` runs to the right where it has no axis of its own."""
    axis = own.horizontal or shared
    column, log = NAMED_AXES.get(axis, (axis.partition(":")[2], axis.startswith("log_")))
    return OwnAxes(own.title, own.columns, column, log, own.log and not set(own.columns) & set(NATURAL_LOGS))
