"""What a map's progress says."""

from __future__ import annotations

import pytest

import engine.cli.progress as progress_module


def test_progress_of_a_map_says_one_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(float(second) for second in range(0, 1_000, 11))
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: next(clock))
    with progress_module.progress() as shown:
        shown.begin("map", 30, "runs", timed=False)
        shown.show(10, "2 processes, about 3 s left")
    assert capsys.readouterr().err == "map: 10 of 30 runs, 2 processes, about 3 s left\n"
