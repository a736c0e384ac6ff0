"""Makes a film over stored steps: pictures are asked of the engine, frames are drawn beside the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot

from engine.figures.drawable import Drawable, alone
from engine.figures.film import FilmWriter
from engine.figures.style import StyleName
from engine.files import write_whole
from engine.words.errors import Refusal

from .asked_pictures import AskedPictures
from .patience import no_collection

Frame = Callable[[int], Drawable | None]
"""Returns what is drawn at a step; None while the engine is asked for it."""


class _FrameOutcome(QObject):
    """Brings word of a frame to the window's thread."""

    done = Signal(str)
    """What went wrong; '' for nothing."""


class _FrameTask(QRunnable):
    """Does something away from the window's thread."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self.outcome = _FrameOutcome()
        self._work = work

    def run(self) -> None:
        try:
            with no_collection():
                self._work()
            self.outcome.done.emit("")
        except Exception as error:  # whatever goes wrong is said where the film was asked for
            self.outcome.done.emit(str(error) or type(error).__name__)


class FilmMaker(QObject):
    """Draws one frame after the other, and writes the file at the end; nothing is written where it is cancelled."""

    progressed = Signal(int, int)
    """Frames drawn, of how many."""
    ended = Signal(str)
    """What went wrong; '' where the film is written."""

    def __init__(self, frame: Frame, pictures: AskedPictures, parent: QObject) -> None:
        super().__init__(parent)
        self._frame = frame
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._work: _FrameTask | None = None
        self._steps: list[int] = []
        self._drawn = 0
        self._busy = self._under_way = False
        pictures.answered.connect(self._go_on)

    def start(
        self, path: Path, suffix: str, steps: list[int], rate: float, width_mm: float, style: StyleName
    ) -> None:
        """Begin.

        Raises:
            Refusal: where no such film can be made here.
        """
        self._film = FilmWriter(suffix, rate)
        self._path, self._steps, self._width, self._style = path, steps, width_mm, style
        self._drawn, self._under_way = 0, True
        self._go_on()

    def cancel(self) -> None:
        """Leave it; return when no frame is being drawn any more."""
        self._under_way = False
        self._pool.waitForDone()

    @Slot()
    def _go_on(self) -> None:
        if not self._under_way or self._busy:
            return
        if self._drawn == len(self._steps):
            self._do(self._write)
            return
        try:
            drawable = self._frame(self._steps[self._drawn])
        except Refusal as refusal:
            self._end(str(refusal))
            return
        if drawable is not None:
            film, width, style = self._film, self._width, self._style
            self._do(lambda: film.add(alone(drawable, ".png", width, style)))

    def _write(self) -> None:
        write_whole(self._path, self._film.content())

    def _do(self, work: Callable[[], None]) -> None:
        self._busy = True
        self._work = _FrameTask(work)
        self._work.outcome.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        self._pool.start(self._work)

    @Slot(str)
    def _on_done(self, problem: str) -> None:
        self._busy = False
        if not self._under_way:
            return
        if problem or self._drawn == len(self._steps):
            self._end(problem)
            return
        self._drawn += 1
        self.progressed.emit(self._drawn, len(self._steps))
        self._go_on()

    def _end(self, problem: str) -> None:
        self._under_way = False
        self.ended.emit(problem)
