"""Exports a plot: which one, how large, for what, with a picture of what the file will show."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLocale, QSettings, QSize, Signal, Slot
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from engine.figures.pictures import PICTURES
from engine.figures.style import LEAST_MM, MOST_MM, why_not
from engine.words.errors import Refusal, path_in_words
from gui.file_dialogs import file_to_save
from gui.model.figures import FigureWanted, figure_content, spec_of, why_empty, write_figure
from gui.model.patience import in_background
from gui.plain_text import PlainLabel, tooltip

from .dialog import Dialog
from .figure_clipboard import put_on_clipboard
from .preview import Preview

FORMATS = (("pdf", "PDF"), ("svg", "SVG"), ("png", "PNG"), ("pgf", "PGF"), ("csv", "Data as CSV"))
STYLES = (("paper", "paper column"), ("slides", "slides"))
SIZES = {"paper": 85.0, "slides": 160.0}


class MillimetreBox(QDoubleSpinBox):
    """A length in the same notation in every country: decimals after a point, a comma taken for one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(QLocale.c())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return super().validate(text.replace(",", "."), position)


class FigureDialog(Dialog):
    """Chooses plot, format, size and style; remembers them for the next time."""

    notice_posted = Signal(str, str, str)
    compose_wanted = Signal(object)
    """What is to be the first panel of a composed figure."""

    def __init__(self, wanted: FigureWanted, parent: QWidget | None = None) -> None:
        super().__init__("figure_dialog", "Export figure", QSize(860, 480), parent)
        self._wanted = wanted
        offered = [(id, spec_of(wanted, id).title) for id in wanted.states] if wanted.traces else []
        offered += [(kind.id, kind.title) for kind in PICTURES.values() if kind.id in wanted.pictures]
        self.plots = _box("figure_plot", offered, self)
        self.formats = _box("figure_format", FORMATS, self)
        self.styles = _box("figure_style", STYLES, self)
        self.width_mm = MillimetreBox(self)
        self.width_mm.setObjectName("figure_width")
        self.width_mm.setRange(LEAST_MM, MOST_MM)
        self.width_mm.setDecimals(1)
        self.width_mm.setSuffix(" mm")
        self.width_mm.lineEdit().setAcceptDrops(False)
        self.preview = Preview("figure_preview", self)
        self._build()
        self._restore()
        self.plots.setCurrentIndex(self.plots.findData(wanted.plot))
        for box in (self.plots, self.styles, self.formats):
            box.currentIndexChanged.connect(self._on_chosen)
        self.styles.activated.connect(self._on_style_activated)
        self.width_mm.valueChanged.connect(self._on_width_changed)
        self._draw()

    def _build(self) -> None:
        form = QFormLayout()
        form.addRow("Plot", self.plots)
        form.addRow("Format", self.formats)
        form.addRow("Made for", self.styles)
        form.addRow("Width", self.width_mm)
        note = PlainLabel(
            "Lines, columns and the horizontal axis are those on screen; hidden runs are left out.", self
        )
        note.setProperty("role", "faint")
        note.setWordWrap(True)
        left = QVBoxLayout()
        left.addLayout(form)
        left.addWidget(note)
        left.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.export_button = buttons.addButton("Export…", QDialogButtonBox.ButtonRole.AcceptRole)
        self.export_button.setObjectName("figure_export")
        buttons.accepted.connect(self._on_export)
        self.copy_button = buttons.addButton("&Copy figure", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.setObjectName("figure_copy")
        self.copy_button.setToolTip(tooltip("Put it on the clipboard, as a picture and as SVG."))
        self.copy_button.clicked.connect(self._on_copy)
        self.compose_button = buttons.addButton("Co&mpose…", QDialogButtonBox.ButtonRole.ActionRole)
        self.compose_button.setObjectName("figure_compose")
        self.compose_button.setToolTip(tooltip("Begin a figure of several panels with this one."))
        self.compose_button.clicked.connect(self._on_compose)
        body = QWidget(self)
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(left, 2)
        row.addWidget(self.preview, 5)
        self.fill(body, buttons, scrolls=True)

    def _restore(self) -> None:
        settings = QSettings()
        style = str(settings.value("figure/style", "paper"))
        self.styles.setCurrentIndex(max(0, self.styles.findData(style)))
        self.formats.setCurrentIndex(max(0, self.formats.findData(settings.value("figure/format", "pdf"))))
        try:
            width = float(str(settings.value("figure/width", SIZES.get(style, 85.0))))
        except ValueError:
            width = 85.0
        self.width_mm.setValue(width)

    @property
    def wanted(self) -> FigureWanted:
        """What is chosen now."""
        return self._wanted.sized(
            str(self.plots.currentData()), self.width_mm.value(), str(self.styles.currentData())
        )

    @property
    def suffix(self) -> str:
        return f".{self.formats.currentData()}"

    def export_to(self, path: Path) -> bool:
        """Write the file; say whether that went well."""
        wanted = self.wanted

        def write() -> None:
            self.preview.wait_for_drawing()  # matplotlib's settings are global: one drawing at a time
            write_figure(path, wanted)

        self.setEnabled(False)
        try:
            in_background(write)
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")
            return False
        finally:
            self.setEnabled(True)
        settings = QSettings()
        settings.setValue("figure/style", self.styles.currentData())
        settings.setValue("figure/format", self.formats.currentData())
        settings.setValue("figure/width", self.width_mm.value())
        settings.setValue("figure/folder", str(path.parent))
        self.notice_posted.emit("info", f"Exported to {path_in_words(path)}.", "")
        return True

    def done(self, result: int) -> None:
        self.preview.wait()
        super().done(result)

    @Slot()
    def _on_export(self) -> None:
        folder = Path(str(QSettings().value("figure/folder", str(Path.home()))))
        suggested = folder / f"{self.plots.currentData()}{self.suffix}"
        title = f"Export {self.plots.currentText()}"
        path = file_to_save(self, title, str(suggested), f"*{self.suffix}", self.suffix)
        if path is not None and self.export_to(path):
            self.accept()

    @Slot()
    def _on_chosen(self) -> None:
        self._draw()

    @Slot()
    def _on_style_activated(self) -> None:
        self.width_mm.setValue(SIZES[str(self.styles.currentData())])

    @Slot()
    def _on_width_changed(self) -> None:
        self._draw()

    @Slot()
    def _on_compose(self) -> None:
        self.compose_wanted.emit(self.wanted)
        self.reject()

    def _draw(self) -> None:
        why = why_empty(self._wanted, str(self.plots.currentData()))
        no_file = why or why_not(self.suffix)
        self.export_button.setEnabled(not no_file)
        self.export_button.setToolTip(tooltip(no_file))
        self.copy_button.setEnabled(not why)
        self.compose_button.setEnabled(not why)
        if why:
            self.preview.show_words(why)
            return
        wanted = self.wanted
        self.preview.show_soon(lambda: figure_content(wanted, ".png"))

    @Slot()
    def _on_copy(self) -> None:
        wanted = self.wanted

        def work() -> tuple[bytes, bytes]:
            self.preview.wait_for_drawing()
            return figure_content(wanted, ".png"), figure_content(wanted, ".svg")

        self.setEnabled(False)
        try:
            png, svg = in_background(work)
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")
            return
        finally:
            self.setEnabled(True)
        put_on_clipboard(png, svg)
        self.notice_posted.emit("info", "The figure is on the clipboard, as a picture and as SVG.", "")


def _box(name: str, items: list[tuple[str, str]] | tuple[tuple[str, str], ...], parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    box.setObjectName(name)
    for id, title in items:
        box.addItem(title, id)
    return box
