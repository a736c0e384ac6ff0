"""Fill the disk, remove the folder, make it read-only under a run, in the window and from the command line.

`python -m tests.soak.full_disk`, as root: it mounts a small disk of its own in a temporary folder, and permissions
bind what it starts. Every record is there in the end, it is said within 5 s, and so is its end.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from engine.protocol.messages import STEPS
from engine.protocol.run_history import RunHistory
from engine.session import Session
from tests.deadlines import wait_until
from tests.soak.driven_window import EXPERIMENT
from tests.soak.paths import add_backend, make_ready, took_others

BOUND = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
"""What starts a program whom permissions bind like anybody."""
DISK_MIB = 4
WITHIN = 5.0
"""Seconds in which a trouble is said, and its end."""
SETTINGS = {"widths": [12], "every": 20, "replicas": 1, "steps": 100_000_000, "seed": 0}
Trouble = Literal["full", "full to the end", "removed", "read-only"]
TROUBLES: tuple[Trouble, ...] = ("full", "full to the end", "removed", "read-only")
WORDS = {"full": "disk is full", "full to the end": "disk is full", "removed": "no longer there"}
WORDS["read-only"] = "read-only or gone"


class Case:
    """One program over a session on the small disk, and one trouble."""

    def __init__(self, base: Path, trouble: Trouble, backend: str) -> None:
        self.trouble = trouble
        self.settings = SETTINGS | {"backend": backend}
        self.own = base / "own"
        self.place = base / "disk" / "folder"
        self.session = self.place / "session.mlab"
        self.faults: list[str] = []
        for folder in (self.own, self.place):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        self.environment = os.environ | {
            f"XDG_{kind}_HOME": str(self.own / kind.lower()) for kind in ("DATA", "CONFIG", "STATE", "CACHE")
        }
        self.environment |= {"HOME": str(self.own), "TMPDIR": str(self.own), "QT_QPA_PLATFORM": "offscreen"}
        self._filler = base / "disk" / "filler"

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*BOUND, sys.executable, "-m", *words], env=self.environment, text=True, **more
        )

    def make(self) -> float:
        """Let the trouble begin; return when."""
        match self.trouble:
            case "removed":
                shutil.rmtree(self.place)
            case "read-only":
                self.session.chmod(0o400)
                self.place.chmod(0o500)
            case _:
                with self._filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(4096))
        return time.monotonic()

    def mend(self) -> float:
        """Let it end; return when."""
        if self.trouble == "read-only" and self.session.exists():
            self.place.chmod(0o700)
            self.session.chmod(0o600)
        self._filler.unlink(missing_ok=True)
        return time.monotonic()

    def measure(self, what: str, began: float, said: Callable[[], float | None]) -> str:
        """Wait for words, and return after how long they came."""
        wait_until(lambda: said() is not None, what)
        seconds = (said() or 0.0) - began
        if seconds > WITHIN:
            self.faults.append(f"{what} after {seconds:.1f} s")
        return f"{what} after {seconds:.1f} s"

    def stored(self) -> tuple[int, int]:
        """Return how many records the fullest session has, wherever it lies, and its last step."""
        places = [self.session, *(self.own / "data" / "margin-lab" / "sessions").glob("*.mlab")]
        found = [(0, -1)]
        for path in filter(Path.is_file, places):
            with Session.read(path) as session:
                found += [self._stored(session.load_run(entry.id).history) for entry in session.runs]
        return max(found)

    def _stored(self, history: RunHistory) -> tuple[int, int]:
        if history.started is not None:  # a full disk may have taken the run, and not what was said of it
            words = took_others(self.settings["backend"], history.started.environment[STEPS])
            self.faults += [words] if words else []
        steps = history.records.steps
        return len(steps), int(steps[-1]) if len(steps) else -1


def in_window(case: Case) -> list[str]:
    """Run in the window, with the trouble in the middle."""
    journal = case.own / "journal"

    def lines(what: str) -> list[dict[str, Any]]:
        with contextlib.suppress(OSError, ValueError):
            return [
                line for line in map(json.loads, journal.read_text().splitlines()) if line["what"] == what
            ]
        return []

    def said(words: str, after: float) -> float | None:
        notices = [*lines("held"), *lines("notice")]
        times = [line["at"] for line in notices if words in line["sentence"] and line["at"] > after]
        return min(times, default=None)

    words = ["tests.soak.driven_window", str(case.own), "on a disk", json.dumps(case.settings)]
    if (
        case.trouble == "read-only"
    ):  # what is open to be written stays so: it has to come before the first write
        with Session.create(case.session) as session:
            session.notes = "there"
        began = case.make()
        words.append(str(case.session))
        words[2] = "running"
    else:
        words.append(str(case.place))
    told = []
    with (case.own / "errors").open("w") as errors:
        window = case.start(*words, stdout=errors, stderr=errors)
    try:
        wait_until(lambda: len(lines("records")) > 5 or window.poll() is not None, "the first records")
        if case.trouble != "read-only":
            wait_until(lambda: (case.session.with_name("session.mlab-wal")).exists(), "the first write")
            began = case.make()
        else:
            began = lines("ready")[0]["at"]  # from here on there is something to write
        told.append(case.measure("said", began, lambda: said(WORDS[case.trouble], began)))
        count = len(lines("records"))
        wait_until(lambda: len(lines("records")) > count + 20, "records while it cannot be written")
        if case.trouble in ("full", "read-only"):
            mended = case.mend()
            told.append(case.measure("all-clear", mended, lambda: said("Everything is written", mended)))
        window.send_signal(signal.SIGTERM)
        wait_until(lambda: window.poll() is not None, "the window's end")
    finally:
        window.kill()
        window.wait()
    last = lines("records")[-1]["last"]
    records, stored = case.stored()
    if stored < last:
        case.faults.append(f"the window recorded up to step {last}, and the file ends at {stored}")
    errors_said = (case.own / "errors").read_text()
    if "Traceback" in errors_said:
        case.faults.append(errors_said.strip().splitlines()[-1])
    return [*told, f"{records} records, all of them"]


def on_command_line(case: Case) -> list[str]:
    """Run from the command line, with the trouble in the middle."""
    experiment, table = case.own / "experiment.toml", case.own / "records.csv"
    experiment.write_text(EXPERIMENT.format(**case.settings))
    heard: list[tuple[float, str]] = []

    def said(words: str, after: float) -> float | None:
        return min((at for at, line in heard if words in line and at > after), default=None)

    command = case.start(
        "gui", "run", str(experiment), "--out", str(case.session), "--csv", str(table),
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip

    def listen() -> None:
        assert command.stderr is not None
        heard.extend((time.monotonic(), line) for line in command.stderr)

    listener = threading.Thread(target=listen)
    listener.start()
    told = []
    try:
        wait_until(lambda: case.session.exists() or command.poll() is not None, "the session's file")
        time.sleep(2)
        began = case.make()
        if case.trouble == "read-only":
            time.sleep(3)
            told.append(
                "went on in the files that it had open" if said(WORDS["read-only"], began) is None else "said"
            )
        else:
            told.append(case.measure("said", began, lambda: said(WORDS[case.trouble], began)))
            time.sleep(2)
        if case.trouble in ("full", "read-only"):
            mended = case.mend()
            if case.trouble == "full":
                told.append(case.measure("all-clear", mended, lambda: said("Everything is written", mended)))
        command.send_signal(signal.SIGTERM)
        wait_until(lambda: command.poll() is not None, "the command's end")
    finally:
        command.kill()
        command.wait()
        listener.join()
    with table.open() as file:
        rows = list(csv.DictReader(file))
    records, stored = case.stored()
    last = max((int(row["step"]) for row in rows), default=-1)
    if stored < last:
        case.faults.append(f"the table ends at step {last}, and the session at {stored}")
    if any("Traceback" in line for _, line in heard):
        case.faults.append(f"raised: {heard[-1][1].strip()}")
    return [*told, f"{records} records, all of them", f"exit status {command.returncode}"]


@contextlib.contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """Mount a disk of a few MiB."""
    place.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=777", "tmpfs", str(place)], check=True
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=TROUBLES, action="append", help="this trouble alone")
    parser.add_argument(
        "--who", choices=("window", "command line"), action="append", help="this program alone"
    )
    add_backend(parser)
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        print("it has to be root: it mounts a disk, and takes rights from what it starts")
        return 2
    make_ready(chosen.backend)
    base = Path(tempfile.mkdtemp(prefix="soak-disk-"))
    base.chmod(0o755)
    faults = 0
    with small_disk(base / "disk"):
        for who, way in (("window", in_window), ("command line", on_command_line)):
            for trouble in chosen.only or TROUBLES:
                if who not in (chosen.who or [who]):
                    continue
                case = Case(base, trouble, chosen.backend)
                try:
                    words = way(case)
                except Exception as error:
                    words = []
                    case.faults.append(f"{type(error).__name__}: {error}")
                case.mend()
                if case.faults and (case.own / "journal").exists():
                    print((case.own / "journal").read_text()[:4000])
                faults += len(case.faults)
                print(f"{who}, {trouble}: {'; '.join(words)}", flush=True)
                for fault in case.faults:
                    print(f"FAULT {fault}", flush=True)
    shutil.rmtree(base)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
