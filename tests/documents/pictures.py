"""Take the documents' pictures: `python -m tests.documents.pictures [NAME]...` trains briefly and writes PNGs.

`--to FOLDER` writes them elsewhere. `--size 911x512`, `--theme dark` and `--scale 2` show the whole window, or a
dialog, on such a screen instead: for looking at, as no document has those.

The real window is opened without a screen, over the real engine, with a user's folders of its own.
"""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

# read when Qt and pyqtgraph are first imported
os.environ["QT_LOGGING_RULES"] = "default.warning=false"  # the offscreen platform has no window manager
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QRect
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QScrollArea, QTableWidget, QWidget

from engine.experiment.data import CsvSpec
from engine.protocol.pictures import Picture
from gui.engine_thread import EngineThread
from gui.main_window import MainWindow
from gui.model.session_model import SessionModel
from gui.theme import apply_theme
from gui.views.figure_dialog import FigureDialog
from tests.gui.screens import on_a_screen

from .pages import DOCS, ROOT

PICTURES = DOCS / "pictures"
SIZE = (1440, 900)
WIDE = (1800, 800)
"""For pictures that stand in a row."""
SCREEN = (1920, 1080)
PATIENCE = 180.0
"""Seconds that a training or an answer may take."""
SETTLED = 0.6
"""Seconds after which what is shown has been drawn."""
COLOURS = 256
Size = tuple[int, int]


def at_step(picture: Picture | None, step: int) -> bool:
    """Say whether a picture is there, and of a step."""
    return picture is not None and picture.step == step


@dataclass(frozen=True)
class Look:
    """How pictures are taken that no document has: the whole window, as large as a screen."""

    size: Size
    theme: str = "light"
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
        if self.look is not None:
            name, height, smooth = f"{name}-{self.look}", 0, True
            shown = shown if isinstance(shown, QDialog) else self.window
        grabbed = shown.grab(QRect(0, 0, shown.width(), height or shown.height()))
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


def window(camera: Camera) -> None:
    """The whole window after the first preset has run."""
    camera.open("circle-global-margin")
    camera.run()
    camera.until(lambda: camera.parts.side.claims.rows)
    camera.take("window")


def gallery(camera: Camera) -> None:
    """The gallery of presets."""
    camera.open("circle-global-margin")
    camera.window.files.presets()
    gallery = camera.dialog("gallery")
    camera.take("gallery", gallery)
    gallery.reject()


def margins(camera: Camera) -> None:
    """One plot alone: the margins of the first preset."""
    camera.open("circle-global-margin")
    camera.run()
    camera.parts.plots.set_maximised("margins")
    camera.settle()
    camera.take("margins", camera.parts.plots)
    camera.parts.plots.set_maximised(None)


def measure(camera: Camera) -> None:
    """Two pins over the growth of the norms, and the power laws between them."""
    camera.open("circle-global-margin")
    camera.run()
    plots = camera.parts.plots
    plots.set_maximised("norms")
    camera.settle()
    plots.measuring.set_on(True)
    plots.plots["norms"].pins.set_at(3.0)
    camera.settle()
    camera.take("measure", plots)
    plots.measuring.set_on(False)
    plots.set_maximised(None)


def verdicts(camera: Camera) -> None:
    """Claims that hold, fail and are void, in one preset that shows where a theorem ends."""
    camera.open("schechtman-sum-over-batch")
    camera.run()
    camera.take("verdicts", camera.parts.side, height=400)


def waiting(camera: Camera) -> None:
    """An edit that needs a new run, and says so."""
    camera.open("circle-global-margin", run__steps=400_000)
    camera.start()
    camera.edit("network.activation", "relu2")
    camera.section("network")
    camera.take("waiting", camera.parts.experiment, height=460)
    camera.stop()


def two_runs(camera: Camera) -> None:
    """A run drawn over the one before."""
    camera.open("circle-global-margin")
    camera.run()
    camera.edit("network.init.scale", 1.0)
    camera.run()
    camera.take("two-runs")


def surface(camera: Camera) -> None:
    """The network beside the kernel's predictor, and their difference."""
    camera.resize(WIDE)
    camera.open("rings-ntk", run__steps=4000)
    camera.tab("surface")
    camera.run()
    camera.until(lambda: at_step(camera.parts.tabs["surface"].view.surface, 4000))
    camera.settle()
    camera.take("surface", camera.parts.tabs, height=520, smooth=True)
    camera.resize(SIZE)


def kernel(camera: Camera) -> None:
    """The tangent kernel by class, and its spectrum."""
    camera.open("rings-ntk", run__steps=4000)
    camera.tab("kernel")
    camera.run()
    camera.until(lambda: at_step(camera.parts.tabs["kernel"].view.kernel, 4000))
    camera.settle()
    camera.take("kernel", camera.parts.tabs)
    camera.tab("plots")


def tabs(camera: Camera) -> None:
    """Every tab, after two runs of a network with two inputs."""
    camera.open("rings-ntk", run__steps=4000)
    camera.run()
    camera.edit("network.init.scale", 1.0)
    camera.run()
    for name in camera.parts.tabs.tabs:
        camera.tab(name)
        camera.settle()
        camera.take(f"tab-{name}")
    camera.tab("plots")


