"""The bar under the plots: one big Run button, what else can be done, the timeline, and the time left."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.formats import estimated_duration
from engine.protocol.messages import RunStatus
from gui.actions import TRANSPORT, Actions
from gui.plain_text import PlainLabel
from gui.theme import mixed, set_sheet, theme

from .status_words import STATUS_WORDS
from .timeline import Timeline


class TransportBar(QFrame):
    """Buttons for the transport's actions, beside the timeline."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport_bar")
        self.timeline = Timeline(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 6, 10, 6)
        layout.setSpacing(2)
        self.buttons: dict[str, QToolButton] = {}
        for name in TRANSPORT:
            button = QToolButton(self)
            button.setObjectName(f"{name}_button")
            button.setDefaultAction(actions[name])
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.buttons[name] = button
            if name == "run":
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                button.setIconSize(QSize(22, 22))
                button.setFixedWidth(112)
                button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
                button.setMaximumHeight(48)
                layout.addWidget(button)
                layout.addSpacing(6)
            else:
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
                button.setIconSize(QSize(20, 20))
                layout.addWidget(button)
        layout.addSpacing(8)
        layout.addWidget(self.timeline, 1)
        layout.addSpacing(4)
        layout.addLayout(self._progress())
        self._dress()

    def _progress(self) -> QVBoxLayout:
        self._steps = PlainLabel("", self)
        self._steps.setObjectName("progress_steps")
        self._left = PlainLabel("", self)
        self._left.setObjectName("time_left")
        self._left.setProperty("role", "faint")
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addStretch(1)
        for label in (self._steps, self._left):
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance("00,000 of 00,000"))
            column.addWidget(label)
        column.addStretch(1)
        return column

    def show_progress(
        self,
        step: int,
        last: int,
        steps_per_second: float,
        status: RunStatus | None,
        waiting: int,
        draft: bool = False,
    ) -> None:
        """Show how far a run is and how long the rest will take; `waiting` runs come after it.

        The status is None where it is not under way; a draft is called one.
        """
        self._steps.setText(f"{step:,} of {last:,}")
        after = f", then {waiting} more" if waiting else ""
        if status is None:
            words = "draft" if draft else ""
        elif status is RunStatus.RUNNING and steps_per_second > 0:
            words = f"{estimated_duration((last - step) / steps_per_second)} left{after}"
        else:
            words = f"{STATUS_WORDS[status][1]}{after}"
        self._left.setText(words)

    def show_no_run(self) -> None:
        self._steps.setText("")
        self._left.setText("")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        colours = theme().colours
        sheet = f"""
        #run_button {{ background: {colours.accent}; color: {colours.background}; font-weight: 600;
            border: none; border-radius: 6px; padding: 4px 10px; }}
        #run_button:hover {{ background: {mixed(colours.accent, colours.text, 0.15)}; }}
        #run_button:pressed {{ background: {mixed(colours.accent, colours.text, 0.3)}; }}
        #run_button:disabled {{ background: {colours.line}; }}
        #run_button:focus {{ border: 2px solid {colours.text}; }}
        #transport_bar {{ border: none; border-top: 1px solid {colours.line}; background: {colours.window}; }}
        """
        set_sheet(self, sheet)
