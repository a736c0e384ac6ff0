"""Opens the dialogs that explain."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from gui.actions import shortcut_rows
from gui.model.session_model import SessionModel


class DialogController(QObject):
    """One slot for each dialog; none of them keeps the engine from training."""

    notice_posted = Signal(str, str, str)

    def __init__(self, model: SessionModel, window: QWidget) -> None:
        super().__init__(window)
        self._model, self._window = model, window

    @Slot()
    def quantities(self) -> None:
        from gui.views.help_dialogs import Quantities

        Quantities(self._window).show()

    @Slot()
    def shortcuts(self) -> None:
        from gui.views.shortcuts import Shortcuts

        Shortcuts(shortcut_rows(), self._window).show()

    @Slot()
    def about(self) -> None:
        from gui.views.help_dialogs import AboutDialog

        ready = self._model.trainer.ready
        AboutDialog({} if ready is None else ready.versions, self._window).open()

    @Slot()
    def report(self) -> None:
        """Show what a report of a problem would say."""
        from gui.model.report import address, report_text
        from gui.views.report_dialog import ReportDialog, screens

        ready = self._model.trainer.ready
        devices = [] if ready is None else [f"{device.name}, {device.title}" for device in ready.devices]
        text = report_text({} if ready is None else ready.versions, devices, screens())
        ReportDialog(text, address(), self._window).open()
