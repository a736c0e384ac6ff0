"""Lines in place for what people should know, instead of boxes that stop them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from engine.words.formats import counted
from gui.icons import icon, pixmap
from gui.plain_text import PlainLabel
from gui.theme import mixed, set_sheet, theme

ICONS = {"info": "info", "caution": "warning", "bad": "warning"}
GONE_AFTER = 12_000  # milliseconds that a mere notice stays
MOST = 3
"""Lines at a time; older ones make room."""
TOGETHER = {"refused": "file", "diverged": "run"}
"""Keys of lines about several things: one line, however many they are; and what they are."""


class InfoLine(QFrame):
    """One sentence with what can be done about it."""

    chosen = Signal(str, str)
    """The line's key and the action's name; 'close' where it was closed."""

    def __init__(
        self,
        key: str,
        tone: str,
        sentence: str,
        details: str = "",
        actions: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("info_line")
        self.key, self.tone, self.sentence = key, tone, sentence
        self._details = details
        self.of_lab = False
        self._icon = PlainLabel("", self)
        text = PlainLabel(sentence, self)
        text.setObjectName("info_text")
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 5, 6, 5)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addWidget(text, 1)
        for name, label in [*actions, *([("details", "Copy details")] if details else [])]:
            button = QPushButton(label, self)
            button.setObjectName(name)
            button.clicked.connect(self._on_clicked)
            layout.addWidget(button)
        self._close = QToolButton(self)
        self._close.setObjectName("close")
        self._close.setAutoRaise(True)
        self._close.setToolTip("Close this line")
        self._close.clicked.connect(self._on_clicked)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(GONE_AFTER)
        self._timer.timeout.connect(self._on_timeout)
        if tone == "info" and not actions:
            self._timer.start()
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        colours = theme().colours
        strong = {"bad": colours.bad, "caution": colours.caution}.get(self.tone, colours.accent)
        self._icon.setPixmap(pixmap(ICONS.get(self.tone, "info"), 18, strong))
        self._close.setIcon(icon("close"))
        sheet = (
            f"InfoLine {{ background: {mixed(colours.base, strong, 0.1)}; border: 1px solid {colours.line};"
            f" border-left: 3px solid {strong}; border-radius: 3px; }}"
        )
        set_sheet(self, sheet)

    @Slot()
    def _on_clicked(self) -> None:
        name = self.sender().objectName()
        if name == "details":
            QGuiApplication.clipboard().setText(f"{self.sentence}\n\n{self._details}")
        else:
            self.chosen.emit(self.key, name)

    @Slot()
    def _on_timeout(self) -> None:
        self.chosen.emit(self.key, "close")


class InfoBar(QWidget):
    """A few lines at the foot of the middle, the latest first; gone where there is none."""

    chosen = Signal(str, str)
    """A line's key and the action that was chosen."""
    lines_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("info_bar")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3)
        self.lines: list[InfoLine] = []
        self._together: dict[str, list[str]] = {}
        """What such a line has told since it was closed last, the latest first."""
        self.hide()

    @Slot(str, str, str)
    def tell(self, tone: str, sentence: str, details: str = "") -> None:
        """Show a sentence; the same one is shown once, and of runs that diverged there is one line."""
        if tone in TOGETHER:
            self._tell_together(tone, sentence)
        else:
            self.ask(sentence, tone, sentence, details)

    @Slot(str)
    def tell_refused(self, sentence: str) -> None:
        """Say why a file was not opened."""
        self._tell_together("refused", sentence, of_lab=True)

    def _tell_together(self, key: str, sentence: str, *, of_lab: bool = False) -> None:
        """Say a thing in one line with those before: the latest, how many more, all in details."""
        known = self._together.get(key, []) if any(line.key == key for line in self.lines) else []
        others = [other for other in known if other != sentence]
        self._together[key] = [sentence, *others]
        more = f" (and {counted(len(others), TOGETHER[key])} before it)" if others else ""
        self.ask(key, "bad", f"{sentence}{more}", "\n".join(others), of_lab=of_lab)

    def ask(
        self,
        key: str,
        tone: str,
        sentence: str,
        details: str = "",
        actions: Sequence[tuple[str, str]] = (),
        *,
        of_lab: bool = False,
    ) -> None:
        """Show a sentence with actions (name, label); it takes the place of a line with the same key.

        `of_lab`: it is not about the session at hand, and stays where another one is opened.
        """
        self.clear(key)
        line = InfoLine(key, tone, sentence, details, actions, self)
        line.of_lab = of_lab
        line.chosen.connect(self._on_chosen)
        self.lines.insert(0, line)
        self._layout.insertWidget(0, line)
        for old in [line for line in self.lines if line.tone != "ask"][MOST:]:
            self.clear(old.key)
        line.show()  # at once: a layout shows what joins it only later
        self.show()
        self.lines_changed.emit()

    def clear(self, key: str) -> None:
        """Take a line away."""
        for line in [line for line in self.lines if line.key == key]:
            self.lines.remove(line)
            line.hide()
            line.deleteLater()
            self._layout.removeWidget(line)
        self.setVisible(bool(self.lines))
        self.lines_changed.emit()

    def height_for(self, width: int) -> int:
        """Return the height that the lines need."""
        heights = [line.heightForWidth(width) for line in self.lines]
        return sum(heights) + self._layout.spacing() * max(len(heights) - 1, 0)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # words took another room, as in another font
            self.lines_changed.emit()
        return super().event(event)

    @Slot()
    def clear_told(self) -> None:
        """Take away what was merely told, as when something new is begun; questions stay."""
        for line in [line for line in self.lines if line.tone != "ask"]:
            self.clear(line.key)

    @Slot()
    def clear_of_session(self) -> None:
        """Take away what was told about the session at hand, as when another is opened; questions stay."""
        for line in [line for line in self.lines if line.tone != "ask" and not line.of_lab]:
            self.clear(line.key)

    def sentences(self) -> list[str]:
        return [line.sentence for line in self.lines]

    @Slot(str, str)
    def _on_chosen(self, key: str, action: str) -> None:
        self.clear(key)
        self.chosen.emit(key, action)
