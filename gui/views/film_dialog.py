"""Makes a film over the stored steps of a run: what moves, how many pictures, how fast; with progress."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QFormLayout, QProgressBar, QSpinBox, QWidget

from engine.figures.drawable import Drawable, of_panel, of_picture
from engine.figures.figure_file import PanelFields
from engine.figures.film import FILMS, MOST_FRAMES, slower, steps_shown, why_no_film
from engine.figures.pictures import PICTURES
from engine.figures.plots import PLOTS
from engine.figures.style import StyleName
from engine.words.errors import Refusal, path_in_words
from gui.file_dialogs import file_to_save
from gui.model.asked_pictures import AskedPictures
from gui.model.figures import FigureWanted, origin_in, panel_traces
from gui.model.film_maker import FilmMaker
from gui.model.run import Run
from gui.plain_text import PlainLabel, tooltip

from .dialog import Dialog
from .figure_dialog import SIZES, STYLES, MillimetreBox


class FilmDialog(Dialog):
    """Chooses view, length and format; makes the film while the window lives."""

    notice_posted = Signal(str, str, str)

    def __init__(
        self, wanted: FigureWanted, run: Run, pictures: AskedPictures, parent: QWidget | None = None
    ) -> None:
        """Offer every plot, and every picture that the engine makes of a run."""
        super().__init__("film_dialog", "Animate", None, parent)
        self._wanted, self._run, self._pictures = wanted, run, pictures
        pictures.setParent(self)
        self.maker = FilmMaker(self._frame, pictures, self)
        self._make_choices()
        self._build()
        self.maker.progressed.connect(self._on_progressed)
        self.maker.ended.connect(self._on_ended)
        self._path = Path()

    def _make_choices(self) -> None:
        self.views = QComboBox(self)
        self.views.setObjectName("film_view")
        for spec in PLOTS:
            self.views.addItem(spec.title, spec.id)
        for kind in PICTURES.values():
            if kind.ask is not None:
                self.views.addItem(kind.title, kind.id)
        self.views.setCurrentIndex(max(0, self.views.findData(self._wanted.plot)))
        self.formats = QComboBox(self)
        self.formats.setObjectName("film_format")
        for suffix in FILMS:
            self.formats.addItem(suffix[1:].upper(), suffix)
            if why := why_no_film(suffix):
                item = self.formats.model().item(self.formats.count() - 1)  # type: ignore[attr-defined]
                item.setEnabled(False)
                item.setToolTip(tooltip(f"{why}."))
        self.frames, self.rate = QSpinBox(self), QSpinBox(self)
        self.frames.setObjectName("film_frames")
        self.frames.setRange(2, MOST_FRAMES)
        self.frames.setValue(60)
        self.rate.setObjectName("film_rate")
        self.rate.setRange(1, 60)
        self.rate.setValue(10)
        self.rate.setSuffix(" a second")
        self.styles = QComboBox(self)
        self.styles.setObjectName("film_style")
        for id, title in STYLES:
            self.styles.addItem(title, id)
        self.width_mm = MillimetreBox(self)
        self.width_mm.setObjectName("film_width")
        self.width_mm.setRange(25, 400)
        self.width_mm.setValue(SIZES["paper"])
        self.width_mm.setSuffix(" mm")

    def _build(self) -> None:
        self.progress = QProgressBar(self)
        self.progress.setObjectName("film_progress")
        self.progress.setVisible(False)
        note = PlainLabel(f"Over the stored steps of “{self._run.name}”, evenly in their order.", self)
        note.setProperty("role", "faint")
        note.setWordWrap(True)
        body = QWidget(self)
        form = QFormLayout(body)
        for words, widget in (
            ("&What moves", self.views),
            ("&Format", self.formats),
            ("&Pictures at most", self.frames),
            ("&Speed", self.rate),
            ("&Made for", self.styles),
            ("Wi&dth", self.width_mm),
        ):
            form.addRow(words, widget)
        self.slower = PlainLabel("", self)
        self.slower.setObjectName("film_slower")
        self.slower.setProperty("role", "faint")
        self.slower.setWordWrap(True)
        self.slower.setVisible(False)
        self.rate.valueChanged.connect(self._on_speed_chosen)
        self.formats.currentIndexChanged.connect(self._on_speed_chosen)
        form.addRow(self.slower)
        form.addRow(note)
        form.addRow(self.progress)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.make_button = buttons.addButton("Make film…", QDialogButtonBox.ButtonRole.AcceptRole)
        self.make_button.setObjectName("make_film")
        buttons.accepted.connect(self._on_make)
        self.fill(body, buttons)

    def make(self, path: Path) -> None:
        """Begin the film; it says how it ended."""
        self._path, suffix = path, str(self.formats.currentData())
        steps = self._steps()
        if len(steps) < 2:
            self.notice_posted.emit("bad", "There are fewer than two stored steps, so nothing moves.", "")
            return
        style: StyleName = "slides" if self.styles.currentData() == "slides" else "paper"
        try:
            self.maker.start(
                path,
                suffix,
                steps_shown(steps, self.frames.value()),
                self.rate.value(),
                self.width_mm.value(),
                style,
            )
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")
            return
        self.make_button.setEnabled(False)
        self.progress.setRange(0, 0)
        self.progress.setVisible(True)

    def done(self, result: int) -> None:
        self.maker.cancel()
        super().done(result)

    def _panel(self) -> PanelFields:
        return PanelFields(shows=str(self.views.currentData()), runs=(self._run.id,))

    def _steps(self) -> list[int]:
        history = self._run.history
        if self._panel().shows in PICTURES:
            return history.steps_of(0)
        return [int(step) for step in history.records.steps]

    def _frame(self, step: int) -> Drawable | None:
        panel = self._panel()
        if panel.shows not in PICTURES:
            return of_panel(panel, panel_traces(self._wanted, panel), step)
        answer = self._pictures.picture(self._run, panel, step)
        if isinstance(answer, str):
            raise Refusal("", None, answer)
        return None if answer is None else of_picture(panel.shows, answer, origin_in(self._wanted, answer))

    @Slot()
    def _on_speed_chosen(self) -> None:
        words = slower(str(self.formats.currentData()), self.rate.value())
        self.slower.setText(words)
        self.slower.setVisible(bool(words))

    @Slot()
    def _on_make(self) -> None:
        suffix = str(self.formats.currentData())
        folder = Path(str(QSettings().value("figure/folder", str(Path.home()))))
        start = str(folder / f"{self.views.currentData()}{suffix}")
        path = file_to_save(self, "Make film", start, f"*{suffix}", suffix)
        if path is not None:
            self.make(path)

    @Slot(int, int)
    def _on_progressed(self, drawn: int, of: int) -> None:
        self.progress.setRange(0, of)
        self.progress.setValue(drawn)
        self.progress.setFormat(f"picture {drawn} of {of}")

    @Slot(str)
    def _on_ended(self, problem: str) -> None:
        self.make_button.setEnabled(True)
        self.progress.setVisible(False)
        if problem:
            self.notice_posted.emit("bad", f"No film: {problem}", "")
            return
        self.notice_posted.emit("info", f"Made {path_in_words(self._path)}.", "")
        self.accept()
