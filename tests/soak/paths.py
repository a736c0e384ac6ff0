"""By which path a soak's runs take their steps: its option, code that is compiled once, and what has none."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from engine.compiled.kept import FOLDER, folders
from engine.experiment.experiment import Experiment

BACKENDS = ("auto", "compiled", "torch")


def add_backend(parser: argparse.ArgumentParser) -> None:
    """Let a script be told what takes the steps of its runs."""
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help="what takes the steps")


def make_ready(backend: str) -> None:
    """Compile before anything is started or timed; what is started with a cache of its own finds it, too."""
    if backend != "torch":
        os.environ[FOLDER] = str(folders().parent)
        subprocess.run([sys.executable, "-m", "engine.steppers", "float64"], check=True)


def why_left_out(experiment: Experiment, backend: str) -> str:
    """Say why an experiment cannot take its steps so; '' where it can."""
    from engine.run.problem import prepare  # not above: a window that is soaked has no torch
    from engine.steppers import why_not_compiled

    return why_not_compiled(experiment, prepare(experiment)) if backend == "compiled" else ""


def took_others(backend: str, steps: str) -> str:
    """Say that steps were taken otherwise than asked for; '' where they were not."""
    expected = "torch" if backend == "torch" else "compiled"
    return (
        "" if steps == expected else f"steps were taken by {steps or 'nobody knows what'}, not by {expected}"
    )
