"""Lazy to rich: one run with a replica for every value of a scale, from where features move to where they stay."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.experiment.experiment import Experiment
from engine.words.formats import editable_number
from gui.choices_row import ChoicesRow
from gui.forms.editor import CalmComboBox
from gui.forms.field_spec import Limits
from gui.forms.number_editors import NumberEditor
from gui.forms.row import MARGIN, FieldLabel
from gui.forms.tones import ToneLabel
from gui.plain_text import PlainLabel, tooltip

from .sweep import OUTPUT_SCALE, SWEPT, can_sweep, rate_path, rate_power, swept, swept_path, without

SCALE = Limits(least=0.0, open_least=True)
COUNT = Limits(least=2, most=64)


class LazyRich(QWidget):
    """Says what `vary` is to be; the field itself stands under Run."""

    edited = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lazy to rich")
        self._experiment: Experiment | None = None
        self.title = FieldLabel("Lazy ↔ rich", strong=True, parent=self)
        self.what = CalmComboBox(self)
        self.what.setObjectName("lazy scale")
        self.least, self.most = (NumberEditor(SCALE, parent=self) for _ in range(2))
        self.count = NumberEditor(COUNT, whole=True, parent=self)
        self._values: dict[NumberEditor, float] = {self.least: 0.1, self.most: 100.0, self.count: 4}
        names = {self.least: "smallest scale", self.most: "largest scale", self.count: "number of replicas"}
        for editor, value in self._values.items():
            editor.show_value(value)
            editor.set_hint(f"<p>{names[editor].capitalize()}</p>", names[editor])
            editor.setObjectName(names[editor])
        self.sweep, self.clear = QPushButton("One replica a value", self), QPushButton("Clear", self)
        self.sweep.setObjectName("lazy sweep")
        self.sweep.setMinimumWidth(80)  # its words may be cut off, but nothing is out of reach
        self.clear.setObjectName("lazy clear")
        self.clear.setToolTip(
            "<p>Let all replicas have the same scale and step again; they then differ in their seeds.</p>"
        )
        self.said = ToneLabel(wrap=True, parent=self)
        self.said.setObjectName("lazy values")
        self._lay_out()
        for editor in self._values:
            editor.committed.connect(self._on_committed)
            editor.unreadable.connect(self._on_unreadable)
        self.what.activated.connect(self._on_chosen)
        self.sweep.clicked.connect(self._on_sweep)
        self.clear.clicked.connect(self._on_clear)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.title)
        head.addWidget(self.what, 1)
        grid = QGridLayout()
        grid.setSpacing(4)
        for column, (word, editor) in enumerate(
            (("from", self.least), ("to", self.most), ("replicas", self.count))
        ):
            label = PlainLabel(word, self)
            label.setProperty("role", "faint")
            grid.addWidget(label, 0, column)
            grid.addWidget(editor, 1, column)
            grid.setColumnStretch(column, 1)
        foot = ChoicesRow((0, 0, 0, 0))
        foot.add(self.sweep, stretch=1)
        foot.add(self.clear)
        column_of = QVBoxLayout(self)
        column_of.setContentsMargins(MARGIN, 6, 0, 4)
        column_of.setSpacing(4)
        for part in (head, grid, foot):
            column_of.addLayout(part)
        column_of.addWidget(self.said)

    def show_experiment(self, experiment: Experiment) -> None:
        """Show what an experiment's replicas differ in, and offer what they could."""
        self._experiment = experiment
        offered = [path for path in SWEPT if can_sweep(experiment, path)]
        self.setVisible(bool(offered))
        swept = swept_path(experiment)
        chosen = swept or self.what.currentData()
        self.what.clear()
        for path in offered:
            self.what.addItem(SWEPT[path], path)
        self.what.setCurrentIndex(max(0, self.what.findData(chosen)))
        if swept is not None:
            values = experiment.vary[swept]
            for editor, value in (
                (self.least, min(values)),
                (self.most, max(values)),
                (self.count, len(values)),
            ):
                self._values[editor] = value
                editor.show_value(value)
        self.clear.setEnabled(swept is not None)
        self._explain()

    def _explain(self) -> None:
        """Say what the sweep does to steps, and which values there are now."""
        if self._experiment is None:
            return
        self.sweep.setToolTip(tooltip(_explanation(self._experiment, str(self.what.currentData()))))
        path = swept_path(self._experiment)
        self.said.set_tone("faint")
        if path is None:
            self.said.setText("small: rich, features move · large: lazy, the kernel stays")
        else:
            values = ", ".join(editable_number(v) for v in self._experiment.vary[path])
            rate = rate_path(self._experiment)
            with_rate = rate is not None and rate in self._experiment.vary
            self.said.setText(f"{SWEPT[path]} = {values}{'; step size to match' if with_rate else ''}")

    def _refuse(self, sentence: str) -> None:
        self.said.set_tone("error")
        self.said.setText(f"✕ {sentence}")

    @Slot(object)
    def _on_committed(self, value: Any) -> None:
        editor = self.sender()
        assert isinstance(editor, NumberEditor)
        limits = COUNT if editor is self.count else SCALE
        if not limits.allow(value):
            allowed = "from 2 to 64" if editor is self.count else "above 0"
            self._refuse(f"{editable_number(value)} does not do: {allowed}")
            editor.show_value(self._values[editor])
            return
        self._values[editor] = value
        self._explain()

    @Slot(str)
    def _on_unreadable(self, sentence: str) -> None:
        self._refuse(sentence)

    @Slot()
    def _on_chosen(self) -> None:
        self._explain()

    @Slot()
    def _on_sweep(self) -> None:
        for editor in self._values:
            editor.commit()
        if self._experiment is None:
            return
        least, most = sorted((self._values[self.least], self._values[self.most]))
        if least == most:
            self._refuse("the two ends are the same")
            return
        path, count = str(self.what.currentData()), int(self._values[self.count])
        self.edited.emit("vary", swept(self._experiment, path, least, most, count))

    @Slot()
    def _on_clear(self) -> None:
        if self._experiment is not None:
            self.edited.emit("vary", without(self._experiment))


def _explanation(experiment: Experiment, path: str) -> str:
    first = "Set vary so that one run has a replica for each value, evenly spaced in the logarithm. "
    if path != OUTPUT_SCALE:
        return first + "The step rule stays as it is."
    rate, power = rate_path(experiment), rate_power(experiment)
    kind = experiment.optimizer.step.kind
    if rate is None:
        return first + f"The {kind} rule adapts its steps to every replica by itself."
    over = "α²" if power == 2 else "α, for this optimizer's steps do not grow with the gradient"
    return first + f"The rate of the {kind} rule goes along: {rate.rpartition('.')[2]} over {over}."
