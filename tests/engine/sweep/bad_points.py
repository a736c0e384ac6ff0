"""Tasks that go wrong in whatever process trains them, and in no other."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from engine.data.table import Table
from engine.experiment.data import CircleSpec
from engine.experiment.experiment import Experiment
from engine.machine import cores
from engine.protocol.points import Task

ENDLESS = 10**9


@dataclass(frozen=True)
class BadExperiment:
    """It goes wrong when somebody begins to train it."""

    how: str
    data = CircleSpec(kind="circle")

    @property
    def replicas(self) -> int:
        match self.how:
            case "says how many cores":
                raise ZeroDivisionError(f"{cores()} of them")
            case "raises":
                raise ZeroDivisionError("no such number")
            case "hangs":
                time.sleep(ENDLESS)
            case "crashes":
                os._exit(3)
            case "eats memory":
                eaten: list[Any] = []
                while True:
                    eaten.append(np.empty(2**32))
        raise AssertionError(self.how)


class TooLarge(Mapping[str, Table]):
    """Tables that no process has the memory for."""

    def __iter__(self) -> Iterator[str]:
        raise MemoryError

    def __len__(self) -> int:
        return 1

    def __getitem__(self, name: str) -> Table:
        raise MemoryError


def bad(how: str) -> Task:
    """Return a task of one such point; it should take next to no time."""
    return Task((0,), cast(Experiment, BadExperiment(how)), 0.1)
