"""MNIST by a button: beside the window, with a bar, and told in place where it cannot be had."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.data import idx_places, sizes
from engine.data.download import Download
from engine.experiment.data import CircleSpec, IdxSpec
from engine.experiment.experiment import experiment_from
from gui.forms.form_context import FormContext
from gui.panels import download_bar
from gui.panels.data_panel import DataPanel
from gui.panels.download_bar import DownloadBar
from tests.deadlines import PATIENCE
from tests.engine.data import mirror
from tests.engine.data.idx_files import write_set
from tests.gui.lab import Lab, SharedEngine
from tests.gui.panels.test_data import CIRCLE, Model

Serve = Callable[[mirror.Answer], None]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_set(tmp_path / "source", [0, 1, 2] * 400, [2, 1, 0] * 5)


@pytest.fixture
def panel(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[DataPanel]:
    monkeypatch.setattr(idx_places, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(download_bar, "PATIENCE", PATIENCE)  # its thread may be kept from ending for a while
    panel = DataPanel(FormContext())
    qtbot.addWidget(panel)
    panel.resize(336, 800)
    yield panel
    panel.download.end()


@pytest.fixture
def serve(panel: DataPanel, source: Path) -> Iterator[Serve]:
    """Return what lets the panel's downloads meet a mirror of a certain manner."""
    opened = []

    def start(manner: mirror.Answer) -> None:
        context = mirror.served(source, manner)
        address, _ = context.__enter__()
        opened.append(context)
        panel.download._make = lambda name: Download(
            name, mirrors={name: [address]}, checksums={}, timeout=PATIENCE
        )

    yield start
    for context in opened:
        context.__exit__(None, None, None)


def downloading() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "download"]


def test_a_click_fetches_the_set_and_takes_it(qtbot: QtBot, panel: DataPanel, serve: Serve) -> None:
    model = Model(panel, CIRCLE)
    serve(mirror.good)
    panel.thumbnails.button("idx").click()
    assert panel.download.button.text() == "Download MNIST"
    panel.download.button.click()
    assert panel.download.working and downloading()
    assert not panel.download.bar.isHidden() and panel.download.button.isHidden()
    qtbot.waitUntil(lambda: isinstance(model.experiment.data, IdxSpec))
    assert model.experiment.data.folder == "mnist"
    assert panel.download.bar.isHidden() and not panel.download.working
    qtbot.waitUntil(lambda: panel.counts.text() == "1,000 points, 6 inputs, 3 classes, 15 to test")
    assert not downloading()


def test_a_set_that_was_looked_for_in_vain_is_found_once_it_is_there(
    qtbot: QtBot, panel: DataPanel, serve: Serve
) -> None:
    model = Model(panel, IdxSpec(kind="idx", folder="kmnist"))
    row = panel.form.row("data.folder")
    assert row is not None
    qtbot.waitUntil(lambda: "is not on this machine" in row.message)
    serve(mirror.good)
    panel.download.menu.actions()[2].trigger()
    qtbot.waitUntil(lambda: panel.counts.text().startswith("1,000 points"))
    assert row.message == "" and model.said == []


def test_what_went_wrong_stands_in_place_until_the_next_try(
    qtbot: QtBot, panel: DataPanel, serve: Serve
) -> None:
    model = Model(panel, IdxSpec(kind="idx", folder="elsewhere"))
    serve(mirror.not_found)
    panel.download.begin("mnist")
    qtbot.waitUntil(lambda: not panel.download.problem.isHidden())
    said = panel.download.problem.text()
    assert said.startswith("✕ MNIST could not be downloaded: 127.0.0.1") and "HTTP 404" in said
    assert "Debian's dataset-fashion-mnist" in said and "into a folder" in said
    assert not panel.download.button.isHidden() and not panel.download.working
    assert model.said == []
    serve(mirror.slow)
    panel.download.begin("mnist")
    assert panel.download.problem.isHidden()


