"""Write runs as a Python script: it trains them through the public interface (docs/python.md), and plots them."""

from __future__ import annotations

import pprint
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..document import Document, to_toml
from .settings import settings_of

WIDTH = 100


@dataclass(frozen=True)
class ScriptRun:
    """A document that a script trains, all of its experiments."""

    name: str
    """What people call it."""
    document: Document
    """Paths to its data as they are to stand in the script."""
    steps: int | None = None
    """Where it ends before its last step, as one that was stopped; None: its experiment says so."""
    remark: str = ""
    """A comment above it."""


@dataclass(frozen=True)
class OwnAxes:
    """Columns against a column, or against steps."""

    title: str
    columns: tuple[str, ...]
    horizontal: str = ""
    """A column; '': steps."""
    log_x: bool = False
    log_y: bool = False

    def lines(self, runs: str, file: str) -> list[str]:
        """Return the lines that draw it."""
        across = "run.steps" if not self.horizontal else f"run.records[{self.horizontal!r}]"
        scales = (', xscale="log"' if self.log_x else "") + (', yscale="log"' if self.log_y else "")
        return [
            'figure = Figure(layout="constrained")',
            "axes = figure.subplots()",
            f"for run in {runs}:",
            f"    for column in {list(self.columns)!r}:",
            "        if column in run.records:",
            f'            axes.plot({across}, run.records[column], label=f"{{run.title}} {{column}}")',
            f"axes.set(title={self.title!r}, xlabel={self.horizontal or 'step'!r}{scales})",
            "axes.legend()",
            f"figure.savefig({file!r})",
        ]


@dataclass(frozen=True)
class ScriptPlot:
    """A plot that a script draws, as `engine.figure` takes it."""

    plot: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """Its keyword arguments, such as horizontal = "step"."""
    own: OwnAxes | None = None
    """What a plot that somebody made shows: matplotlib draws it; None: `engine.figure` does."""

    def lines(self, runs: str) -> list[str]:
        """Return the lines that draw it."""
        if self.own is not None:
            return self.own.lines(f"{runs}.runs.values()" if runs == "results" else runs, f"{self.plot}.pdf")
        arguments = [runs, repr(self.plot), repr(f"{self.plot}.pdf")]
        arguments += [f"{name}={value!r}" for name, value in self.options.items()]
        return [f"engine.figure({', '.join(arguments)})"]


@dataclass(frozen=True)
class ScriptPicture:
    """A picture of one step, as `marginlab export` draws it from the parameters that a session keeps."""

    name: str
    figure: str
    """The TOML of a figure that shows it (docs/command-line.md)."""

    def lines(self, session: str) -> list[str]:
        """Return the lines that draw it."""
        return [
            f'Path("{self.name}.toml").write_text({_quoted(self.figure)}, encoding="utf-8")',
            f'main(["export", "{session}", "--figure", "{self.name}.toml", "--out", "{self.name}.pdf"])',
        ]


def script_of_pictures(run: ScriptRun, pictures: Sequence[ScriptPicture], *, title: str) -> str:
    """Return a script that trains a run, prints its final values, and draws pictures of a step of it."""
    steps = "" if run.steps is None else f', "--steps", "{run.steps}"'
    return "\n".join(
        [
            _docstring(title),
            "",
            "from pathlib import Path",
            "",
            "import engine",
            "from engine.cli import main",
            "",
            *_remark(run.remark),
            f"EXPERIMENT = {_quoted(to_toml(run.document))}",
            "",
            'Path("experiment.toml").write_text(EXPERIMENT, encoding="utf-8")',
            f'main(["run", "experiment.toml", "--out", "experiment.mlab"{steps}])',
            'runs = engine.open_session("experiment.mlab")',
            "",
            *_printing("runs"),
            "",
            *(line for picture in pictures for line in picture.lines("experiment.mlab")),
            "",
        ]
    )


