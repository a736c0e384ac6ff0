"""Whoever has read a preset goes on to the next one."""

from __future__ import annotations

from .lab import Lab


def test_go_on_to_what_a_preset_says_to_try_next(quick: Lab) -> None:
    about = quick.window.parts.experiment.panel.about
    assert "Linear model" in about.next.text() and about.next.isVisible()
    about.next.linkActivated.emit("soudry-log-direction")
    assert quick.window.model.editor.experiment.title.startswith("Linear model")
    assert "Three flavours" in about.next.text()
