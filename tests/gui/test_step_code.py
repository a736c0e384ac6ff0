"""What takes a run's steps, and that it is being compiled, as the window shows it."""

from __future__ import annotations

from engine.protocol.messages import Preparing
from gui.main_window import MainWindow

from .lab import Lab

COMPILING = "compiling the step, once: about 10 s"


def test_a_run_shows_what_takes_its_steps_and_keeps_it(quick: Lab, window: MainWindow) -> None:
    quick.run_through()
    place = window.parts.status.labels["place"]
    quick.until(lambda: place.text() == "cpu float64, torch")
    assert place.toolTip().endswith("torch steps (nothing is computed)")
    assert window.parts.side.runs.model.rows[0].code == "torch steps (nothing is computed)"
    quick.button("rewind")
    quick.until(lambda: len(quick.runs) == 2 and quick.runs[1].history.started is not None)
    started = quick.runs[1].history.started
    assert started is not None and started.steps_in_words == "torch steps (torch)", (
        "it is told what they were"
    )


def test_the_status_bar_says_that_the_step_is_compiled(quick: Lab, window: MainWindow) -> None:
    words, hear = window.parts.status.engine.text, window.model.trainer._on_message
    quick.until(lambda: words() == "engine ready")
    hear(Preparing(COMPILING))
    assert words() == f"engine ready; {COMPILING}"
    hear(Preparing(""))
    assert words() == "engine ready"