def script(runs: Sequence[ScriptRun], plots: Sequence[ScriptPlot] = (), *, title: str = "") -> str:
    """Return a script that trains every run, prints its final values and verdicts, and draws plots of all.

    Runs that differ from the first in fields alone are written as that experiment with these fields set.
    """
    head = _docstring(title or runs[0].document.base.title or "An experiment")
    body = _one(runs[0], plots) if len(runs) == 1 else _several(runs, plots)
    return "\n".join([head, "", "import engine", "", *body, ""])


def _one(run: ScriptRun, plots: Sequence[ScriptPlot]) -> list[str]:
    steps = "" if run.steps is None else f", steps={run.steps}"
    return [
        *_remark(run.remark),
        f"EXPERIMENT = {_quoted(to_toml(run.document))}",
        "",
        f"results = engine.train(EXPERIMENT{steps})",
        "",
        *_printing("results.runs.values()"),
        "for claim, verdict in zip(results.document.claims, results.verdicts):",
        '    print(f"{verdict.status}: {claim.text}")',
        *_drawn(plots, "results"),
    ]


def _several(runs: Sequence[ScriptRun], plots: Sequence[ScriptPlot]) -> list[str]:
    first = runs[0].document
    settings = [None if first.variations else settings_of(run.document, first) for run in runs]
    remarks = [line for run in runs for line in _remark(run.remark)]
    names = _unique([run.name for run in runs])
    if all(found is not None for found in settings):
        table = {
            name: (found or {}) | ({} if run.steps is None else {"run.steps": run.steps})
            for name, run, found in zip(names, runs, settings, strict=True)
        }
        said = [f"EXPERIMENT = {_quoted(to_toml(first))}", "", *_table("RUNS", table)]
        said += ["", "runs = []", "for name, settings in RUNS.items():"]
        said += ["    run = engine.train(EXPERIMENT, set=settings).run"]
    else:
        said = ["RUNS = {"]
        for name, run in zip(names, runs, strict=True):
            steps = {} if run.steps is None else {"run.steps": run.steps}
            said += [f"    {name!r}: ({_quoted(to_toml(run.document))}, {steps!r}),"]
        said += ["}", "", "runs = []", "for name, (experiment, settings) in RUNS.items():"]
        said += ["    run = engine.train(experiment, set=settings).run"]
    said += ["    run.title = name", "    runs.append(run)", ""]
    return [*remarks, *said, *_printing("runs"), *_drawn(plots, "runs")]


def _printing(runs: str) -> list[str]:
    return [
        f"for run in {runs}:",
        '    print(f"{run.title}: {run.status} after {run.steps[-1]:,} steps")',
        '    for column in ("log_loss", "accuracy", "param_norm", "normalized_margin"):',
        "        if column in run.records:",
        '            print(f"    {column} = {run.final(column)}")',
    ]


def _drawn(plots: Sequence[ScriptPlot], runs: str) -> list[str]:
    if not plots:
        return []
    matplotlib = ["from matplotlib.figure import Figure", ""] if any(plot.own for plot in plots) else []
    return ["", *matplotlib, *(line for plot in plots for line in plot.lines(runs))]


def _docstring(title: str) -> str:
    words = title.replace("\\", "/").replace('"', "'").strip().rstrip(".")
    return f'"""{words}.\n\nNeeds Margin Lab: `import engine` must work. Figures are written where it is started.\n"""'


def _quoted(text: str) -> str:
    """Return a literal of a text of several lines that reads like the text."""
    for quotes in ("'''", '"""'):
        if quotes not in text and "\r" not in text and not text.endswith(("\\", quotes[0])):
            return f"r{quotes}\n{text}{quotes}"
    return repr(text)


def _remark(words: str) -> list[str]:
    return [f"# {line}" for line in words.splitlines()]


def _table(name: str, table: Mapping[str, Any]) -> list[str]:
    return f"{name} = {pprint.pformat(dict(table), width=WIDTH, sort_dicts=False)}".splitlines()


def _unique(names: Sequence[str]) -> list[str]:
    """Return names that are keys of one table: later ones of the same name are numbered."""
    unique: list[str] = []
    for name in names:
        number, wanted = 2, name
        while wanted in unique:
            wanted, number = f"{name} ({number})", number + 1
        unique.append(wanted)
    return unique
