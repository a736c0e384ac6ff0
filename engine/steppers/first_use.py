"""The first compiled run on a machine: its steps are compiled once, and kept for every process after."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import torch

from ..compiled.kept import PLACE, code_folder
from ..experiment.experiment import VERSION, experiment_from
from ..run.iterate import Iterate
from ..run.problem import prepare
from ..run.state import beginning
from .build import build_solvers, build_stepper, build_twin_steps

COMPILING = "compiling the step, once: about 10 s"
BREATH = 0.1
"""Seconds between two looks at whether another process is done with it."""
SMALLEST = {
    "version": VERSION,
    "title": "the smallest",
    "data": {"kind": "circle", "n": 4},
    "network": {"kind": "mlp", "widths": [2]},
    "loss": {"kind": "exponential"},
    "optimizer": {"kind": "steepest"},
}
_had: set[str] = set()
"""The dtypes whose code is in this process."""
_one_at_a_time = threading.RLock()


def is_kept(dtype: torch.dtype) -> bool:
    """Say whether the code of a dtype is in this process, or waits in its folder."""
    return name_of(dtype) in _had or code_folder(name_of(dtype)).is_whole()


def have_compiled(
    dtype: torch.dtype, tell: Callable[[str], None], step: Callable[[str], None] | None = None
) -> bool:
    """Have the code of a dtype in this process: from its folder, else compiled now and kept there.

    Args:
        dtype: of the runs.
        tell: hears what takes time, and what could not be kept.
        step: takes a step of a dtype by compiled code; None: of the smallest experiment.

    Returns:
        Whether other processes find it.
    """
    with _one_at_a_time:
        kept = True
        if name_of(dtype) not in _had:
            kept = _have(name_of(dtype), tell, take_one if step is None else step)
            _had.add(name_of(dtype))
        return kept


def _have(name: str, tell: Callable[[str], None], step: Callable[[str], None]) -> bool:
    folder, made, told = code_folder(name), False, False

    def tell_once() -> None:
        nonlocal told
        if not told:
            tell(COMPILING)
        told = True

    def make() -> None:
        nonlocal made
        tell_once()
        PLACE.folder, PLACE.writes, PLACE.failure = folder.path, True, None
        step(name)
        made = True
        if PLACE.failure is not None:
            raise PLACE.failure

    def wait() -> None:
        tell_once()
        time.sleep(BREATH)

    try:
        folder.make(make, wait)
        if not made:
            PLACE.folder, PLACE.writes = folder.path, False
            step(name)
        folder.used()
    except OSError as error:
        PLACE.folder = None
        if not made:
            tell_once()
            step(name)
        why = error.strerror or error
        tell(f"the compiled step cannot be kept in {folder.where}: {why}; every start compiles it anew")
        return False
    finally:
        PLACE.folder = None
    return True


def name_of(dtype: torch.dtype) -> str:
    """Return a dtype's name as `run.dtype` says it."""
    return str(dtype).removeprefix("torch.")


def take_one(dtype: str) -> None:
    """Take a step of the smallest experiment and of its twin, and solve the smallest problems of its records.

    That compiles what every run of its dtype needs.
    """
    problem = prepare(experiment_from(SMALLEST | {"run": {"dtype": dtype, "threads": 1}}))
    stepper = build_stepper(problem.experiment, problem, compiled=True)
    theta = problem.initial.clone()
    with torch.no_grad():
        iterate = Iterate(problem, beginning(theta, stepper.initial_state(theta)), full_batch=True)
        iterate.update()
        stepper.step(iterate, 0)
        twin = build_twin_steps(problem, compiled=True)
        assert twin is not None, "it is compiled"
        kernel, a = theta.new_zeros(1, problem.samples, problem.samples), theta.new_zeros(1, problem.samples)
        twin.take(kernel, theta.new_zeros(1, 1), a, 1)
    solvers = build_solvers(compiled=True)
    assert solvers is not None, "they are compiled"
    solvers.solve_smallest()
    predictor = solvers.predictor(problem, problem.x)
    assert predictor is not None, "two layers of a plane are what it is for"
    predictor(problem.initial.numpy(), np.arange(1))
