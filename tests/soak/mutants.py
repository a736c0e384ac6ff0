"""Read files that were spoilt at random: only refusals, little memory, no time, and the files stay as they are.

`python -m tests.soak.mutants --count 20000` reads them as commands do, `--window 2000` opens them in the window.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import random
import re
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.catalog import find
from engine.data import make_data
from engine.experiment.data import CsvSpec, IdxSpec, NpzSpec
from engine.protocol.messages import Finished, Recorded, RunStatus, SnapshotTaken
from engine.protocol.records import RecordBatch, Snapshot
from engine.session import Session
from engine.words.errors import Refusal
from tests.engine.data.idx_files import idx_bytes, write_set
from tests.memory import peak_of

MOST_BYTES, MOST_SECONDS = 512 << 20, 5.0
KINDS = ("toml", "csv", "npz", "idx", "mlab")
EXPERIMENT = """version = 1
title = "Tiny"
seed = 3
vary = { "network.init.scale" = [0.1, 1.0] }
[data]
kind = "circle"
n = 24
[network]
kind = "mlp"
widths = [20, 4]
activation = "relu"
init = { kind = "fan-in", scale = 0.1 }
[loss]
kind = "exponential"
[optimizer]
kind = "steepest"
norm = "l2"
step = { kind = "safe", c = 0.5 }
[measure]
groups = ["margins", "norms"]
[run]
steps = 40
stop = { log_loss = -100.0 }
[about]
paper = "Somebody 2020"
show = ["margin"]
[[experiments]]
name = "first"
set = { "optimizer.step" = { kind = "constant", eta = 0.1 } }
[[experiments]]
name = "second"
[[claims]]
text = "It grows"
check = "final"
of = "margin"
at_least = 0.5
run = "first"
"""
WORDS = (
    "", "0", "-1", "1e999", "nan", "inf", "0x" + "f" * 6000, "9" * 4000, "1_0", "'", '"', '"""', "[", "]", "{", "}",
    "true", "[[1, 2], 3]", "{ kind = 'circle' }", "1979-05-27", "\\u0000", "\x00", "é", "\ufeff", "=cmd", ",", ";",
    "\t", "\n", "\r", "#", ".", "a.b.c", "99999999999999999999", "-0", "1e308", "[]", "{}", "'x'", "[nan]", "\ud7ff",
    "1,5", "%",
)  # fmt: skip
CELLS: tuple[object, ...] = (
    None, 0, -1, 2**62, 1.5, float("inf"), "", "x", "x" * 5000, "[]", "{}", "null", "[[", '{"a": 1}', b"", b"x",
    b"\x93NUMPY\x01\x00", "9" * 5000, "version = 1", "\x00", "1e400", '["margin"]', b"\xff" * 300,
)  # fmt: skip


@dataclass
class Found:
    """What reading the mutants came to."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    most_bytes: int = 0
    most_seconds: float = 0.0


def seeds() -> dict[str, list[bytes]]:
    """Return sound files of every kind."""
    csv = [
        "x,y,label\n" + "".join(f"{i / 7:.5f},{-i},{i % 2}\n" for i in range(12)),
        "0,5;1\n1,5;-1\n2,5;1\n",
    ]
    csv.append('# a comment\n"a, b"\tc\n1\t0\n2\t1\n')
    x, y = np.arange(12.0).reshape(6, 2), np.array([0, 1] * 3)
    archives = []
    for save in (np.savez, np.savez_compressed):
        written = io.BytesIO()
        save(written, x=x, y=y)
        archives.append(written.getvalue())
    images = idx_bytes(np.arange(72).reshape(6, 3, 4))
    return {
        "toml": [EXPERIMENT.encode()],
        "csv": [text.encode() for text in csv],
        "npz": archives,
        "idx": [images, gzip.compress(images, mtime=0)],
        "mlab": [session_bytes()],
    }


def session_bytes() -> bytes:
    """Return a session with two runs, records and snapshots."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mlab"
        with Session.create(path) as session:
            session.document, session.notes, session.views = EXPERIMENT, "Notes", {"a": [1, 2]}
            for name in ("first", "second"):
                run = session.add_run(EXPERIMENT, title=name, experiment=name, replicas=2)
                columns = {
                    c: np.linspace(0.1, 1, 6).reshape(3, 2) for c in ("log_loss", "margin", "layer_norm.W1")
                }
                events: dict[str, list[int | None]] = {"separated_step": [1, None]}
                counters = {"smoothed_margin_decreases": np.zeros(2)}
                session.store(
                    Recorded(run, RecordBatch(np.arange(3), columns), events, counters, 2, 0.1, 9.0)
                )
                session.store(SnapshotTaken(run, Snapshot(2, {"theta": np.ones((2, 5))}, True)))
                session.store(Finished(run, RunStatus.DONE, 2, "all steps taken", 0.1))
        return path.read_bytes()


