"""What the palette finds: actions, fields, runs and presets by a few letters, the likeliest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Kind = Literal["action", "field", "run", "preset"]
KINDS: tuple[Kind, ...] = ("action", "field", "run", "preset")
MOST = 200
"""Entries shown at once: nobody reads on, but types another letter."""
AT_START, AT_WORD, WITHIN, BESIDE, SCATTERED = 100.0, 80.0, 50.0, 30.0, 20.0
"""How much a word counts that begins the title, begins a word of it, stands in it, in what is said beside it, or has
its letters there in order."""
FEW_WORDS = 6
"""Letters are put together from titles of so many words at most: in a sentence nearly any word can be found."""
FURTHER = 45.0
"""How much less counts what is not there yet: a word within a title that is there comes before it."""
OF_SENTENCE = 0.6
"""What words count in a longer title, such as a preset's, beside a name that is nothing else."""


@dataclass(frozen=True)
class Finding:
    """One thing that can be chosen."""

    kind: Kind
    id: str
    title: str
    detail: str = ""
    """What stands beside it: where a field is, how a run ended, a preset's paper."""
    keys: str = ""
    why_not: str = ""
    """Why it cannot be chosen now; '' where it can."""
    words: str = ""
    """By what else it is found."""
    further: bool = False
    """Whether something else has to be chosen before it is there."""

    @cached_property
    def searched(self) -> tuple[str, str]:
        """Its title, and what is beside it, in lower case."""
        return self.title.casefold(), f"{self.detail} {self.words}".casefold()


@dataclass(frozen=True)
class Match:
    """An entry that was found."""

    entry: Finding
    places: frozenset[int] = field(default_factory=frozenset)
    """The letters of its title that were looked for."""


def found(query: str, entries: Sequence[Finding]) -> list[Match]:
    """Return the entries that have every word of a query, the likeliest first; without a query, all as they are."""
    words = query.casefold().split()
    if not words:
        return [Match(entry) for entry in entries[:MOST]]
    scored = [(score, entry) for entry in entries if (score := score_of(entry, words)) > 0]
    scored.sort(key=lambda pair: -pair[0])  # equals stay in their order
    return [Match(entry, places_of(entry, words)) for _, entry in scored[:MOST]]


def score_of(entry: Finding, words: Sequence[str]) -> float:
    """Return how well an entry has all these words; 0 where it lacks one."""
    title, beside = entry.searched
    total = 0.0
    for word in words:
        score = _score(word, title, beside)
        if score == 0:
            return 0.0
        total += score
    return (
        total
        - 0.1 * len(title) / (1 + len(title))
        - 0.01 * len(title)
        - 5 * bool(entry.why_not)
        - FURTHER * entry.further
    )


def _score(word: str, title: str, beside: str) -> float:
    place = title.find(word)
    share = OF_SENTENCE if title.count(" ") >= FEW_WORDS else 1.0
    if place == 0:
        return share * AT_START + 20 * (title == word)
    if place > 0:
        return share * (AT_WORD if not title[place - 1].isalnum() or f" {word}" in title else WITHIN)
    if word in beside:
        return BESIDE
    run = _in_order(word, title)
    return SCATTERED * len(word) / (run[-1] - run[0] + 1) if run else 0.0


def _in_order(word: str, title: str) -> list[int]:
    """Return where the letters of a word stand in a short title, each beginning a word or next to the one before."""
    starts = [at for at, letter in enumerate(title) if letter.isalnum() and not title[at - 1 : at].isalnum()]
    return _placed(word, title, starts, -1) if len(starts) <= FEW_WORDS else []


def _placed(word: str, title: str, starts: Sequence[int], last: int) -> list[int]:
    following = sorted({last + 1, *(start for start in starts if start > last)})
    for at in following:
        if title[at : at + 1] == word[0]:
            rest = _placed(word[1:], title, starts, at) if len(word) > 1 else []
            if rest or len(word) == 1:
                return [at, *rest]
    return []


def places_of(entry: Finding, words: Sequence[str]) -> frozenset[int]:
    """Return the letters of an entry's title that the words were found in."""
    title, beside = entry.searched
    if len(title) != len(entry.title):  # a letter that has no single small one
        return frozenset()
    places: set[int] = set()
    for word in words:
        at = title.find(word)
        if at >= 0:
            places.update(range(at, at + len(word)))
        elif word not in beside:
            places.update(_in_order(word, title))
    return frozenset(places)
