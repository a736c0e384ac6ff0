"""The figures that were composed in a session, each under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.words.errors import Refusal
from engine.words.formats import untaken

if TYPE_CHECKING:
    from engine.figures.figure_file import FigureSpec

NAME = "Figure"
KNOWN = ("texts", "shown")


@dataclass
class KeptFigures:
    """Figures by name, as TOML, and which one was composed last; what cannot be read is kept as it is."""

    texts: dict[str, Any] = field(default_factory=dict)
    """What another lab wrote may be no figure of this one."""
    shown: str = ""
    """The one composed last; '' where there is none."""
    draft: FigureSpec | None = None
    """The one that is composed, where it was begun and not changed: nothing is kept of it."""
    others: dict[str, Any] = field(default_factory=dict)
    """What another lab kept besides."""
    deleted: list[tuple[int, str, str]] = field(default_factory=list)
    """Places, names and texts of figures that can be put back, the last one last."""

    @classmethod
    def read(cls, stored: object, only: object) -> KeptFigures:
        """Read what a session keeps; `only`: the one figure of sessions that kept no more."""
        table = dict(stored) if isinstance(stored, Mapping) else {} if stored is None else {"odd": stored}
        named = table.get("texts")
        texts = {str(name): text for name, text in named.items()} if isinstance(named, Mapping) else {}
        others = {key: value for key, value in table.items() if key not in KNOWN}
        if named is not None and not isinstance(named, Mapping):
            others["odd texts"] = named
        if only and only not in texts.values():
            texts[untaken(f"{NAME} 1", texts)] = only
        shown = table.get("shown")
        known = isinstance(shown, str) and shown in texts
        return cls(texts, str(shown) if known else next(iter(texts), ""), others=others)

    def stored(self) -> dict[str, Any]:
        """Return what JSON keeps of them; nothing where there are none."""
        return {**self.others, "texts": dict(self.texts), "shown": self.shown} if self else {}

    def __bool__(self) -> bool:
        """Say whether anything is kept."""
        return bool(self.texts or self.others)

    @property
    def name(self) -> str:
        """The figure that is composed; '' where it is not kept yet."""
        return self.shown if self.draft is None else ""

    def figure(self, name: str) -> FigureSpec:
        """Return a figure.

        Raises:
            Refusal: where it cannot be read, as when another lab wrote it.
        """
        from engine.figures.figure_file import figure_from

        text = self.texts[name]
        try:
            if not isinstance(text, str):
                raise Refusal("", None, "it is no text")
            return figure_from(text)
        except Refusal as refusal:
            raise Refusal("", None, f"“{name}” cannot be read and is kept as it is: {refusal}") from None

    def composed(self) -> FigureSpec:
        """Return the figure that is composed.

        Raises:
            Refusal: where it cannot be read.
        """
        return self.figure(self.shown) if self.draft is None else self.draft

    def readable(self) -> list[str]:
        """Return the names of figures that can be read."""
        return [name for name in self.texts if self._can_read(name)]

    def show(self, name: str) -> None:
        """Compose another figure.

        Raises:
            Refusal: where it cannot be read; the one that is composed stays.
        """
        self.figure(name)
        self.shown, self.draft = name, None

    def show_last(self, first: FigureSpec) -> None:
        """Compose the figure composed last, or another that can be read, or else begin one."""
        names = self.readable()
        if names:
            self.show(self.shown if self.shown in names else names[-1])
        else:
            self.draft = first

    def begin(self, figure: FigureSpec) -> None:
        """Begin a figure, which is kept once it is changed; one that is kept and the same is shown instead."""
        text = _text(figure)
        same = next((name for name, other in self.texts.items() if other == text), None)
        self.draft = figure if same is None else None
        self.shown = same or self.shown

    def keep(self, figure: FigureSpec) -> None:
        """Keep the figure that is composed as it is now, unless it was only begun."""
        if self.draft is None:
            self.texts[self.shown] = _text(figure)
        elif figure != self.draft:
            self.add(figure)

    def add(self, figure: FigureSpec, name: str = "") -> None:
        """Keep one more figure, and compose it."""
        free = next(f"{NAME} {k}" for k in range(1, len(self.texts) + 2) if f"{NAME} {k}" not in self.texts)
        self.shown, self.draft = untaken(name, self.texts) if name else free, None
        self.texts[self.shown] = _text(figure)

    def rename(self, name: str) -> None:
        """Call the one that is composed otherwise; it keeps its place."""
        name = " ".join(name.split())
        if name and self.draft is not None:
            self.add(self.draft, name)
        elif name and name != self.shown:
            name = untaken(name, self.texts)
            self.texts = {name if known == self.shown else known: text for known, text in self.texts.items()}
            self.shown = name

    def remove(self, first: FigureSpec) -> None:
        """Take out the one that is composed; show the nearest before it that can be read, or after, or begin one."""
        if self.draft is not None:
            return
        place = list(self.texts).index(self.shown)
        before = [name for name in list(self.texts)[:place] if self._can_read(name)]
        self.deleted.append((place, self.shown, self.texts.pop(self.shown)))
        self.shown = next(iter([*before[-1:], *self.readable()]), "")
        self.show_last(first)

    def put_back(self) -> None:
        """Put the figure that was deleted last in its place again, and compose it."""
        place, name, text = self.deleted.pop()
        name, entries = untaken(name, self.texts), list(self.texts.items())
        self.texts = dict([*entries[:place], (name, text), *entries[place:]])
        self.shown, self.draft = name, None

    def _can_read(self, name: str) -> bool:
        try:
            self.figure(name)
        except Refusal:
            return False
        return True


def _text(figure: FigureSpec) -> str:
    from engine.figures.figure_file import figure_text

    return figure_text(figure)
