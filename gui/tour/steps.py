"""What the tour says, and of which part of the window; the parts are found when their step is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget


@dataclass(frozen=True)
class TourStep:
    """One step."""

    title: str
    text: str
    part: str
    """Which part of the window it is about; a key of what the tour is given."""


STEPS: Sequence[TourStep] = (
    TourStep(
        "1  What is trained",
        "On the left is an experiment: points on a circle, a small network, a loss, a step rule. Change anything; "
        "the words under the mouse say what it is, and Ctrl+F1 explains it with its formula.",
        "experiment",
    ),
    TourStep(
        "2  Press Run",
        "Run trains it, here or with F5: 15,000 steps in a second or two, long after the training error is zero. "
        "With Steer on, every edit trains at once.",
        "run",
    ),
    TourStep(
        "3  Watch the margin",
        "The loss is soon 1e-17, and the normalized margin still climbs, towards the dotted line that no network "
        "of this kind can pass. Move the mouse: one crosshair reads all plots.",
        "plots",
    ),
    TourStep(
        "4  Read the verdicts",
        "Each claim of the paper says holds, fails, not yet or void, beside its bound; a click gives the reason. "
        "Hints below say what a reader of the theory would try next.",
        "claims",
    ),
    TourStep(
        "5  Go on",
        "Presets (Ctrl+P) have a reading path: start here, break it, vary it. Under the plots the timeline goes back "
        "to any step. Help has this tour, and the handbook (Shift+F1).",
        "presets",
    ),
)

TourParts = dict[str, Callable[[], QWidget | None]]
"""How the parts of the window are found, by what steps call them."""
