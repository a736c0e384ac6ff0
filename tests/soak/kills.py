"""Kill window, engine or both while they run, save, save as and export: what is lost, left over, and goes on.

`python -m tests.soak.kills --count 200`; every round is a start of the lab, so the next one sweeps what it left.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.experiment.document import load, parse
from engine.files.temporaries import notes_folder
from engine.protocol.messages import Recorded
from engine.protocol.records import RecordBatch
from engine.session import Session, abandoned_sessions, delete_for_good
from engine.session.entries import StoredRun
from engine.training.driver import Driver
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.deadlines import is_alive, wait_until
from tests.soak.driven_window import EXPERIMENT
from tests.soak.paths import add_backend, make_ready, took_others

PHASES = ("running", "saving", "saving as", "exporting")
VICTIMS = ("window", "engine", "both", "stopped window", "stopped engine", "stopped both")
MOST_LOST = 2.0
"""Seconds of records."""
FIRST_STATE = 1.0
"""Seconds after its beginning from which a run of a small state can go on."""
ORPHAN = 10.0
"""Seconds after which an engine without a window counts as an orphan."""
SMALL = {"widths": [20], "every": 20, "replicas": 1, "steps": 100_000_000}
LARGE = {"widths": [1100, 1100], "every": 1, "replicas": 1, "steps": 10_000}
"""A state above 8 MiB."""


@dataclass
class Totals:
    """What all rounds came to."""

    faults: list[str] = field(default_factory=list)
    rounds: Counter[str] = field(default_factory=Counter)
    lost: list[float] = field(default_factory=list)
    seen: int = 0
    stored: int = 0
    opened: int = 0
    resumed: int = 0
    too_young: int = 0
    compared: int = 0
    ends: list[float] = field(default_factory=list)


class Round:
    """One start of the lab, one kill, and a look at what it left."""

    def __init__(self, number: int, seed: int, backend: str, base: Path, totals: Totals) -> None:
        self._chance = chance = random.Random(1000 * seed + number)
        self.phase = PHASES[number % len(PHASES)]
        self.victim = VICTIMS[number // len(PHASES) % len(VICTIMS)]
        self._settings: dict[str, Any] = dict(LARGE if chance.random() < 0.15 else SMALL)
        self._settings |= {"seed": number, "goes_on": chance.random() < 0.5, "backend": backend}
        self._wait = chance.uniform(0.02, 4.0)
        self._base, self._totals = base, totals
        self._folder = base / f"round {number}"
        self._folder.mkdir()
        self.name = f"round {number} ({self.victim} while {self.phase})"

    def fault(self, words: str) -> None:
        self._totals.faults.append(f"{self.name}: {words}")
        print(f"FAULT {self._totals.faults[-1]}", flush=True)

    def journal(self, what: str = "") -> list[dict[str, Any]]:
        """Return the lines of the journal; the last may be cut off."""
        lines = []
        with contextlib.suppress(OSError):
            for line in (self._folder / "journal").read_text("utf-8").splitlines():
                with contextlib.suppress(ValueError):
                    lines.append(json.loads(line))
        return [line for line in lines if what in ("", line["what"])]

    def play(self) -> None:
        """Start, kill, and look."""
        words = [sys.executable, "-m", "tests.soak.driven_window", str(self._folder), self.phase]
        files = [str(self._base / "bulk.mlab")] if self.phase == "saving as" else []
        with (self._folder / "errors").open("w") as errors:
            # a group of its own, as a shell gives to a command
            window = subprocess.Popen(
                [*words, json.dumps(self._settings), *files], stdout=errors, stderr=errors, process_group=0
            )
        engine = 0
        try:
            wait_until(
                lambda: self.journal("records") or self.journal("ended") or window.poll() is not None,
                "the first record",
            )
            self._look_for_leftovers()
            engine = self.journal("ready")[0]["engine"]
            time.sleep(self._wait)
            killed = self._kill(window.pid, engine)
            if "engine" in self.victim:
                self._look_at_the_window(window)
            self._await_ends({window.pid: window.poll, engine: lambda: None})
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(window.pid, signal.SIGKILL)
            window.wait()
        errors_said = (self._folder / "errors").read_text("utf-8", "replace")
        if "Traceback" in errors_said:
            self.fault(f"raised: {errors_said.strip().splitlines()[-1]}")
        self._look_at_files(killed)

    def _kill(self, window: int, engine: int) -> float:
        """Kill whom this round kills; return the time at which the first of it happened."""
        victims = {"window": [window], "engine": [engine], "both": [window, engine]}[self.victim.split()[-1]]
        at = time.monotonic()
        if self.victim.startswith("stopped"):
            for process in victims:
                os.kill(process, signal.SIGSTOP)
            time.sleep(self._chance.uniform(0.2, 1.2))
        for process in victims:
            os.kill(process, signal.SIGKILL)
        return at

    def _look_at_the_window(self, window: subprocess.Popen[bytes]) -> None:
        """The window lives on: it says so, goes on with the run where this round does, and closes when asked to."""
        wait_until(lambda: self.journal("died"), "the window's words about its engine")
        if self._settings["goes_on"]:
            wait_until(lambda: self.journal("continued"), "Continue")
            died = self.journal("died")[0]["at"]
            why_not = self.journal("continued")[0]["why_not"]
            if not why_not:
                wait_until(
                    lambda: self.journal("records")[-1]["at"] > died or window.poll() is not None,
                    "the first record after going on",
                )
        window.send_signal(signal.SIGTERM)
        wait_until(lambda: window.poll() is not None, "the window's end")
        if window.returncode != 0:
            self.fault(f"the window ended with status {window.returncode}")

    def _await_ends(self, processes: dict[int, Callable[[], object]]) -> None:
        """Wait until nobody is left; who is after some seconds is an orphan."""
        began = time.monotonic()
        while left := [p for p, reap in processes.items() if reap() is None and is_alive(p)]:
            if time.monotonic() - began > ORPHAN:
                self.fault(f"{len(left)} processes are left after {ORPHAN:g} s")
                for process in left:
                    os.kill(process, signal.SIGKILL)
                return
            time.sleep(0.02)
        self._totals.ends.append(time.monotonic() - began)

    # --- what is left -----------------------------------------------------------------------------------------

    def _look_for_leftovers(self) -> None:
        """See that this start has swept what the rounds before left half written."""
        left = [
            p for folder in self._base.glob("round *") if folder != self._folder for p in folder.glob(".*")
        ]
        locks = [lock for folder in self._base.glob("round *") for lock in folder.glob("*.lock")]
        left += [lock for lock in locks if lock.parent != self._folder and not lock.with_suffix("").exists()]
        left += list((self._base / "tmp").glob("margin-lab-*"))
        left += [note for note in notes_folder().glob("*.note") if not self._is_mine(note)]
        for path in left:
            self.fault(f"a temporary is left after the next start: {path.relative_to(self._base)}")

    def _is_mine(self, note: Path) -> bool:
        try:
            return self._folder.name in note.read_text()
        except OSError:
            return True

    def _look_at_files(self, killed: float) -> None:
        run = self.journal("started")[0]["run"]
        for by in {line["by"] for line in self.journal("started")}:
            if words := took_others(self._settings["backend"], by):
                self.fault(words)
        sessions = dict.fromkeys(self._folder.glob("*.mlab"), Session.open)
        sessions |= {abandoned.path: Session.recover for abandoned in abandoned_sessions()}
        best: tuple[int, Path, StoredRun] | None = None
        for path, way in sessions.items():
            try:
                with way(path) as session:
                    if session.unreadable:
                        self.fault(f"{path.name}: {'; '.join(session.unreadable)}")
                    for entry in session.runs:
                        stored = session.load_run(entry.id)
                        if entry.id == run and (best is None or len(stored.history.records) >= best[0]):
                            best = len(stored.history.records), path, stored
                    session.notes = "opened"  # a log is folded in by whoever writes
                self._totals.opened += 1
            except Refusal as refusal:
                self.fault(f"cannot be opened: {refusal}")
        self._look_at_records(run, killed, best and best[2])
        if best is not None:
            self._go_on(best[1], best[2], killed)
        for abandoned in abandoned_sessions():
            if any(fault.startswith(self.name) for fault in self._totals.faults):
                shutil.copy(abandoned.path, self._folder)  # to be looked at, with --keep
            delete_for_good(abandoned.path)
        self._look_at_other_files()

    def _look_at_other_files(self) -> None:
        known = (".mlab", ".toml", ".csv", ".pdf", ".svg", ".png")
        ours = ("journal", "errors")
        left = [path.name for path in self._folder.iterdir() if path.suffix not in known]
        for name in left:
            waits = name.startswith(".") or not (self._folder / name.removesuffix(".lock")).exists()
            if name not in ours and not waits:  # for the next start, which sweeps it
                self.fault(f"{name} is left after its session was opened and closed")
        for path in self._folder.glob("exported.*"):
            if not is_whole(path):
                self.fault(f"{path.name} is not whole")
            self._totals.opened += 1

    def _look_at_records(self, run: str, killed: float, stored: StoredRun | None) -> None:
        """Compare what the window had with what the file has."""
        lived_on = "engine" in self.victim
        lines = [line for line in self.journal("records") if line["run"] == run]
        last = int(stored.history.records.steps[-1]) if stored and len(stored.history.records) else -1
        missing = [line["at"] for line in lines if line["last"] > last]
        if lived_on:  # nothing may be missing; what it went on from is recorded anew
            restarted = [line["at"] for line in self.journal("started")][1:]
            missing = [at for at in missing if not restarted or at > restarted[0]]
            if missing:
                self.fault(f"{len(missing)} of {len(lines)} batches of records are missing after step {last}")
        lost = max(0.0, killed - missing[0]) if missing else 0.0
        self._totals.lost.append(lost)
        self._totals.seen += len(lines)
        self._totals.stored += len(lines) - len(missing)
        if lost > MOST_LOST:
            self.fault(f"{lost:.2f} s of records are missing")

    def _go_on(self, path: Path, stored: StoredRun, killed: float) -> None:
        """Go on from the state in the file, and compare what it records with what the file has."""
        step = stored.history.resumable_step
        lived = killed - self.journal("started")[0]["at"]
        if step is None:
            self._totals.too_young += 1
            bound = FIRST_STATE if self._settings["widths"] == SMALL["widths"] else 2 * FIRST_STATE
            if lived > bound:
                self.fault(f"there is no state to go on from after {lived:.2f} s")
            return
        batches = self._trained_on(path, stored, step)
        if not batches:
            self.fault("went on, and recorded nothing")
            return
        known = stored.history.records
        self._totals.resumed += 1
        for batch in batches:
            for row, at in enumerate(batch.steps.tolist()):
                place = np.flatnonzero(known.steps == at)
                if not len(place):
                    continue
                self._totals.compared += 1
                for name, values in batch.columns.items():
                    if not np.array_equal(values[row], known.column(name)[place[0]], equal_nan=True):
                        self.fault(f"{name} differs at step {at}, {at - step} steps after going on")
                        return

    def _trained_on(self, path: Path, stored: StoredRun, step: int) -> list[RecordBatch]:
        """Train on from the state in the file, past what it has for some records or half a second."""
        with Session.read(path) as session:
            snapshot = session.state(stored.entry.id, step)
        experiment = parse(stored.entry.text).experiments()[stored.entry.experiment]
        driver = Driver("again", partial(Training, experiment, resume_from=snapshot), snapshots=False)
        batches: list[RecordBatch] = []
        end = time.monotonic() + 0.5
        wanted = min(int((stored.history.records.steps > step).sum()), 20) + 1
        for messages in (driver.begin, *[driver.go_on] * 1000):
            batches += [m.batch for m in messages() if isinstance(m, Recorded) and len(m.batch.steps)]
            if driver.failure is not None:
                self.fault(f"cannot go on: {driver.failure}")
                break
            if sum(len(b.steps) for b in batches) >= wanted or (batches and time.monotonic() > end):
                break
        return batches


def is_whole(path: Path) -> bool:
    """Say whether an exported file is complete."""
    content = path.read_bytes()
    match path.suffix:
        case ".toml":
            try:
                load(path).experiments()
            except Refusal:
                return False
            return True
        case ".csv":
            lines = content.decode().splitlines()
            return content.endswith(b"\n") and len({line.count(",") for line in lines}) == 1
        case ".pdf":
            return content.rstrip().endswith(b"%%EOF")
        case ".svg":
            return content.rstrip().endswith(b"</svg>")
    return content.endswith(b"IEND\xaeB`\x82")


def make_bulk(path: Path) -> None:
    """Write a session large enough that copying it takes a while."""
    with Session.create(path) as session:
        text = EXPERIMENT.format(**SMALL, seed=0, backend="auto")
        for number in range(12):
            run = session.add_run(text, title=f"bulk {number}")
            columns = {f"layer_norm.W{i}": np.random.default_rng(i).normal(size=(2000, 1)) for i in range(40)}
            session.store(Recorded(run, RecordBatch(np.arange(2000), columns), {}, {}, 1999, 1.0, 1.0))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--keep", action="store_true", help="keep the folder of all rounds, and say where it is"
    )
    parser.add_argument("--minutes", type=float, default=600.0, help="after which no further round begins")
    add_backend(parser)
    chosen = parser.parse_args()
    make_ready(chosen.backend)
    base = Path(tempfile.mkdtemp(prefix="soak-kills-"))
    for kind in ("DATA", "CONFIG", "STATE", "CACHE"):
        os.environ[f"XDG_{kind}_HOME"] = str(base / "user" / kind.lower())
    (base / "tmp").mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(base / "tmp")
    make_bulk(base / "bulk.mlab")
    totals = Totals()
    end = time.monotonic() + 60 * chosen.minutes
    for number in range(chosen.first, chosen.first + chosen.count):
        if time.monotonic() > end:
            break
        one = Round(number, chosen.seed, chosen.backend, base, totals)
        try:
            one.play()
        except Exception as error:
            one.fault(f"{type(error).__name__}: {error}")
        totals.rounds[f"{one.victim} while {one.phase}"] += 1
    kinds = len(totals.rounds)
    print(f"seed {chosen.seed}, {totals.rounds.total()} rounds from {chosen.first} on: {kinds} kinds of kill")
    print(f"{totals.opened} files and sessions opened")
    lost = sorted(totals.lost) or [0.0]
    print(f"seconds of records missing: at most {lost[-1]:.2f}, median {lost[len(lost) // 2]:.2f}")
    print(f"{totals.stored:,} of {totals.seen:,} batches of records that the windows had were in the files")
    print(
        f"{totals.resumed} runs went on, {totals.compared} records of theirs compared bit for bit; "
        f"{totals.too_young} were too young for a state"
    )
    print(f"no process was left after {max(totals.ends, default=0):.2f} s; faults: {len(totals.faults)}")
    if not chosen.keep:
        shutil.rmtree(base)
    else:
        print(base)
    return 1 if totals.faults or totals.rounds.total() < chosen.count else 0


if __name__ == "__main__":
    sys.exit(main())
