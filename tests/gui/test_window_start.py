"""The lab as a command: it opens, ends when told to, and never leaves an engine behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from gui.app import LATER
from tests.deadlines import PATIENCE, is_alive, wait_until

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not Path("/proc").is_dir(), reason="another system: looks for child processes in /proc"
)


def engines_of(parent: int) -> list[int]:
    """Return the processes that a process has spawned to compute."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(stat[1]) == parent and b"spawn_main" in command and stat[0] != "Z":
            found.append(int(folder.name))
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_lab_opens_and_leaves_no_engine_however_it_ends(how: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gui"]
    lab = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: engines_of(lab.pid), "the engine process")
        (engine,) = engines_of(lab.pid)
        log = Path(os.environ["XDG_STATE_HOME"]) / "margin-lab" / "window.log"
        wait_until(log.exists, "the log")  # made when the window is on screen and listens to Ctrl-C
        lab.send_signal(how)
        status = lab.wait(PATIENCE)
        assert status == (0 if how == signal.SIGINT else -signal.SIGKILL), lab.stderr
        wait_until(lambda: not is_alive(engine), "the engine's end")
    finally:
        lab.kill()
        assert lab.stderr is not None
        said = [line for line in lab.stderr.read().splitlines() if "propagateSizeHints" not in line]
        lab.stderr.close()
        lab.wait()
    assert [line for line in said if "resource_tracker" not in line] == []


def test_all_that_is_loaded_later_is_there_by_its_name() -> None:
    assert [name for name in LATER if find_spec(name) is None] == []
