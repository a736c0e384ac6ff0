"""Keys that mean something only where the focus is: what the list of keys says of them."""

from __future__ import annotations

ELSEWHERE = (
    ("Space", "with the timeline or a plot in focus: pause what is under way, and go on with it"),
    (
        "Left, Right, Home, End",
        "with the timeline in focus: from snapshot to snapshot; End is the latest step",
    ),
    ("Enter", "in a field: settle; on a claim: show its reason"),
    ("Alt+Up, Alt+Down", "in a number: its slider up and down; with Page Up and Page Down further"),
    ("Escape", "in a field: the value before; in a plot that fills the tab: all plots again"),
    ("Alt+Up, Alt+Down, Delete", "on what waits in the queue: earlier, later, no more"),
    ("Alt with a letter", "the menu or the button whose letter is underlined"),
    (
        "Tab, arrows, F, Delete, 1 to 9",
        "on the drawing board: from point to point; move, flip, erase, give a class; Space adds, Ctrl+Tab leaves",
    ),
    ("F2, Delete", "on a run: rename, delete"),
    ("Tab, Space", "from one control to the next; press it"),
)
"""Keys that mean something only where the focus is."""