def mutants(seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield spoilt files for ever, each kind in turn; the same for the same seed."""
    sound, chance = seeds(), random.Random(seed)
    while True:
        for kind in KINDS:
            content = chance.choice(sound[kind])
            for _ in range(chance.choice((1, 1, 1, 2, 4))):
                ways: list[Callable[[bytes, random.Random], bytes]] = [_bytes, _bytes]
                if kind in ("toml", "csv"):
                    ways += [_words] * 3
                elif kind == "mlab":
                    ways = [_bytes, _cells, _cells, _cells]
                elif kind == "npz":
                    ways += [_types]
                content = chance.choice(ways)(content, chance)
            yield kind, content


def _bytes(content: bytes, chance: random.Random) -> bytes:
    """Flip, cut out, repeat, insert or cut off bytes."""
    if not content:
        return b"\x00"
    at, length = chance.randrange(len(content)), chance.choice((1, 1, 2, 8, 64))
    match chance.randrange(6):
        case 0:
            return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
        case 1:
            return content[:at] + content[at + length :]
        case 2:
            return content[:at] + content[at : at + length] * 3 + content[at + length :]
        case 3:
            return content[:at] + chance.randbytes(length) + content[at:]
        case 4:
            return content[:at] + chance.choice((b"\xff", b"\x00")) * length + content[at + length :]
        case _:
            return content[:at]


def _words(content: bytes, chance: random.Random) -> bytes:
    """Put another word in the place of one, or two in each other's."""
    parts = re.split(rb"([\s,;=\[\]{}]+)", content)
    at = chance.randrange(0, len(parts), 2)
    word = (
        chance.choice(WORDS).encode() if chance.random() < 0.8 else parts[chance.randrange(0, len(parts), 2)]
    )
    return b"".join([*parts[:at], word, *parts[at + 1 :]])


def _types(content: bytes, chance: random.Random) -> bytes:
    """Save arrays of other types and shapes."""
    values = {
        name: np.ones(chance.choice([(6, 2), (6,), (), (0, 2), (6, 1), (6, 2, 2), (2, 6)])).astype(
            chance.choice(["f8", "f2", ">i4", "u1", "?", "c16", "U3", "S2", "M8[s]", "f4,i4"])
        )
        for name in ("x", "y")
    }
    written = io.BytesIO()
    np.savez(written, **values)
    return written.getvalue()


def _cells(content: bytes, chance: random.Random) -> bytes:
    """Put a value of any type into a cell of a session."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mlab"
        path.write_bytes(content)
        try:
            with closing(sqlite3.connect(path)) as database:
                tables = [
                    name
                    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                ]
                table = chance.choice(tables)
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
                column, value = chance.choice(columns), chance.choice(CELLS)
                if chance.random() < 0.4:
                    (old,) = database.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchone()
                    if isinstance(old, bytes):
                        value = _bytes(old, chance)
                    elif isinstance(old, str):
                        value = _words(old.encode(), chance).decode("utf-8", "replace")
                with database:
                    database.execute("PRAGMA ignore_check_constraints = ON")
                    where = f"rowid = (SELECT rowid FROM {table} LIMIT 1 OFFSET {chance.randrange(3)})"
                    database.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value,))
        except (sqlite3.Error, IndexError, TypeError, UnicodeDecodeError):
            return content
        return path.read_bytes()


def read(kind: str, path: Path) -> None:
    """Read a file as commands do before they train or draw."""
    if kind == "toml":
        for experiment in find(str(path)).experiments().values():
            make_data(experiment.data, path.parent)
    elif kind == "mlab":
        with Session.open(path) as session:
            for entry in session.runs:
                session.load_run(entry.id)
                for step in session.snapshot_steps(entry.id):
                    session.state(entry.id, step)
                entry.described()
            assert session.views is None or session.notes is not None
    elif kind == "csv":
        make_data(CsvSpec(kind="csv", path=path.name), path.parent)
    elif kind == "npz":
        make_data(NpzSpec(kind="npz", path=path.name), path.parent)
    else:
        make_data(IdxSpec(kind="idx", folder=".", train=4, test=2), path.parent)


def place(folder: Path, kind: str) -> Path:
    """Return where a file of a kind lies."""
    return folder / ("train-images-idx3-ubyte" if kind == "idx" else f"mutant.{kind}")


def try_one(
    kind: str, content: bytes, folder: Path, found: Found, do: Callable[[str, Path], None] = read
) -> None:
    """Read a mutant and note what came of it."""
    path = place(folder, kind)
    path.write_bytes(content)
    before, outcome = hashlib.sha256(content).digest(), "read"

    def act() -> None:
        nonlocal outcome
        try:
            do(kind, path)
        except Refusal as refusal:
            outcome = "refused"
            if len(str(refusal)) > 320 or "\n" in str(refusal):
                outcome = f"a sentence without bounds: {refusal}"
        except Exception:
            outcome = " | ".join(traceback.format_exc(limit=-2).split())

    faults = len(found.faults)
    started = time.process_time()
    taken = peak_of(act)
    seconds = time.process_time() - started
    found.most_bytes, found.most_seconds = max(found.most_bytes, taken), max(found.most_seconds, seconds)
    found.outcomes[f"{kind} {outcome if outcome in ('read', 'refused') else 'fault'}"] += 1
    if outcome not in ("read", "refused"):
        found.faults.append(f"{kind}: {outcome}")
    elif hashlib.sha256(path.read_bytes()).digest() != before:
        found.faults.append(f"{kind}: the file was changed")
    elif taken > MOST_BYTES or seconds > MOST_SECONDS:
        found.faults.append(f"{kind}: {taken >> 20} MiB, {seconds:.1f} s")
    if len(found.faults) > faults and os.environ.get("KEEP_MUTANTS"):
        (Path(os.environ["KEEP_MUTANTS"]) / f"{len(found.faults)}.{kind}").write_bytes(content)
    path.unlink()


def run(count: int, seed: int, do: Callable[[str, Path], None] = read) -> Found:
    """Read so many mutants."""
    found = Found()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_set(folder, [0, 1, 0, 1, 0, 1])
        for file in folder.glob("train-images*"):
            file.unlink()
        for kind in KINDS:  # imports are nobody's mutant
            for content in (b"", seeds()[kind][0]):
                try_one(kind, content, folder, Found(), do)
        for (kind, content), _ in zip(mutants(seed), range(count), strict=False):
            try_one(kind, content, folder, found, do)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--window", action="store_true", help="open them in the window instead")
    chosen = parser.parse_args()
    if chosen.window:
        from tests.soak.mutants_window import in_window

        found = in_window(chosen.count, chosen.seed)
    else:
        found = run(chosen.count, chosen.seed)
    for outcome, count in sorted(found.outcomes.items()):
        print(f"{outcome}: {count:,}")
    print(f"at most {found.most_bytes >> 20} MiB and {found.most_seconds:.2f} s of processor")
    for fault in {re.sub(r"with base.*", "", fault): fault for fault in found.faults}.values():
        print(fault)
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
