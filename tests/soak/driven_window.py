"""The lab's own window in a process of its own, driven by a timer: it runs, saves or exports, and writes a journal.

`python -m tests.soak.driven_window FOLDER PHASE SETTINGS [FILE]`; whoever started it kills it, or sends SIGTERM.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QDialog

from engine.experiment.document import parse
from engine.protocol.messages import STEPS, Failed, Finished, Message, Recorded, Started, is_state
from gui.app import open_lab
from gui.engine_thread import EngineThread
from gui.main_window import MainWindow
from gui.views.figure_dialog import FigureDialog

QUEUED = Qt.ConnectionType.QueuedConnection
EVERY = 60
"""Milliseconds between two things that the window is made to do."""
EXPERIMENT = """version = 1
title = "Soak"
seed = {seed}
replicas = {replicas}
data = {{ kind = "circle", n = 24 }}
network = {{ kind = "mlp", widths = {widths}, init = {{ kind = "fan-in", scale = 0.1 }} }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "steepest", step = {{ kind = "safe" }} }}
measure = {{ groups = ["margins", "norms"], every = {every} }}
run = {{ steps = {steps}, threads = 1, backend = "{backend}" }}
"""


class Journal:
    """Lines of JSON, each of them on its way before the next thing is done."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, what: str, **more: Any) -> None:
        self._file.write(json.dumps({"what": what, "at": time.monotonic(), **more}) + "\n")


class Hands(QObject):
    """Does one thing after the other with the window, for ever."""

    def __init__(self, folder: Path, phase: str, settings: dict[str, Any], place: str) -> None:
        """Take hold; `place` is where a session is saved that lies on another disk."""
        super().__init__()
        self._place = place
        self._folder, self._phase, self._settings = folder, phase, settings
        self._journal = Journal(folder / "journal")
        self._window: MainWindow | None = None
        self._begun = False
        self._turn = self._exported = 0
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()

    @Slot()
    def _on_timeout(self) -> None:
        if self._window is None:
            self._look_for_the_window()
        elif not self._begun:
            self._begin(self._window)
        elif not self._window.isVisible():
            self._timer.stop()  # it has closed
        elif self._window.model.run_list.runs and len(self._window.model.run_list.runs[-1].history.records):
            self._turn += 1
            self._act(self._window)

    def _look_for_the_window(self) -> None:
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()]
        if not windows:
            return
        self._window = window = windows[0]
        window.model.trainer.message_taken.connect(self._on_message)
        window.model.engine.engine_died.connect(self._on_died, QUEUED)
        window.model.notice_posted.connect(self._on_notice)
        window.files.notice_posted.connect(self._on_notice)
        window.model.held_back.connect(self._on_held_back)
        self._journal.write("shown", process=os.getpid())

    def _begin(self, window: MainWindow) -> None:
        engine: EngineThread = window.model.engine
        if engine.known is None:
            return
        self._begun = True
        self._journal.write("ready", engine=engine.process_id)
        if not self._place:
            window.files.new()  # not the session that the window before this one had open last
        window.model.editor.load(parse(EXPERIMENT.format(**self._settings)))
        if self._phase == "on a disk":
            window.files.save_to(Path(self._place) / "session.mlab")
        elif self._phase == "saving":
            window.files.save_to(self._folder / "session.mlab")
        window.commands["run"].trigger()

    def _act(self, window: MainWindow) -> None:
        match self._phase:
            case "saving":
                window.files.save()
            case "saving as" if self._turn % 2:
                window.files.save_to(self._folder / f"session {self._turn // 2 % 3}.mlab")
            case "exporting":
                if self._turn % 4 == 0:
                    window.files.export_preset_to(self._folder / "exported.toml")
                else:
                    self._export(window)

    def _export(self, window: MainWindow) -> None:
        """Open the dialog, and export as soon as it shows what the file will show."""
        dialogs = [d for d in window.findChildren(QDialog, "figure_dialog") if d.isVisible()]
        if not dialogs:
            window.figures.export_plot("margins", "figure")
            return
        dialog = dialogs[0]
        assert isinstance(dialog, FigureDialog)
        if not dialog.preview.pixmap().isNull():
            self._exported += 1
            dialog.formats.setCurrentIndex(self._exported % dialog.formats.count())
            dialog.export_to(self._folder / f"exported{dialog.suffix}")
            dialog.reject()

    @Slot(str, object)
    def _on_message(self, run: str, message: Message) -> None:
        match message:
            case Started():
                self._journal.write("started", run=run, step=message.step, by=message.environment[STEPS])
            case Recorded() if len(message.batch.steps):
                self._journal.write("records", run=run, last=int(message.batch.steps[-1]))
            case Finished() | Failed():
                self._journal.write("ended", run=run, sentence=message.sentence)
            case _ if is_state(message):
                self._journal.write("state", run=run)

    @Slot(str)
    def _on_died(self, sentence: str) -> None:
        self._journal.write("died", sentence=sentence)
        if self._settings.get("goes_on") and self._window is not None:
            self._journal.write("continued", why_not=self._window.model.transport.why_not_continue())
            self._window.commands["continue"].trigger()

    @Slot(str, str, str)
    def _on_notice(self, tone: str, sentence: str, details: str) -> None:
        self._journal.write("notice", tone=tone, sentence=sentence, details=details)

    @Slot(str)
    def _on_held_back(self, sentence: str) -> None:
        self._journal.write("held", sentence=sentence)


def main() -> int:
    """Open the lab as the command does, with hands in front of it."""
    folder, phase, settings, *files = sys.argv[1:]
    app = QApplication(["margin-lab"])
    hands = Hands(Path(folder), phase, json.loads(settings), "".join(files))
    if phase == "on a disk":
        files = []
    with contextlib.suppress(KeyboardInterrupt):
        return open_lab(*files)
    del hands, app
    return 1


if __name__ == "__main__":
    sys.exit(main())
