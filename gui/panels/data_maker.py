"""Makes data for pictures: at once where that takes no time, else a little later in a thread of its own."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, Signal, Slot

from engine.data import make_data, sizes
from engine.data.dataset import Dataset
from engine.experiment.data import Data
from engine.experiment.refusals import Refusal

QUICK = 20_000
"""Numbers (samples times inputs) that are made between two frames."""
PATIENCE = 150
"""Milliseconds without another edit before slow data is made."""
# scikit-learn takes a second to import; files take as long as they take
_SLOW_KINDS = ("digits",)

Make = Callable[[Data, Path | None], Dataset]


def is_quick(data: Data, folder: Path | None) -> bool:
    """Say whether data can be made without keeping the window waiting.

    Raises:
        Refusal: where there is no such data.
    """
    if data.kind in _SLOW_KINDS or reads_files(type(data)):
        return False
    samples, inputs, _ = sizes(data, folder)
    return samples * inputs <= QUICK


def reads_files(kind: type) -> bool:
    """Say whether a kind of data comes from a file."""
    return any(name in getattr(kind, "model_fields", {}) for name in ("path", "folder"))


class _Reply(QObject):
    """Brings a result to the thread that asked."""

    ready = Signal(int, object)


class _Task(QRunnable):
    """Makes one data set in a thread of the pool."""

    def __init__(self, number: int, data: Data, folder: Path | None, make: Make) -> None:
        super().__init__()
        self.reply = _Reply()
        self._asked = (number, data, folder, make)

    def run(self) -> None:
        number, data, folder, make = self._asked
        # a collection in this thread could destroy Qt objects that belong to the window's
        collects = gc.isenabled()
        gc.disable()
        try:
            result: object = make(data, folder)
        except Refusal as refusal:
            result = refusal
        except Exception as error:  # whatever a file may do to its reader, the window goes on
            result = Refusal("data", None, f"cannot be made: {error}")
        finally:
            if collects:
                gc.enable()
        self.reply.ready.emit(number, result)


class DataMaker(QObject):
    """Makes the data that was asked for last."""

    made = Signal(object)
    """A `Dataset`."""
    refused = Signal(object)
    """A `Refusal`: there is no such data."""
    started = Signal()
    """It takes a while."""

    def __init__(self, parent: QObject | None = None, make: Make = make_data) -> None:
        super().__init__(parent)
        self._make = make
        self._asked: tuple[Data, Path | None] | None = None
        self._number = 0
        self._task: _Task | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self._on_patience_over)
        # of its own, so that its end is waited for when the window goes
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def ask(self, data: Data, folder: Path | None) -> None:
        """Make this data; what was asked before is forgotten."""
        if (data, folder) == self._asked:
            return
        self._asked = (data, folder)
        self._number += 1
        self._timer.stop()
        try:
            quick = is_quick(data, folder)
            result = self._make(data, folder) if quick else None
        except Refusal as refusal:
            self.refused.emit(refusal)
            return
        if result is not None:
            self.made.emit(result)
        else:
            self.started.emit()
            self._timer.start()

    def forget(self) -> None:
        """Make nothing; what is under way is not told."""
        self._asked = None
        self._number += 1
        self._timer.stop()

    @Slot()
    def _on_patience_over(self) -> None:
        if self._asked is not None:
            self._task = _Task(self._number, *self._asked, self._make)
            self._task.reply.ready.connect(self._on_ready, Qt.ConnectionType.QueuedConnection)
            self._pool.start(self._task)

    @Slot(int, object)
    def _on_ready(self, number: int, result: object) -> None:
        if number != self._number:
            return
        if isinstance(result, Refusal):
            self.refused.emit(result)
        else:
            self.made.emit(result)
