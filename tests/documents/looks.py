"""Take pictures of all that the window shows, for looking at: `python -m tests.documents.looks FOLDER [NAME]...`.

Every scene is taken light and dark on screens of 1280 x 800, 1920 x 1080, 2560 x 1440 at scale 2, and 900 x 600, each
in a process of its own, one after the other; `--screen 1280x800@1` chooses among them.
"""

from __future__ import annotations

import subprocess
import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QDialog

from engine.protocol.points import PointResult, Task
from gui.cards.help_card import explained, show_card
from gui.tabs.map_tab import MapTab
from gui.tour.tour import Tour
from tests.engine.sweep.material import Here

from .camera import Camera, Look, photographed, size_of
from .pictures import own_data, palette

SCREENS = ("1280x800@1", "1920x1080@1", "2560x1440@2", "900x600@1")
BOTH = "both"
FIRST = "circle-global-margin"


def every_tab(camera: Camera, name: str, *, pause: int = 2) -> None:
    """Take every tab as it is now, once it has been answered."""
    for tab in camera.parts.tabs.tabs:
        camera.tab(tab)
        for _ in range(pause):
            camera.settle()
        camera.take(f"{name}-{tab}")
    camera.tab("plots")


def shown(camera: Camera, name: str, open_it: Callable[[], object], *, wait: int = 2) -> QDialog:
    """Open a dialog, take it, and leave it open."""
    open_it()
    dialog = camera.dialog(name) if name else visible(camera)
    for _ in range(wait):
        camera.settle()
    camera.take(f"dialog-{name or dialog.objectName()}", dialog)
    return dialog


def visible(camera: Camera) -> QDialog:
    """Return the dialog that has opened."""
    camera.until(lambda: any(dialog.isVisible() for dialog in camera.window.findChildren(QDialog)))
    return next(dialog for dialog in camera.window.findChildren(QDialog) if dialog.isVisible())


def empty(camera: Camera) -> None:
    """Before anything has run."""
    camera.open(FIRST)
    every_tab(camera, "empty", pause=1)


def training(camera: Camera) -> None:
    """While a run is under way, and an edit waits for the next."""
    camera.open(FIRST, run__steps=4_000_000)
    camera.start()
    camera.take("training-plots")
    camera.edit("network.activation", "relu2")
    camera.tab("neurons")
    camera.settle()
    camera.take("training-neurons-waiting")
    camera.window.queue.open()
    camera.model.transport.run_after()
    shown(camera, "queue", camera.window.queue.open).reject()
    camera.stop()
    camera.tab("plots")


def one(camera: Camera) -> None:
    """A two-layer network on points in a plane, a sample and a unit chosen."""
    camera.open("rings-ntk", run__steps=3000)
    camera.run()
    camera.model.selection.choose_sample(5)
    every_tab(camera, "one")
    camera.model.selection.choose_sample(None)
    for tab in ("surface", "kernel", "neurons"):
        camera.tab(tab)
        compared = camera.parts.tabs.tabs[tab].compared
        assert compared is not None
        compared.hold(10)
        for _ in range(3):
            camera.settle()
        camera.take(f"two-steps-{tab}")
        compared.hold(None)
    camera.tab("plots")


def several(camera: Camera) -> None:
    """Eight replicas, and three runs compared."""
    camera.open("rings-ntk", run__steps=1500, replicas=8)
    camera.run()
    for scale in (0.3, 1.0):
        camera.edit("network.init.scale", scale)
        camera.run()
    every_tab(camera, "several")
    table = camera.model.table
    camera.tab("runs")
    table.arrange(colour="network.init.scale", across="network.init.scale", up="fitted_step")
    camera.settle()
    camera.take("runs-scatter")
    table.arrange(group="network.init.scale", colour="", across="", up="")
    camera.settle()
    camera.take("runs-groups")
    camera.tab("plots")
    camera.take("groups-plots")


def classes(camera: Camera) -> None:
    """Four classes in a plane."""
    camera.open("rings-ntk", run__steps=1500)
    camera.edit("data.kind", "blobs")
    camera.edit("data.classes", 4)
    camera.run()
    every_tab(camera, "classes")


