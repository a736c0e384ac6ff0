"""Where the pages lie and what is on them: nothing here knows a widget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from gui.formula_letters import in_letters

from .formula_text import lines_of

CHECKOUT = Path(__file__).parents[2] / "docs"
PAGES = (
    "guide",
    "presets",
    "papers",
    "measurements",
    "theory",
    "glossary",
    "experiment-file",
    "command-line",
    "scale",
    "python",
    "plug-ins",
    "bench",
    "architecture",
    "pitfalls",
    "decisions/README",
    "decisions/engine-process",
    "decisions/log-domain",
    "decisions/replica-axis",
    "decisions/sqlite-sessions",
    "decisions/no-torch-in-the-window",
    "decisions/qt-versions",
    "decisions/paced-by-cost",
    "decisions/compiled-steps",
    "decisions/maps",
    "decisions/muon-margin",
    "decisions/time-of-the-checks",
    "decisions/what-stands-twice",
)
"""The pages in the order in which one reads them."""
_HEADING = re.compile(r"^(#{1,4}) +(.+?)\s*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
MATHEMATICS = re.compile(r"```math\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"\$`(.+?)`\$", re.DOTALL)


@dataclass(frozen=True)
class PageSection:
    """What is read at once: a page's beginning, or one of its parts."""

    page: str
    title: str
    text: str
    """In Markdown, its heading included."""
    headings: tuple[str, ...]
    """How links name the headings in it."""

    @cached_property
    def readable(self) -> str:
        """Its text as people read it, without its headings: formulas in letters, no marks of Markdown."""
        lines = [line for line in self.text.splitlines() if not line.startswith(("#", "|-"))]
        told = [_cells(line) if line.startswith("|") else line for line in lines]
        return " ".join(readable("\n".join(told) or self.text).split())

    @property
    def place(self) -> str:
        """How a link leads here."""
        return f"{self.page}#{self.headings[0]}" if self.headings else self.page


@dataclass(frozen=True)
class HandbookPlace:
    """Where a link leads: a page, a heading on it, and words of the paragraph that is meant ('' for none)."""

    page: str
    heading: str = ""
    words: str = ""

    @classmethod
    def of(cls, link: str) -> HandbookPlace:
        """Read a link such as 'theory#95-adam?throttles'."""
        rest, _, words = link.partition("?")
        page, _, heading = rest.partition("#")
        return cls(page.removesuffix(".md").rpartition("/")[2], heading, words)


def folder() -> Path | None:
    """Return the folder of the pages: of the checkout, else as the wheel has put it down; None for neither."""
    if (CHECKOUT / "guide.md").is_file():
        return CHECKOUT
    try:
        files = distribution("margin-lab").files or []
    except PackageNotFoundError:
        return None
    guide = next((file for file in files if file.as_posix().endswith("margin-lab/docs/guide.md")), None)
    path = None if guide is None else Path(str(guide.locate())).resolve()
    return path.parent if path is not None and path.is_file() else None


@cache
def sections() -> tuple[PageSection, ...]:
    """Return every section of every page, in order."""
    place = folder()
    if place is None:
        return ()
    return tuple(section for page in PAGES for section in _sections_of(place, page))


def _sections_of(place: Path, page: str) -> Iterator[PageSection]:
    path = place / f"{page}.md"
    if not path.is_file():
        return
    lines: list[str] = []
    fenced = False
    for line in _COMMENT.sub("", path.read_text("utf-8")).splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced and lines:
            yield _section(page, lines)
            lines = []
        lines.append(line)
    yield _section(page, lines)


def _section(page: str, lines: list[str]) -> PageSection:
    found = [match for match in map(_HEADING.match, lines) if match is not None]
    title = found[0][2] if found else page
    return PageSection(page, readable(title), "\n".join(lines), tuple(slug(match[2]) for match in found))


def slug(heading: str) -> str:
    """Return how links name a heading, as GitHub does."""
    return re.sub(r"[^\w\- ]", "", _plain(heading).lower()).replace(" ", "-")


def readable(text: str) -> str:
    """Return Markdown as people read it, on one line or several: no signs but those that are meant."""
    text = MATHEMATICS.sub(lambda found: _starred("; ".join(map(in_letters, lines_of(found[1])))), text)
    text = INLINE.sub(lambda found: _starred(in_letters(found[1])), text)
    return _plain(text).replace("\\|", "|")


def _starred(letters: str) -> str:
    """Return a formula with stars that are none of Markdown's."""
    return letters.replace("*", "∗")


def _cells(line: str) -> str:
    """Return the cells of a table's line, told apart as on one line."""
    cells = (cell.strip() for cell in re.split(r"(?<!\\)\|", line))
    return " · ".join(cell for cell in cells if cell)


def _plain(words: str) -> str:
    return _LINK.sub(r"\1", words).replace("`", "").replace("*", "").replace("$", "")


def find_section(place: str) -> PageSection | None:
    """Return the section that a link leads to, such as 'theory#95-adam'; None where there is none."""
    wanted = HandbookPlace.of(place)
    of_page = [section for section in sections() if section.page.rpartition("/")[2] == wanted.page]
    return next(
        (section for section in of_page if wanted.heading in section.headings),
        of_page[0] if of_page else None,
    )
