"""What a person does who wants to know where a run is going: asks, reads the card, looks at line and surface."""

from __future__ import annotations

from typing import Any

import pytest

from engine.experiment.document import parse
from engine.protocol.limit import AskLimit
from engine.protocol.pictures import DropQuestion
from gui.views.limit_dialog import LimitDialog

from .lab import Lab

CIRCLE = """version = 1
data = { kind = "circle" }
network = { kind = "mlp", widths = [8] }
loss = { kind = "exponential" }
optimizer = { kind = "steepest" }
measure = { groups = ["margins"] }
run = { steps = 1500, threads = 1 }
"""


def test_ask_where_a_run_is_going_and_see_it_in_the_plot_and_beside_the_network(lab: Lab) -> None:
    lab.window.model.editor.load(parse(CIRCLE))
    lab.until(lambda: lab.window.parts.experiment.panel.is_complete)
    assert not lab.window.commands["limit"].isEnabled(), "there is no run yet"
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.status == "done")
    lab.menu("Run", "Where is it going?")
    card = lab.dialog("limit_dialog")
    assert isinstance(card, LimitDialog)
    lab.until(card.again.isEnabled)
    limits = lab.window.limits
    limit = limits.query.known[lab.run.id, 0]
    assert "right to about" in card.verdict.text() and "step 1,500" in card.whose.text()
    assert limit.residual < 1e-6 and limit.rough and limit.error == limit.tested < limit.now
    assert limits._lines is not None
    (line,) = limits._lines.lines
    assert line.isVisible() and line.value() == pytest.approx(limit.margin)
    assert "as it stands at step 1,500" in line.toolTip()
    assert limit.margin >= limit.margin_now > 0

    tab = lab.window.parts.tabs["surface"]
    lab.window.parts.tabs.bring("surface")
    lab.until(lambda: tab.view.surface is not None)
    tab.surfaces.want("limit", 41)
    lab.until(lambda: tab.view.surface.predictor == "limit" and tab.view.surface.other is not None)
    assert tab.view.surface.title == "limit predicted at step 1,500"
    neurons = lab.window.parts.tabs["neurons"]
    lab.window.parts.tabs.bring("neurons")
    lab.until(lambda: neurons.view.neurons is not None)
    assert len(neurons.view.plane.limit.getData()[0]) == 8, "a ring for every unit"
    assert "the limit predicted at step 1,500" in neurons.view.caption.text()
    card.close()


@pytest.mark.one_window
def test_cancel_the_question_or_close_its_card_and_read_what_became_of_it(
    quick: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.run_through()
    model, asked, notices = quick.window.model, list[Any](), list[str]()
    monkeypatch.setattr(model.trainer.engine, "send", asked.append)
    model.notice_posted.connect(lambda _tone, sentence, _details: notices.append(sentence))
    quick.menu("Run", "Where is it going?")
    card = quick.dialog("limit_dialog")
    assert isinstance(card, LimitDialog) and not card.again.isEnabled()
    quick.press(card.cancel)
    assert [type(each) for each in asked] == [AskLimit, DropQuestion]
    assert "was cancelled" in card.verdict.text() and not card.cancel.isEnabled()
    quick.press(card.again)
    card.close()
    assert [type(each) for each in asked[2:]] == [AskLimit, DropQuestion]
    assert asked[3].request == asked[2].subject.request and not quick.window.limits.query.waits
    assert len(notices) == 1 and "was cancelled with its card" in notices[0]
