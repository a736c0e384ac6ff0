"""Where what is drawn comes from: experiment, seed and versions, kept in the figure's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.experiment.experiment import Experiment
from engine.files import version_of
from engine.protocol.run_history import RunHistory

LAB = "Margin Lab"


@dataclass(frozen=True)
class Origin:
    """One run that a figure shows something of."""

    name: str
    """How people call the run."""
    experiment: str = ""
    """Title of its experiment."""
    seed: int | None = None
    replicas: int = 1
    run: str = ""
    """Its id in the session."""
    step: int | None = None
    """The step that a picture is of; None: it shows records over all."""
    replica: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    """Versions, device and threads that the run was computed with."""
    data: str = ""
    """Checksum of what it was trained on."""

    @property
    def sentence(self) -> str:
        """Return all of it in one line."""
        last = (self.seed or 0) + self.replicas - 1
        seeds = "" if self.seed is None else f"seed {self.seed}"
        seeds += f" to {last}" if seeds and self.replicas > 1 else ""
        shown = "" if self.step is None else f"step {self.step}, replica {self.replica}"
        parts = [
            f"experiment “{self.experiment}”" if self.experiment else "",
            seeds,
            f"run {self.run}" if self.run else "",
            shown,
            f"data sha256 {self.data}" if self.data else "",
            ", ".join(f"{name} {value}" for name, value in self.environment.items()),
        ]
        return f"{self.name}: " + "; ".join(part for part in parts if part)


@dataclass(frozen=True)
class FileAbout:
    """What a figure's file says of itself."""

    title: str
    origins: tuple[Origin, ...] = ()

    @property
    def keywords(self) -> list[str]:
        """Return experiments, seeds and versions one by one."""
        found: dict[str, None] = {}
        for origin in self.origins:
            seeds = "" if origin.seed is None else f"seed {origin.seed}"
            versions = (f"{name} {value}" for name, value in origin.environment.items())
            found |= dict.fromkeys(_clean(word) for word in (origin.experiment, seeds, *versions) if word)
        return list(found)

    @property
    def description(self) -> str:
        """Return a line a run."""
        return "\n".join(_clean(origin.sentence) for origin in self.origins)

    @property
    def comment(self) -> str:
        """Return it as comments of TeX."""
        lines = [_clean(self.title), *self.description.splitlines(), lab()]
        return "".join(f"%% {line}\n" for line in lines if line)

    def metadata(self, suffix: str) -> dict[str, object]:
        """Return what matplotlib is to write into a file of a kind: PDF's Info, Dublin Core, PNG's text chunks.

        Without a date: the same figure is always the same bytes.
        """
        if suffix == ".pdf":
            return {
                "Title": _clean(self.title),
                "Subject": self.description,
                "Keywords": ", ".join(self.keywords),
                "Creator": lab(),
                "CreationDate": None,
            }
        if suffix == ".svg":
            return {
                "Title": _clean(self.title),
                "Description": self.description,
                "Keywords": self.keywords,
                "Creator": lab(),
                "Date": None,
            }
        if suffix == ".png":
            return {
                "Title": _clean(self.title),
                "Description": self.description,
                "Comment": ", ".join(self.keywords),
                "Software": lab(),
            }
        return {}


def _clean(text: str) -> str:
    """Return text in one line, without what no XML may hold."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def lab() -> str:
    """Return the lab's name and version."""
    return f"{LAB} {version_of()}".rstrip()


def about(title: str, origins: Sequence[Origin | None]) -> FileAbout:
    """Return what a figure says of itself; runs of which nothing is known are left out."""
    known: list[Origin] = []
    for origin in origins:
        if origin is not None and origin not in known:
            known.append(origin)
    return FileAbout(title, tuple(known))


def origin_of(
    experiment: Experiment | None,
    history: RunHistory,
    name: str,
    run: str = "",
    *,
    step: int | None = None,
    replica: int = 0,
) -> Origin:
    """Return where records or a picture of a run come from; `experiment` is None where it cannot be read any more."""
    environment = {} if history.started is None else history.started.environment
    title = "" if experiment is None else experiment.title
    seed = None if experiment is None else experiment.seed
    return Origin(
        name, title, seed, history.records.replicas, run, step, replica, environment, history.sha256
    )
