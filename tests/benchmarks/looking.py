"""How soon the window shows a stored step in each tab, an edit, a page of the handbook, and text of another size.

    python -m tests.benchmarks.looking [PRESET] [--steps 4000] [--units 500]

Opens the real window over its engine and runs a preset, with so many units in its first layer if that is asked for.
Then, in every tab, it marks stored steps one after the other and waits until what the tab asked for is shown and
painted (wanted: 100 ms); it edits fields, reads every section of the handbook, writes everything larger and smaller,
and waits until that is painted (wanted: 50 ms). Prints medians, the slowest, the longest processor time of the
window's thread in one turn (wanted: 50 ms), and what importing the window takes. Exit status 1 where a median is above
its bound.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.real_window import own_folders
from tests.benchmarks.window_turns import Turns

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

STEP_WANTED, EDIT_WANTED, TURN_WANTED = 100.0, 50.0, 50.0
IMPORT_WANTED = 1433.0
"""Milliseconds."""
LOOKS = 15
EDITS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("seed", (1, 2, 3)),
    ("network.init.scale", (0.5, 0.7, 1.0)),
    ("data.label_noise", (0.1, 0.05, 0.0)),
    ("network.activation", ("relu2", "tanh", "relu")),
    ("optimizer.kind", ("adam", "momentum", "steepest")),
)


class Looks(Turns):
    """The real window, and how long it takes to show what is asked of it."""

    def train(self, preset: str, steps: int, units: int) -> None:
        """Run a preset to its end; 0 units are as many as it says."""
        self.stage = "training"
        self.window.files.open_preset(preset)
        if units:
            widths = self.model.editor.experiment.network.model_dump().get("widths", ())
            self.model.editor.edit("network.widths", [units, *widths[1:]])
        self.model.editor.edit("run.steps", steps)
        self.model.transport.run_anew()
        self.until(lambda: self.model.trainer.state != "idle")
        self.until(lambda: self.model.trainer.state == "idle", 300.0)
        self.rest(1.0)

    def shown_after(
        self, act: Callable[[], None], answered: Callable[[], bool], shown: QWidget | None = None
    ) -> float:
        """Return the milliseconds from an act until its answer is there and painted."""
        start = time.perf_counter()
        act()
        while not answered():
            self.app.processEvents()
            if time.perf_counter() - start > 30:
                raise TimeoutError(self.stage)
        (self.window if shown is None else shown).repaint()
        return 1000 * (time.perf_counter() - start)

    def steps(self, name: str) -> list[float]:
        """Mark stored steps in a tab, and return how long each took."""
        self.stage = f"step in {name}"
        tab = self.window.parts.tabs[name]
        self.window.parts.tabs.bring(name)
        self.rest(2.0)
        stored = self.model.run_list.selected.history.snapshot_steps
        answers = [0]

        def note(_answer: object) -> None:
            answers[0] += 1

        for query in tab.queries:
            query.answered.connect(note)
        taken = []
        for step in np.random.default_rng(0).choice(stored[:-1], LOOKS):
            if step == self.model.selection.step:
                continue
            before = answers[0]
            taken.append(
                self.shown_after(
                    lambda step=int(step): self.model.selection.mark_step(step),
                    lambda before=before: not tab.queries or answers[0] > before,
                )
            )
            self.rest(0.15)
        for query in tab.queries:
            query.answered.disconnect(note)
        self.model.selection.mark_step(None)
        return taken

    def edits(self) -> dict[str, list[float]]:
        """Edit fields, and return how long each took to be painted, by path."""
        self.window.parts.tabs.bring("plots")
        taken: dict[str, list[float]] = {}
        for path, values in EDITS:
            self.stage = f"edit {path}"
            for value in values:
                self.rest(0.2)
                taken.setdefault(path, []).append(
                    self.shown_after(
                        lambda path=path, value=value: self.model.editor.edit(path, value), lambda: True
                    )
                )
        return taken

    def pages(self) -> list[float]:
        """Read every section of the handbook, and return how long each took to be painted."""
        from gui.handbook.handbook_dialog import HandbookDialog
        from gui.handbook.pages import sections

        self.stage = "handbook opens"
        self.window.learn.handbook()
        self.rest(1.0)
        dialog = next(iter(self.window.findChildren(HandbookDialog)))
        self.stage = "section of the handbook"
        taken = []
        for section in sections():
            taken.append(
                self.shown_after(
                    lambda section=section: dialog.page.show_section(section), lambda: True, dialog
                )
            )
            self.rest(0.1)
        dialog.reject()
        return taken

    def sizes(self) -> list[float]:
        """Write everything larger and smaller, and return how long each took until all of it was painted."""
        from gui.text_size import text_size

        self.stage = "text size"
        taken = []
        for name in 2 * ("larger_text", "smaller_text"):
            taken.append(self.shown_after(self.window.commands[name].trigger, lambda: text_size().settled))
            self.rest(1.0)
        return taken


def import_of_window() -> list[float]:
    """Return the milliseconds that importing the window takes, in processes of their own."""
    code = "import time; t = time.perf_counter(); import gui.app; print(1000 * (time.perf_counter() - t))"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(5)]
    return [float(run.stdout) for run in runs]


def row(what: str, taken: list[float], wanted: float) -> bool:
    """Print one row, and say whether its median is within what is wanted."""
    middle = float(np.median(taken))
    print(f"{what:28} {middle:8.0f} {max(taken):8.0f} ms   wanted {wanted:.0f}")
    return middle <= wanted


def main() -> int:
    """Print the table; 1 where a median is above its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", nargs="?", default="rings-ntk")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--units", type=int, default=0)
    arguments = parser.parse_args()
    with own_folders():
        looks = Looks()
        looks.train(arguments.preset, arguments.steps, arguments.units)
        print(f"{'':28} {'median':>8} {'slowest':>8}")
        good = [
            row(f"step in {name}", looks.steps(name), STEP_WANTED) for name in looks.window.parts.tabs.tabs
        ]
        good += [row(f"edit {path}", taken, EDIT_WANTED) for path, taken in looks.edits().items()]
        good.append(row("section of the handbook", looks.pages(), EDIT_WANTED))
        good.append(row("text size", looks.sizes(), EDIT_WANTED))
        row("importing the window", import_of_window(), IMPORT_WANTED)
        longest = {stage: max(taken[1:], default=0.0) for stage, taken in looks.busy.items() if stage}
        print("\nlongest turn of the window's thread, milliseconds of processor time (wanted 50)")
        for stage, most in longest.items():
            print(f"{stage:28} {most:8.0f}")
        looks.window.close()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
