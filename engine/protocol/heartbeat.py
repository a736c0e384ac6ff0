"""Signs of life of the engine process, and how whoever waits for them tells a process that hangs from a busy one."""

from __future__ import annotations

import gc
import os
import pkgutil
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

EVERY = 0.5
"""Seconds between two beats."""
QUIET = 5
"""Seconds without a sign after which a process counts as hanging."""
QUIET_AT_FIRST = 60
"""The same before it has said that it is ready: a slow disk may hold up what it imports."""
NOBODY_LISTENS = 1
"""Exit status of a process whose window is gone."""
PROC = Path("/proc")


def beating(name: str, connection: Connection, beats: Connection, plug_ins: Sequence[str] = ()) -> None:
    """Run a function known by name, such as 'engine.process:main', while a thread sends beats.

    The plug-ins of these names are let in before: what cannot be is known where they were named.

    Where nobody is left to hear them the process ends, whatever it computes: a window was killed, and a reference or a
    step may take minutes.
    """
    threading.Thread(target=_beat, args=(beats,), name="heartbeat", daemon=True).start()
    gc.disable()  # what is imported stays, and looking through it again and again takes a fifth of a start
    if plug_ins:
        from ..experiment.plug_ins.loaded import switch_on

        switch_on(plug_ins)
    function = pkgutil.resolve_name(name)
    loaded()
    function(connection)


def loaded() -> None:
    """Collect garbage again from now on, and look through nothing that is there by now: it stays."""
    gc.freeze()
    gc.enable()


def _beat(beats: Connection) -> None:
    """Beat until nobody listens, and end then; whoever listens late keeps this thread waiting, and nobody else."""
    while True:
        try:
            beats.send_bytes(b"\0")
        except OSError:
            os._exit(NOBODY_LISTENS)  # nothing is to be written or said any more
        time.sleep(EVERY)


class Pulse:
    """Counts seconds in which a process gave no sign of life.

    A step or a reference may take minutes and a library may keep Python's lock all the while, and the beats with it:
    where the system tells how long a process has computed (proc(5)), computing is a sign of life, too. Seconds in
    which whoever counts was held up itself are not counted.
    """

    def __init__(self, process: int) -> None:
        self._process = process
        self._quiet = 0
        self._computed = -1
        self.ready = False

    @property
    def hangs(self) -> bool:
        """Say whether there was no sign for too long."""
        return self._quiet >= (QUIET if self.ready else QUIET_AT_FIRST)

    def sign(self) -> None:
        """Note a sign of life."""
        self._quiet = 0

    def second_passed(self) -> None:
        """Note a second in which nothing came."""
        computed = _computed(self._process)
        if computed > self._computed >= 0:
            self._quiet = 0
        else:
            self._quiet += 1
        self._computed = computed


def _computed(process: int) -> int:
    """Return how long a process has computed, in the system's ticks; -1 where that is not told."""
    try:
        fields = (PROC / str(process) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    except (OSError, IndexError, ValueError):
        return -1
