"""What is known of an experiment before its first step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Standing = Literal["proved", "empirical", "open"]
"""Of a statement about gradient methods: a theorem says it; papers saw it; no theorem says it that the lab knows."""


@dataclass(frozen=True)
class Fact:
    """One line of what is known before the first step: a theorem that applies or not and why, the degree, a notice."""

    subject: str
    text: str
    holds: bool | None = None
    """Whether the statement speaks about the experiment, `text` then in which sense, else why not; None: a notice."""
    standing: Standing | None = None
    """None for plain facts."""
    assumes: str = ""
    """What a theorem asks for, as it states it."""
    source: str = ""
    """Where it is to be read, such as 'arXiv 1906.05890'."""
