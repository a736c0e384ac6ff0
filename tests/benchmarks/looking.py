"""How soon the window shows a stored step in each tab, an edit, a page of the handbook, and text of another size.

    python -m tests.benchmarks.looking [PRESET] [--steps 4000] [--units 500 500] [--only layers surface]

Opens the real window over its engine and runs a preset, with hidden layers of so many units if that is asked for.
Then, in every tab, it marks stored steps one after the other and waits until what the tab asked for is shown and
painted (wanted: 100 ms); where that is a first and coarse picture it says so, and when the whole one is there. It edits
fields, reads every section of the handbook, and waits until that is painted (wanted: 50 ms). Text of another size,
another arrangement and another size of the window, each tab in front, are taken up in turns: what counts is the
longest. Prints medians, the slowest, the longest processor time of the window's thread in one turn (wanted: 50 ms),
and what importing the window takes. Exit status 1 where a bound does not hold.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.real_window import own_folders
from tests.benchmarks.window_turns import Turns

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from engine.protocol.pictures import Picture

STEP_WANTED, EDIT_WANTED, TURN_WANTED = 100.0, 50.0, 50.0
IMPORT_WANTED = 1433.0
"""Milliseconds; of processor time for what is imported."""
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

    def train(self, preset: str, steps: int, widths: list[int]) -> None:
        """Run a preset to its end; without widths its hidden layers are as wide as it says."""
        self.stage = "training"
        self.window.files.open_preset(preset)
        if widths:
            self.model.editor.edit("network.widths", widths)
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
        if shown is None:
            self.window.painting.paint()
        else:
            shown.repaint()
        return 1000 * (time.perf_counter() - start)

    def steps(self, name: str) -> tuple[list[float], list[float]]:
        """Mark stored steps in a tab; return how long each took to be shown.

        The second list has how long the whole pictures took of those that were coarse at first.
        """
        self.stage = f"step in {name}"
        tab = self.window.parts.tabs[name]
        self.window.parts.tabs.bring(name)
        self.rest(2.0)
        stored = self.model.run_list.selected.history.snapshot_steps
        answers: dict[tuple[int, bool], float] = {}

        def note(answer: Picture) -> None:
            answers[answer.step, getattr(answer, "every", 1) == 1] = time.perf_counter()

        for query in tab.queries:
            query.answered.connect(note)
        taken, whole = [], []
        for step in map(int, np.random.default_rng(0).choice(stored[:-1], LOOKS)):
            if step == self.model.selection.step:
                continue
            answers.clear()
            start = time.perf_counter()
            taken.append(
                self.shown_after(
                    lambda step=step: self.model.selection.mark_step(step),
                    lambda step=step: not tab.queries or any(of == step for of, _ in answers),
                )
            )
            if (step, False) in answers:
                self.until(lambda step=step: (step, True) in answers)
                whole.append(1000 * (answers[step, True] - start))
            self.rest(0.15)
        for query in tab.queries:
            query.answered.disconnect(note)
        self.model.selection.mark_step(None)
        return taken, whole

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

    def in_turns(self, act: Callable[[], None], settled: Callable[[], bool]) -> float:
        """Return the milliseconds until what is done part by part has been painted."""
        start = time.perf_counter()
        act()
        self.until(lambda: settled() and not self.window.painting.is_due)
        return 1000 * (time.perf_counter() - start)

    def sizes(self) -> list[float]:
        """Write everything larger and smaller, and return how long each took until all of it was painted."""
        from gui.text_size import text_size

        taken = []
        for tab in self.window.parts.tabs.tabs:
            self.bring(tab)
            self.stage = f"text size in {tab}"
            for name in ("larger_text", "smaller_text"):
                taken.append(self.in_turns(self.window.commands[name].trigger, lambda: text_size().settled))
                self.rest(0.3)
        return taken

    def arrangements(self) -> list[float]:
        """Change how the window is laid out, there and back, and return how long each took."""
        laid_out, taken = self.window.laid_out, []
        laid_out.keep_as("now")
        acts = {
            "lecture": laid_out.lecture,
            "usual": laid_out.reset,
            "one with a name": lambda: laid_out.arrange_as("now"),
        }
        for tab in ("plots", "neurons"):
            self.bring(tab)
            for name in ("lecture", "usual", "lecture", "one with a name"):
                self.stage = f"arrangement: {name}"
                taken.append(self.in_turns(acts[name], lambda: laid_out.settled))
                self.rest(0.3)
        return taken

    def sizes_of_window(self) -> list[float]:
        """Make the window smaller and larger, each tab in front, and return how long each took to be painted."""
        taken = []
        for tab in self.window.parts.tabs.tabs:
            self.bring(tab)
            self.stage = f"resize in {tab}"
            for size in ((1280, 800), (900, 600), (1440, 900)):
                taken.append(self.in_turns(lambda size=size: self.window.resize(*size), lambda: True))
                self.rest(0.3)
        return taken

    def longest(self, what: str) -> float:
        """Return the longest processor time of a turn in stages that are called so."""
        stages = (taken[1:] for stage, taken in self.busy.items() if stage.startswith(what))
        return max((max(taken, default=0.0) for taken in stages), default=0.0)

    def bring(self, tab: str) -> None:
        """Bring a tab to the front, which is no part of what is measured next."""
        self.stage = ""
        self.window.parts.tabs.bring(tab)
        self.rest(1.0)


def import_of_window() -> tuple[list[float], int]:
    """Return the milliseconds of processor time that importing the window takes, and its number of modules.

    In processes of their own, from compiled files, as an installed lab has them.
    """
    code = (
        "import sys, time; t = time.process_time(); import gui.app; "
        "print(1000 * (time.process_time() - t), len(sys.modules))"
    )
    with tempfile.TemporaryDirectory() as compiled:
        own = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": compiled}
        command = [sys.executable, "-c", code]
        runs = [subprocess.run(command, capture_output=True, check=True, env=own) for _ in range(6)]
    told = [run.stdout.split() for run in runs[1:]]
    return [float(taken) for taken, _ in told], int(told[0][1])


def row(what: str, taken: list[float], wanted: float | None) -> bool:
    """Print one row, and say whether its median is within what is wanted."""
    middle = float(np.median(taken))
    print(f"{what:28} {middle:8.0f} {max(taken):8.0f} ms" + (f"   wanted {wanted:.0f}" if wanted else ""))
    return wanted is None or middle <= wanted


def main() -> int:
    """Print the table; 1 where a median is above its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", nargs="?", default="rings-ntk")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--units", type=int, nargs="*", default=[])
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    with own_folders():
        looks = Looks()
        looks.train(arguments.preset, arguments.steps, arguments.units)
        print(f"{'':28} {'median':>8} {'slowest':>8}")
        good = []
        for name in arguments.only or looks.window.parts.tabs.tabs:
            taken, whole = looks.steps(name)
            good.append(row(f"step in {name}", taken, STEP_WANTED))
            if whole:
                print(f"{'':4}{len(whole)} of {len(taken)} coarse at first; the whole picture:")
                row(f"{'':4}whole after", whole, None)
        if not arguments.only:
            good += [row(f"edit {path}", taken, EDIT_WANTED) for path, taken in looks.edits().items()]
            good.append(row("section of the handbook", looks.pages(), EDIT_WANTED))
            for what, taken in (
                ("text size", looks.sizes()),
                ("arrangement", looks.arrangements()),
                ("resize", looks.sizes_of_window()),
            ):
                worst = looks.longest(what)
                print(
                    f"{what:28} {np.median(taken):8.0f} {max(taken):8.0f} ms   in turns, longest {worst:.0f}"
                )
                good.append(worst <= TURN_WANTED)
            taken, modules = import_of_window()
            row("importing the window", taken, IMPORT_WANTED)
            print(f"{'':4}processor time of {modules} modules, from compiled files")
        print("\nlongest turn of the window's thread, milliseconds of processor time (wanted 50)")
        for stage in filter(None, looks.busy):
            print(f"{stage:28} {looks.longest(stage):8.0f}")
        looks.window.close()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