def replicas(camera: Camera) -> None:
    """Sixteen seeds side by side: median, band and single lines."""
    camera.open("circle-global-margin", run__steps=3000, replicas=16)
    camera.tab("plots")
    camera.run()
    camera.take("replicas", camera.parts.tabs)


def varied(camera: Camera) -> None:
    """Five initial scales side by side: a colour for each."""
    camera.open("circle-global-margin", run__steps=3000)
    camera.edit("vary", {"network.init.scale": [0.01, 0.03, 0.1, 0.3, 1.0]})
    camera.tab("plots")
    camera.run()
    camera.take("varied", camera.parts.tabs)


def run_table(camera: Camera) -> None:
    """Nine runs, three initial scales with three seeds each: as rows, against each other, as groups in plots."""
    camera.open("circle-global-margin", run__steps=1500)
    for scale in (0.03, 0.1, 0.3):
        camera.edit("network.init.scale", scale)
        for seed in range(3):
            camera.edit("seed", seed)
            camera.run()
    table, shown = camera.model.table, ("network.init.scale", "fitted_step")
    camera.tab("runs")
    camera.until(lambda: not table.is_busy)
    camera.model.run_list.star([camera.model.run_list.runs[3].id], starred=True)
    table.arrange(colour=shown[0], across=shown[0], up=shown[1], sort="margin_ratio", descending=True)
    camera.settle()
    camera.take("run-table", camera.parts.tabs)
    table.arrange(group=shown[0], colour="", across="", up="")
    camera.until(lambda: len(camera.model.groups.lines) == 3)
    camera.tab("plots")
    camera.take("groups", camera.parts.tabs)


def lazy_or_rich(camera: Camera) -> None:
    """The network's section, with the sweep from lazy to rich."""
    camera.open("circle-global-margin")
    camera.section("network", end=True)
    camera.take("network", camera.parts.experiment)


def figure(camera: Camera) -> None:
    """The dialog that writes figures."""
    camera.open("circle-global-margin", run__steps=3000)
    camera.run()
    camera.window.figures.export_figure()
    dialog = camera.dialog("figure_dialog")
    assert isinstance(dialog, FigureDialog)
    camera.until(lambda: not dialog.preview.pixmap().isNull())
    camera.settle()
    camera.take("figure", dialog)
    dialog.reject()


def own_data(camera: Camera) -> None:
    """Points of one's own, from a table."""
    camera.open("circle-global-margin")
    table = ROOT / "presets" / "data" / "p10-rings.csv"
    camera.edit("data", CsvSpec(kind="csv", path=str(table)).model_dump())
    camera.section("data")
    camera.take("own-data", camera.parts.experiment)


def quantities(camera: Camera) -> None:
    """What every measurement is."""
    camera.window.dialogs.quantities()
    dialog = camera.dialog("quantities")
    if camera.look is None:
        dialog.resize(1300, 640)
    dialog.findChild(QLineEdit).setText("lyu")
    for place, width in ((0, 230), (2, 330)):
        dialog.findChild(QTableWidget).setColumnWidth(place, width)
    for _ in range(8):  # formulas are drawn one after another
        camera.settle()
    camera.take("quantities", dialog)
    dialog.reject()


SCENES: dict[str, Callable[[Camera], None]] = {
    scene.__name__: scene
    for scene in (
        window,
        gallery,
        margins,
        measure,
        verdicts,
        waiting,
        two_runs,
        surface,
        kernel,
        tabs,
        replicas,
        varied,
        run_table,
        lazy_or_rich,
        figure,
        own_data,
        quantities,
    )
}


def main(names: Sequence[str], folder: Path, look: Look | None = None) -> None:
    """Take the pictures that are named, all where none is."""
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory() as user:
        for kind in ("DATA", "CONFIG", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = user
        app = application(Path(user), look or Look(SCREEN))
        camera = Camera(app, folder, look)
        try:
            for name in names or SCENES:
                SCENES[name](camera)
        finally:
            camera.close()


def application(folder: Path, look: Look) -> QApplication:
    """Begin an application on a screen that nobody sees."""
    os.environ |= on_a_screen(folder, look.size, look.scale)
    app = QApplication([])
    apply_theme(app, look.theme)
    return app


def size_of(words: str) -> Size:
    """Return a size from words such as 911x512."""
    width, height = words.split("x")
    return int(width), int(height)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SCENES], metavar="NAME")
    parser.add_argument("--to", type=Path, default=PICTURES, metavar="FOLDER")
    parser.add_argument("--size", type=size_of, metavar="WxH", help="of a screen, in logical pixels")
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    parser.add_argument("--scale", type=float, default=1.0, help="pixels of the screen to a logical one")
    arguments = parser.parse_args()
    size, theme, scale = arguments.size, arguments.theme, arguments.scale
    given = size is not None or theme != "light" or scale != 1
    main(arguments.names, arguments.to, Look(size or SIZE, theme, scale) if given else None)
