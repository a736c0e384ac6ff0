"""The engine process ends with its window, however that goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.protocol.messages import Ready, Recorded
from tests.deadlines import PATIENCE, is_alive, wait_until
from tests.engine.cases import experiment, experiment_to_toml
from tests.engine.test_process import ENDLESS, ROOT, spawned


def test_it_ends_with_its_pipe_even_while_it_trains() -> None:
    window = spawned()
    window.until(Ready)
    window.train(ENDLESS)
    window.until(Recorded, lambda m: m.step > 50)
    window.connection.close()
    window.process.join(PATIENCE)
    assert window.process.exitcode == 0


@pytest.mark.skipif(os.name != "posix", reason="another system: kill -9 is POSIX's")
def test_killed_it_leaves_a_closed_pipe() -> None:
    window = spawned()
    window.until(Ready)
    window.train(ENDLESS)
    window.until(Recorded)
    os.kill(window.process.pid, signal.SIGKILL)
    with pytest.raises((EOFError, ConnectionResetError)):
        window.until(Ready)  # which never comes again
    window.process.join(PATIENCE)
    assert window.process.exitcode == -signal.SIGKILL
    window.connection.close()


PARENT = """
import multiprocessing, sys, time
from engine.experiment.document import DocumentRef
from engine.protocol.messages import Recorded, Train
from engine.process import main
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=main, args=(theirs,))
    process.start()
    theirs.close()
    ours.send(Train("a", DocumentRef(sys.argv[1])))
    while not isinstance(ours.recv(), Recorded):
        pass
    print(process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="another system: kill -9 is POSIX's")
def test_it_ends_when_its_window_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, "utf-8")
    text = experiment_to_toml(experiment(ENDLESS))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(script), text], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
        wait_until(lambda: not is_alive(pid), "the end of the engine")
