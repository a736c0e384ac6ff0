"""What a preset says of itself: its paper, the sentence of the theorem, and where to look."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.catalog import entry_of
from engine.experiment.document import About
from gui.forms.row import MARGIN
from gui.forms.tones import Tone, ToneLabel
from gui.plain_text import RichLabel


class AboutView(QWidget):
    """Shows what an author wrote for whoever opens the experiment; nothing where nothing was written."""

    summary_changed = Signal(str)
    preset_wanted = Signal(str)
    """The id of a preset that goes on from here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 2, 0, 4)
        column.setSpacing(5)
        tones: dict[str, Tone] = {"theorem": "plain", "look_for": "plain", "notes": "faint", "paper": "faint"}
        self._labels = {name: self._label(name, tone) for name, tone in tones.items()}
        for label in self._labels.values():
            column.addWidget(label)
        self.next = RichLabel("", self)
        self.next.setObjectName("about try_next")
        self.next.setWordWrap(True)
        self.next.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.next.linkActivated.connect(self.preset_wanted)
        column.addWidget(self.next)
        self._about = About()
        self._show()

    def _label(self, name: str, tone: Tone) -> ToneLabel:
        label = ToneLabel("", tone, wrap=True, small=tone == "faint", parent=self)
        label.setObjectName(f"about {name}")
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def show_about(self, about: About) -> bool:
        """Show it, and say whether there is anything to show."""
        if about != self._about:
            self._about = about
            self._show()
        return bool(about.theorem or about.look_for)

    def _show(self) -> None:
        about = self._about
        for name, label in self._labels.items():
            words = getattr(about, name)
            label.setText(words)
            label.setVisible(bool(words))
        words = links_to(about.try_next)
        self.next.setText(f"<b>Try next:</b> {words}" if words else "")
        self.next.setVisible(bool(words))
        self.summary_changed.emit(about.paper)


def links_to(ids: tuple[str, ...]) -> str:
    """Return presets as links, as rich text, by their titles; those that are not there are left out."""
    entries = [entry for id in ids if (entry := entry_of(id)) is not None]
    links = [f'<a href="{html.escape(entry.id)}">{html.escape(entry.title)}</a>' for entry in entries]
    return "; ".join(links)
