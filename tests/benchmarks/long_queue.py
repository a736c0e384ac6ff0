"""How fluid the window is while thousands of runs wait to be trained.

    python -m tests.benchmarks.long_queue [--runs 5000]

Opens the real window over its engine and trains a long run; puts so many short ones after it by presses of Run after,
looks at the queue while records come in, goes on to runs that end at once, and drops the rest. Prints how long each
took, and the longest processor time of the window's thread in one turn of the event loop meanwhile (wanted: never above
50 ms). Exit status 1 where that does not hold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tests.benchmarks.real_window import own_folders
from tests.benchmarks.run_table import WANTED, TableTurns

PRESSES = 100
"""Of Run after, between two looks of the window."""
LATER = 100
"""Turns."""


def drive(turns: TableTurns, runs: int) -> None:
    """Do what a person does with a long queue."""
    from gui.controllers.queue_controller import QueueController

    model, trainer = turns.model, turns.model.trainer
    model.editor.edit("run.steps", 50_000_000)
    model.transport.run_anew()
    turns.until(lambda: trainer.state == "running")
    model.editor.edit("run.steps", 20)

    def press() -> bool:
        for _ in range(PRESSES):
            model.transport.run_after()
        return len(trainer.queue) >= runs

    turns.measure(f"put {runs:,} runs after it", lambda: None, press, within=False)
    turns.measure("records come in", lambda: None, later(turns))
    queue = next(part for part in turns.window.children() if isinstance(part, QueueController))
    turns.measure("open the queue", queue.open, later(turns))
    last = trainer.queue.runs[-1].id
    turns.measure("move the last one up", lambda: trainer.queue.move(last, -1), later(turns))
    dialog = queue._dialog
    assert dialog is not None
    turns.measure("choose all of it", dialog.table.selectAll, later(turns))
    dialog.reject()
    turns.measure("bring the table", lambda: turns.window.parts.tabs.bring("runs"), later(turns))
    turns.window.parts.tabs.bring("plots")
    turns.measure("go on to the next", lambda: trainer._stop_current(), lambda: len(trainer.queue) < runs - 3)
    turns.measure("ten runs end", lambda: None, lambda: len(trainer.queue) < runs - 13)
    turns.measure("drop the rest", trainer.stop, lambda: trainer.state == "idle")
    turns.measure("after that", lambda: None, later(turns))


def later(turns: TableTurns) -> Callable[[], bool]:
    """Say yes after some turns."""
    return lambda: len(turns.busy) > LATER


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    asked = parser.parse_args()
    turns = TableTurns()
    drive(turns, asked.runs)
    turns.close()
    print(f"longest turn {turns.worst:.1f} ms, wanted {WANTED:.0f}")
    return 0 if turns.worst <= WANTED else 1


if __name__ == "__main__":
    with own_folders():
        status = main()
    sys.exit(status)
