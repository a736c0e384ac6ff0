"""Shows the queue: beside the timeline how far all of it has come, and in a dialog what waits, to be put in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from gui.actions import Actions
from gui.model.queue_progress import QueueWatch
from gui.model.session_model import SessionModel
from gui.views.transport import TransportBar

if TYPE_CHECKING:
    from gui.views.queue_dialog import QueueDialog

EVERY = 250
"""Milliseconds between two looks at how far it has come."""


class QueueController(QObject):
    """Looks at the queue a few times a second while anything is under way."""

    def __init__(
        self, model: SessionModel, actions: Actions, transport: TransportBar, window: QWidget
    ) -> None:
        super().__init__(window)
        self._model, self._transport, self._window = model, transport, window
        self._watch = QueueWatch(model.trainer, self)
        self._dialog: QueueDialog | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(EVERY)
        self._soon.timeout.connect(self._show)
        model.trainer.queue.changed.connect(self._on_changed)
        model.trainer.state_changed.connect(self._on_changed)
        model.run_list.records_arrived.connect(self._on_records_arrived)
        actions["queue"].triggered.connect(self.open)
        transport.queue_requested.connect(self.open)

    @Slot()
    def open(self) -> None:
        """Show what waits."""
        if self._dialog is None:
            from gui.views.queue_dialog import QueueDialog

            self._dialog = dialog = QueueDialog(self._window)
            dialog.moved.connect(self._model.trainer.queue.move)
            dialog.removed.connect(self._model.trainer.queue.remove)
            dialog.finished.connect(self._on_closed)
        self._show()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    @Slot()
    def _on_closed(self) -> None:
        self._dialog = None

    @Slot()
    def _on_changed(self) -> None:
        self._soon.start(0)

    @Slot(str)
    def _on_records_arrived(self, _id: str) -> None:
        if not self._soon.isActive():
            self._soon.start(EVERY)

    @Slot()
    def _show(self) -> None:
        progress = self._watch.now()
        self._transport.show_queue(progress)
        if self._dialog is not None:
            self._dialog.show_progress(progress, self._watch.lines())
            if not self._watch.is_told:
                self._soon.start(0)
