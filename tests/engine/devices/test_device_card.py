"""The script for a lent card: it says so where there is none, and goes through on one that is none."""

from __future__ import annotations

import pytest

from engine.measurements import record_point
from engine.steppers import build
from tests.engine.devices.pretended_card import plugged_in
from tests.engine.devices.pretended_graphs import PretendedGraphs
from tests.soak.device_card import main

SMALL = ["--steps", "4", "--timed", "3", "--replicas", "3", "--width", "6", "--samples", "12"]


def test_it_ends_politely_without_a_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == "No card with CUDA is there: nothing was looked at.\n"


def test_it_prints_its_figures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with plugged_in() as card:
        monkeypatch.setattr(build, "CudaGraphs", lambda device: PretendedGraphs(card))
        monkeypatch.setattr(record_point, "MOST", 2)
        assert main(SMALL) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said[1:]] == [
        *("circle, 4 steps", "circle", "circle, 3 replicas", "circle, 3 replicas"),
        *("width 6, 12 samples", "kernel of 12 samples, width 6"),
    ]
