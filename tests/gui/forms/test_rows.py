"""What a row does with what is typed, refused and reset."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.experiment.experiment import Experiment, experiment_from, with_values
from engine.words.errors import Refusal
from gui.forms.editor import ChoiceEditor, SwitchEditor
from gui.forms.form import Form
from gui.forms.form_context import FormContext
from gui.forms.number_editors import NumberEditor
from gui.forms.row import Row
from gui.forms.text_editors import LineEditor


@pytest.fixture
def experiment() -> Experiment:
    return experiment_from(
        {
            "version": 1,
            "data": {"kind": "circle"},
            "network": {"kind": "mlp", "widths": [20, 20]},
            "loss": {"kind": "logistic"},
            "optimizer": {"kind": "steepest"},
        }
    )


class Model(QObject):
    """Takes edits like the window does: the experiment changes, or the field hears why not."""

    def __init__(self, form: Form, experiment: Experiment) -> None:
        super().__init__(form)
        self.form, self.experiment = form, experiment
        self.said: list[tuple[str, Any]] = []
        form.show_value(experiment)
        form.edited.connect(self.edit)

    @Slot(str, object)
    def edit(self, path: str, value: Any) -> None:
        self.said.append((path, value))
        try:
            self.experiment = with_values(self.experiment, {path: value})
        except Refusal as refusal:
            self.form.refuse(refusal)
        else:
            self.form.show_value(self.experiment)


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    form = Form(Experiment, "", FormContext(), names=("data", "network", "loss", "optimizer", "run"))
    qtbot.addWidget(form)
    return form


def row_of(form: Form, path: str) -> Row:
    row = form.row(path)
    assert row is not None
    return row


def line_of(form: Form, path: str) -> Any:
    editor = row_of(form, path).editor
    assert isinstance(editor, LineEditor)
    return editor.line


def type_into(form: Form, path: str, text: str) -> None:
    line = line_of(form, path)
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def test_refused_text_stays_with_the_reason_until_it_is_mended(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    row = row_of(form, "data.n")
    type_into(form, "data.n", "-3")
    assert "too small" in row.message
    assert line_of(form, "data.n").text() == "-3"
    # another edit is taken meanwhile
    type_into(form, "data.phase", "1e-3")
    assert model.experiment.data.phase == 1e-3  # type: ignore[union-attr]
    assert line_of(form, "data.n").text() == "-3"
    assert row.message
    type_into(form, "data.n", "30")
    assert not row.message
    assert model.experiment.data.n == 30  # type: ignore[union-attr]


def test_unreadable_text_is_refused_in_place_and_goes_nowhere(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    type_into(form, "network.widths", "20, abc")
    assert "'abc' is not a whole number" in row_of(form, "network.widths").message
    assert line_of(form, "network.widths").text() == "20, abc"
    assert model.said == []


def test_escape_brings_the_value_back(form: Form, experiment: Experiment) -> None:
    Model(form, experiment)
    type_into(form, "data.n", "many")
    QTest.keyClicks(line_of(form, "data.n"), "!")
    QTest.keyClick(row_of(form, "data.n").editor.focusProxy(), Qt.Key.Key_Escape)
    assert line_of(form, "data.n").text() == "24"
    assert not row_of(form, "data.n").message


def test_a_value_from_elsewhere_replaces_refused_text(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    type_into(form, "data.n", "-3")
    form.show_value(with_values(model.experiment, {"data.n": 48}))
    assert line_of(form, "data.n").text() == "48"
    assert not row_of(form, "data.n").message


def test_another_document_replaces_refused_text_even_where_the_value_is_the_same(
    form: Form, experiment: Experiment
) -> None:
    Model(form, experiment)
    type_into(form, "data.n", "-3")
    form.show_value(experiment, discard=True)
    assert line_of(form, "data.n").text() == "24"
    assert not row_of(form, "data.n").message


def test_a_refused_click_returns_to_the_value(form: Form, experiment: Experiment) -> None:
    Model(form, with_values(experiment, {"network.widths": (20, 21)}))
    row = row_of(form, "network.init.symmetrized")
    assert isinstance(row.editor, SwitchEditor)
    row.editor.activate()
    assert "even width" in row.message
    assert not row.editor._box.isChecked()
    row.accept()
    assert not row.message


def test_leaving_a_field_as_it_was_says_nothing(form: Form, experiment: Experiment) -> None:
    model = Model(form, with_values(experiment, {"optimizer.step.kind": "loss-based"}))
    # shown as 1.1487, held as 2^(1/5): a visit must not round it
    line = line_of(form, "optimizer.step.up")
    assert line.text() == "1.1487"
    QTest.keyClick(line, Qt.Key.Key_Return)
    type_into(form, "data.n", "24")
    assert model.said == []


def test_return_and_leaving_judge_once(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    type_into(form, "data.n", "-3")
    row_of(form, "data.n").editor.commit()
    assert model.said == [("data.n", -3)]


def test_arrow_keys_step_within_the_limits(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    box = row_of(form, "optimizer.step.kappa").editor.focusProxy()
    QTest.keyClick(box, Qt.Key.Key_Up)
    QTest.keyClick(box, Qt.Key.Key_Up)
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert [value for _, value in model.said] == [0.05, 0.1, 0.05]
    seed = row_of(form, "data.seed").editor
    assert isinstance(seed, NumberEditor)
    QTest.keyClick(seed.box, Qt.Key.Key_Down)
    assert seed.line.text() == "0"


def test_large_whole_numbers_are_exact(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    type_into(form, "data.seed", "12345678901234567")
    assert model.experiment.data.seed == 12345678901234567


def test_the_wheel_turns_only_what_has_the_focus(qtbot: QtBot, form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    form.show()
    number = row_of(form, "data.n").editor.focusProxy()
    choice = row_of(form, "data.normalize").editor.focusProxy()

    def turn(widget: Any) -> None:
        middle = QPointF(widget.rect().center())
        where = QPointF(widget.mapToGlobal(middle))
        event = QWheelEvent(
            middle, where, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)

    line_of(form, "data.phase").setFocus()
    turn(number)
    turn(choice)
    assert model.said == []
    number.setFocus()
    qtbot.waitUntil(number.hasFocus)
    turn(number)
    assert model.said == [("data.n", 23)]


def test_off_is_no_text(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    line = line_of(form, "run.stop.log_loss")
    assert (line.text(), line.placeholderText()) == ("", "off")
    type_into(form, "run.stop.log_loss", "-1e2")
    assert model.experiment.run.stop.log_loss == -100.0
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert model.experiment.run.stop.log_loss is None


def test_a_field_that_differs_is_marked_and_can_be_reset(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    row = row_of(form, "data.radius")
    assert not row.differs
    reset = row.actions()[0]
    assert not reset.isEnabled()
    type_into(form, "data.radius", "2.5")
    assert row.differs
    assert reset in line_of(form, "data.radius").actions()
    assert "(1)" in reset.text()
    reset.trigger()
    assert model.said[-1] == ("data.radius", 1.0)
    assert not row.differs


def test_the_default_is_the_owners_where_it_has_one(form: Form, experiment: Experiment) -> None:
    Model(form, with_values(experiment, {"optimizer.kind": "adam"}))
    rate = row_of(form, "optimizer.step.eta")
    assert not rate.differs  # Adam's own 0.01, not the step rule's 0.1
    assert "(0.01)" in rate.actions()[0].text()


def test_step_rules_that_do_not_fit_are_disabled_and_say_why(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    row_of(form, "optimizer.kind").edited.emit("optimizer.kind", "adam")
    assert model.experiment.optimizer.kind == "adam"
    editor = row_of(form, "optimizer.step.kind").editor
    assert isinstance(editor, ChoiceEditor)
    usable = {}
    for i in range(editor.combo.count()):
        flags = editor.combo.model().index(i, 0).flags()
        usable[editor.combo.itemData(i)] = bool(flags & Qt.ItemFlag.ItemIsEnabled)
    assert usable == {kind: kind in ("constant", "power") for kind in usable}
    safe = editor.combo.findData("safe")
    assert "does not go with Adam" in editor.combo.itemData(safe, Qt.ItemDataRole.ToolTipRole)


def test_rows_that_two_kinds_share_stay_and_explain_the_new_one(form: Form, experiment: Experiment) -> None:
    Model(form, experiment)
    before, gone = form.row("optimizer.step.kind"), form.row("optimizer.norm")
    form.show_value(with_values(experiment, {"optimizer.kind": "adam"}))
    assert before is not None and form.row("optimizer.step.kind") is before
    assert gone is not None and form.row("optimizer.norm") is None
    assert isinstance(before.editor, ChoiceEditor)
    assert "Adam" in str(before.editor.combo.itemData(0, Qt.ItemDataRole.ToolTipRole))
    shown = [row.path for row in form.rows() if row.path.startswith("optimizer.")]
    form.show_value(with_values(experiment, {"optimizer.kind": "steepest"}))
    form.show_value(with_values(experiment, {"optimizer.kind": "adam"}))
    assert [row.path for row in form.rows() if row.path.startswith("optimizer.")] == shown


def test_more_hides_what_is_seldom_needed_and_stays_open(form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    assert all(row.path != "optimizer.step.refresh" for row in form.rows())
    form.refuse(Refusal("optimizer.step.refresh", 0, "is too small"))
    assert "0 is too small" in row_of(form, "optimizer.step.refresh").message
    model.edit("optimizer.step.kind", "constant")
    model.edit("optimizer.step.kind", "safe")
    assert any(row.path == "optimizer.step.refresh" for row in form.rows())


def test_refusals_inside_a_list_go_to_the_list(form: Form, experiment: Experiment) -> None:
    Model(form, experiment)
    assert form.refuse(Refusal("network.widths[1]", 0, "is too small")) is row_of(form, "network.widths")
    assert "[1]: 0 is too small" in row_of(form, "network.widths").message
    assert form.refuse(Refusal("nowhere.at.all", 0, "is not known")) is None


def test_an_update_in_place_keeps_focus_cursor_and_widgets(
    qtbot: QtBot, form: Form, experiment: Experiment
) -> None:
    model = Model(form, experiment)
    form.show()
    line = line_of(form, "network.widths")
    line.setFocus()
    line.setCursorPosition(1)
    QTest.keyClicks(line, "5")
    before = list(form.rows())
    form.show_value(with_values(model.experiment, {"data.n": 30, "loss.kind": "exponential"}))
    assert list(form.rows()) == before
    assert (line.text(), line.cursorPosition()) == ("250, 20", 2)
    assert line_of(form, "data.n").text() == "30"


def test_a_click_on_the_label_leads_to_the_editor(qtbot: QtBot, form: Form, experiment: Experiment) -> None:
    model = Model(form, experiment)
    form.resize(320, form.sizeHint().height())
    form.show()
    QTest.mouseClick(row_of(form, "data.append_constant").label, Qt.MouseButton.LeftButton)
    assert model.said == [("data.append_constant", True)]
    QTest.mouseClick(row_of(form, "data.n").label, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(row_of(form, "data.n").editor.focusProxy().hasFocus)
