"""Train a preset for very long: memory stays flat, records are log-spaced, every claim ends as it says.

`python -m tests.soak.long_run --steps 100000000` takes some minutes by compiled steps. It runs the command line, looks
at its memory on the way, and reads the files that it leaves; exit status 0 only if every bound holds.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from engine.catalog import load_preset
from tests.memory import resident
from tests.soak.paths import add_backend, make_ready, took_others

PRESET = "circle-global-margin"
MOST_GROWTH = 0.05
"""Of resident memory, from the second fifth of the time to the last one: a byte in four steps would be more, and so
would a quarter of a megabyte a record. What the run's last record is compared with (predictions and kernels, 20 KiB a
record on the circle, 64 MiB a column at most) and gaps of the allocator's heap take about half of it."""
LOOKS = 200
"""How many looks at memory are kept; where there are more, every other one goes."""
FIRST = 1000
"""From which step on neighbours are held to their distance: below, steps are whole numbers."""


def watched(command: subprocess.Popen[bytes], every: float) -> list[tuple[float, int]]:
    """Look at a command's resident memory until it ends; return seconds and bytes."""
    looks: list[tuple[float, int]] = []
    began = time.monotonic()
    while command.poll() is None:
        time.sleep(every)
        with contextlib.suppress(OSError, StopIteration):  # it has ended meanwhile
            looks.append((time.monotonic() - began, resident("VmRSS", command.pid)))
        if len(looks) > LOOKS:
            looks, every = looks[::2], 2 * every
    command.wait()
    return looks


def memory(looks: list[tuple[float, int]]) -> tuple[str, bool]:
    """Tell memory over time, and whether it is flat."""
    if len(looks) < 10:
        return f"{len(looks)} looks at memory: too short a run to say how it grows", False
    fifth = len(looks) // 5
    shown = ", ".join(
        f"{size / 2**20:.1f} at {seconds:.0f} s" for seconds, size in looks[fifth // 2 :: fifth]
    )
    first, last = (
        statistics.median(size for _, size in part) for part in (looks[fifth : 2 * fifth], looks[-fifth:])
    )
    grown = last / first - 1
    return f"memory, MiB: {shown}; grown by {100 * grown:+.2f} % after its first fifth", grown < MOST_GROWTH


def spacing(recorded: list[int], steps: int, per_decade: int) -> tuple[str, bool]:
    """Tell how many records there are and how far they lie apart, and whether that is as the file says."""
    apart = [
        after / before
        for before, after in pairwise(recorded)
        if before >= FIRST and after < steps  # the last step is recorded wherever it lies
    ]
    asked = 10 ** (1 / per_decade)
    good = recorded[0] == 0 and recorded[-1] == steps and len(set(recorded)) == len(recorded)
    good = good and all(abs(ratio - asked) <= 2 / FIRST for ratio in apart)
    decades = [
        sum(10**k <= step < 10 ** (k + 1) for step in recorded) for k in range(int(math.log10(steps)) + 1)
    ]
    between = f"{min(apart):.5f} to {max(apart):.5f}" if apart else "nothing"
    words = f"{len(recorded)} records, by decade {decades}; from {FIRST} on neighbours lie {between} apart"
    return f"{words}, asked {asked:.5f}", good


def claims(said: dict[str, Any]) -> tuple[str, bool]:
    """Tell every verdict, and whether each is as expected."""
    lines = [f"{one['verdict']}: {one['text']} ({one['value']})" for one in said["claims"]]
    good = bool(lines) and all(one["verdict"] == one["expect"] for one in said["claims"])
    return "\n  ".join(["claims", *lines]), good


def told(said: dict[str, Any], backend: str, size: int) -> tuple[str, bool]:
    """Tell how long it took, and whether its steps were taken as asked."""
    steps, by = said["steps"], said["environment"]["steps"]
    each = 1e6 * said["seconds"] / steps
    words = f"{steps:,} steps by {by} in {said['seconds']:.0f} s, {each:.2f} us each; a session of {size >> 10:,} KiB"
    wrong = took_others(backend, by)
    return f"{words}; {wrong}" if wrong else words, not wrong


def main() -> int:
    """Run it, print every figure with whether it is within its bound; return 0 if all are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=10**8)
    parser.add_argument("--preset", default=PRESET, help="of a single experiment")
    parser.add_argument("--every", type=float, default=0.1, help="seconds between the first looks at memory")
    add_backend(parser)
    chosen = parser.parse_args()
    make_ready(chosen.backend)
    experiment = load_preset(chosen.preset).base
    with tempfile.TemporaryDirectory() as name:
        table, results, session = (Path(name) / file for file in ("records.csv", "results.json", "runs.mlab"))
        words = ["run", chosen.preset, "--steps", str(chosen.steps), "--set", f"run.backend={chosen.backend}"]
        words += ["--csv", str(table), "--json", str(results), "--out", str(session)]
        nowhere = subprocess.DEVNULL
        command = subprocess.Popen([sys.executable, "-m", "gui", *words], stdout=nowhere, stderr=nowhere)
        try:
            looks = watched(command, chosen.every)
        finally:
            command.kill()
        if not results.exists():
            print(f"it ended with status {command.returncode}, and left no results")
            return 1
        said = json.loads(results.read_text())
        with table.open() as file:
            recorded = [int(row["step"]) for row in csv.DictReader(file)]
        found = [
            told(said, chosen.backend, session.stat().st_size),
            memory(looks),
            spacing(recorded, chosen.steps, experiment.measure.per_decade),
            claims(said),
        ]
    for figures, good in found:
        print(f"{figures}{'' if good else '   OUTSIDE ITS BOUND'}")
    return 0 if all(good for _, good in found) else 1


if __name__ == "__main__":
    sys.exit(main())
