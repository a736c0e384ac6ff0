"""The left column as a whole: every edit leaves as a wish, every answer shows in place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.experiment.differences import needs_restart
from engine.experiment.experiment import Experiment, experiment_from, with_values
from engine.experiment.known_data import KnownData
from engine.experiment.measure import GROUP_TITLES
from engine.experiment.run import Device
from engine.words.errors import Refusal
from gui.forms.check_editor import CheckEditor
from gui.forms.number_editors import NumberEditor
from gui.forms.row import Row
from gui.forms.text_editors import FreeChoiceEditor, LineEditor
from gui.panels.experiment_panel import ExperimentPanel
from gui.theme import apply_theme


def described(**tables: Any) -> Experiment:
    """Return a small experiment with some tables its own."""
    said: dict[str, Any] = {
        "version": 1,
        "data": {"kind": "circle"},
        "network": {"kind": "mlp", "widths": [20, 20]},
        "loss": {"kind": "logistic"},
        "optimizer": {"kind": "steepest"},
    }
    return experiment_from(said | tables)


class Window(QObject):
    """Answers wishes as the window does."""

    def __init__(self, panel: ExperimentPanel, experiment: Experiment) -> None:
        super().__init__(panel)
        self.panel, self.experiment = panel, experiment
        self.said: list[tuple[str, Any]] = []
        panel.edit_requested.connect(self.edit)
        panel.show_experiment(experiment, None)

    @Slot(str, object)
    def edit(self, path: str, value: Any) -> None:
        self.said.append((path, value))
        try:
            self.experiment = with_values(self.experiment, {path: value})
        except Refusal as refusal:
            self.panel.show_refusals([refusal])
        else:
            self.panel.show_refusals([])
            self.panel.show_experiment(self.experiment, None)


@pytest.fixture
def panel(qtbot: QtBot) -> ExperimentPanel:
    panel = ExperimentPanel()
    qtbot.addWidget(panel)
    panel.resize(320, 720)
    return panel


@pytest.fixture
def window(panel: ExperimentPanel) -> Window:
    return Window(panel, described())


def row_of(panel: ExperimentPanel, path: str) -> Row:
    row = panel.row(path)
    assert row is not None, path
    return row


def type_into(panel: ExperimentPanel, path: str, text: str) -> None:
    editor = row_of(panel, path).editor
    assert isinstance(editor, LineEditor)
    editor.line.setText(text)
    editor.commit()


def tick(panel: ExperimentPanel, path: str, name: str) -> None:
    editor = row_of(panel, path).editor
    assert isinstance(editor, CheckEditor)
    box = editor.box(name)
    assert box is not None
    box.click()


EXPERIMENTS = [
    described(),
    described(data={"kind": "blobs", "d": 10, "classes": 4}, network={"kind": "mlp", "widths": [6] * 10}),
    described(data={"kind": "points"}, network={"kind": "mlp"}, optimizer={"kind": "sgd"}),
    described(optimizer={"kind": "adam"}, vary={"network.init.scale": [0.01, 0.1, 1.0]}),
]


def test_every_experiment_fits_without_scrolling_sideways(qtbot: QtBot, panel: ExperimentPanel) -> None:
    panel.resize(300, 720)
    panel.show()
    for experiment in EXPERIMENTS:
        panel.show_experiment(experiment, None)
        panel.show_refusals([Refusal("data.seed", "a long value that was typed", "is of the wrong type")])
        panel.show_restart(["network.activation", "run.steps"])
        QApplication.processEvents()
        inside = panel._scroll.widget()
        assert inside.minimumSizeHint().width() <= panel._scroll.viewport().width()
        for form in panel.forms:
            for row in form.rows():
                assert row.editor.width() >= 100 or not row.isVisible(), row.path
        image = panel.grab()
        assert not image.isNull()


def test_edits_of_every_section_leave_with_their_paths(panel: ExperimentPanel, window: Window) -> None:
    type_into(panel, "data.phase", "2e-1")
    type_into(panel, "network.widths", "8 8")
    type_into(panel, "optimizer.step.kappa", "0.05")
    type_into(panel, "run.steps", "1e5")
    type_into(panel, "run.stop.seconds", "60")
    type_into(panel, "seed", "3")
    type_into(panel, "run.device", "cuda:1")
    tick(panel, "measure.groups", "auto")
    tick(panel, "measure.groups", "kernel")
    panel.header.title.line.setText("Mine")
    panel.header.title.commit()
    groups = tuple(GROUP_TITLES)
    without_kernel = tuple(name for name in groups if name != "kernel")
    assert window.said == [
        ("data.phase", 0.2),
        ("network.widths", (8, 8)),
        ("optimizer.step.kappa", 0.05),
        ("run.steps", 100_000),
        ("run.stop.seconds", 60.0),
        ("seed", 3),
        ("run.device", "cuda:1"),
        ("measure.groups", groups),
        ("measure.groups", without_kernel),
        ("title", "Mine"),
    ]
    assert window.experiment.measure.groups == without_kernel


def test_a_click_on_the_title_edits_it(qtbot: QtBot, panel: ExperimentPanel, window: Window) -> None:
    panel.show()
    header = panel.header
    assert header.words.text() == "Untitled experiment"
    QTest.mouseClick(header.words, Qt.MouseButton.LeftButton)
    assert header.title.isVisible()
    QTest.keyClicks(
        header.title.line, "A long title that must be read in full, whatever the width of the column"
    )
    QTest.keyClick(header.title.line, Qt.Key.Key_Return)
    assert header.words.isVisible()
    assert header.words.text() == window.experiment.title
    QApplication.processEvents()
    assert header.words.heightForWidth(header.words.width()) <= header.words.height()
    QTest.mouseClick(header.words, Qt.MouseButton.LeftButton)
    QTest.keyClicks(header.title.line, "no")
    QTest.keyClick(header.title.line, Qt.Key.Key_Escape)
    assert header.words.isVisible()
    assert len(window.said) == 1


def test_showing_says_nothing(panel: ExperimentPanel, window: Window) -> None:
    for experiment in EXPERIMENTS:
        panel.show_experiment(experiment, None)
    panel.show_devices((Device("cpu", "processor", 0), Device("cuda:0", "GPU", 2**34)))
    assert window.said == []


def test_layers_are_trained_by_ticks(panel: ExperimentPanel, window: Window) -> None:
    tick(panel, "network.train", "W1")
    assert window.experiment.network.train == ("W2", "W3")
    tick(panel, "network.train", "W1")
    assert window.experiment.network.train == "all"
    for name in ("W1", "W2", "W3"):
        tick(panel, "network.train", name)
    assert "at least one layer" in row_of(panel, "network.train").message
    assert window.experiment.network.train == ("W3",)
    type_into(panel, "network.widths", "5")  # W3 is gone: refused where it was typed or where it hurts
    assert row_of(panel, "network.train").message


def test_refusals_stand_at_their_fields_and_the_rest_at_the_top(
    panel: ExperimentPanel, window: Window
) -> None:
    panel.sections["network"].open(False)
    type_into(panel, "network.widths", "20, 0")
    assert "0 is too small" in row_of(panel, "network.widths").message
    assert panel.sections["network"].opened
    panel.show_refusals([Refusal("data.n", 3, "is too few; raise network.init.scale")])
    assert "raise network initialisation scale" in row_of(panel, "data.n").message  # as the panel calls it
    panel.show_refusals([Refusal("data", None, "needs more memory than there is")])
    assert "more memory" in panel.header.notice.text()
    panel.show_refusals([])
    assert "more memory" not in panel.header.notice.text()
    # what was typed is still there, with its reason
    assert row_of(panel, "network.widths").message
    type_into(panel, "data.n", "30")
    assert row_of(panel, "network.widths").message
    panel.show_experiment(EXPERIMENTS[1], None)  # another document
    assert not row_of(panel, "network.widths").message


def test_a_new_seed_from_elsewhere_leaves_typed_text_alone(panel: ExperimentPanel, window: Window) -> None:
    type_into(panel, "network.widths", "many")
    panel.show_experiment(with_values(window.experiment, {"seed": 7}), None)
    editor = row_of(panel, "network.widths").editor
    assert isinstance(editor, LineEditor)
    assert editor.line.text() == "many"


def test_edits_that_wait_for_a_new_run_say_so(panel: ExperimentPanel, window: Window) -> None:
    before = window.experiment
    type_into(panel, "network.widths", "8")
    window.edit("optimizer.step.kind", "constant")
    panel.show_restart(needs_restart(before, window.experiment))
    assert row_of(panel, "network.widths").waits
    assert row_of(panel, "optimizer.step.kind").waits
    assert not row_of(panel, "data.n").waits
    # the fields of another step rule are one edit with it
    assert "2 edits wait for a new run" in panel.header.notice.text()
    panel.show_restart([])
    assert not row_of(panel, "network.widths").waits
    assert "wait" not in panel.header.notice.text()


def test_only_devices_that_are_there_are_offered_and_others_can_be_typed(
    panel: ExperimentPanel, window: Window
) -> None:
    editor = row_of(panel, "run.device").editor
    assert isinstance(editor, FreeChoiceEditor)
    panel.show_devices((Device("cpu", "processor", 0), Device("cuda:0", "A GPU", 2**34)))
    assert [editor.combo.itemText(i) for i in range(editor.combo.count())] == ["auto", "cpu", "cuda:0"]
    assert editor.line.text() == "auto"
    editor.combo.setCurrentIndex(2)
    editor.combo.activated.emit(2)
    assert window.experiment.run.device == "cuda:0"
    type_into(panel, "run.device", "gpu")
    assert "must be auto, cpu, cuda" in row_of(panel, "run.device").message
    assert editor.line.text() == "gpu"


def test_vary_fixes_the_number_of_replicas(panel: ExperimentPanel, window: Window) -> None:
    window.edit("vary", {"network.init.scale": [0.01, 0.1, 1.0]})
    replicas = row_of(panel, "replicas").editor
    assert isinstance(replicas, NumberEditor)
    assert replicas.line.text() == "3"
    assert not replicas.box.isEnabled()
    assert "one replica each" in replicas.box.toolTip()
    window.edit("vary", {"network.init.scale": [0.01, -1.0]})
    assert "network.init.scale: -1.0" in row_of(panel, "vary").message
    window.edit("vary", {})
    assert replicas.box.isEnabled()


def test_what_is_folded_is_remembered(qtbot: QtBot, panel: ExperimentPanel, window: Window) -> None:
    panel.sections["data"].open(False)
    row_of(panel, "optimizer.step.refresh")  # behind 'more…'
    other = ExperimentPanel()
    qtbot.addWidget(other)
    other.show_experiment(described(), None)
    other.restore(panel.state())
    assert not other.sections["data"].opened
    assert any(row.path == "optimizer.step.refresh" for row in other.optimizer.form.rows())
    assert other.state() == panel.state()


def test_a_key_that_starts_a_run_can_commit_what_is_being_typed(
    qtbot: QtBot, panel: ExperimentPanel, window: Window
) -> None:
    panel.show()
    editor = row_of(panel, "seed").editor
    assert isinstance(editor, NumberEditor)
    editor.box.setFocus()
    qtbot.waitUntil(editor.box.hasFocus)
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "42")
    assert window.said == []
    panel.commit()
    assert window.said == [("seed", 42)]


def test_a_change_of_theme_recolours_words(qtbot: QtBot, panel: ExperimentPanel, window: Window) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    panel.show()
    shades = []
    for mode in ("light", "dark", "light"):
        apply_theme(app, mode)
        QApplication.processEvents()
        shades.append(panel.data.counts.palette().windowText().color().lightness())
    assert shades[0] == shades[2] < shades[1]


def test_the_column_needs_neither_torch_nor_slow_libraries() -> None:
    slow = ("torch", "scipy", "sklearn", "matplotlib")
    code = f"import sys, gui.panels.experiment_panel; print([m for m in {slow} if m in sys.modules])"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_number_is_refused_as_it_was_typed(qtbot: QtBot, panel: ExperimentPanel, window: Window) -> None:
    row = row_of(panel, "run.steps")
    assert isinstance(row.editor, NumberEditor)
    for text in ("1e99", "-1e20", "0"):
        row.editor.line.setText(text)
        row.editor.commit()
        assert row.message.startswith(f"{text} is too"), row.message
    assert panel.refused_titles() == [row.spec.title]
    row.editor.line.setText("many")
    row.editor.commit()
    assert panel.refused_titles() == [row.spec.title]
    row.editor.line.setText("70")
    row.editor.commit()
    assert panel.refused_titles() == []


def test_a_very_long_number_is_written_shortly() -> None:
    assert str(Refusal("run.steps", 10**99, "is too large")) == "run.steps: 1e99 is too large"
    assert str(Refusal("", -1234567 * 10**20, "is too small")) == "-1.2345e26 is too small"
    assert str(Refusal("", 123456789012, "is too large")) == "123456789012 is too large"


def test_what_is_learned_of_data_while_the_rest_is_still_to_be_shown_is_taken_up(
    panel: ExperimentPanel,
) -> None:
    panel.show()
    panel.show_experiment(EXPERIMENTS[0], None)
    known = KnownData("of a run", "beside the session")
    panel.show_experiment(EXPERIMENTS[1], Path("folder"), in_turns=True)
    for _ in range(100):
        panel._on_turn()
        if panel.data._data == EXPERIMENTS[1].data:
            break
    assert not panel.is_complete
    panel.show_experiment(EXPERIMENTS[1], Path("folder"), known)
    panel.complete()
    assert panel.data._known == known
