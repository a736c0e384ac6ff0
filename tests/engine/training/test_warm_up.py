"""What an idle engine does before its first run."""

from __future__ import annotations

from pathlib import Path

from engine.training.warm_up import warm_up


def test_warming_up_trains_and_solves_and_leaves_no_answer_behind(user_folders: Path) -> None:
    parts = sum(1 for _ in warm_up())
    assert parts > 3
    assert not (user_folders / "cache" / "margin-lab" / "references").exists()
