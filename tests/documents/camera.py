"""The real window over the real engine, without a screen: what a person does in it, and pictures of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

# read when Qt and pyqtgraph are first imported
os.environ["QT_LOGGING_RULES"] = "default.warning=false"  # the offscreen platform has no window manager
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QRect
from PySide6.QtWidgets import QApplication, QDialog, QScrollArea, QWidget

from gui.engine_thread import EngineThread
from gui.main_window import MainWindow
from gui.model.session_model import SessionModel
from gui.theme import apply_theme
from tests.gui.screens import on_a_screen

SIZE = (1440, 900)
PATIENCE = 180.0
"""Seconds that a training or an answer may take."""
SETTLED = 0.6
"""Seconds after which what is shown has been drawn."""
COLOURS = 256
BOTH = ("light", "dark")
Size = tuple[int, int]


@dataclass(frozen=True)
class Look:
    """How pictures are taken that no document has: the whole window, as large as a screen."""

    size: Size
    theme: str = "light"
    """One of two; anything else stands for both."""
    scale: float = 1.0

    def __str__(self) -> str:
        return f"{self.size[0]}x{self.size[1]}-{self.theme}-{self.scale:g}"


class Camera:
    """The window, and what a person does before a picture is taken."""

    def __init__(self, app: QApplication, folder: Path, look: Look | None = None) -> None:
        """Open the window and wait for the engine; pictures go into a folder."""
        self._app, self._folder, self.look = app, folder, look
        self.window = MainWindow(SessionModel(EngineThread()))
        self.model = self.window.model
        self.parts = self.window.parts
        self.model.engine.start_engine()
        self.window.show()
        self.resize(SIZE)
        self.until(lambda: self.model.trainer.ready is not None)

    def close(self) -> None:
        """Close the window and end the engine."""
        self.window.close()
        self.settle()

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("the window did not come to what the picture is to show")
            self._app.processEvents()
            time.sleep(0.01)

    def settle(self) -> None:
        """Wait until what has changed is drawn."""
        end = time.monotonic() + SETTLED
        self.until(lambda: time.monotonic() > end)

    # --- what a person does --------------------------------------------------------------------------------

    def open(self, preset: str, **edits: object) -> None:
        """Begin an empty session with a preset, and edit fields; `__` stands for a dot."""
        self.model.start_new()
        self.window.files.open_preset(preset)
        for path, value in edits.items():
            self.edit(path.replace("__", "."), value)

    def edit(self, path: str, value: object) -> None:
        """Set a field."""
        self.model.editor.edit(path, value)
        self.settle()

    def start(self) -> None:
        """Press Run, and wait for the first records."""
        self.model.transport.run_anew()
        self.until(lambda: self.model.trainer.state == "running")
        self.settle()

    def run(self) -> None:
        """Press Run, and wait for the end."""
        self.model.transport.run_anew()
        self.until(lambda: self.model.trainer.state != "idle")
        self.until(lambda: self.model.trainer.state == "idle")
        self.settle()

    def stop(self) -> None:
        """Press Stop, and wait until it has."""
        self.model.transport.stop()
        self.until(lambda: self.model.trainer.state == "idle")

    def tab(self, name: str) -> None:
        """Turn to a tab, and wait for the picture that it asks for."""
        self.parts.tabs.bring(name)
        self.settle()

    def section(self, name: str, *, end: bool = False) -> None:
        """Show one section of the left column alone, from its beginning or up to its end."""
        panel = self.parts.experiment.panel
        for other, section in panel.sections.items():
            section.open(other == name)
        self.settle()
        scroll = panel.findChild(QScrollArea)
        assert scroll is not None
        wanted = panel.sections[name]
        below = wanted.height() - scroll.viewport().height() if end else 0
        scroll.verticalScrollBar().setValue(wanted.y() + below)
        self.settle()

    def resize(self, size: tuple[int, int]) -> None:
        """Give the window another size."""
        self.window.resize(*(size if self.look is None else self.look.size))
        self.window.laid_out.reset()
        self.settle()

    # --- pictures ------------------------------------------------------------------------------------------

    def take(self, name: str, what: QWidget | None = None, *, height: int = 0, smooth: bool = False) -> None:
        """Write a picture of the window, of a part of it, or of a dialog; of some height from its top.

        A palette makes it small, but not where colours run smoothly into one another.
        """
        shown = what or self.window
        if self.look is None:
            self._write(name, shown, height, smooth=smooth)
            return
        shown = shown if isinstance(shown, QDialog) else self.window
        for theme in BOTH if self.look.theme not in BOTH else (self.look.theme,):
            if self.look.theme not in BOTH:
                apply_theme(self._app, theme)
                self.settle()
            self._write(f"{name}-{replace(self.look, theme=theme)}", shown, 0)

    def _write(self, name: str, shown: QWidget, height: int, *, smooth: bool = False) -> None:
        grabbed = shown.grab(QRect(0, 0, shown.width(), height or shown.height()))
        if self.look is not None:
            grabbed.save(str(self._folder / f"{name}.png"))
            return
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        grabbed.save(buffer, "PNG")
        file = self._folder / f"{name}.png"
        image = Image.open(BytesIO(buffer.data().data())).convert("RGB")
        if not smooth:
            image = image.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        image.save(file, optimize=True)
        print(f"{file}: {image.width} x {image.height}, {file.stat().st_size // 1000} kB")

    def dialog(self, name: str) -> QDialog:
        """Return a dialog that has opened."""
        self.until(lambda: self.window.findChildren(QDialog, name))
        self.settle()
        return self.window.findChildren(QDialog, name)[-1]


@contextmanager
def photographed(folder: Path, look: Look, asked: Look | None) -> Iterator[Camera]:
    """Give a camera with a user's folders of its own, and close it; asked: how pictures look, where not as in docs."""
    folder.mkdir(exist_ok=True, parents=True)
    with TemporaryDirectory() as user:
        for kind in ("DATA", "CONFIG", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = user
        camera = Camera(application(Path(user), look), folder, asked)
        try:
            yield camera
        finally:
            camera.close()


def application(folder: Path, look: Look) -> QApplication:
    """Begin an application on a screen that nobody sees."""
    os.environ |= on_a_screen(folder, look.size, look.scale)
    app = QApplication([])
    apply_theme(app, look.theme if look.theme in BOTH else BOTH[0])
    return app


def size_of(words: str) -> Size:
    """Return a size from words such as 911x512."""
    width, height = words.split("x")
    return int(width), int(height)
