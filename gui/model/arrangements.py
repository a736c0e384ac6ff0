"""How the parts of the window stand: what people name and come back to, apart from any session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from PySide6.QtCore import QSettings

KEY = "arrangements"
"""In the settings."""
LAST = "window/arrangement"
"""As the window was left, in the settings."""
LONGEST_NAME = 60


@dataclass(frozen=True)
class WindowArrangement:
    """Which columns are seen and how wide, how high the parts of the right one are, how large text is, which plots."""

    left: bool = True
    right: bool = True
    widths: tuple[int, ...] = ()
    """Of left column, middle and right column; only their ratios count, () for the usual ones."""
    heights: tuple[int, ...] = ()
    """Of runs, claims, references and notes, likewise; a part of 0 is hidden."""
    text: int = 100
    """Per cent of the system's size."""
    plots: tuple[str, ...] = ()
    """By id; () leaves them as they are."""


USUAL = WindowArrangement()
LECTURE = WindowArrangement(left=False, widths=(0, 65, 35), heights=(18, 82, 0, 0), text=150)
"""For a room: large text, runs and claims alone; its plots are chosen from those on screen."""
LECTURE_PLOTS = 3


def as_text(arrangement: WindowArrangement) -> str:
    """Write an arrangement down."""
    return json.dumps(asdict(arrangement))


def from_text(text: object) -> WindowArrangement | None:
    """Read what was written down; None where it is no arrangement."""
    try:
        stored = json.loads(str(text))
        return _from(stored) if isinstance(stored, dict) else None
    except (ValueError, TypeError, RecursionError):
        return None


def _from(stored: Mapping[str, Any]) -> WindowArrangement:
    given = {field.name: stored[field.name] for field in fields(WindowArrangement) if field.name in stored}
    for name in ("widths", "heights"):
        given[name] = tuple(max(int(size), 0) for size in given.get(name, ()))
    for name in ("left", "right"):
        given[name] = bool(given.get(name, True))
    given["text"] = int(given.get("text", USUAL.text))
    given["plots"] = tuple(str(id) for id in given.get("plots", ()))
    return WindowArrangement(**given)


def named() -> dict[str, WindowArrangement]:
    """Return the arrangements that people have named, by name in order; what cannot be read is left out."""
    settings = QSettings()
    settings.beginGroup(KEY)
    read = {name: from_text(settings.value(name)) for name in settings.childKeys()}
    return {name: known for name, known in sorted(read.items()) if known is not None}


def keep(name: str, arrangement: WindowArrangement) -> None:
    """Keep an arrangement by a name, in the place of another one of that name."""
    QSettings().setValue(f"{KEY}/{storable(name)}", as_text(arrangement))


def forget(name: str) -> None:
    """Keep an arrangement no longer."""
    QSettings().remove(f"{KEY}/{name}")


def storable(name: str) -> str:
    """Return a name as settings can have it: they divide at slashes."""
    return " ".join(name.replace("/", "∕").replace("\\", "∖").split())[:LONGEST_NAME]
