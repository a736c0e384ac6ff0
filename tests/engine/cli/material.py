"""Experiments of a few steps, and how to read what a command wrote of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TEXT = """
version = 1
title = "Tiny"
[data]
kind = "circle"
n = 4
phase = 0.5
[network]
kind = "mlp"
widths = [3]
[loss]
kind = "exponential"
[optimizer]
kind = "steepest"
step = { kind = "constant", eta = 0.05 }
[measure]
groups = ["margins", "norms"]
per_decade = 10
[run]
steps = 40
"""
HOLDS = """
[[claims]]
text = "the loss is a number"
check = "final"
of = "log_loss"
at_most = 100
"""
FAILS = """
[[claims]]
text = "the loss is gone"
check = "final"
of = "log_loss"
at_most = -100
"""
TWO = """
[[experiments]]
name = "slow"
set = { "optimizer.step.eta" = 0.001 }
[[experiments]]
name = "fast"
[[claims]]
text = "the fast one gets further"
check = "order"
of = "param_norm"
compare = ["fast", "slow"]
expect = "holds"
[[claims]]
text = "the fast one's loss is a number"
check = "final"
of = "log_loss"
run = "fast"
at_most = 100
"""


def reread(path: Path) -> Any:
    def no_constant(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(path.read_text("utf-8"), parse_constant=no_constant)
