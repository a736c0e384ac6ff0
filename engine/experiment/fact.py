"""What is known of an experiment before its first step."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """One line of what is known before the first step: a theorem that applies or not and why, the degree, a notice."""

    subject: str
    text: str
    holds: bool | None = None
    """Whether the theorem applies, `text` then in which sense, or else why not; None for plain facts."""
