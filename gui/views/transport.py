"""The bar under the plots: one big Run button, what else can be done, the timeline, and the time left."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.protocol.messages import RunStatus
from engine.words.formats import estimated_duration
from gui.actions import TRANSPORT, Actions
from gui.model.queue_progress import QueueProgress
from gui.plain_text import PlainLabel
from gui.theme import mixed, set_sheet, theme

from .status_words import STATUS_WORDS
from .timeline import Timeline

LEAST_BUTTON, MOST = 34, 16777215
"""Pixels of a button that is its icon alone, and Qt's own limit."""
LEAST_TIMELINE = 200
"""Pixels that the timeline keeps before words of buttons have their room."""
THOUSAND = 1000
"""Parts of the progress bar."""


class ShrinkingButton(QToolButton):
    """A button of an icon over its word; of the icon alone where there is no room for the word."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(20, 20))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text()) + 14
        return QSize(max(words, self.minimumSizeHint().width()), 26 + self.fontMetrics().height() + 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_BUTTON, LEAST_BUTTON)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        styles = Qt.ToolButtonStyle
        whole = self.width() >= self.sizeHint().width()
        self.setToolButtonStyle(styles.ToolButtonTextUnderIcon if whole else styles.ToolButtonIconOnly)


class TransportBar(QFrame):
    """Buttons for the transport's actions, beside the timeline."""

    queue_requested = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport_bar")
        self.timeline = Timeline(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 6, 10, 6)
        layout.setSpacing(2)
        self.buttons: dict[str, QToolButton] = {}
        for name in TRANSPORT:
            button = QToolButton(self) if name == "run" else ShrinkingButton(self)
            button.setObjectName(f"{name}_button")
            button.setDefaultAction(actions[name])
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.buttons[name] = button
            if name == "run":
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                button.setIconSize(QSize(22, 22))
                button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
                layout.addWidget(button)
                layout.addSpacing(6)
            else:
                layout.addWidget(button)
        layout.addSpacing(8)
        layout.addWidget(self.timeline, 1)
        layout.addSpacing(4)
        layout.addLayout(self._progress())
        self._fit()
        self._dress()

    def _progress(self) -> QVBoxLayout:
        self._steps = PlainLabel("", self)
        self._steps.setObjectName("progress_steps")
        self._left = PlainLabel("", self)
        self._left.setObjectName("time_left")
        self._left.setProperty("role", "faint")
        self.bar = QProgressBar(self)
        self.bar.setObjectName("progress_bar")
        self.bar.setAccessibleName("Progress of all that is under way or waits")
        self.bar.setRange(0, THOUSAND)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.queue_button = QToolButton(self)
        self.queue_button.setObjectName("queue_button")
        self.queue_button.setAutoRaise(True)
        self.queue_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.queue_button.setToolTip("What waits to be trained: its order, and the time left. [Ctrl+J]")
        self.queue_button.clicked.connect(self.queue_requested)
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addStretch(1)
        for label in (self._steps, self._left):
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
            column.addWidget(label)
        column.addWidget(self.bar)
        column.addWidget(self.queue_button, 0, Qt.AlignmentFlag.AlignRight)
        column.addStretch(1)
        self.show_queue(QueueProgress())
        return column

    def show_queue(self, progress: QueueProgress) -> None:
        """Show how far all that is under way or waits has come, and how long the rest takes."""
        waiting, left = progress.waiting, progress.seconds
        self.bar.setVisible(not progress.is_empty)
        self.bar.setValue(round(THOUSAND * progress.share))
        self.queue_button.setVisible(waiting > 0)
        time = f", about {estimated_duration(left)} in all" if left is not None else ""
        self.queue_button.setText(f"{waiting} waiting{time}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """Let buttons say their words where the timeline still has room for a hand."""
        buttons = [button for button in self.buttons.values() if isinstance(button, ShrinkingButton)]
        words = [button.sizeHint().width() for button in buttons]
        now = [min(width, button.maximumWidth()) for width, button in zip(words, buttons, strict=True)]
        others = self.sizeHint().width() - self.timeline.sizeHint().width() - sum(now)
        fits = others + sum(words) + LEAST_TIMELINE <= self.width()
        for button in buttons:
            button.setMaximumWidth(MOST if fits else LEAST_BUTTON)

    def _fit(self) -> None:
        """Make room for words of the size that text has."""
        run, metrics = self.buttons["run"], self.fontMetrics()
        run.setFixedWidth(max(112, metrics.horizontalAdvance("Stopping") + 56))
        run.setMaximumHeight(max(48, 2 * metrics.height() + 16))
        for label in (self._steps, self._left):
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance("00,000 of 00,000"))
        self._share_room()

    def show_progress(
        self,
        step: int,
        last: int,
        steps_per_second: float,
        status: RunStatus | None,
        draft: bool = False,
    ) -> None:
        """Show how far a run is and how long the rest will take.

        The status is None where it is not under way; a draft is called one.
        """
        self._steps.setText(f"{step:,} of {last:,}")
        if status is None:
            words = "draft" if draft else ""
        elif status is RunStatus.RUNNING and steps_per_second > 0:
            words = f"{estimated_duration((last - step) / steps_per_second)} left"
        else:
            words = STATUS_WORDS[status][1]
        self._left.setText(words)

    def show_no_run(self) -> None:
        self._steps.setText("")
        self._left.setText("")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        elif event.type() == QEvent.Type.FontChange and hasattr(self, "_left"):
            self._fit()
        super().changeEvent(event)

    def _dress(self) -> None:
        colours = theme().colours
        sheet = f"""
        #run_button {{ background: {colours.accent}; color: {colours.background}; font-weight: 600;
            border: none; border-radius: 6px; padding: 4px 10px; }}
        #run_button:hover {{ background: {mixed(colours.accent, colours.text, 0.15)}; }}
        #run_button:pressed {{ background: {mixed(colours.accent, colours.text, 0.3)}; }}
        #run_button:disabled {{ background: {colours.line}; color: {colours.faint}; }}
        #run_button:focus {{ border: 2px solid {colours.text}; }}
        #progress_bar {{ border: none; border-radius: 2px; background: {colours.line}; }}
        #progress_bar::chunk {{ border-radius: 2px; background: {colours.accent}; }}
        #queue_button {{ border: none; color: {colours.accent}; padding: 0 0 0 4px; }}
        #transport_bar {{ border: none; border-top: 1px solid {colours.line}; background: {colours.window}; }}
        """
        set_sheet(self, sheet)
