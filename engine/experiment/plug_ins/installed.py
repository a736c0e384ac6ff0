"""The plug-ins that are installed, as their packages' metadata tell them: nothing of theirs is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from ...words.errors import one_line

GROUPS: dict[str, str] = {
    "margin_lab.networks": "network",
    "margin_lab.optimizers": "optimizer",
    "margin_lab.data": "data",
    "margin_lab.measurements": "measurement",
    "margin_lab.presets": "preset",
}
"""The groups of entry points, and what one of them brings."""


@dataclass(frozen=True)
class PlugIn:
    """An installed package that brings something to the lab."""

    name: str
    version: str
    author: str
    summary: str
    entries: tuple[EntryPoint, ...]

    @property
    def called(self) -> str:
        """Return its name and version, as sentences say it."""
        return f"{self.name} {self.version}"

    @property
    def brings(self) -> str:
        """Say what it brings: 'network gated; measurement sparsity'."""
        said = []
        for group, word in GROUPS.items():
            names = [entry.name for entry in self.entries if entry.group == group]
            if names:
                said.append(f"{word}{'s' if len(names) > 1 and word != 'data' else ''} {', '.join(names)}")
        return "; ".join(said)

    def has(self, group: str, name: str) -> bool:
        """Say whether it brings something of that name, by its metadata."""
        return any(entry.group == group and entry.name == name for entry in self.entries)


def installed() -> list[PlugIn]:
    """Return every plug-in that is installed, by name; of several of one name the first that Python finds."""
    found: dict[str, PlugIn] = {}
    for distribution in distributions():
        entries = [entry for entry in distribution.entry_points if entry.group in GROUPS]
        if entries and (name := _said(distribution, "Name")):
            found.setdefault(plain(name), _plug_in(name, distribution, entries))
    return [found[name] for name in sorted(found)]


def plain(name: str) -> str:
    """Return a package's name as names are compared: small letters, - for _ and dots."""
    return name.lower().replace("_", "-").replace(".", "-")


def _plug_in(name: str, distribution: Distribution, entries: Sequence[EntryPoint]) -> PlugIn:
    by_mail = _said(distribution, "Author-email").partition("<")[0].strip(' "')
    author, summary = _said(distribution, "Author") or by_mail, _said(distribution, "Summary")
    return PlugIn(name, distribution.version, author, summary, tuple(entries))


def _said(distribution: Distribution, key: str) -> str:
    """Return what a package's metadata say, on one line; '' for nothing, where some libraries raise."""
    said = distribution.metadata
    return one_line(said[key] or "") if key in said else ""
