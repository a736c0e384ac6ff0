"""A process that hangs and one that is busy: told apart by what the system says of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from engine.protocol import heartbeat
from engine.protocol.heartbeat import QUIET, QUIET_AT_FIRST, Pulse, beating
from tests.deadlines import PATIENCE, wait_until


def ready_pulse(process: int) -> Pulse:
    pulse = Pulse(process)
    pulse.ready = True
    return pulse


def computes(pulse: Pulse) -> bool:
    """Compute in this process for longer than the system's tick, and say whether the pulse has seen it."""
    end = time.process_time() + 0.03
    while time.process_time() < end:
        pass
    pulse.second_passed()
    return not pulse.hangs


@pytest.mark.skipif(
    sys.platform != "linux", reason="another system: does not tell how long a process computed"
)
def test_a_process_that_computes_without_a_beat_does_not_hang() -> None:
    """As in a library that keeps Python's lock: nothing here beats."""
    pulse = ready_pulse(os.getpid())
    assert all(computes(pulse) for _ in range(3 * QUIET))


@pytest.mark.skipif(os.name != "posix", reason="another system: processes cannot be stopped")
def test_a_stopped_process_hangs_until_it_goes_on() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        pulse = ready_pulse(process.pid)
        if Path("/proc").is_dir():
            wait_until(lambda: b"T (stopped)" in Path(f"/proc/{process.pid}/status").read_bytes())
        pulse.second_passed()  # what it computed before is known now
        pulse.sign()
        for passed in range(QUIET):
            assert not pulse.hangs, passed
            pulse.second_passed()
        assert pulse.hangs
        pulse.sign()
        assert not pulse.hangs
    finally:
        process.kill()
        process.communicate()


def test_a_start_may_take_longer() -> None:
    pulse = Pulse(0)  # which no process is: nothing is told of it
    for _ in range(QUIET_AT_FIRST):
        assert not pulse.hangs
        pulse.second_passed()
    assert pulse.hangs


def serve(connection: Connection) -> None:
    """Send what there is to say, and wait to be told to end."""
    connection.send("said")
    connection.recv()


def never_end(_connection: Connection) -> None:
    """Be busy, as with a reference that takes minutes."""
    while True:
        time.sleep(0.1)


@pytest.mark.parametrize("what", ["serve", "never_end"])
def test_beats_come_beside_what_is_served_which_ends_where_nobody_hears_them(what: str) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    beats, beating_end = context.Pipe(duplex=False)
    process = context.Process(target=beating, args=(f"{__name__}:{what}", theirs, beating_end))
    process.start()
    for end in (theirs, beating_end):
        end.close()
    assert [beats.recv_bytes() for _ in range(2)] == [b"\0"] * 2
    if what == "serve":
        assert ours.recv() == "said"
        ours.send("end")
    else:
        beats.close()
    process.join(PATIENCE)
    assert process.exitcode == (0 if what == "serve" else heartbeat.NOBODY_LISTENS)
    for end in (ours, beats):
        end.close()
