"""Makes data for pictures: at once where that takes no time, else a little later in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.data import make_data, sizes, stand_in
from engine.data.dataset import Dataset
from engine.experiment.data import DataSpec
from engine.experiment.known_data import NOTHING_KNOWN, KnownData
from engine.words.errors import Refusal
from gui.model.patience import no_collection

QUICK = 20_000
"""Numbers (samples times inputs) that are made between two frames."""
PATIENCE = 150
"""Milliseconds without another edit before slow data is made."""
LOOK = 30
"""Milliseconds between two looks whether it is done."""
Make = Callable[[DataSpec, Path | None], Dataset]
Asked = tuple[DataSpec, Path | None, KnownData]
Result = tuple[int, Dataset | Refusal, str]
"""The number of what was asked, what came of it, and what was read in place of another file, in words."""


def is_quick(data: DataSpec, folder: Path | None) -> bool:
    """Say whether data can be made without keeping the window waiting.

    Raises:
        Refusal: where there is no such data.
    """
    if data.slow_start or data.reads:
        return False
    size = sizes(data, folder)
    return size.points * size.inputs <= QUICK


def _work(done: SimpleQueue[Result], number: int, asked: Asked, make: Make) -> None:
    """Make data in a thread that touches nothing of Qt."""
    with no_collection():
        try:
            data, folder, known = asked
            words = ""
            if known != NOTHING_KNOWN:
                data, folder, words = stand_in(data, folder, known)
            done.put((number, make(data, folder), words))
        except Refusal as refusal:
            done.put((number, refusal, ""))
        except Exception as error:  # whatever a file may do to its reader, the window goes on
            done.put((number, Refusal("data", None, f"cannot be made: {error}"), ""))


class DataMaker(QObject):
    """Makes the data that was asked for last."""

    made = Signal(object)
    """A `Dataset`."""
    stood_in = Signal(str)
    """Which file was read in place of another for what is made next, in words; '' for none."""
    refused = Signal(object)
    """A `Refusal`: there is no such data."""
    started = Signal()
    """It takes a while."""

    def __init__(self, parent: QObject | None = None, make: Make = make_data) -> None:
        super().__init__(parent)
        self._make = make
        self._asked: Asked | None = None
        self._number = 0
        self._thread: Thread | None = None
        self._late = False
        """Whether what was asked waits for the thread under way."""
        self._done: SimpleQueue[Result] = SimpleQueue()
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._on_patience_over)
        self._look = QTimer(self)
        self._look.setInterval(LOOK)
        self._look.timeout.connect(self._on_look)

    @property
    def working(self) -> bool:
        """Whether data is being made in a thread."""
        return self._thread is not None

    def ask(self, data: DataSpec, folder: Path | None, known: KnownData = NOTHING_KNOWN) -> None:
        """Make this data; what was asked before is forgotten."""
        if (data, folder, known) == self._asked:
            return
        self.forget()
        self._asked = (data, folder, known)
        try:
            result = self._make(data, folder) if is_quick(data, folder) else None
        except Refusal as refusal:
            self.refused.emit(refusal)
            return
        if result is not None:
            self._tell(result, "")
        else:
            self.started.emit()
            self._patience.start()

    def forget(self) -> None:
        """Make nothing; what is under way is not told."""
        self._asked = None
        self._number += 1
        self._late = False
        self._patience.stop()

    def _tell(self, data: Dataset, words: str) -> None:
        self.stood_in.emit(words)
        self.made.emit(data)

    @Slot()
    def _on_patience_over(self) -> None:
        if self._thread is not None:
            self._late = True  # one at a time
        elif self._asked is not None:
            self._late = False
            asked = (self._done, self._number, self._asked, self._make)
            self._thread = Thread(target=_work, args=asked, name="data", daemon=True)
            self._thread.start()
            self._look.start()

    @Slot()
    def _on_look(self) -> None:
        if self._done.empty():
            return
        number, result, words = self._done.get()
        self._thread = None
        self._look.stop()
        if number != self._number:
            if self._late:
                self._on_patience_over()
        elif isinstance(result, Refusal):
            self.refused.emit(result)
        else:
            self._tell(result, words)
