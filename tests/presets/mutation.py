"""What a mutation of a preset is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.protocol.records import Array

CHATTER: dict[str, Any] = {"optimizer.step": {"kind": "normalised", "a": 0.3}}
"""Steps that go to and fro."""


@dataclass(frozen=True)
class Mutation:
    """One thing wrong in a preset, and what of it is judged."""

    preset: str
    claim: str
    """How the claim's text begins."""
    wrong: Mapping[str, Any]
    """Fields of the experiment that are changed."""
    words: str
    experiments: tuple[str, ...] = field(default=())
    """Those that are changed; none named: all."""
    quick: bool = False
    """Whether it trains in about a second."""
    measured: tuple[str, Callable[[Array], Array]] | None = None
    """A column that is measured wrongly, and how: bounds and identities of theorems are broken by wrong code alone."""
