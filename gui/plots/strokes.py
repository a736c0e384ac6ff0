"""Which line style a column has: given out as columns are first shown, and kept while others come and go."""

from __future__ import annotations

from collections.abc import Iterable

from engine.figures.plots import line_style

from .choices import Stroke


class Strokes:
    """The line styles of one plot, the solid one first."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def assign(self, shown: Iterable[str], recorded: Iterable[str]) -> None:
        """Give every column shown that has none the first free style; columns no longer recorded lose theirs."""
        known = set(recorded)
        self._places = {name: place for name, place in self._places.items() if name in known}
        for name in shown:
            if name not in self._places:
                taken = set(self._places.values())
                self._places[name] = next(k for k in range(len(taken) + 1) if k not in taken)

    def forget(self) -> None:
        """Begin anew, as when a preset asks for other columns."""
        self._places.clear()

    def places(self) -> dict[str, int]:
        """Return every column's place in the list of styles."""
        return dict(self._places)

    def stroke(self, name: str) -> Stroke:
        """Return a column's line; thinner once all styles are used."""
        style, again = line_style(self._places[name])
        return Stroke(style, thin=again > 0)
