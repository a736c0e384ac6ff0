"""What is said to people: refusals in one sentence, numbers, durations, sizes and counts."""

from __future__ import annotations
