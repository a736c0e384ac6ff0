"""Numbers in the names of runs that nobody named, and colours that nobody chose."""

from __future__ import annotations

import re
from collections import Counter
from itertools import count

from .entries import RunEntry

NUMBER = re.compile(r"[0-9]{1,9}")
NUMBERED = re.compile(rf"Run ({NUMBER.pattern})\b")
"""How a run is called that nobody named."""


class GivenNumbers:
    """Numbers and colours that runs of a session have, kept as runs come, change and go."""

    def __init__(self) -> None:
        self._numbers: Counter[int] = Counter()
        self._highest = 0
        self._colours: Counter[int] = Counter()
        self.count = 0
        """How many runs there are."""

    def add(self, run: RunEntry, by: int = 1) -> None:
        """Note a run, or by -1 that there is none such any more."""
        number, colour = number_in(run.title), run.colour
        self.count += by
        self._colours[colour] += by
        self._numbers[number] += by
        if by > 0:
            self._highest = max(self._highest, number)
        elif number == self._highest and not self._numbers[number]:
            self._numbers = +self._numbers
            self._highest = max(self._numbers, default=0)

    @property
    def free_colour(self) -> int:
        """The first colour that no run has."""
        return next(colour for colour in count() if not self._colours[colour])

    def next_number(self, stored: str) -> int:
        """Return a number that no run has in its name, nor any up to the one that was given last."""
        last = int(stored) if NUMBER.fullmatch(stored) else 0
        return max(last, self.count, self._highest) + 1


def number_in(title: str) -> int:
    """Return the number of a run that nobody named; 0 where it is called otherwise."""
    found = NUMBERED.match(title)
    return int(found[1]) if found else 0