def test_how_far_it_is_and_cancel(qtbot: QtBot, panel: DataPanel, serve: Serve, source: Path) -> None:
    Model(panel, IdxSpec(kind="idx", folder="elsewhere"))
    serve(mirror.slow)
    bar = panel.download.bar
    panel.download.begin("mnist")
    size = (source / "train-images-idx3-ubyte.gz").stat().st_size
    qtbot.waitUntil(lambda: bar.maximum() == size and bar.value() == size // 2)
    assert bar.text().startswith("1/4: ") and "train-images" in bar.toolTip()
    panel.download.begin("kmnist")
    assert len(downloading()) == 1, "one at a time"
    panel.download.cancel.click()
    qtbot.waitUntil(lambda: not panel.download.working)
    assert panel.download.problem.isHidden() and not panel.download.button.isHidden()
    qtbot.waitUntil(lambda: not downloading())
    assert not (idx_places.downloads_folder() / "mnist").exists()


def test_a_size_that_nobody_tells_shows_a_busy_bar(qtbot: QtBot, panel: DataPanel, serve: Serve) -> None:
    Model(panel, IdxSpec(kind="idx", folder="elsewhere"))

    def endless(answering: mirror.Mirror, content: bytes) -> None:
        answering.begin(None)
        answering.wfile.write(content)
        answering.wfile.flush()
        answering.release.wait(PATIENCE)

    serve(endless)
    panel.download.begin("mnist")
    qtbot.waitUntil(lambda: panel.download.bar.format().endswith("B"))
    assert panel.download.bar.maximum() == 0


def test_closing_stops_a_download_and_joins_its_thread(panel: DataPanel, serve: Serve, qtbot: QtBot) -> None:
    Model(panel, IdxSpec(kind="idx", folder="elsewhere"))
    serve(mirror.slow)
    panel.download.begin("mnist")
    qtbot.waitUntil(lambda: panel.download.bar.value() > 0)
    panel.download.end()
    assert not downloading()
    panel.download.end()


def test_a_set_changes_nothing_where_another_kind_was_chosen_meanwhile(
    qtbot: QtBot, panel: DataPanel, serve: Serve
) -> None:
    model = Model(panel, IdxSpec(kind="idx", folder="elsewhere"))
    serve(mirror.good)
    panel.download.begin("mnist")
    model.edit("data.kind", "circle")
    with qtbot.waitSignal(panel.download.downloaded):
        pass
    assert isinstance(model.experiment.data, CircleSpec)
    assert len(model.said) == 1


def test_whatever_breaks_is_told(qtbot: QtBot) -> None:
    class Broken(Download):
        def run(self, told: object) -> Path:
            raise RuntimeError("the net is gone")

    bar = DownloadBar(make=Broken)
    qtbot.addWidget(bar)
    bar.begin("mnist")
    qtbot.waitUntil(lambda: "the net is gone" in bar.problem.text())
    bar.end()


def test_the_window_offers_every_known_set_from_the_labs_own_mirrors(qtbot: QtBot) -> None:
    bar = DownloadBar()
    qtbot.addWidget(bar)
    assert [action.data() for action in bar.menu.actions()] == list(idx_places.SETS)
    download = download_bar.lab_download("kmnist")
    assert download.folder == idx_places.downloads_folder() / "kmnist"


def test_the_command_line_reads_what_the_window_fetched(panel: DataPanel, serve: Serve, qtbot: QtBot) -> None:
    """Both look in the same folder."""
    said = {
        "version": 1,
        "data": {"kind": "idx", "folder": "mnist"},
        "network": {"kind": "mlp"},
        "loss": {"kind": "logistic"},
        "optimizer": {"kind": "adam"},
    }
    serve(mirror.good)
    with qtbot.waitSignal(panel.download.downloaded):
        panel.download.begin("mnist")
    assert sizes(experiment_from(said).data).points == 1000


def test_closing_the_window_ends_a_download(
    qtbot: QtBot, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_bar, "PATIENCE", PATIENCE)
    engine = SharedEngine(target="tests.gui.fake_engine:main").awaited()
    with mirror.served(source, mirror.slow) as (address, asked):
        lab = Lab(qtbot, engine)
        bar = lab.window.parts.experiment.panel.data.download
        bar._make = lambda name: Download(name, tmp_path / "there", mirrors={name: [address]})
        bar.begin("mnist")
        qtbot.waitUntil(lambda: asked)
        lab.close()
    assert not downloading()
    assert not (tmp_path / "there").exists()
    engine.end()
