"""Styles of figures that are kept under names, for all sessions."""

from __future__ import annotations

import tomli_w
from PySide6.QtCore import QSettings, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QPushButton, QWidget

from engine.experiment.toml_text import tables_from
from engine.figures.figure_file import FigureStyle, figure_of
from engine.words.errors import Refusal
from gui.choice_box import ChoiceBox

GROUP = "figure_styles"
BUILT_IN = {
    "Paper column": FigureStyle(name="Paper column"),
    "Times, as in LaTeX papers": FigureStyle(
        name="Times, as in LaTeX papers", family="times", font_size=9.0, line_width=1.2, letter_size=9.0
    ),
    "Slides": FigureStyle(name="Slides", font_size=14.0, line_width=2.0, letter_size=16.0, dpi=200),
}


class SavedStyles(QWidget):
    """Chooses a style, and keeps the one in use under a name."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.box = ChoiceBox(self)
        self.box.setObjectName("saved_styles")
        self.box.setAccessibleName("Saved styles")
        self.save_button = QPushButton("Sa&ve style…", self)
        self.save_button.setObjectName("save_style")
        self.save_button.setAutoDefault(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 0)
        row.addWidget(self.box, 1)
        row.addWidget(self.save_button)
        self.now = FigureStyle()
        self._fill()
        self.box.activated.connect(self._on_activated)
        self.save_button.clicked.connect(self._on_save)

    def save_as(self, name: str) -> None:
        """Keep the style in use under a name."""
        settings = QSettings()
        style = self.now.model_copy(update={"name": name})
        settings.setValue(f"{GROUP}/{name.replace('/', ' ')}", tomli_w.dumps(style.model_dump(mode="json")))
        self._fill()

    def _fill(self) -> None:
        styles = {**BUILT_IN, **saved_styles()}
        self.box.offer(
            [(None, "Use a saved style…"), *((style, name) for name, style in styles.items())], None
        )

    @Slot(int)
    def _on_activated(self, place: int) -> None:
        style = self.box.offered(place)
        if style is not None:
            self.chosen.emit(style)
        self.box.setCurrentIndex(0)

    @Slot()
    def _on_save(self) -> None:
        name, wanted = QInputDialog.getText(self, "Save style", "Name")
        if wanted and name.strip():
            self.save_as(" ".join(name.split()))


def saved_styles() -> dict[str, FigureStyle]:
    """Return the styles that were kept, by name; what cannot be read any more is left out."""
    settings = QSettings()
    settings.beginGroup(GROUP)
    texts = {name: str(settings.value(name)) for name in settings.childKeys()}
    settings.endGroup()
    found = {}
    for name, text in texts.items():
        try:
            tables = {"style": tables_from(text), "panels": [{}]}
            found[name] = figure_of(tables).style
        except Refusal:
            continue
    return found
