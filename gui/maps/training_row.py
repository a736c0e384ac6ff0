"""Runs, pauses and stops a map, and says how far it has come."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QProgressBar, QWidget

from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.plain_text import RichLabel, as_html
from gui.tool_buttons import tool_button

from .place_boxes import PlaceBoxes

THOUSAND = 1000


class TrainingRow(QWidget):
    """Buttons, where it runs, a bar and a sentence, and what is to be said of its workers."""

    run_wanted = Signal()
    pause_wanted = Signal(bool)
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fold = tool_button(
            "Axes", self, name="map_axes", help="Show or hide the axes of the map.", checkable=True
        )
        self.fold.setChecked(True)
        self.run = tool_button(
            "Run map", self, name="run_map", help="Train every point that is not known yet."
        )
        self.pause = tool_button(
            "Pause", self, name="pause_map", help="Begin no further points for now.", checkable=True
        )
        self.stop = tool_button("Stop", self, name="stop_map", help="Train no more; what ended is kept.")
        self.bar = QProgressBar(self)
        self.bar.setObjectName("map_progress")
        self.bar.setAccessibleName("How far the map has come")
        self.bar.setRange(0, THOUSAND)
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(10)
        self.bar.setMinimumWidth(80)
        self.words = RichLabel("", self)
        self.words.setObjectName("map_words")
        self.words.setProperty("role", "faint")
        self.words.setWordWrap(True)
        self.words.setContentsMargins(8, 0, 8, 2)
        self.words.setOpenExternalLinks(True)
        self.places = PlaceBoxes(self)
        row = ChoicesRow((8, 4, 8, 2))
        row.add(self.fold, self.run, self.pause, self.stop)
        row.add(self.places.where, self.places.processes, self.places.address)
        row.add(self.bar, stretch=1)
        in_column((row, self.words), self)
        self.run.clicked.connect(self.run_wanted)
        self.pause.clicked.connect(self.pause_wanted)
        self.stop.clicked.connect(self.stop_wanted)

    def show_state(
        self,
        *,
        run: str,
        can_run: bool,
        under_way: bool,
        paused: bool,
        share: float,
        words: str,
        dashboard: str = "",
    ) -> None:
        """Show what can be done, and how far the map has come.

        Args:
            run: what the button that begins says.
            can_run: whether there is anything to begin, or to go on with.
            under_way: whether points are being trained.
            paused: whether no further ones are begun.
            share: of the points, 0 to 1.
            words: how it stands, and what trains it.
            dashboard: where a browser sees what workers do; '' for nowhere.
        """
        self.run.setText(run)
        self.run.setEnabled(can_run)
        self.pause.setEnabled(under_way)
        self.pause.setChecked(paused)
        self.stop.setEnabled(under_way)
        self.bar.setValue(round(share * THOUSAND))
        told = as_html(words)
        if dashboard.startswith(("http://", "https://")):
            told += f' · <a href="{as_html(dashboard)}">dashboard</a>'
        if told != self.words.text():
            self.words.setText(told)
        self.words.setVisible(bool(words))

    @Slot()
    def focus(self) -> None:
        """Take the focus where the next step is."""
        (self.run if self.run.isEnabled() else self.stop).setFocus()
