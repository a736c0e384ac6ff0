"""Icons, words and colours for what became of runs."""

from __future__ import annotations

from engine.protocol.messages import RunStatus
from gui.views.status_words import STATUS_TONES, STATUS_WORDS


def test_every_status_of_a_run_has_an_icon_and_a_word() -> None:
    assert STATUS_WORDS.keys() == set(RunStatus) >= STATUS_TONES.keys()
    assert all(isinstance(status, RunStatus) for status in (*STATUS_WORDS, *STATUS_TONES))
