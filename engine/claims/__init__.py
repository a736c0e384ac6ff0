"""Claims and verdicts: sentences about a run, judged by its exact counters and events and by its records."""

from __future__ import annotations

from .judge import judge, judge_all, judge_each
from .of_points import judge_map
from .verdict import Status, Verdict

__all__ = ["Status", "Verdict", "judge", "judge_all", "judge_each", "judge_map"]
