"""The editor of `vary`."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.experiment.experiment import Experiment, experiment_from, with_values
from engine.words.errors import Refusal
from gui.forms.vary_editor import VaryEditor
from gui.forms.vary_paths import vary_paths


@pytest.fixture
def experiment() -> Experiment:
    return experiment_from(
        {
            "version": 1,
            "data": {"kind": "rings"},
            "network": {"kind": "mlp", "widths": [4]},
            "loss": {"kind": "logistic"},
            "optimizer": {"kind": "adam"},
        }
    )


@pytest.fixture
def editor(qtbot: QtBot, experiment: Experiment) -> VaryEditor:
    editor = VaryEditor()
    qtbot.addWidget(editor)
    editor.show_paths(vary_paths(experiment))
    editor.show_value({})
    return editor


@pytest.fixture
def said(editor: VaryEditor) -> list[dict[str, list[Any]]]:
    said: list[dict[str, list[Any]]] = []
    editor.committed.connect(said.append)
    return said


def choose(editor: VaryEditor, index: int, path: str) -> None:
    combo = editor.entries[index].combo
    combo.setCurrentIndex(combo.findData(path))
    combo.activated.emit(combo.currentIndex())


def fill(editor: VaryEditor, index: int, text: str) -> None:
    editor.entries[index].line.setText(text)
    editor.entries[index].commit()


def test_only_numbers_that_may_vary_are_offered_in_words(experiment: Experiment) -> None:
    offered = {p.path: p.words for p in vary_paths(experiment)}
    assert offered["network.init.scale"] == "initialisation: scale"
    assert offered["network.output_scale"] == "network: output scale α"
    assert offered["optimizer.step.eta"] == "step rule: learning rate η"
    assert "data.n" not in offered
    assert "network.widths" not in offered
    for path in offered:
        assert with_values(experiment, {"vary": {path: [0.5 if path != "data.seed" else 1]}})


def test_values_are_said_once_they_are_there(
    editor: VaryEditor, said: list[dict[str, list[Any]]], experiment: Experiment
) -> None:
    editor.add.click()
    choose(editor, 0, "optimizer.step.eta")
    choose(editor, 0, "network.init.scale")
    assert said[-1] == {}  # no values yet: nothing differs
    fill(editor, 0, "0.01 0.1, 1")
    assert said[-1] == {"network.init.scale": [0.01, 0.1, 1.0]}
    taken = with_values(experiment, {"vary": said[-1]})
    assert taken.replicas == 3
    editor.show_value(taken.vary)
    assert editor._count.text() == "3 replicas"


def test_whole_numbers_stay_whole(editor: VaryEditor, said: list[dict[str, list[Any]]]) -> None:
    editor.show_value({"data.seed": [1, 2]})
    fill(editor, 0, "3, 4, 5")
    assert said[-1] == {"data.seed": [3, 4, 5]}
    assert all(type(v) is int for v in said[-1]["data.seed"])
    heard: list[str] = []
    editor.unreadable.connect(heard.append)
    fill(editor, 0, "3.5")
    assert "data.seed: '3.5' is not a whole number" in heard[0]
    assert editor.held


def test_an_entry_being_filled_survives_edits_of_others(editor: VaryEditor) -> None:
    editor.show_value({"network.init.scale": [0.1, 1.0]})
    editor.add.click()
    editor.show_value({"network.init.scale": [0.1, 2.0]})
    assert [e.is_empty for e in editor.entries] == [False, True]


def test_a_number_is_offered_once_and_removed_by_its_button(
    editor: VaryEditor, said: list[dict[str, list[Any]]]
) -> None:
    editor.show_value({"network.init.scale": [0.1, 1.0], "data.seed": [1, 2]})
    assert editor.entries[1].combo.findData("network.init.scale") == -1
    editor.entries[0].remove.click()
    assert said[-1] == {"data.seed": [1, 2]}
    assert editor.entries[0].combo.findData("network.init.scale") >= 0


def test_lists_that_disagree_are_refused_by_the_experiment(
    editor: VaryEditor, said: list[dict[str, list[Any]]], experiment: Experiment
) -> None:
    editor.show_value({"network.init.scale": [0.1, 1.0], "data.seed": [1, 2]})
    fill(editor, 1, "1 2 3")
    with pytest.raises(Refusal, match=r"3 values where network\.init\.scale has 2"):
        with_values(experiment, {"vary": said[-1]})


def test_all_combinations_of_two_lists_become_a_replica_each(
    editor: VaryEditor, said: list[dict[str, list[Any]]], experiment: Experiment
) -> None:
    for place, (path, text) in enumerate(
        (("network.init.scale", "0.1, 1"), ("optimizer.step.eta", "1, 2, 3"))
    ):
        editor.add.click()
        choose(editor, place, path)
        fill(editor, place, text)
        assert editor.combine.isHidden() is (place == 0)
    assert "2 × 3 = 6 replicas" in editor.combine.toolTip()
    editor.combine.click()
    scales, rates = [0.1, 0.1, 0.1, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]
    assert said[-1] == {"network.init.scale": scales, "optimizer.step.eta": rates}
    editor.show_value(with_values(experiment, {"vary": said[-1]}).vary)
    assert "2 × 3 = 6 replicas" in editor.combine.toolTip() and editor._count.text() == "6 replicas"
    editor.combine.click()
    assert said[-1]["network.init.scale"] == scales
