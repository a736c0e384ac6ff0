"""Compiling ahead, in a process of its own: neither the interpreter's lock nor a run is held meanwhile."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from ..compiled.kept import keep_for_this_process
from .first_use import is_kept, name_of

ROOT = Path(__file__).resolve().parents[2]


class Ahead:
    """Compiles steps beside this process, one dtype at a time; runs that may do without go on by torch meanwhile."""

    def __init__(self, start: Callable[[str], subprocess.Popen[bytes]] | None = None) -> None:
        """Begin nothing yet.

        Args:
            start: starts the process that compiles a dtype.
        """
        self._start = start or _start
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._failed: set[str] = set()
        self._ready: set[str] = set()
        self._elsewhere = False
        """Whether code is kept for this process alone."""

    def begin(self, dtype: torch.dtype) -> None:
        """See to it that the steps of a dtype get compiled, unless they are or nothing comes of it."""
        name = name_of(dtype)
        if name not in self._processes and name not in self._failed and not is_kept(dtype):
            with contextlib.suppress(OSError):  # no process is to be had now: it is tried again
                self._processes[name] = self._start(name)

    def is_ready(self, dtype: torch.dtype) -> bool:
        """Say whether compiled steps of a dtype are there; begin to compile them where they are not."""
        self.look()
        if name_of(dtype) in self._ready or is_kept(dtype):
            self._ready.add(name_of(dtype))
            return True
        self.begin(dtype)
        return False

    def has_failed(self, dtype: torch.dtype) -> bool:
        """Say whether there will be none."""
        return name_of(dtype) in self._failed

    @property
    def under_way(self) -> bool:
        """Say whether any are being compiled."""
        return bool(self._processes)

    def look(self) -> None:
        """See which processes have ended; what cannot be kept where it belongs is kept for this process alone."""
        for name, process in list(self._processes.items()):
            status = process.poll()
            if status is None:
                continue
            del self._processes[name]
            if status == 0:
                continue
            if not self._elsewhere:
                self._elsewhere = True
                with contextlib.suppress(OSError):
                    keep_for_this_process()
                self.begin(getattr(torch, name))
            else:
                self._failed.add(name)

    def end(self) -> None:
        """Leave nothing behind that still works."""
        for process in self._processes.values():
            process.kill()
            process.wait()
        self._processes.clear()


def command(name: str) -> list[str]:
    """Return the command line that compiles a dtype."""
    return [sys.executable, "-P", "-m", "engine.steppers", name]


def surroundings() -> dict[str, str]:
    """Return an environment in which that process finds this lab."""
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *others])}


def _start(name: str) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command(name), env=surroundings(), stdin=nothing, stdout=nothing, stderr=nothing)
