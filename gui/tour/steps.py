"""What the tour says, and of which part of the window; the parts are found when their step is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True)
class TourStep:
    """One step."""

    title: str
    text: str
    parts: tuple[str, ...]
    """Which parts of the window it is about, the first above all; keys of what the tour is given."""
    clear: tuple[str, ...] = ()
    """What its card leaves to be seen besides, where there is room elsewhere."""
    waits: str = ""
    """What is said besides as long as nothing has run; '': it needs no run."""
    hidden: str = ""
    """What is said besides where its part is hidden."""


STEPS: Sequence[TourStep] = (
    TourStep(
        "1  What is trained",
        "On the left is an experiment: data, a network, a loss, a step rule. Change anything; the words under the "
        "mouse say what it is, and Ctrl+F1 explains it with its formula.",
        ("experiment",),
        ("tabs",),
        hidden="Its column is hidden now: F8 shows it.",
    ),
    TourStep(
        "2  Press Run",
        "Run trains it, here or with F5, long after the training error is zero: the first preset takes 15,000 steps "
        "in a second or two. With Steer on, every edit trains at once.",
        ("run",),
        (),
        "Nothing has run yet: press Run now, the tour stays.",
    ),
    TourStep(
        "3  Watch the margin",
        "The loss is soon tiny, yet the normalized margin climbs: the lead of the right class at the worst point, for "
        "weights of length 1. No such network passes the dotted line. Move the mouse: one crosshair reads all plots.",
        ("plots",),
        ("every plot",),
        "This step waits for a run: press Run, or F5, and the curves come.",
    ),
    TourStep(
        "4  Read the verdicts",
        "Each claim of the paper says holds, fails, not yet or void (an assumption is not met), beside its bound; a "
        "click gives the reason. "
        "Hints below say what a reader of the theory would try next.",
        ("claims",),
        (),
        "This step waits for a run: until then every claim says “not yet”.",
        "Their column is hidden now: F9 shows it.",
    ),
    TourStep(
        "5  Go on",
        "Presets (Ctrl+P) have a reading path: start here, break it, vary it. Under the plots the timeline goes back "
        "to any step. Help has this tour, and the handbook (Shift+F1).",
        ("presets", "timeline", "help"),
        ("experiment",),
    ),
)

Place = QWidget | tuple[QWidget, QRect] | None
"""A part of the window: a widget, or a place within one."""
TourParts = dict[str, Callable[[], Place]]
"""How the parts of the window are found, by what steps call them."""
