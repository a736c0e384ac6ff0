"""What the experiment says about data: kinds by picture, the points at hand, and the kind's fields."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from engine.data import make_data, sizes
from engine.data.dataset import Dataset
from engine.experiment.data import DATA_KINDS, DataSpec
from engine.experiment.experiment import Experiment
from engine.experiment.known_data import NOTHING_KNOWN, KnownData
from engine.experiment.structure import Ends
from engine.words.errors import Refusal
from engine.words.formats import counted
from gui.forms.field_spec import field_spec
from gui.forms.form import Form
from gui.forms.form_context import FormContext
from gui.forms.kind_form import KindForm
from gui.forms.text_editors import PathEditor
from gui.forms.tones import ToneLabel
from gui.icons import icon
from gui.theme import theme

from .data_maker import DataMaker, Make, is_quick
from .data_preview import DataPreview
from .download_bar import DownloadBar
from .panel_layout import lay_out_panel
from .point_drag import edits_of
from .thumbnails import Thumbnails


class DataPanel(QWidget):
    """Shows data and says how it is edited."""

    edited = Signal(str, object)
    ends_found = Signal(object)
    """The numbers of inputs and of outputs that a network of this data has, an `Ends`."""
    summary_changed = Signal(str)
    data_changed = Signal()
    """Other data are shown, or none."""
    drawing_wanted = Signal()
    """The data are to be drawn on a larger board."""

    def __init__(self, context: FormContext, parent: QWidget | None = None, make: Make = make_data) -> None:
        super().__init__(parent)
        self._context = context
        self._data: DataSpec | None = None
        self._folder: Path | None = None
        self._known = NOTHING_KNOWN
        self._is_made = False
        """Whether the picture shows the data of the experiment."""
        self.ends: Ends | None = None
        """What was found last; None while data that has to be read first is not."""
        self.thumbnails = Thumbnails(self, make)
        self.preview = DataPreview(self)
        self.preview.setObjectName("data preview")
        self.counts = ToneLabel(wrap=True, parent=self)
        self.counts.setObjectName("data counts")
        self.draw = _draw_button(self)
        self.stand_in = ToneLabel(tone="notice", wrap=True, parent=self)
        self.stand_in.setObjectName("data stand-in")
        self.stand_in.hide()
        self.problem = ToneLabel(tone="error", wrap=True, parent=self)
        self.problem.setObjectName("data problem")
        self.problem.hide()
        self.download = DownloadBar(self)
        self.download.hide()
        self.form = KindForm(field_spec(Experiment, "data"), context, Form, with_combo=False, parent=self)
        said = QHBoxLayout()
        said.addWidget(self.counts, 1)
        said.addWidget(self.draw, 0, Qt.AlignmentFlag.AlignTop)
        above = (self.thumbnails, self.preview, said, self.stand_in, self.problem, self.download)
        lay_out_panel(self, above, [self.form])
        self._maker = DataMaker(self, make)
        self._maker.made.connect(self._on_made)
        self._maker.stood_in.connect(self._say_stand_in)
        self._maker.refused.connect(self._on_refused)
        self._maker.started.connect(self._on_started)
        self.download.downloaded.connect(self._on_downloaded)
        self.preview.point_dragged.connect(self._on_point_dragged)
        self.preview.dragging.connect(context.hands.dragging)
        self.preview.dragging.connect(self.thumbnails.hold)
        self.thumbnails.kind_chosen.connect(self._on_kind_chosen)
        self.form.edited.connect(self._on_edited)
        self.form.drafted.connect(self._on_drafted)
        self.draw.clicked.connect(self.drawing_wanted)
        self.preview.opened.connect(self.drawing_wanted)
        theme().theme_changed.connect(self._dress)
        self._dress()

    @property
    def shown(self) -> tuple[DataSpec, Dataset] | None:
        """The data of the experiment and what makes them; None while they are not there."""
        if self._data is None or self.preview.data is None or not self._is_made:
            return None
        return self._data, self.preview.data

    @Slot()
    def _dress(self) -> None:
        self.draw.setIcon(icon("draw"))

    def show_data(
        self,
        data: DataSpec,
        folder: Path | None,
        known: KnownData = NOTHING_KNOWN,
        *,
        discard: bool = False,
    ) -> None:
        """Show the data of the experiment."""
        asked = (data, folder, known)
        if asked == (self._data, self._folder, self._known) and not discard:
            return
        (self._data, self._folder, self._known), self.ends = asked, None
        self.form.show_value(data, discard=discard)
        if self.form.kind != data.kind:
            return  # a draft stands in its place
        self.download.setVisible(data.downloads)
        self.thumbnails.show_data(data, folder)
        self._maker.ask(data, folder, known)
        self._tell_sizes()

    def _tell_sizes(self) -> None:
        """Tell what a network needs to know where that takes no time; a file tells once it is read."""
        assert self._data is not None
        try:
            if self._data.slow_start or is_quick(self._data, self._folder):
                self._tell_ends(sizes(self._data, self._folder).ends)
        except Refusal:
            pass  # told by whoever makes the data

    def _tell_ends(self, ends: Ends) -> None:
        self.ends = ends
        self.ends_found.emit(ends)

    @Slot(str)
    def _say_stand_in(self, words: str) -> None:
        self.stand_in.setText(words)
        self.stand_in.setVisible(bool(words))

    def _count(self, words: str) -> None:
        self.counts.setText(words)
        self.counts.setVisible(bool(words))

    def _clear_problem(self) -> None:
        self.problem.hide()
        for row in self.form.rows():
            row.show_problem("")

    @Slot(object)
    def _on_made(self, data: Dataset) -> None:
        self._clear_problem()
        self._is_made = True
        self.preview.show_data(data)
        self._count(counts_text(data))
        if data.image_shape is not None:
            self.thumbnails.show_pictures(data)
        self._tell_ends(data.ends)
        if self._data is not None:
            self.summary_changed.emit(f"{self._data.title}, {_points(len(data.x))}")
        self.data_changed.emit()

    @Slot(object)
    def _on_refused(self, refusal: Refusal) -> None:
        self._clear_problem()
        sentence = self._context.with_titles(str(refusal).removeprefix(f"{refusal.field}: "))
        self.preview.show_none("no data to show")
        self._is_made = False
        self._say_stand_in("")
        self._count("")
        row = self.form.row(refusal.field)
        if row is not None:
            row.show_problem(sentence)
        else:
            self.problem.setText(f"✕ {self._context.with_titles(str(refusal))}.")
            self.problem.show()
        self.summary_changed.emit(f"✕ {sentence}")
        self.data_changed.emit()

    @Slot()
    def _on_started(self) -> None:
        self.preview.show_none("making the data…", keep=True)
        self._is_made = False

    @Slot(str)
    def _on_kind_chosen(self, kind: str) -> None:
        self.form.choose(kind)

    @Slot(str)
    def _on_drafted(self, kind: str) -> None:
        if kind:
            self._clear_problem()
            self._maker.forget()
            self.thumbnails.check(kind)
            drafted = DATA_KINDS[kind]
            self.download.setVisible(drafted.downloads)
            self.preview.show_none(f"choose a {'folder' if drafted.reads == 'folder' else 'file'} below")
            self._count("the experiment keeps its data until then")
            self._say_stand_in("")
            self._is_made = False
            self.data_changed.emit()
        elif self._data is not None:
            self.thumbnails.check(self._data.kind)
            self.download.setVisible(self._data.downloads)
            self._maker.ask(self._data, self._folder, self._known)

    @Slot(str)
    def _on_downloaded(self, name: str) -> None:
        """Take the set that is there now, unless another kind of data has been chosen meanwhile."""
        row = self.form.row("data.folder")
        if row is None or not isinstance(row.editor, PathEditor):
            return
        row.editor.say(name)
        if self._data is not None and self._data.downloads:
            self._maker.forget()  # it may have been looked for in vain
            self._maker.ask(self._data, self._folder, self._known)

    @Slot(int, float, float)
    def _on_point_dragged(self, index: int, x: float, y: float) -> None:
        """Ask for data of which one point is elsewhere."""
        data = self.preview.data
        if data is not None and self._data is not None:
            for path, value in edits_of(self._data, data, index, (x, y)).items():
                self.edited.emit(path, value)

    @Slot(str, object)
    def _on_edited(self, path: str, value: object) -> None:
        data = self._data
        if data is not None and path == f"data.{data.reads}" and (bound := _bound_to_a_file(data)):
            path, value = "data", {**data.model_dump(), data.reads: value, **bound}  # another file is another
        elif data is not None and path == "data.embedded" and not value:
            name = Path(
                data.model_dump()[data.reads]
            ).name  # looked for beside the experiment, and nowhere else
            path, value = "data", {**data.model_dump(), data.reads: name, "embedded": ""}
        self.edited.emit(path, value)


def _bound_to_a_file(data: DataSpec) -> dict[str, str]:
    """Return the fields that say which file it has to be, empty, where one of them is not."""
    fields = [name for name in ("sha256", "embedded") if name in type(data).model_fields]
    return dict.fromkeys(fields, "") if any(getattr(data, name) for name in fields) else {}


def _draw_button(parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName("draw_button")
    button.setText("Draw…")
    button.setToolTip("Draw the data by hand on a larger board: points, clusters, labels.")
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def counts_text(data: Dataset) -> str:
    """Say in words how much data there is."""
    samples, inputs = data.x.shape
    words = [_points(samples), counted(inputs, "input"), counted(data.classes, "class", "classes")]
    tests = len(data.x_test)
    words.append(f"{tests:,} to test" if tests else "no test set")
    return ", ".join(words)


def _points(count: int) -> str:
    return counted(count, "point")
