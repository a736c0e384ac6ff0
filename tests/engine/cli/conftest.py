"""What the tests of the command line stand on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "experiment.toml"
        path.write_text(text, "utf-8")
        return str(path)

    return write


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine fail at step 20."""
    from engine.training.loop import Training

    take_steps = Training.take_steps

    def fail(training: Training, last: int) -> None:
        if training.step == 20:
            raise RuntimeError("out of luck")
        take_steps(training, min(last, 20))

    monkeypatch.setattr(Training, "take_steps", fail)
