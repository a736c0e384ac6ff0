"""Addition modulo a number as a table of one-hot pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.labels import numbered
from engine.data.table import DataShape, Table
from engine.experiment.data import ModularSpec


def modular_shape(data: ModularSpec, _: Path) -> DataShape:
    """Say how many pairs there are."""
    return DataShape(data.modulus**2, 2 * data.modulus, data.modulus, field="data.modulus")


def modular(data: ModularSpec, _: Path) -> Table:
    """Give every pair (a, b), a changing least often, as (e_a, e_b) with the class (a + b) mod p."""
    p = data.modulus
    first, second = np.divmod(np.arange(p * p), p)
    points = np.concatenate([np.eye(p)[first], np.eye(p)[second]], axis=1)
    return Table(points, (first + second) % p, numbered(p), field="data.modulus")
