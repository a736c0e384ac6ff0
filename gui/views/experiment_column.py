"""The left column: which experiment of a file is edited, and the panels that edit it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gui.choice_box import ChoiceBox
from gui.layouts import in_column
from gui.panels.experiment_panel import ExperimentPanel
from gui.plain_text import PlainLabel

SHARED = "what all share"


class ExperimentColumn(QWidget):
    """The panels, and above them what only files that compare experiments need."""

    experiment_chosen = Signal(str)
    """An experiment's name, or '' for what all of them share."""
    presets_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("experiment_column")
        self.panel = ExperimentPanel(self)
        self.chooser = ChoiceBox(self)
        self.chooser.setObjectName("experiment_chooser")
        self.chooser.setToolTip(
            "This file compares experiments: edit one of them, or what all of them share."
        )
        self._chooser_label = PlainLabel("E&dit", self)
        self._chooser_label.setBuddy(self.chooser)
        presets = self.presets = QToolButton(self)
        presets.setObjectName("presets_button")
        presets.setText("&Presets…")
        presets.setToolTip("Published claims, ready to run. [Ctrl+P]")
        presets.clicked.connect(self.presets_requested)
        line = QHBoxLayout()
        line.setContentsMargins(10, 6, 10, 0)
        line.setSpacing(6)
        line.addWidget(presets)
        line.addStretch(1)
        line.addWidget(self._chooser_label)
        line.addWidget(self.chooser)
        in_column((line, self.panel), self).setStretchFactor(self.panel, 1)
        self.chooser.activated.connect(self._on_activated)
        self.show_names([], "")

    def show_names(self, names: Sequence[str], chosen: str) -> None:
        """Offer the experiments of a file that compares; nothing is offered where there is only one."""
        self.chooser.offer([("", SHARED), *((name, name) for name in names)], chosen, otherwise=0)
        for widget in (self._chooser_label, self.chooser):
            widget.setVisible(bool(names))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.experiment_chosen.emit(str(self.chooser.itemData(index)))
