"""What a search of the handbook finds, the likeliest first: nothing here knows a widget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from .pages import HandbookPlace, PageSection, readable, sections, slug

SNIPPET = 110
"""Letters that a hit shows around the word that was found."""
MOST_HITS = 60
SMALL_WORDS = "a an and are be can do does for from how i in is it me my of on or the this to what why"
"""What is asked with, and not for; left out where another word remains."""
OTHER_WORDS = {
    "ntk": "tangent kernel",
    "rerun": "rewind",
    "config": "experiment file",
    "metric": "measurement",
}
"""Words of others, and what the pages say."""
IN_TITLE, DEFINED, IN_HEADING, IN_TEXT = 24.0, 12.0, 11.0, 1.0
"""How much a word counts in a section's title, where it is explained, in a heading within, and in the text."""
BEGUN, WITHIN = 0.7, 0.3
"""How much of that counts where a word begins with it, and where it only has it."""
TOGETHER = 1.5
"""How much more words count that stand beside each other as they were asked for."""
FOR_BUILDERS = ("architecture", "bench", "pitfalls", "decisions/")
OFTEN_MEANT, OF_BUILDERS = {"guide": 1.1, "glossary": 1.05}, 0.5
"""How much pages count that answer most questions, and those for people who build the lab."""
OFTEN = 20
"""How often a word is counted in a text at most; that decides between equals alone."""
_JOINED = re.compile(r"\w+(?:-\w+)+")
_HEADING = re.compile(r"^#{1,4} +(.+?)\s*$", re.MULTILINE)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_BAR = re.compile(r"(?<!\\)\|")
_STRESSED = re.compile(r"^\* \*\*(.+?)\*\*", re.MULTILINE)


@dataclass(frozen=True)
class HandbookHit:
    """Where a search found its words."""

    section: PageSection
    snippet: str
    place: HandbookPlace
    """The heading within the section, and what is explained there, that the words lead to."""


@dataclass(frozen=True)
class SearchedSection:
    """A section as a search reads it, in small letters."""

    title: str
    headings: tuple[tuple[str, str], ...]
    """Those within it, and how links name them."""
    terms: tuple[tuple[str, str], ...]
    """What is explained in a row of a table, by its name and its title, and the name as it is written."""
    text: str


@cache
def searched(section: PageSection) -> SearchedSection:
    """Return a section as a search reads it; that takes a moment once."""
    inner = [readable(heading) for heading in _HEADING.findall(section.text)][1:]
    joined = " ".join(_JOINED.findall(section.readable)).replace("-", " ")
    text = " ".join((section.title, *inner, section.readable, joined)).lower()
    terms = []
    for line in section.text.splitlines():
        if line.startswith("|"):
            name, *others = [cell.strip() for cell in _BAR.split(line)[1:-1]] or [""]
            titles = [found[1] for cell in (name, *others) if (found := _BOLD.match(cell))]
            told = (name, *others[:1], *titles)
            terms += [(readable(words).lower().strip("."), readable(name)) for words in told if words]
    terms += [(readable(words).lower(), "") for words in _STRESSED.findall(section.text)]
    headings = tuple((heading.lower(), slug(heading)) for heading in inner)
    return SearchedSection(section.title.lower(), headings, tuple(terms), text)


def asked_words(query: str) -> list[str]:
    """Return the words that a query is about, as the pages write them."""
    words = filter(None, (word.strip("?!,") for word in query.lower().split()))
    named = [part for word in words for part in OTHER_WORDS.get(word, word).split()]
    small = SMALL_WORDS.split()
    return [word for word in named if word not in small] or named


def search(query: str) -> list[HandbookHit]:
    """Return the sections that have every word, the likeliest first.

    What counts most is a title with the words, then a row that explains them, then a heading; a whole word more
    than the beginning of one, and words beside each other more than apart.
    """
    words = asked_words(query)
    if not words:
        return []
    scored = [(*_score(section, words), section) for section in sections()]
    hits = [(score, section, place) for score, place, section in scored if score > 0]
    hits.sort(key=lambda hit: -hit[0])  # stable: equals in the order of the pages
    return [HandbookHit(section, _snippet(section, words), place) for _, section, place in hits[:MOST_HITS]]


def _score(section: PageSection, words: Sequence[str]) -> tuple[float, HandbookPlace]:
    """Return how well a section answers, 0 where it lacks a word, and where in it one is to look."""
    its = searched(section)
    page, phrase = section.page.rpartition("/")[2], " ".join(words)
    place = HandbookPlace(page)
    if not all(word in its.text for word in words):
        return 0.0, place
    best = IN_TITLE * _likeness(words, its.title)
    for term, name in its.terms:
        told = DEFINED * _likeness(words, term) if term.startswith(phrase) else 0.0
        if told > best:
            best, place = told, HandbookPlace(page, words=name)
    for heading, link in its.headings:
        told = IN_HEADING * _likeness(words, heading)
        if told > best:
            best, place = told, HandbookPlace(page, link)
    in_text = IN_TEXT * _likeness(words, its.text)
    often = min(its.text.count(phrase), OFTEN) / (OFTEN + 1) / 2
    share = OF_BUILDERS if section.page.startswith(FOR_BUILDERS) else OFTEN_MEANT.get(page, 1.0)
    return share * (best + in_text + often), place


def _likeness(words: Sequence[str], text: str) -> float:
    """Return between 0 and about 2 how much of the words a text has; short texts of nothing else have most."""
    phrase = " ".join(words)
    parts = [_of_word(word, text) for word in words]
    if not all(parts):
        return 0.0
    beside = TOGETHER if len(words) > 1 and phrase in text else 1.0
    return sum(parts) / len(parts) * beside * (1 + 0.5 * min(len(phrase) / max(len(text), 1), 1))


def _of_word(word: str, text: str) -> float:
    if word not in text:
        return 0.0
    if _whole(word).search(text):
        return 1.0
    return BEGUN if re.search(rf"(?<!\w){re.escape(word)}", text) else WITHIN


@cache
def _whole(word: str) -> re.Pattern[str]:
    """Return what finds a word that is not a part of another; of several things it is still the word."""
    return re.compile(rf"(?<!\w){re.escape(word)}s?(?!\w)")


def _snippet(section: PageSection, words: Sequence[str]) -> str:
    """Return the readable text around the words, together where they stand so."""
    flat = section.readable
    low = flat.lower()
    phrase = _whole(" ".join(words)).search(low) or _whole(words[0]).search(low)
    at = phrase.start() if phrase else max(low.find(words[0]), 0)
    start = max(at - SNIPPET // 3, 0)
    return (
        ("…" if start else "") + flat[start : start + SNIPPET] + ("…" if start + SNIPPET < len(flat) else "")
    )
