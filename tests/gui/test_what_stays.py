"""The window says which edits a run will take, and which claims of a file are judged no longer, and why."""

from __future__ import annotations

from pathlib import Path

from engine.experiment.document import parse
from tests.gui.lab import CIRCLE, Lab

EDITS = """
[[edits]]
step = 80
set = { "optimizer.step.eta" = 0.25 }
[[edits]]
step = 120
set = { "optimizer.step.eta" = 0.5 }
"""
TWO = """
[[experiments]]
name = "small"
set = { "optimizer.step.eta" = 0.1 }
[[experiments]]
name = "large"
set = { "optimizer.step.eta" = 1.0 }
"""
CLAIM = """
[[claims]]
text = "The margin of {run} reaches the reference"
check = "final"
of = "margin_ratio"
at_least = 0.5
run = "{run}"
"""


def test_the_panel_says_what_a_run_will_be_set_to_and_can_leave_it(quick: Lab) -> None:
    model, line = quick.window.model, quick.window.parts.experiment.panel.edits
    assert line.isHidden()
    loaded = parse(CIRCLE.format(title="", steps=200) + EDITS)
    model.editor.load(loaded)
    assert (
        line.isVisible() and "0.25 at step 80" in line.words.text() and "0.5 at step 120" in line.words.text()
    )
    quick.press(line.button)
    assert line.isHidden() and not model.editor.document.edits and model.editor.is_edited
    model.editor.edit("run.steps", 150)
    assert not model.editor.document.edits
    model.undo_stack.undo()
    model.undo_stack.undo()
    assert model.editor.document == loaded and line.isVisible()
    model.editor.edit("run.steps", 150)
    assert model.editor.document.edits == loaded.edits


def test_the_window_says_how_many_claims_are_not_judged_and_why(quick: Lab) -> None:
    model, claims = quick.window.model, quick.window.parts.side.claims
    said = (
        CIRCLE.format(title="Two", steps=200) + TWO + "".join(CLAIM.format(run=r) for r in ("small", "large"))
    )
    model.editor.load(parse(said))
    quick.until(lambda: len(claims.rows) == 2)  # in a turn of its own
    assert claims._empty.isHidden()
    model.editor.choose_experiment("small")
    model.editor.edit("data.n", 30)
    quick.until(lambda: len(claims.rows) == 1)
    words = claims._empty.text()
    assert not claims._empty.isHidden() and words.startswith("1 of the 2 claims of “Two” was made with ")
    assert "with points 24, not 30, and is not judged here" in words
    model.editor.choose_experiment("large")
    model.editor.edit("vary", {"network.init.scale": [0.1, 1.0]})
    quick.until(lambda: not claims.rows)
    assert claims._empty.text().startswith("The claims of “Two” were made with ")
    model.undo_stack.undo()
    model.undo_stack.undo()
    quick.until(lambda: len(claims.rows) == 2)
    assert claims._empty.isHidden()


def test_a_session_opened_again_says_the_same_about_claims_that_are_not_judged(
    quick: Lab, tmp_path: Path
) -> None:
    model, claims, file = quick.window.model, quick.window.parts.side.claims, tmp_path / "set aside.mlab"
    said = CIRCLE.format(title="One", steps=200) + CLAIM.format(run="").replace('run = ""\n', "")
    model.editor.load(parse(said))
    model.editor.edit("data.n", 30)
    quick.until(lambda: not claims.rows)
    words = claims._empty.text()
    assert words.startswith("The claims of “One” were made with") and "points 24, not 30" in words
    model.save_as(file)
    model.start_new()
    quick.until(lambda: claims._empty.text() != words)
    model.open(file)
    quick.until(lambda: claims._empty.text() == words)
    model.editor.edit("data.n", 24)
    quick.until(lambda: len(claims.rows) == 1)
