"""Which code takes a run's steps, compiled or torch's, and why not compiled code where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import torch

from ..device import versions
from ..experiment.experiment import Experiment
from ..experiment.plug_ins.loaded import ON
from ..experiment.structure import measured_degree
from ..protocol.messages import DEGREE, LAYOUT, STEPS, WHY_NOT_COMPILED
from ..protocol.records import Snapshot
from ..run.problem import Problem
from ..steppers import have_compiled, why_not_compiled
from ..words.errors import Refusal

COMPILED = "run.compiled"
"""What a snapshot calls it."""
AS_BEFORE = "as it began"
Ready = Callable[[torch.dtype], bool]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class StepsPath:
    """What takes a run's steps."""

    compiled: bool
    why: str = ""
    """Why it is not compiled code."""

    def environment_of(self, problem: Problem, layout: str) -> dict[str, str]:
        """Return what is told and stored of where a run computes; layout: how its steps are divided, '' for not."""
        by_torch = {STEPS: "torch", WHY_NOT_COMPILED: self.why}
        steps = {STEPS: "compiled", "numba": _numba()} if self.compiled else by_torch
        threads = {"device": str(problem.device), "threads": str(problem.threads)}
        plug_ins = {f"plug-in {plug_in.name}": plug_in.version for plug_in in ON.values()}
        known = measured_degree(problem.network.fields, problem.network.ends)
        degree = {DEGREE: known.written} if known is not None else {}
        return versions() | threads | steps | plug_ins | degree | ({LAYOUT: layout} if layout else {})


def steps_path(
    experiment: Experiment,
    problem: Problem,
    snapshot: Snapshot | None,
    before: str,
    tell: Tell,
    ready: Ready | None,
) -> StepsPath:
    """Return what takes the steps of a run: as before where it goes on or begins again, else as it says.

    Args:
        experiment: the run's.
        problem: what never changes.
        snapshot: where it goes on from.
        before: what took the steps of the run that it begins again, if it does.
        tell: hears what takes time.
        ready: says whether compiled steps are there already, and begins to compile them elsewhere if not; None: here,
            and the run waits for it. A run that must have them waits in any case.

    Raises:
        Refusal: where compiled steps are asked for that there are not.
    """
    must, missing = must_be_compiled(experiment, snapshot), why_not_compiled(experiment, problem)
    if snapshot is not None and not must:
        return StepsPath(False, missing or AS_BEFORE)
    backend = experiment.run.backend
    if not must and (backend == "torch" or before == "torch"):
        return StepsPath(False, "as run.backend says" if backend == "torch" else missing or AS_BEFORE)
    why = "" if snapshot is not None else missing
    if not why:
        why = _why_not_ready(problem.dtype, tell, None if must or before else ready)
    if why and must:
        raise Refusal("run.backend", backend, f"cannot be compiled: {why}; {_remedy(snapshot)}")
    return StepsPath(not why, why)


@cache
def _numba() -> str:
    """Return which Numba compiles: looking that up takes milliseconds."""
    return version("numba")


def must_be_compiled(experiment: Experiment, snapshot: Snapshot | None) -> bool:
    """Say whether a run's steps can be taken by compiled code alone."""
    if snapshot is not None:  # earlier labs had no compiled steps
        return COMPILED in snapshot.arrays and bool(snapshot.arrays[COMPILED][0])
    return experiment.run.backend == "compiled"


def _why_not_ready(dtype: torch.dtype, tell: Tell, ready: Ready | None) -> str:
    try:
        if ready is not None and not ready(dtype):
            return "its code was still being compiled when the run began"
        have_compiled(dtype, tell)
    except ImportError as error:
        return f"Numba cannot be loaded ({error})"
    return ""


def _remedy(snapshot: Snapshot | None) -> str:
    return "take auto" if snapshot is None else "run it again from its start, with auto"
