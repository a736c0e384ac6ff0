"""Fetches MNIST and its like beside the window: a button, how far it is, and what went wrong, all in place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QToolButton, QVBoxLayout, QWidget

from engine.data.idx_places import SETS
from engine.words.errors import Refusal
from engine.words.formats import byte_size
from gui.forms.tones import ToneLabel
from gui.model.patience import no_collection
from gui.plain_text import tooltip

if TYPE_CHECKING:
    from engine.data.download import Download, DownloadProgress

    # how far it is, or how it ended: well, badly, or because it was stopped
    Heard = DownloadProgress | Path | Refusal | None

LOOK = 50
"""Milliseconds between two looks how far it is."""
PATIENCE = 2.0
"""Seconds that a closing window waits for a mirror that does not answer; the thread dies with the process."""


def lab_download(name: str) -> Download:
    """Return a download into the lab's own folder."""
    # brings the network along, which the window opens without
    from engine.data.download import Download

    return Download(name)


def _work(download: Download, heard: SimpleQueue[Heard]) -> None:
    """Download in a thread that touches nothing of Qt."""
    from engine.data.download import Stopped

    with no_collection():
        try:
            heard.put(download.run(heard.put))
        except Stopped:
            heard.put(None)
        except Refusal as refusal:
            heard.put(refusal)
        except Exception as error:  # whatever the net may do, the window goes on
            heard.put(Refusal("", None, f"The download failed: {error}."))


class DownloadBar(QWidget):
    """A button with a choice of sets; while one is fetched, a bar and a way to stop it."""

    downloaded = Signal(str)
    """The name of a set that is there now."""

    def __init__(self, parent: QWidget | None = None, make: Callable[[str], Download] = lab_download) -> None:
        super().__init__(parent)
        self._make = make
        self._download: Download | None = None
        self._thread: Thread | None = None
        self._heard: SimpleQueue[Heard] = SimpleQueue()
        self.button = QToolButton(self)
        self.button.setObjectName("download button")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.menu = QMenu(self.button)
        for name, title in SETS.items():
            action = self.menu.addAction(f"Download {title}")
            action.setData(name)
            action.setToolTip(tooltip(f"Fetch {title} into the lab's own folder"))
        self.button.setMenu(self.menu)
        self.button.setDefaultAction(self.menu.actions()[0])
        self.bar = QProgressBar(self)
        self.bar.setObjectName("download bar")
        self.cancel = QToolButton(self)
        self.cancel.setText("Cancel")
        self.cancel.setObjectName("download cancel")
        self.problem = ToneLabel(tone="error", wrap=True, parent=self)
        self.problem.setObjectName("download problem")
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.button)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.problem)
        self._look = QTimer(self)
        self._look.setInterval(LOOK)
        self._look.timeout.connect(self._on_look)
        self.menu.triggered.connect(self._on_chosen)
        self.cancel.clicked.connect(self._on_cancelled)
        self._show(working=False)
        self._say("")

    @property
    def working(self) -> bool:
        """Whether a set is being fetched."""
        return self._thread is not None

    def begin(self, name: str) -> None:
        """Fetch a set, unless one is being fetched."""
        if self.working:
            return
        self._say("")
        self._heard = SimpleQueue()
        self._download = self._make(name)
        self._thread = Thread(target=_work, args=(self._download, self._heard), name="download", daemon=True)
        self._thread.start()
        self._look.start()
        self.bar.setRange(0, 0)
        self.bar.setFormat(SETS[name])
        self._show(working=True)

    def end(self) -> None:
        """Stop what is under way, and wait for its thread for a moment; as the window closes."""
        if self._thread is not None and self._download is not None:
            self._download.stop()
            self._thread.join(PATIENCE)
        self._forget()

    def _forget(self) -> None:
        self._look.stop()
        self._thread = self._download = None
        self._show(working=False)

    def _show(self, *, working: bool) -> None:
        self.button.setVisible(not working)
        self.bar.setVisible(working)
        self.cancel.setVisible(working)
        self.cancel.setEnabled(True)

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _show_progress(self, at: DownloadProgress) -> None:
        done = byte_size(at.received)
        if at.size:
            self.bar.setRange(0, at.size)
            self.bar.setValue(min(at.received, at.size))
            done += f" of {byte_size(at.size)}"
        else:
            self.bar.setRange(0, 0)
        self.bar.setFormat(f"{at.number}/{at.files}: {done}")
        self.bar.setToolTip(tooltip(f"{at.file} from {at.host}"))

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self.begin(str(action.data()))

    @Slot()
    def _on_cancelled(self) -> None:
        if self._download is not None:
            self.cancel.setEnabled(False)  # a mirror that does not answer may take its time
            self._download.stop()

    @Slot()
    def _on_look(self) -> None:
        last: Heard = None
        if self._heard.empty():
            return
        while not self._heard.empty():
            last = self._heard.get()
        name = self._download.name if self._download is not None else ""
        if last is None:
            self._forget()
        elif isinstance(last, Refusal):
            self._forget()
            self._say(f"✕ {last}")
        elif isinstance(last, Path):
            self._forget()
            self.downloaded.emit(name)
        else:
            self._show_progress(last)
