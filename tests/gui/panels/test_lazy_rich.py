"""The sweep from rich to lazy: what it makes of vary, and how it is asked for and taken back."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.catalog import load_preset
from engine.experiment.experiment import with_values
from engine.experiment.step_rules import STEP_KINDS
from gui.model.editor import ExperimentEditor
from gui.panels.experiment_panel import ExperimentPanel
from gui.panels.sweep import INITIAL_SCALE, OUTPUT_SCALE, can_sweep, rate_power, swept, without
from tests.engine.cases import experiment

CONSTANT = {"optimizer.step": {"kind": "constant", "eta": 0.2}}


def test_the_rate_falls_with_the_square_of_the_output_scale() -> None:
    said = experiment(CONSTANT)
    vary = swept(said, OUTPUT_SCALE, 0.1, 100.0, 4)
    assert vary == {
        OUTPUT_SCALE: [0.1, 1.0, 10.0, 100.0],
        "optimizer.step.eta": [20.0, 0.2, 0.002, 2e-5],
    }
    members = with_values(said, {"vary": vary}).members()
    assert [m.network.output_scale**2 * m.optimizer.step.eta for m in members] == pytest.approx([0.2] * 4)
    own = experiment({**CONSTANT, "network.output_scale": 2.0})
    assert swept(own, OUTPUT_SCALE, 1.0, 4.0, 3)["optimizer.step.eta"] == pytest.approx([0.8, 0.2, 0.05])


def test_steps_that_adapt_and_initial_scales_leave_the_rule_alone() -> None:
    assert list(swept(experiment({}), OUTPUT_SCALE, 0.1, 10.0, 3)) == [OUTPUT_SCALE]
    assert swept(experiment(CONSTANT), INITIAL_SCALE, 0.5, 2.0, 3) == {INITIAL_SCALE: [0.5, 1.0, 2.0]}


def test_steps_that_do_not_grow_with_the_gradient_need_the_scale_once() -> None:
    adam = experiment({"optimizer": {"kind": "adam", "step": {"kind": "constant", "eta": 0.1}}})
    assert rate_power(adam) == 1
    assert swept(adam, OUTPUT_SCALE, 1.0, 10.0, 2)["optimizer.step.eta"] == [0.1, 0.01]
    assert rate_power(experiment(CONSTANT)) == 2


@pytest.mark.parametrize("kind", [kind for kind, rule in STEP_KINDS.items() if not rule.adapts])
def test_every_rate_can_differ_between_replicas(kind: str) -> None:
    said = experiment({"optimizer.step": {"kind": kind}})
    varied = with_values(said, {"vary": swept(said, OUTPUT_SCALE, 0.5, 2.0, 2)})
    assert varied.replicas == 2 and len(varied.vary) == 2


def test_taking_a_sweep_back_leaves_the_rest() -> None:
    vary = {**swept(experiment(CONSTANT), OUTPUT_SCALE, 1.0, 10.0, 2), "network.init.bias": [0.0, 1.0]}
    assert without(experiment({**CONSTANT, "vary": vary})) == {"network.init.bias": [0.0, 1.0]}
    assert can_sweep(experiment({}), INITIAL_SCALE)


class Joined:
    """The panel and the document that it edits."""

    def __init__(self, qtbot: QtBot) -> None:
        preset = load_preset("circle-global-margin")
        self.editor = ExperimentEditor(preset.with_base(with_values(preset.base, CONSTANT)))
        self.panel = ExperimentPanel()
        qtbot.addWidget(self.panel)
        self.panel.edit_requested.connect(self.editor.edit)
        self.editor.document_changed.connect(self.show)
        self.panel.resize(340, 900)
        self.panel.show()
        self.show()

    def show(self) -> None:
        self.panel.show_experiment(self.editor.experiment)


@pytest.fixture
def joined(qtbot: QtBot) -> Joined:
    return Joined(qtbot)


def test_a_sweep_is_one_edit_of_vary_that_can_be_undone(joined: Joined) -> None:
    lazy = joined.panel.network.lazy_rich
    assert not lazy.clear.isEnabled() and "eta over α²" in lazy.sweep.toolTip()
    for editor, text in ((lazy.least, "0.01"), (lazy.most, "1"), (lazy.count, "3")):
        editor.line.setText(text)
        editor.commit()
    lazy.sweep.click()
    assert joined.editor.experiment.vary[OUTPUT_SCALE] == [0.01, 0.1, 1.0]
    assert joined.editor.experiment.replicas == 3
    assert "0.01, 0.1, 1" in lazy.said.text() and "step size to match" in lazy.said.text()
    vary = joined.panel.row("vary").editor
    assert [entry.path for entry in vary.entries] == [OUTPUT_SCALE, "optimizer.step.eta"]
    joined.editor.undo_stack.undo()
    assert joined.editor.experiment.vary == {} and joined.editor.experiment.replicas == 1
    joined.editor.undo_stack.redo()
    assert lazy.clear.isEnabled()
    lazy.clear.click()
    assert joined.editor.experiment.vary == {} and joined.editor.experiment.replicas == 3
    assert not lazy.clear.isEnabled()


def test_what_is_no_range_is_said_in_place(joined: Joined) -> None:
    lazy = joined.panel.network.lazy_rich
    lazy.count.line.setText("1")
    lazy.count.commit()
    assert "from 2 to 64" in lazy.said.text() and lazy.count.line.text() == "4"
    lazy.least.line.setText("100")
    lazy.sweep.click()
    assert "the same" in lazy.said.text()
    assert joined.editor.experiment.vary == {}