def pictures(camera: Camera) -> None:
    """Digits: many classes, pictures as inputs, two experiments in one file."""
    camera.open("digits-two-step-rules", run__steps=800)
    camera.run()
    camera.model.selection.choose_sample(3)
    every_tab(camera, "pictures", pause=3)
    camera.model.selection.choose_sample(None)


def deep(camera: Camera) -> None:
    """A deep linear network, and one whose layers are single numbers."""
    camera.open("deep-linear-depth-four", run__steps=1500)
    camera.run()
    every_tab(camera, "deep")
    camera.open("gunasekar-diagonal", run__steps=800)
    camera.run()
    every_tab(camera, "diagonal", pause=1)


def diverged(camera: Camera) -> None:
    """A run that left the numbers."""
    camera.open(FIRST, run__steps=2000)
    camera.edit("optimizer.step.kind", "constant")
    camera.edit("optimizer.step.eta", 1e12)
    camera.run()
    every_tab(camera, "diverged", pause=1)


def maps(camera: Camera) -> None:
    """A map of which some points diverged, failed or have no value, in all of its ways; then with large text."""

    def made_up(task: Task) -> list[PointResult]:
        return [_of_a_map(point) for point in task.points]

    camera.model.maps.make_workers = lambda document, data: Here(made_up)
    camera.open("map-sgd-late-stage")
    camera.tab("maps")
    tab, trained = camera.parts.tabs["maps"], camera.model.maps
    assert isinstance(tab, MapTab)
    tab.view.training.run.click()
    camera.until(lambda: trained.under_way is None and trained.shown is not None and trained.shown.results)
    for text in ("", "-text-150"):
        for kind in ("cells", "slices", "lines", "points"):
            tab.shown.look_as(kind)
            tab.view.body.chosen.emit((0, 3))
            camera.settle()
            camera.take(f"maps-{kind}{text}")
        tab.view.training.fold.click()
        camera.settle()
        tab.shown.look_as("cells")
        camera.settle()
        camera.take(f"maps-folded{text}")
        tab.view.training.fold.click()
        for _ in range(0 if text else 3):
            camera.window.commands["larger_text"].trigger()
        camera.settle()
    camera.window.laid_out.reset()
    camera.window.laid_out.settle()
    camera.tab("plots")


def _of_a_map(point: int) -> PointResult:
    """Return what became of a point: of a few places nothing good."""
    place, seed = divmod(point, 3)
    value = 0.03 * (place + 1) + 0.002 * seed
    verdict = "holds" if place % 4 else "fails"
    if place == 6 or (place, seed) in ((3, 0), (9, 1), (12, 0), (12, 1)):
        return PointResult(point, "diverged", 40, 0.1, {}, {"diverged_step": 40}, ("void",))
    if place == 13 or (place, seed) in ((3, 1), (10, 2)):
        return PointResult(
            point, "failed", 0, 0.0, why="its process ended: not enough memory (2.1 GiB were asked)"
        )
    finals = {"log_loss": -5.0 - place, "param_norm": 1.0 + place}
    if (place, seed) not in ((8, 0), (5, 0), (5, 1), (5, 2)):
        finals["normalized_margin"] = value
    return PointResult(point, "done", 10_000, 0.1, finals, {"fitted_step": 10 * place + seed}, (verdict,))


def dialogs(camera: Camera) -> None:
    """Every dialog, after a run."""
    camera.open(FIRST, run__steps=3000)
    camera.run()
    window = camera.window
    for name, open_it in (
        ("gallery", window.files.presets),
        ("quantities", window.dialogs.quantities),
        ("shortcuts", window.dialogs.shortcuts),
        ("plug_ins", window.dialogs.plug_ins),
        ("", window.dialogs.about),
        ("", window.dialogs.report),
        ("figure_dialog", window.figures.export_figure),
        ("", window.figures.compose),
        ("", window.figures.animate),
        ("handbook", window.learn.handbook),
        ("drawing board", window.drawing.open),
        ("", window.files.save_preset),
        ("", window.laid_out.ask_for_a_name),
        ("", camera.parts.plots.own.make),
    ):
        shown(camera, name, open_it, wait=4).reject()
        camera.settle()
    palette(camera)


