"""Composes a figure: panels on a grid in millimetres, letters, fonts, annotations; with a picture of its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QSettings, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTabWidget,
    QWidget,
)

from engine.figures.compose import at_panel, composed, letter_of
from engine.figures.drawable import Drawable, not_drawn, of_panel, of_picture
from engine.figures.figure_file import (
    FigureSpec,
    FigureStyle,
    PageSpec,
    PanelSpec,
    figure_text,
    load_figure,
)
from engine.figures.pictures import PICTURES
from engine.figures.style import SUFFIXES, why_not
from engine.files import write_whole
from engine.protocol.run_pictures import OF_NO_RUN
from engine.words.errors import Refusal, path_in_words
from gui.file_dialogs import file_to_open, file_to_save
from gui.forms.editor import FieldEditor
from gui.forms.factory import choice_in_words
from gui.forms.field_spec import FieldSpec
from gui.forms.form import Form
from gui.forms.form_context import FormContext
from gui.forms.row import Row
from gui.layouts import in_column
from gui.model.asked_pictures import AskedPictures
from gui.model.composition import Composition, refused_at
from gui.model.figures import FigureWanted, origin_in, panel_traces
from gui.model.kept_figures import KeptFigures
from gui.model.patience import in_background
from gui.model.run import Run
from gui.plain_text import PlainLabel, tooltip

from .composer_figures import FiguresLine
from .composer_panels import PanelsEditor
from .dialog import Dialog, scrolling
from .figure_clipboard import put_on_clipboard
from .preview import Preview
from .saved_styles import SavedStyles

WAITING = "Asking the engine for its pictures…"


class ComposerDialog(Dialog):
    """A figure of several panels, drawn as its file will be while it is composed."""

    notice_posted = Signal(str, str, str)

    def __init__(
        self,
        kept: KeptFigures,
        first: FigureSpec,
        wanted: FigureWanted,
        runs: dict[str, Run],
        pictures: AskedPictures,
        parent: QWidget | None = None,
    ) -> None:
        """Begin with the figure that was composed last; runs and records are as they were when it was asked for.

        Args:
            kept: the session's figures, one of them composed or begun.
            first: what another figure begins with.
            wanted: what is on screen.
            runs: by id.
            pictures: asks the engine for pictures.
            parent: the window.
        """
        super().__init__("composer", "Compose figure", QSize(1120, 700), parent)
        self._kept = kept
        self.composition = Composition(kept.composed(), self)
        self.figures = FiguresLine(kept, first, self)
        self._wanted, self._runs, self._pictures = wanted, runs, pictures
        self._troubles: dict[int, Refusal] = {}
        """By panel, why it cannot be drawn."""
        self._told: list[Row] = []
        """Fields that say so."""
        pictures.setParent(self)
        self.preview = Preview("composer_preview", self)
        context = FormContext(makers={"panel.comparator": self._comparators})
        self.panels = PanelsEditor(self.composition, wanted, context, self)
        self.page = Form(PageSpec, "page", context, parent=self)
        self.styles = SavedStyles(self)
        self.style_form = Form(FigureStyle, "style", context, parent=self)
        self.trouble = PlainLabel("", self)
        self.trouble.setObjectName("composer_trouble")
        self.trouble.setProperty("role", "bad")
        self.trouble.setWordWrap(True)
        self.trouble.setVisible(False)
        self._build()
        for form in (self.page, self.style_form):
            form.edited.connect(self._on_edited)
        self.panels.edited.connect(self._on_edited)
        self.panels.refused.connect(self._show_refusal)
        self.styles.chosen.connect(self._on_style_chosen)
        self.composition.changed.connect(self._on_changed)
        self.figures.chosen.connect(self.composition.begin)
        self.figures.refused.connect(self._show_refusal)
        pictures.answered.connect(self._draw)
        self.preview.drawn.connect(self._on_drawn)
        for keys, slot in (
            (QKeySequence.StandardKey.Undo, self._on_undo),
            (QKeySequence.StandardKey.Redo, self.composition.redo),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        self._on_changed()

    def _comparators(self, _spec: FieldSpec) -> FieldEditor:
        return choice_in_words(self._pictures.predictors)

    def _build(self) -> None:
        tabs = QTabWidget(self)
        tabs.setObjectName("composer_tabs")
        tabs.addTab(self.panels, "&Panels")
        for title, name, pieces in (
            ("P&age", "composer_page", (self.page,)),
            ("St&yle", "composer_style", (self.styles, self.style_form)),
        ):
            body = QWidget(self)
            body.setObjectName(name)
            in_column(pieces, body, spacing=6).addStretch(1)
            tabs.addTab(scrolling(body, self), title)
        left = QWidget(self)
        in_column((self.figures, tabs, self.trouble), left, spacing=4).setStretch(1, 1)
        body = QSplitter(Qt.Orientation.Horizontal, self)
        body.addWidget(left)
        body.addWidget(self.preview)
        body.setStretchFactor(1, 1)
        body.setSizes([420, 680])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.formats = QComboBox(self)
        self.formats.setObjectName("composer_format")
        self.formats.setAccessibleName("Format")
        for suffix in SUFFIXES:
            self.formats.addItem(suffix[1:].upper(), suffix)
            if why := why_not(suffix):
                item = self.formats.model().item(self.formats.count() - 1)  # type: ignore[attr-defined]
                item.setEnabled(False)
                item.setToolTip(tooltip(f"{why}."))
        self.export_button = self._button("&Export…", "composer_export", self._on_export)
        self.copy_button = self._button("&Copy figure", "composer_copy", self._on_copy)
        self.copy_button.setToolTip(tooltip("Put it on the clipboard, as a picture and as SVG."))
        row = QHBoxLayout()
        row.addWidget(self._button("&Open figure…", "composer_open", self._on_open))
        row.addWidget(self._button("&Save figure…", "composer_save", self._on_save))
        row.addStretch(1)
        for widget in (self.copy_button, self.formats, self.export_button):
            row.addWidget(widget)
        whole = QWidget(self)
        layout = in_column((body, row), whole, spacing=6)
        layout.setStretch(0, 1)
        self.fill(whole, buttons)

    def _button(self, text: str, name: str, slot: Any) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    # --- what the panels draw -----------------------------------------------------------------------------

    def drawables(self) -> list[Drawable]:
        """Return what the panels draw; what cannot be drawn, or is still asked of the engine, refuses to be."""
        return [self._drawable(panel) for panel in self.composition.figure.panels]

    def _drawable(self, panel: PanelSpec) -> Drawable:
        try:
            drawable = self._drawn(panel)
        except Refusal as refusal:
            return not_drawn(panel.shows, Refusal(refusal.field or "shows", refusal.value, refusal.remedy))
        return not_drawn(panel.shows, Refusal("", None, WAITING)) if drawable is None else drawable

    def _drawn(self, panel: PanelSpec) -> Drawable | None:
        """Return what a panel draws; None while the engine is asked for its picture."""
        shown = self._wanted.pictures.get(panel.shows)
        if shown is not None and shown.run == OF_NO_RUN:
            return of_picture(panel.shows, shown, origin_in(self._wanted, shown))
        traces = panel_traces(self._wanted, panel)
        if panel.shows not in PICTURES:
            return of_panel(panel, traces)
        if len(traces) != 1:
            names = ", ".join(trace.name for trace in traces) or "none"
            raise Refusal("runs", None, f"must name one run for a picture; there are {names}")
        if PICTURES[panel.shows].ask is None or traces[0].id not in self._runs:
            if shown is None or shown.run != traces[0].id:
                raise Refusal("shows", panel.shows, "is drawn as its tab shows it; look at it there first")
            return of_picture(panel.shows, shown, origin_in(self._wanted, shown))
        answer = self._pictures.picture(self._runs[traces[0].id], panel, panel.step)
        if isinstance(answer, str):
            raise Refusal("shows", panel.shows, f"has no picture: {answer}")
        return None if answer is None else of_picture(panel.shows, answer, origin_in(self._wanted, answer))

    @Slot()
    def _draw(self) -> None:
        figure, drawables = self.composition.figure, self.drawables()
        troubles: dict[int, Refusal] = {}
        self._troubles = troubles
        self.preview.show_soon(lambda: composed(figure, drawables, ".png", troubles))

    # --- changes ------------------------------------------------------------------------------------------

    @Slot(str, object)
    def _on_edited(self, path: str, value: Any) -> None:
        try:
            self.composition.put(path, value)
        except Refusal as refusal:
            self._show_refusal(refusal)

    @Slot()
    def _on_changed(self) -> None:
        figure = self.composition.figure
        self.trouble.setVisible(False)
        self.page.show_value(figure.page, discard=True)
        self.style_form.show_value(figure.style, discard=True)
        self.styles.now = figure.style
        self.panels.show_figure()
        name = self._kept.name
        self._kept.keep(figure)
        if self._kept.name != name:
            self.figures.show_kept()
        self._draw()

    @Slot()
    def _on_undo(self) -> None:
        """Take back the last change of the figure, or else put back the figure that was deleted."""
        if self.composition.can_undo:
            self.composition.undo()
        else:
            self.figures.put_back()

    @Slot(object)
    def _show_refusal(self, refusal: Refusal) -> Row | None:
        """Say it at its field, which is returned, or else below all fields."""
        at = refused_at(refusal, self.composition.place)
        forms = [self.page, self.style_form, *self.panels.forms()]
        rows = (form.refuse(at) for form in forms if at.field.startswith(f"{form.prefix}."))
        row = next(filter(None, rows), None)
        if row is None:
            self.trouble.setText(str(refusal))
            self.trouble.setVisible(True)
        return row

    @Slot(str)
    def _on_drawn(self, problem: str) -> None:
        """Say at their fields, and at the buttons, which panels cannot be drawn."""
        why = problem
        self._forget_troubles()
        for place, refusal in self._troubles.items():
            letter = letter_of(self.composition.figure, place) or f"panel {place + 1}"
            why = why or f"{letter}: {refusal}"
            if str(refusal) != WAITING:
                row = self._show_refusal(at_panel(refusal, place))
                self._told += [] if row is None else [row]
        self.export_button.setEnabled(not why)
        self.export_button.setToolTip(tooltip(why))
        self.copy_button.setEnabled(not why)

    def _forget_troubles(self) -> None:
        """Take away what the drawing before said."""
        self.trouble.setVisible(False)
        told, self._told = self._told, []
        for row in filter(shiboken6.isValid, told):
            row.accept()

    @Slot(object)
    def _on_style_chosen(self, style: FigureStyle) -> None:
        self.composition.take(self.composition.figure.model_copy(update={"style": style}))

    # --- files and the clipboard --------------------------------------------------------------------------

    @Slot()
    def _on_export(self) -> None:
        suffix = str(self.formats.currentData())
        start = self._file_name(suffix)
        path = file_to_save(self, "Export figure", str(self._folder() / start), f"*{suffix}", suffix)
        if path is not None:
            self.export_to(path, suffix)

    def export_to(self, path: Path, suffix: str) -> bool:
        """Write the figure; say whether that went well."""
        try:
            content = self._content(suffix)
            write_whole(path, content)
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")
            return False
        QSettings().setValue("figure/folder", str(path.parent))
        self.notice_posted.emit("info", f"Exported to {path_in_words(path)}.", "")
        return True

    @Slot()
    def _on_copy(self) -> None:
        try:
            picture, svg = self._content(".png"), self._content(".svg")
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")
            return
        put_on_clipboard(picture, svg)
        self.notice_posted.emit("info", "The figure is on the clipboard, as a picture and as SVG.", "")

    def _content(self, suffix: str) -> bytes:
        drawables, figure = self.drawables(), self.composition.figure

        def work() -> bytes:
            self.preview.wait_for_drawing()  # matplotlib's settings are global: one drawing at a time
            return composed(figure, drawables, suffix)

        self.setEnabled(False)
        try:
            return in_background(work)
        finally:
            self.setEnabled(True)

    @Slot()
    def _on_open(self) -> None:
        name = file_to_open(self, "Open figure", str(self._folder()), "Figures (*.toml)")
        if name:
            try:
                self.figures.take(load_figure(Path(name)), Path(name).stem)
            except Refusal as refusal:
                self.notice_posted.emit("bad", str(refusal), "")

    @Slot()
    def _on_save(self) -> None:
        start = self._file_name(".toml")
        path = file_to_save(self, "Save figure", str(self._folder() / start), "*.toml", ".toml")
        if path is not None:
            try:
                write_whole(path, figure_text(self.composition.figure))
            except Refusal as refusal:
                self.notice_posted.emit("bad", str(refusal), "")
                return
            self.notice_posted.emit("info", f"Saved to {path_in_words(path)}.", "")

    def _file_name(self, suffix: str) -> str:
        return f"{(self._kept.name or 'figure').replace('/', '-')}{suffix}"

    def _folder(self) -> Path:
        return Path(str(QSettings().value("figure/folder", str(Path.home()))))

    def done(self, result: int) -> None:
        self.preview.wait()
        self._kept.draft = None
        super().done(result)
