"""The figures that were composed in a session, each under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.figures.figure_file import FigureSpec, figure_from, figure_text
from engine.words.errors import Refusal
from engine.words.formats import untaken

NAME = "Figure"


@dataclass
class KeptFigures:
    """Figures by name, as TOML, and which one was composed last."""

    texts: dict[str, str] = field(default_factory=dict)
    shown: str = ""
    """'' where there is none."""

    @classmethod
    def read(cls, stored: object, only: object) -> KeptFigures:
        """Read what a session keeps; `only`: the one figure of sessions that kept no more."""
        table = stored if isinstance(stored, Mapping) else {}
        named = table.get("texts")
        texts = {str(k): v for k, v in named.items() if isinstance(v, str)} if isinstance(named, dict) else {}
        if not texts and isinstance(only, str) and only:
            texts = {f"{NAME} 1": only}
        shown = table.get("shown")
        return cls(texts, shown if isinstance(shown, str) and shown in texts else next(iter(texts), ""))

    def stored(self) -> dict[str, Any]:
        """Return what JSON keeps of them."""
        return {"texts": dict(self.texts), "shown": self.shown}

    def figure(self, name: str) -> FigureSpec:
        """Return a figure.

        Raises:
            Refusal: where it cannot be read, as when another lab wrote it.
        """
        try:
            return figure_from(self.texts[name])
        except Refusal as refusal:
            raise Refusal("", None, f"“{name}” cannot be read: {refusal}") from None

    def keep(self, figure: FigureSpec) -> None:
        """Keep the figure that is composed as it is now."""
        self.texts[self.shown] = figure_text(figure)

    def add(self, figure: FigureSpec, name: str = "") -> None:
        """Begin one more figure; the same one that is kept already is shown instead."""
        text = figure_text(figure)
        same = next((known for known, other in self.texts.items() if other == text and not name), None)
        free = next(f"{NAME} {k}" for k in range(1, len(self.texts) + 2) if f"{NAME} {k}" not in self.texts)
        self.shown = same or (untaken(name, self.texts) if name else free)
        self.texts[self.shown] = text

    def rename(self, name: str) -> None:
        """Call the one that is composed otherwise; it keeps its place."""
        name = " ".join(name.split())
        if name and name != self.shown:
            name = untaken(name, self.texts)
            self.texts = {name if known == self.shown else known: text for known, text in self.texts.items()}
            self.shown = name

    def remove(self) -> None:
        """Forget the one that is composed, and show the one before it, or the next."""
        names = list(self.texts)
        place = names.index(self.shown)
        del self.texts[names.pop(place)]
        self.shown = names[max(place - 1, 0)] if names else ""
