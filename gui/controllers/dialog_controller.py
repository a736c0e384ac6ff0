"""Opens the dialogs that explain."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.experiment.plug_ins.loaded import WRONG
from engine.experiment.plug_ins.preferences import prefer, preferred
from engine.words.errors import Refusal
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
    def plug_ins(self) -> None:
        """Show the plug-ins that are installed, and which of them are let in."""
        from engine.experiment.plug_ins.installed import installed
        from gui.views.plug_ins_dialog import PlugInsDialog

        dialog = PlugInsDialog(installed(), preferred(), self._window)
        dialog.names_chosen.connect(self._on_plug_ins_chosen)
        dialog.open()

    @Slot(list)
    def _on_plug_ins_chosen(self, names: list[str]) -> None:
        try:
            prefer(names)
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")

    @Slot()
    def tell_plug_ins(self) -> None:
        """Say why plug-ins are not there that were to be let in."""
        for sentence in WRONG.values():
            self.notice_posted.emit("caution", sentence, "")

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
