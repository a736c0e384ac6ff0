"""What a preset says of itself: its paper, the sentence of the theorem, and where to look."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.experiment.document import About
from gui.forms.row import MARGIN
from gui.forms.tones import Tone, ToneLabel


class AboutView(QWidget):
    """Shows what an author wrote for whoever opens the experiment; nothing where nothing was written."""

    summary_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 2, 0, 4)
        column.setSpacing(5)
        tones: dict[str, Tone] = {"theorem": "plain", "look_for": "plain", "notes": "faint", "paper": "faint"}
        self._labels = {name: self._label(name, tone) for name, tone in tones.items()}
        for label in self._labels.values():
            column.addWidget(label)

    def _label(self, name: str, tone: Tone) -> ToneLabel:
        label = ToneLabel("", tone, wrap=True, small=tone == "faint", parent=self)
        label.setObjectName(f"about {name}")
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def show_about(self, about: About) -> bool:
        """Show it, and say whether there is anything to show."""
        for name, label in self._labels.items():
            words = getattr(about, name)
            label.setText(words)
            label.setVisible(bool(words))
        self.summary_changed.emit(about.paper)
        return bool(about.theorem or about.look_for)
