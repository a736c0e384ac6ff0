"""One dialog for data that people bring along: what they are, what of them is taken, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.data import make_data
from engine.data.dataset import Dataset
from engine.data.files import file_name
from engine.data.recognition import DataLook, look_at, recognised_anew, with_copy
from engine.experiment.data import CopiedSpec, CsvSpec, DataSpec, IdxSpec, NpzSpec
from engine.experiment.data.embedded import MOST_PACKED, size_of
from engine.experiment.validation import refusals
from engine.words.errors import Refusal, shown
from engine.words.formats import byte_size
from gui.forms.editor import CheckBox
from gui.forms.tones import ToneLabel
from gui.model.latest_work import LatestWork
from gui.plain_text import tooltip
from gui.views.dialog import Dialog

from .choices import ArchiveChoices, DataChoices, FieldBox, NoChoices, row_label
from .picture_choices import PictureChoices
from .points_view import PointsView, drawn_points
from .rows_view import RowsView
from .table_choices import CsvChoices

SCALINGS = (
    ("none", "none", "The points as they are."),
    ("center", "center", "The training points' mean is subtracted."),
    (
        "standardize",
        "standardize",
        "Centered, then every column divided by the training points' standard deviation.",
    ),
    ("max-norm", "max-norm", "All divided by the largest norm of a training point."),
    ("unit-norm", "unit-norm", "Each divided by its own norm."),
)
MOST_TESTS = 90


@dataclass(frozen=True)
class _Seen:
    """What a look has brought: the data looked at, what is shown of them, and what is drawn of their points."""

    look: DataLook
    drawn: Dataset | None = None
    words: str = ""


def _see(data: DataSpec, folder: Path, *, anew: bool) -> _Seen:
    """Look at data, their columns recognised anew where that is asked for; touches nothing of Qt."""
    if anew and isinstance(data, CsvSpec):
        data = recognised_anew(data, folder)
    look = look_at(data, folder)
    return _Seen(look) if look.made is None else _Seen(look, *drawn_points(look.made))


def _taken(data: DataSpec, folder: Path, *, embed: bool) -> DataSpec:
    """Read all of the data, so that what is wrong anywhere is said now, and copy them where that is asked for."""
    taken = with_copy(data, folder) if embed else data
    make_data(taken, folder)
    return taken


class OwnDataDialog(Dialog):
    """Shows rows and points of data while people choose; what they take leaves as data of an experiment."""

    def __init__(self, data: DataSpec, folder: Path, parent: QWidget | None = None) -> None:
        """Look at data; paths of theirs start in the folder."""
        super().__init__("own_data", "Own data", QSize(900, 600), parent)
        self.data, self._folder = data, folder
        self.taken: DataSpec | None = None
        """What was taken, once it was."""
        self._taking = self._looking = self._anew = False
        """What is awaited: that all is read, that a look is answered, that columns are recognised anew."""
        self._copied = isinstance(data, CopiedSpec) and bool(data.embedded)
        self.about = ToneLabel(wrap=True, parent=self)
        self.about.setObjectName("own_data_about")
        self.choices = _choices_for(data, self)
        self.rows = RowsView(self)
        self.points = PointsView(self)
        self.tests = QSpinBox(self)
        self.scaling = FieldBox("normalize", "Normalize", self)
        self.embed = CheckBox("Embed the data", self)
        self.embed_words = ToneLabel(tone="faint", wrap=True, parent=self)
        self.problem = ToneLabel(tone="error", wrap=True, parent=self)
        self.problem.setObjectName("own_data_problem")
        self.work, self.packing = LatestWork(self), LatestWork(self)
        self._build()
        self.choices.chosen.connect(self._on_chosen)
        self.scaling.picked.connect(self._on_scaling)
        self.tests.valueChanged.connect(self._on_tests)
        self.embed.toggled.connect(self._on_embed)
        self.work.done.connect(self._on_done)
        self.packing.done.connect(self._on_packed)
        self.finished.connect(self._on_finished)
        self._look()

    def _build(self) -> None:
        self._set_up()
        common = QFormLayout()
        common.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        common.addRow(row_label("Test fraction", self), self.tests)
        common.addRow(row_label("Normalize", self), self.scaling)
        common.addRow(self.embed)
        common.addRow(self.embed_words)
        left = QWidget(self)
        left.setMinimumWidth(260)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.choices, 1)
        column.addLayout(common)
        seen = QSplitter(Qt.Orientation.Vertical, self)
        seen.setChildrenCollapsible(False)
        seen.addWidget(self.rows)
        seen.addWidget(self.points)
        seen.setSizes([220, 320])
        middle = QHBoxLayout()
        middle.setSpacing(12)
        middle.addWidget(left, 2)
        middle.addWidget(seen, 4)
        body = QWidget(self)
        whole = QVBoxLayout(body)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.about)
        whole.addLayout(middle, 1)
        whole.addWidget(self.problem)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.take_button = buttons.addButton("Use the data", QDialogButtonBox.ButtonRole.AcceptRole)
        self.take_button.setObjectName("own_data_take")
        self.take_button.setDefault(True)
        buttons.accepted.connect(self._on_take)
        self.fill(body, buttons, scrolls=True)
        self._show_embedding("")

    def _set_up(self) -> None:
        """Dress the choices that data of every kind have."""
        self.tests.setObjectName("own_data_tests")
        self.tests.setAccessibleName("Test fraction")
        self.tests.setRange(0, MOST_TESTS)
        self.tests.setMinimumHeight(self.fontMetrics().height() + 9)
        self.tests.setSuffix(" %")
        self.tests.setSpecialValueText("none")
        self.tests.setKeyboardTracking(False)
        self.tests.lineEdit().setAcceptDrops(False)
        self.tests.setValue(round(100 * self.data.test_fraction))
        if self.data.own_split:
            self.tests.setEnabled(False)
            self.tests.setToolTip(tooltip("A set of pictures says itself what tests."))
        else:
            self.tests.setToolTip(tooltip("Of every class the same share, drawn by the data seed."))
        self.scaling.offer(SCALINGS, self.data.normalize)
        self.scaling.setToolTip(
            tooltip("Fitted on the training points alone; tests are mapped in the same way.")
        )
        self.embed.setObjectName("own_data_embed")
        self.embed.setToolTip(
            tooltip("A copy goes into the session and into exported presets, which then need no other file.")
        )

    # --- choices ---

    @Slot(dict, bool)
    def _on_chosen(self, fields: dict[str, Any], anew: bool) -> None:
        """Take choices into the data, or say why not."""
        try:
            self.data = type(self.data).model_validate({**self.data.model_dump(), **fields})
        except ValidationError as error:
            self._refuse(refusals(error, type(self.data), "data")[0])
            return
        self._look(anew=anew)

    @Slot(str, object)
    def _on_scaling(self, field: str, value: object) -> None:
        self._on_chosen({field: value}, False)

    @Slot(int)
    def _on_tests(self, percent: int) -> None:
        self._on_chosen({"test_fraction": percent / 100}, False)

    def _look(self, *, anew: bool = False) -> None:
        """Look at the data as they are chosen now."""
        if self.rows.rows.rowCount() == 0:
            self.points.show_none("reading…")
        self._looking = True
        self._anew |= anew
        self.work.ask(partial(_see, self.data, self._folder, anew=self._anew))

    # --- what comes of them ---

    @Slot(object)
    def _on_done(self, answer: object) -> None:
        self._looking = False
        if isinstance(answer, Refusal):
            self._refuse(answer)
        elif isinstance(answer, _Seen):
            self._anew = False
            self._show(answer)
        elif isinstance(answer, DataSpec):
            self.taken = answer
            self.accept()

    def _show(self, seen: _Seen) -> None:
        look = seen.look
        self.data = look.data
        self.choices.show_look(look.data, look)
        label, left_out = self.choices.columns()
        self.rows.show_rows(look.columns, look.rows, label, left_out)
        self.about.setText(_about(look))
        self.about.setToolTip(tooltip(_path(look.data)))
        if look.refusal is not None:
            self._refuse(look.refusal)
            return
        self.problem.setText("")
        self.problem.hide()
        if look.made is not None and seen.drawn is not None:
            self.points.show_points(look.made, seen.drawn, seen.words, whole=look.whole)
        self.take_button.setToolTip("")
        if self._taking:
            self._take()
        else:
            self.take_button.setEnabled(True)

    def _refuse(self, refusal: Refusal) -> None:
        self._set_taking(False)
        named = f"{shown(file_name(_path(self.data)))} "
        sentence = str(refusal).removeprefix(f"{refusal.field}: ").removeprefix(named)
        self.problem.setText(f"✕ {sentence[:1].upper()}{sentence[1:]}.")
        self.problem.show()
        self.points.show_none("no points to show")
        self.take_button.setEnabled(False)
        self.take_button.setToolTip(tooltip(sentence))

    # --- a copy ---

    @Slot(bool)
    def _on_embed(self, wanted: bool) -> None:
        """Find out how large a copy would be."""
        self.packing.forget()
        if wanted:
            self._show_embedding("reading…")
            self.packing.ask(partial(with_copy, self.data, self._folder))
        else:
            self._show_embedding("")
            self._look()  # without a copy there may be nothing wrong

    @Slot(object)
    def _on_packed(self, answer: object) -> None:
        if isinstance(answer, CopiedSpec):
            self._show_embedding(f"The copy takes {byte_size(size_of(answer.embedded))}.")
        elif isinstance(answer, Refusal):
            if not self._taking:  # it is refused itself then
                self.embed.setChecked(False)
            self._show_embedding(str(answer).removeprefix(f"{answer.field}: "), "notice")

    def _show_embedding(self, words: str, tone: Any = "faint") -> None:
        if self._copied:
            self.embed.setChecked(True)
            self.embed.setEnabled(False)
            words = "These are a copy, which the experiment has: no file is read."
        self.embed_words.set_tone(tone)
        self.embed_words.setText(
            words or f"Else the file is read where it is. At most {byte_size(MOST_PACKED)}, packed."
        )

    # --- the end ---

    @Slot()
    def _on_take(self) -> None:
        """Read all of the data as they were chosen last, and go if nothing is wrong with them."""
        self._set_taking(True)
        if not self._looking:
            self._take()

    def _take(self) -> None:
        embed = self.embed.isChecked() and not self._copied
        self.work.ask(partial(_taken, self.data, self._folder, embed=embed))

    def _set_taking(self, taking: bool) -> None:
        self._taking = taking
        self.take_button.setText("Reading all…" if taking else "Use the data")
        self.take_button.setEnabled(not taking)
        for widget in (self.choices, self.tests, self.scaling):
            widget.setEnabled(not taking and not (widget is self.tests and self.data.own_split))
        self.embed.setEnabled(not taking and not self._copied)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        typed = isinstance(self.focusWidget(), QLineEdit | QSpinBox)
        if typed and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()  # it settles what is typed, and no more
            return
        super().keyPressEvent(event)

    @Slot()
    def _on_finished(self) -> None:
        self.work.forget()
        self.packing.forget()


_MAKERS: dict[type[DataSpec], Callable[[QWidget], DataChoices]] = {
    CsvSpec: CsvChoices,
    NpzSpec: ArchiveChoices,
    IdxSpec: PictureChoices,
}


def _choices_for(data: DataSpec, parent: QWidget) -> DataChoices:
    """Return the choices of a kind."""
    return _MAKERS.get(type(data), NoChoices)(parent)


def _path(data: DataSpec) -> str:
    return str(getattr(data, data.reads, ""))


def _about(look: DataLook) -> str:
    """Say in one line what is looked at."""
    data = look.data
    name = Path(_path(data)).name
    if look.head is None:
        return name
    count = f"{look.head.count:,} rows" if look.whole else f"the first {look.head.count:,} rows of more"
    return f"{name}: {count}, {len(look.head.columns)} columns"
