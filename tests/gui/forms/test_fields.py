"""Every kind in the registries has a form, and every field of it arrives with its path and type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.experiment.choices import CHOICES
from engine.experiment.experiment import Experiment, experiment_from, value_at, with_values
from engine.experiment.optimizers import SteepestSpec
from gui.forms.copy_editor import CopyEditor
from gui.forms.editor import ChoiceEditor, SwitchEditor
from gui.forms.field_spec import FieldForm
from gui.forms.form import Form
from gui.forms.form_context import FormContext
from gui.forms.row import Row
from gui.forms.text_editors import LineEditor, TableEditor

LISTS = {
    "data.y_test": "1, -1",
    "data.classes": "3, 8",
    "data.y": "1, -1, 1",
    "network.widths": "6 4",
    "network.channels": "3 2",
    "data.outer_radius": "0.5 2",
}


def described(**tables: Any) -> Experiment:
    """Return a small experiment with some tables its own."""
    said: dict[str, Any] = {
        "version": 1,
        "data": {"kind": "circle"},
        "network": {"kind": "mlp", "widths": [4]},
        "loss": {"kind": "logistic"},
        "optimizer": {"kind": "steepest"},
    }
    return experiment_from(said | tables)


def with_kind(path: str, kind: str) -> Experiment:
    """Return an experiment whose choice at a path is this kind."""
    if path == "data":
        table: dict[str, Any] = {"kind": kind}
        needed = {"csv": {"path": "points.csv"}, "npz": {"path": "points.npz"}, "idx": {"folder": "pictures"}}
        return described(data=table | needed.get(kind, {}))
    if path == "optimizer.step":
        owner = next(o for o, m in CHOICES["optimizer"].items() if kind in m.steps)  # type: ignore[attr-defined]
        return described(optimizer={"kind": owner, "step": {"kind": kind}})
    if kind == "mirror":
        return described(optimizer={"kind": kind, "p": 1.5}, network={"kind": "mlp", "widths": []})
    more: dict[str, dict[str, Any]] = {
        "mlp": {"widths": [4]},
        "conv": {"widths": [4]},
        "attention": {"form": "factored"},
        "steepest": {"step": {"kind": "constant"}},
    }
    return described(**{path: {"kind": kind} | more.get(kind, {})})


def unfolded(form: Form) -> Iterator[Row]:
    """Yield every row of a form, those behind 'more…' too."""
    if form._more is not None:
        form._more.click()
    yield from list(form.rows())


def another_text(row: Row, value: Any) -> str:
    """Return text for another value of a typed field, within its limits."""
    shape: FieldForm = row.spec.shape
    if shape.form == "integer":
        return str((value or 2) + 1)
    if shape.form == "number":
        if value is None and row.spec.limits.least is None:
            return "-30"
        most = row.spec.limits.most
        another = 0.75 * (value or 0) + 0.27
        return f"{another if most is None else min(another, 0.5 * most):.2e}"
    if shape.form in ("list", "pair"):
        return LISTS.get(row.path, "W1")
    words = {"run.device": "cuda:1", "data.ignore": 'id, 3, "", "a, b"', "data.sha256": "0123abcd" * 8}
    return words.get(row.path, "other.csv")


def edit(row: Row, value: Any) -> bool:
    """Give a row another value the way a person does; False where there is only one."""
    editor = row.editor
    if isinstance(editor, CopyEditor):
        return False  # a copy is taken of a file
    if isinstance(editor, SwitchEditor):
        editor.activate()
    elif isinstance(editor, ChoiceEditor):
        combo = editor.combo
        free = [
            i for i in range(combo.count()) if combo.model().index(i, 0).flags() & Qt.ItemFlag.ItemIsEnabled
        ]
        others = [i for i in free if i != combo.currentIndex()]
        if not others:
            return False
        combo.setCurrentIndex(others[0])
        combo.activated.emit(others[0])
    elif isinstance(editor, TableEditor):
        editor.lines.setPlainText("1, 2\n-1 -2\n0; 1")
        editor.commit()
    else:
        assert isinstance(editor, LineEditor)
        editor.line.selectAll()
        QTest.keyClicks(editor.line, another_text(row, value))
        QTest.keyClick(editor.line, Qt.Key.Key_Return)
    return True


@pytest.mark.parametrize("path", list(CHOICES))
def test_every_field_of_every_kind_arrives(qtbot: QtBot, path: str) -> None:
    for kind in CHOICES[path]:
        experiment = with_kind(path, kind)
        model = value_at(experiment, path)
        form = Form(type(model), path, FormContext())
        qtbot.addWidget(form)
        form.show_value(model)
        said: list[tuple[str, Any]] = []
        form.edited.connect(lambda where, value, said=said: said.append((where, value)))
        rows = list(unfolded(form))
        names = {row.path.removeprefix(f"{path}.").split(".")[0] for row in rows}
        assert names == set(type(model).model_fields) - {"kind"}, kind
        for row in rows:
            before = value_at(experiment, row.path)
            said.clear()
            if not edit(row, before):
                continue
            assert not row.message, (kind, row.path)
            ((where, value),) = said
            assert (where, value != before) == (row.path, True), kind
            taken = value_at(with_values(experiment, {where: value}), where)
            assert taken == value
            assert type(taken) is type(value)


def test_the_fields_of_a_run_arrive(qtbot: QtBot) -> None:
    experiment = described()
    form = Form(type(experiment.run), "run", FormContext())
    qtbot.addWidget(form)
    form.show_value(experiment.run)
    said: dict[str, Any] = {}
    form.edited.connect(said.__setitem__)
    for row in form.rows():
        assert edit(row, value_at(experiment, row.path))
    assert {path.removeprefix("run.") for path in said} == {
        "steps", "device", "dtype", "threads", "stop.log_loss", "stop.seconds", "stop.plateau"
    }  # fmt: skip
    # a step rule, say, may depend on another field; these do not
    for path, value in said.items():
        assert value_at(with_values(experiment, {path: value}), path) == value


def test_showing_never_says_anything(qtbot: QtBot) -> None:
    form = Form(
        Experiment, "", FormContext(), names=("data", "network", "loss", "optimizer", "run", "measure")
    )
    qtbot.addWidget(form)
    said: list[str] = []
    form.edited.connect(lambda where, _value: said.append(where))
    for path, kinds in CHOICES.items():
        for kind in kinds:
            form.show_value(with_kind(path, kind))
            for row in form.rows():
                row.editor.commit()
    assert said == []


def test_every_label_explains_its_field(qtbot: QtBot) -> None:
    form = Form(Experiment, "", FormContext(), names=("network", "loss", "optimizer", "run", "measure"))
    qtbot.addWidget(form)
    form.show_value(described())
    for row in form.rows():
        tip = row.label.toolTip()
        assert row.spec.title in tip
        assert row.editor.toolTip() == tip
    rate = form.row("optimizer.step.c")
    assert rate is not None
    assert "default: 0.5" in rate.label.toolTip()
    assert "applies to a run under way" in rate.label.toolTip()


def test_p_is_asked_for_beside_the_lp_norm_alone(qtbot: QtBot) -> None:
    form = Form(SteepestSpec, "optimizer", FormContext())
    qtbot.addWidget(form)
    row = form.row("optimizer.p")
    assert row is not None
    for norm in ("l2", "lp", "spectral"):
        form.show_value(described(optimizer={"kind": "steepest", "norm": norm}).optimizer)
        assert row.isHidden() == (norm != "lp")
