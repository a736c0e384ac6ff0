"""What the papers contain, theorem by theorem, figure by figure, and which presets show it; read from contents.toml."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from .papers import PAPERS

FILE = Path(__file__).with_name("contents.toml")
Known = Literal["text", "abstract", "quoted", "memory"]
KNOWN: dict[Known, str] = {
    "text": "",
    "abstract": "",
    "quoted": "as others quote it, not checked against the paper",
    "memory": "recalled, not checked against the paper",
}
"""What is said of an item by where it is known from: what was read needs no remark."""
SECTIONS = {"theorem": "Theorems", "figure": "Figures", "experiment": "Experiments"}
"""Headings of items by their kind, in the order in which they are shown."""


@dataclass(frozen=True)
class PaperItem:
    """A theorem, a figure or an experiment of a paper."""

    kind: Literal["theorem", "figure", "experiment"]
    name: str
    says: str
    """What it states or shows, in one sentence."""
    known: Known
    """Where that is known from."""
    presets: tuple[str, ...] = ()
    """Ids of the presets that show it; none where no preset does."""
    differs: str = ""
    """How they differ from it; '' where they show it as it is."""
    why_not: str = ""
    """Why no preset shows it; '' where one does."""

    @property
    def standing(self) -> str:
        """Return whether it is shown, in a word or two."""
        if not self.presets:
            return "not here"
        return "in part" if self.differs else "here"

    @property
    def remark(self) -> str:
        """Return what is to be said of how it is shown, or why it is not; '' for nothing."""
        return self.differs or self.why_not


@dataclass(frozen=True)
class PaperContents:
    """What one paper contains, as far as the lab knows it."""

    called: str
    """As `papers.py` calls it."""
    seen: str
    """What of the paper was read, in a sentence."""
    items: tuple[PaperItem, ...]

    def of_kind(self, kind: str) -> tuple[PaperItem, ...]:
        """Return its theorems, figures or experiments."""
        return tuple(item for item in self.items if item.kind == kind)

    @cached_property
    def searched(self) -> str:
        """What a search looks through, in small letters."""
        told = (f"{item.name} {item.says} {item.remark}" for item in self.items)
        return " ".join((self.called, *told)).lower()

    def in_short(self) -> str:
        """Say how its items stand: '5 here, 7 in part, 3 not'; 'none here' where no preset shows any."""
        counts = Counter(item.standing for item in self.items)
        if not counts["here"] and not counts["in part"]:
            return "none here"
        words = {"here": "here", "in part": "in part", "not here": "not"}
        return ", ".join(f"{counts[each]} {word}" for each, word in words.items() if counts[each])


@lru_cache(maxsize=1)
def all_contents() -> dict[str, PaperContents]:
    """Return what every paper contains, by what it is called, in the order of `papers.py`."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))["papers"]
    found = {table["called"]: _contents_of(table) for table in tables}
    return {paper.called: found[paper.called] for paper in PAPERS if paper.called in found}


def _contents_of(table: dict[str, Any]) -> PaperContents:
    items = (PaperItem(**{**item, "presets": tuple(item["presets"])}) for item in table["items"])
    return PaperContents(table["called"], table["seen"], tuple(items))


def contents_in(reference: str) -> list[PaperContents]:
    """Return the contents of the papers that a reference names, in the order in which it names them."""
    named = [paper for paper in all_contents().values() if paper.called in reference]
    return sorted(named, key=lambda paper: reference.index(paper.called))
