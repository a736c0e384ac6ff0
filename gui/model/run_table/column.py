"""The columns of the table: what each is called and means, and which one a typed name is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from engine.words.errors import Refusal

LONGEST = 80
"""Letters of a word that is compared with those that there are."""
Group = Literal["run", "point", "field", "measurement", "event", "claim"]
GROUP_TITLES: Mapping[Group, str] = {
    "run": "Run",
    "point": "Point",
    "field": "Fields",
    "measurement": "Last values",
    "event": "Events",
    "claim": "Claims",
}


DIGITS = re.compile(r"\d+")
DIFFERS = "What differs"
AFTER_DIFFERS: tuple[Group, ...] = ("measurement", "event", "run", "claim", "field")
"""In which order the others are listed where one of all columns is chosen."""


@dataclass(frozen=True)
class TableColumn:
    """One column that rows can show."""

    name: str
    """What filters, sessions and files call it."""
    title: str
    """Its head."""
    group: Group
    help: str = ""
    is_text: bool = False
    """Whether it holds words."""
    alias: str = ""
    """What can be typed for it, where its name cannot."""


def headed(columns: Iterable[TableColumn], differing: Collection[str]) -> list[tuple[str, list[TableColumn]]]:
    """Return columns under headings: what differs, then by what they are of; values and events in order of titles."""
    every = list(columns)
    groups = [(DIFFERS, [column for column in every if column.name in differing])]
    for group in AFTER_DIFFERS:
        some = [column for column in every if column.group == group and column.name not in differing]
        if group in ("measurement", "event"):
            some.sort(key=_in_order)
        groups.append((GROUP_TITLES[group], some))
    return [(title, some) for title, some in groups if some]


def _in_order(column: TableColumn) -> str:
    """Return what sorts columns by their titles, numbers in these by their size."""
    return DIGITS.sub(lambda digits: digits[0].zfill(9), column.title.casefold())


class ColumnBook:
    """All columns that there are, by name."""

    def __init__(self, columns: Iterable[TableColumn] = ()) -> None:
        self.columns = {column.name: column for column in columns}
        self._ends: dict[str, list[str]] = {}
        self._titles: dict[str, str] | None = None
        self._aliases = {column.alias: name for name, column in self.columns.items() if column.alias}
        for name in self.columns:
            parts = name.split(".")
            for k in range(1, len(parts)):
                self._ends.setdefault(".".join(parts[k:]), []).append(name)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def get(self, name: str) -> TableColumn | None:
        return self.columns.get(name)

    def is_text(self, name: str) -> bool:
        """Say whether a column holds words."""
        return name in self.columns and self.columns[name].is_text

    @property
    def titles(self) -> Mapping[str, str]:
        """The columns by their heads, in small letters; a head that two columns have is neither's."""
        if self._titles is None:
            counts = Counter(column.title.casefold() for column in self.columns.values())
            heads = {column.title.casefold(): name for name, column in self.columns.items()}
            self._titles = {title: name for title, name in heads.items() if counts[title] == 1}
        return self._titles

    def named(self, word: str) -> str:
        """Return the column of a name: in full, or the end of it that is no other's.

        Raises:
            Refusal: where there is none, or there are several: with the nearest names.
        """
        if word in self.columns:
            return word
        if word in self._aliases:
            return self._aliases[word]
        ends = self._ends.get(word, [])
        if len(ends) == 1:
            return ends[0]
        if ends:
            raise Refusal("", word, f"is the end of several names; write {' or '.join(ends)}")
        if word.casefold() in self.titles:
            return self.titles[word.casefold()]
        lower = word.lower()
        alike = [name for name in (*self.columns, *self._ends) if name.lower() == lower]
        if alike:
            return self.named(alike[0])
        hint = self.near(word) or "the button Columns lists all names; texts stand in quotes"
        raise Refusal("", word, f"is no column; {hint}")

    def near(self, words: str) -> str:
        """Return "did you mean 'step size' (eta)?" for the column whose head, or name, is nearest; '' where none is."""
        meant = {column.title.casefold(): name for name, column in self.columns.items()}
        meant |= {end.casefold(): names[0] for end, names in self._ends.items() if len(names) == 1}
        for name in self.columns:
            meant |= {name.casefold(): name, self.shortest(name).casefold(): name}
        said = words.casefold()
        close = [] if len(said) > LONGEST else get_close_matches(said, sorted(meant), n=1, cutoff=0.5)
        if not close:
            return ""
        name = meant[close[0]]
        typed, head = self.shortest(name), self.columns[name].title
        if head.casefold() == typed.replace("_", " ").casefold() or self.titles.get(head.casefold()) != name:
            return f"did you mean '{typed}'?"
        first, other = (head, typed) if close[0] == head.casefold() else (typed, head)
        return f"did you mean '{first}' ({other})?"

    def typed(self) -> list[str]:
        """Return what can be typed for every column, in the shortest words."""
        return [self.shortest(name) for name in self.columns]

    def shortest(self, name: str) -> str:
        """Return the shortest end of a column's name that means no other, or its alias."""
        column = self.columns.get(name)
        if column is not None and column.alias:
            return column.alias
        parts = name.split(".")
        for k in range(len(parts) - 1, 0, -1):
            end = ".".join(parts[k:])
            if end not in self.columns and self._ends.get(end) == [name]:
                return end
        return name
