"""An engine on a machine where nothing is compiled: `python -m tests.soak.first_use`; takes as long as compiling does.

A run that may do without goes on by torch, one that must have compiled steps waits, another is stopped while it waits,
and what begins after has compiled steps. Exit status 1 where it is otherwise, or a process is left.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from multiprocessing import get_context
from typing import Any

from engine.experiment.document import DocumentRef
from engine.process import main as engine
from engine.protocol.messages import STEPS, Close, Finished, Preparing, Ready, RunStatus, Started, Stop, Train

TEXT = """version = 1
title = "first use"
data = {{ kind = "circle", n = 8 }}
network = {{ kind = "mlp", widths = [4] }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "steepest" }}
run = {{ steps = 50, backend = "{backend}" }}
"""


def main() -> int:
    """Use it, print what it says and when; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patience", type=float, default=600.0, help="seconds for all")
    patience = parser.parse_args().patience
    with tempfile.TemporaryDirectory(prefix="margin-lab-first-use-") as folder:
        os.environ["NUMBA_CACHE_DIR"] = folder
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=engine, args=(theirs,))
        process.start()
        theirs.close()
        heard = Heard(ours, patience)
        heard.until(Ready)
        for run, backend in (("at once", "auto"), ("waits", "compiled"), ("stopped", "compiled")):
            ours.send(Train(run, DocumentRef(TEXT.format(backend=backend))))
        heard.until(Finished, "at once")
        ours.send(Stop("stopped"))
        heard.until(Finished, "waits")
        ours.send(Train("after", DocumentRef(TEXT.format(backend="auto"))))
        heard.until(Finished, "after")
        ours.send(Close())
        process.join(20)
        steps = {m.run: m.environment[STEPS] for m in heard.messages if isinstance(m, Started)}
        ended = {m.run: m.status for m in heard.messages if isinstance(m, Finished)}
    right = steps == {"at once": "torch", "waits": "compiled", "after": "compiled"}
    right = right and ended["stopped"] is RunStatus.STOPPED and process.exitcode == 0
    print("as it should be" if right else f"otherwise: {steps}, {ended}, exit {process.exitcode}")
    return 0 if right else 1


class Heard:
    """What an engine says, with the seconds since the start."""

    def __init__(self, connection: Any, patience: float) -> None:
        self.messages: list[Any] = []
        self._connection, self._began, self._patience = connection, time.monotonic(), patience

    def until(self, kind: type, run: str = "") -> None:
        """Listen up to a message of a kind, about a run."""
        while (passed := time.monotonic() - self._began) < self._patience:
            if not self._connection.poll(1):
                continue
            message = self._connection.recv()
            self.messages.append(message)
            if isinstance(message, Preparing | Started | Finished):
                words = getattr(message, "sentence", "") or getattr(message, "steps_in_words", "")
                print(f"{passed:6.1f} s  {type(message).__name__} {getattr(message, 'run', '')}: {words}")
            if isinstance(message, kind) and (not run or message.run == run):
                return
        raise SystemExit("nothing came of it")


if __name__ == "__main__":
    sys.exit(main())