def limits(camera: Camera) -> None:
    """Where a run is going, what theory says of it, and the plots of its path, its components and its margins."""
    for preset in ("circle-global-margin", "jacot-rank-by-rank", "ji-telgarsky-convolution"):
        camera.open(preset)
        camera.run()
        camera.take(f"plots-{preset}")
    camera.open("circle-global-margin")
    camera.parts.plots.set_shown(["path", "path_left", "margins"])
    camera.run()
    camera.parts.side.judged.setCurrentIndex(1)
    camera.settle()
    camera.take("path-and-theory")
    camera.parts.side.judged.setCurrentIndex(0)
    camera.window.limits.open()
    card = camera.dialog("limit_dialog")
    camera.until(lambda: bool(camera.window.limits.query.known))
    camera.settle()
    camera.take("limit-card", card)
    card.reject()


def learning(camera: Camera) -> None:
    """The tour's steps, and a help card."""
    camera.open(FIRST)
    camera.window.learn.tour()
    camera.settle()
    camera.take("tour-1")
    (tour,) = camera.window.findChildren(Tour)
    for step in range(2, 6):
        tour.go_on()
        camera.settle()
        camera.take(f"tour-{step}")
    tour.end()
    camera.run()
    found = explained(camera.parts.plots.plots["margins"])
    if found is not None:
        show_card(found[1], found[0])
        camera.settle()
        camera.take("help-card")


def measuring(camera: Camera) -> None:
    """Two pins in a plot."""
    camera.open(FIRST)
    camera.run()
    plots = camera.parts.plots
    plots.measuring.set_on(True)
    plots.plots["norms"].pins.set_at(3.0)
    camera.settle()
    camera.take("measuring")
    plots.set_maximised("norms")
    camera.settle()
    camera.take("measuring-alone")
    plots.measuring.set_on(False)
    plots.set_maximised(None)


def large(camera: Camera) -> None:
    """The arrangement for a lecture, and large text in the usual one."""
    camera.open(FIRST)
    camera.run()
    camera.window.laid_out.lecture()
    camera.window.laid_out.settle()
    every_tab(camera, "lecture", pause=1)
    camera.window.laid_out.reset()
    camera.window.laid_out.settle()
    for _ in range(3):
        camera.window.commands["larger_text"].trigger()
    camera.settle()
    camera.take("text-150")
    for _ in range(2):
        camera.window.commands["larger_text"].trigger()
    camera.settle()
    camera.take("text-200")
    camera.tab("neurons")
    camera.settle()
    camera.take("text-200-neurons")
    camera.tab("plots")
    camera.window.laid_out.reset()
    camera.window.laid_out.settle()


LOOKS: dict[str, Callable[[Camera], None]] = {
    scene.__name__: scene
    for scene in (
        empty,
        training,
        one,
        several,
        classes,
        pictures,
        deep,
        diverged,
        maps,
        dialogs,
        own_data,
        learning,
        limits,
        measuring,
        large,
    )
}


def on_one(screen: str, folder: Path, names: Sequence[str]) -> int:
    """Take scenes on one screen, and return how many of them failed."""
    size, _, scale = screen.partition("@")
    look, failed = Look(size_of(size), BOTH, float(scale or 1)), 0
    with photographed(folder, look, look) as camera:
        for name in names or LOOKS:
            try:
                LOOKS[name](camera)
            except Exception:
                failed += 1
                traceback.print_exc()
    return failed


def main(screens: Sequence[str], folder: Path, names: Sequence[str]) -> int:
    """Take scenes on every screen: Qt has one scale in a process."""
    if len(screens) == 1:
        return on_one(screens[0], folder, names)
    mine = [sys.executable, "-m", "tests.documents.looks", str(folder), *names, "--screen"]
    return sum(subprocess.run([*mine, screen], check=False).returncode for screen in screens)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", choices=[[], *LOOKS], metavar="NAME")
    parser.add_argument("--screen", action="append", metavar="WxH@SCALE", help="in logical pixels")
    arguments = parser.parse_args()
    sys.exit(main(arguments.screen or SCREENS, arguments.folder, arguments.names))
