"""Take the documents' pictures: `python -m tests.documents.pictures [NAME]...` trains briefly and writes PNGs.

`--to FOLDER` writes them elsewhere. `--size 911x512`, `--theme dark` and `--scale 2` show the whole window, or a
dialog, on such a screen instead: for looking at, as no document has those.

The real window is opened without a screen, over the real engine, with a user's folders of its own.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtWidgets import QLineEdit

from engine.protocol.pictures import Picture
from gui.views.figure_dialog import FigureDialog

from .camera import SIZE, Camera, Look, photographed, size_of
from .pages import DOCS, ROOT

PICTURES = DOCS / "pictures"
WIDE = (1800, 690)
"""For pictures that stand in a row."""
SCREEN = (1920, 1080)


def at_step(picture: Picture | None, step: int) -> bool:
    """Say whether a picture is there, and of a step."""
    return picture is not None and picture.step == step


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
    plots.plots["norms"].pins.set_somewhere()
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
    camera.take("surface", camera.parts.tabs, smooth=True)
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
    """Points of one's own with named classes, from a table."""
    camera.open("circle-global-margin")
    lines = (ROOT / "presets" / "data" / "p10-rings.csv").read_text().splitlines()[1:]
    with TemporaryDirectory() as folder:
        table = Path(folder) / "rings.csv"
        rows = [line.split(",") for line in lines]
        named = [f"{k},{x},{y},{'inner' if float(c) > 0 else 'outer'}" for k, (x, y, c) in enumerate(rows)]
        table.write_text("\n".join(["Id,length,width,ring", *named]))
        camera.window.files.open_path(table)
        dialog = camera.dialog("own_data")
        for _ in range(3):
            camera.settle()
        camera.take("own-data", dialog)
        dialog.reject()


def neurons(camera: Camera) -> None:
    """The units of a two-layer network over the data, and their way."""
    camera.open("circle-global-margin")
    camera.run()
    camera.tab("neurons")
    camera.until(lambda: not camera.parts.tabs["neurons"].neurons.steps.missing)
    camera.settle()
    camera.take("neurons", camera.parts.tabs)
    camera.tab("plots")


def samples(camera: Camera) -> None:
    """Every sample's margin, one of them chosen."""
    camera.open("rings-ntk", run__steps=4000)
    camera.run()
    camera.tab("samples")
    camera.model.selection.choose_sample(5)
    camera.until(lambda: not camera.parts.tabs["samples"].samples.steps.missing)
    camera.settle()
    camera.take("samples", camera.parts.tabs)
    camera.model.selection.choose_sample(None)
    camera.tab("plots")


def layers(camera: Camera) -> None:
    """Singular values of the layers of a deep linear network."""
    camera.open("deep-linear-depth-four", run__steps=3000)
    camera.run()
    camera.tab("layers")
    camera.until(lambda: not camera.parts.tabs["layers"].layers.steps.missing)
    camera.settle()
    camera.take("layers", camera.parts.tabs)
    camera.tab("plots")


def drawing_board(camera: Camera) -> None:
    """The board, with what the network says under the points."""
    camera.open("rings-ntk", run__steps=2000)
    camera.run()
    camera.window.drawing.open()
    dialog = camera.dialog("drawing board")
    for _ in range(3):
        camera.settle()
    camera.take("drawing-board", dialog)
    dialog.reject()


def lecture(camera: Camera) -> None:
    """The arrangement for a lecture."""
    camera.resize((1280, 800))
    camera.open("circle-global-margin")
    camera.run()
    camera.window.laid_out.lecture()
    camera.window.laid_out.settle()
    camera.settle()
    camera.take("lecture")
    camera.window.laid_out.reset()
    camera.window.laid_out.settle()
    camera.resize(SIZE)


def palette(camera: Camera) -> None:
    """Finding an action, a preset, a run or a field."""
    camera.open("circle-global-margin")
    camera.window.finder.open()
    dialog = camera.dialog("palette")
    dialog.findChild(QLineEdit).setText("margin")
    for _ in range(3):
        camera.settle()
    camera.take("palette", dialog)
    dialog.reject()


def handbook(camera: Camera) -> None:
    """The handbook, open at a task."""
    camera.window.learn.open_handbook("guide#measure")
    dialog = camera.dialog("handbook")
    for _ in range(4):
        camera.settle()
    camera.take("handbook", dialog)
    dialog.reject()


def quantities(camera: Camera) -> None:
    """What every measurement is."""
    camera.window.dialogs.quantities()
    dialog = camera.dialog("quantities")
    if camera.look is None:
        dialog.resize(1300, 640)
    dialog.findChild(QLineEdit).setText("lyu")
    for _ in range(8):  # formulas are drawn one after another
        camera.settle()
    camera.take("quantities", dialog)
    dialog.reject()


def maps(camera: Camera) -> None:
    """A map of phases: its cells with a place chosen, slices with the laws fitted to them, all points in a table."""
    camera.open("map-relu-phases")
    camera.tab("maps")
    tab, trained = camera.parts.tabs["maps"], camera.model.maps
    tab.view.training.fold.setChecked(False)
    tab.view.training.run.click()
    camera.until(lambda: trained.under_way is None and trained.shown is not None)
    camera.settle()
    tab.shown.look(replace(tab.shown.offered()[0], of="hidden_change", across=1, up=0, fitted=True))
    tab.shown.look_as("cells")  # it opens as slices, which its claims are about
    tab.view.body.chosen.emit((1, 2))
    camera.settle()
    camera.take("map")
    tab.shown.look_as("slices")
    camera.settle()
    camera.take("map-slices", camera.parts.tabs)
    tab.shown.look_as("points")
    camera.until(lambda: tab.view.body.points.shown.rows)
    camera.settle()
    camera.take("map-points", camera.parts.tabs)


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
        neurons,
        samples,
        layers,
        drawing_board,
        lecture,
        palette,
        handbook,
        quantities,
        maps,
    )
}


def main(names: Sequence[str], folder: Path, look: Look | None = None) -> None:
    """Take the pictures that are named, all where none is."""
    with photographed(folder, look or Look(SCREEN), look) as camera:
        for name in names or SCENES:
            SCENES[name](camera)


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
