"""The kernel's heat map and spectrum, the replica slider, and the picture that stands still under both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.figures.replicas import ReplicaScale, replica_scale
from engine.protocol.kernel import KernelReady, Spectrum
from gui.pictures.kernel_view import KernelView
from gui.plots.replica_slider import ReplicaSlider
from gui.theme import apply_theme
from tests.engine.cases import experiment
from tests.gui.lab import on_screen

LABELS = np.array([-1, -1, -1, 1, 1])


pytestmark = pytest.mark.usefixtures("light_again")


@pytest.fixture
def view(qtbot) -> KernelView:
    return on_screen(qtbot, KernelView(), 900, 560)


def kernel(**changes: object) -> KernelReady:
    """Return the kernel of perfectly told classes, one entry apart."""
    values = np.outer(LABELS, LABELS).astype(np.float32)
    values[0, 4] = values[4, 0] = 3.0
    ready = KernelReady(
        request=1,
        run="a",
        step=1200,
        replica=0,
        layer="",
        choice="step",
        normalised=False,
        values=values,
        samples=np.array([7, 2, 5, 1, 0]),
        labels=LABELS,
        start=Spectrum(np.array([4.0, 2.0, 1.0, 0.5, 0.0]), 3.0, 7.5),
        now=Spectrum(np.array([100.0, 10.0, 1.0, 0.0, 0.0]), 1.5, 111.0),
        alignment=0.75,
        shares={"W1": (0.25, 0.5), "W2": (0.75, 0.5)},
    )
    return replace(ready, **changes)


def colour_at(view: KernelView, row: int, column: int) -> QColor:
    canvas = view.map.canvas
    place = view.map.view.mapViewToScene(QPointF(column + 0.5, 5 - row - 0.5))
    return canvas.grab().toImage().pixelColor(canvas.mapFromScene(place))


def test_without_a_kernel_the_view_says_why(view: KernelView) -> None:
    assert view.nothing.isVisible()
    view.show_none("the kernel would need 9 GB")
    assert "9 GB" in view.nothing.text()


def test_rows_run_down_from_the_first_class_and_zero_is_the_middle(view: KernelView) -> None:
    view.show_kernel(kernel())
    assert view.map.image.getLevels() == pytest.approx((-3, 3))
    corner = colour_at(view, 0, 4)
    assert corner == colour_at(view, 4, 0) and corner.red() > corner.blue() + 80
    blue = colour_at(view, 1, 4)
    assert blue.blue() > blue.red() + 30
    zero = kernel(values=np.zeros((5, 5), np.float32))
    view.show_kernel(zero)
    assert colour_at(view, 2, 2).lightness() > 252


def test_classes_are_told_apart_by_lines_and_names(view: KernelView) -> None:
    view.show_kernel(kernel())
    assert view.map.canvas.bottom_axis.ticks() == [(1.5, "−1"), (4.0, "+1")]
    assert view.map.canvas.left_axis.ticks() == [(1.0, "+1"), (3.5, "−1")]
    x, y = view.map.edges.getData()
    assert list(zip(x, y, strict=True)) == [(0, 2), (5, 2), (3, 0), (3, 5)]


def test_what_lies_under_the_mouse_is_told(view: KernelView) -> None:
    view.show_kernel(kernel(note="on a subset"))
    assert view.reading.text() == "on a subset"
    view.map.canvas.hovered.emit(4.2, 4.9)
    assert view.reading.text() == "sample 7 (class −1), sample 0 (class +1): 3.000"
    view.map.canvas.hovered.emit(-0.2, 4.9)
    assert view.reading.text() == "on a subset"


def test_spectra_are_drawn_as_logarithms_without_rounding(view: KernelView) -> None:
    view.show_kernel(kernel())
    x, y = view.spectrum.now.getData()
    assert x == pytest.approx(np.log10([1, 2, 3]))
    assert y == pytest.approx([2, 1, 0])
    assert len(view.spectrum.start.getData()[0]) == 4
    assert view.spectrum.canvas.note == "3 eigenvalues at rounding not shown"
    for words in ("1.500", "111.0", "0.7500", "W1", "25 %", "50 %"):
        assert words in view.numbers.text()


def test_choices_are_asked_for_and_layers_offered(view: KernelView, qtbot) -> None:
    view.show_kernel(kernel())
    assert [view.layer_box.itemData(k) for k in range(view.layer_box.count())] == ["", "W1", "W2"]
    view.layer_box.setCurrentIndex(2)
    with qtbot.waitSignal(view.kernel_wanted) as caught:
        view.layer_box.activated.emit(2)
    assert caught.args == ["step", "W2", False]
    view.choice_box.setCurrentIndex(2)
    with qtbot.waitSignal(view.kernel_wanted) as caught:
        view.normalise_box.click()
    assert caught.args == ["difference", "W2", True]
    with qtbot.assertNotEmitted(view.kernel_wanted):
        view.show_kernel(kernel(layer="W2", choice="difference", normalised=True))
    assert view.layer_box.currentData() == "W2"
    assert view.bar.meaning == (
        "tangent kernel at step 1,200 less at the start, layer W2, each over its Frobenius norm"
    )


def test_a_thousand_samples_are_shown_within_a_frame_or_two(view: KernelView) -> None:
    labels = np.repeat([0, 1, 2, 3], 250)
    values = np.random.default_rng(0).normal(size=(1000, 1000)).astype(np.float32)
    large = kernel(values=values, labels=labels, samples=np.arange(1000))
    view.show_kernel(large)
    assert view.map.image.image.shape == (1000, 1000)
    assert len(view.map.canvas.bottom_axis.ticks()) == 4


def test_a_new_theme_recolours_the_map(view: KernelView, qapp: QApplication) -> None:
    view.show_kernel(kernel(values=np.zeros((5, 5), np.float32)))
    apply_theme(qapp, "dark")
    assert colour_at(view, 2, 2).lightness() < 60


# --- replicas ---


def test_replicas_lie_by_the_logarithm_of_what_is_varied() -> None:
    said = experiment({"vary": {"network.output_scale": [100.0, 0.1, 1.0, 10.0]}})
    scale = replica_scale(said)
    assert scale.labels == ("α = 100", "α = 0.1", "α = 1", "α = 10")
    assert scale.places == pytest.approx((1, 0, 1 / 3, 2 / 3))
    assert scale.ends == ("rich", "lazy")
    assert scale.nearest(0.3) == 2
    assert (scale.beside(1, 1), scale.beside(1, -1), scale.beside(3, 9)) == (2, 1, 0)


def test_replicas_without_a_scale_lie_one_after_the_other() -> None:
    seeds = replica_scale(experiment({"replicas": 3, "seed": 5}))
    assert seeds.labels == ("replica 0, seed 5", "replica 1, seed 6", "replica 2, seed 7")
    assert seeds.places == (0, 0.5, 1)
    noise = replica_scale(experiment({"vary": {"data.label_noise": [0.2, 0.0, 0.1]}}))
    assert noise.labels[0] == "label noise = 0.2"
    assert noise.places == (1, 0, 0.5)
    assert replica_scale(experiment({"vary": {"network.output_scale": [1.0, 1.0]}})).places == (0, 1)


@pytest.fixture
def slider(qtbot) -> ReplicaSlider:
    slider = ReplicaSlider(None, clearable=True)
    qtbot.addWidget(slider)
    slider.resize(360, 30)
    slider.show_scale(ReplicaScale(("a = 1", "a = 10", "a = 100"), (0.0, 0.5, 1.0), ("rich", "lazy")))
    slider.show()
    return slider


def test_the_slider_chooses_by_mouse_and_keys(slider: ReplicaSlider, qtbot) -> None:
    assert slider.label.text() == "median"
    chosen: list[object] = []
    slider.replica_chosen.connect(chosen.append)
    slider.replica_chosen.connect(slider.show_replica)
    line = slider.line
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(round(line.position_of(2)) - 3, 8))
    assert slider.label.text() == "a = 100"
    QTest.keyClick(line, Qt.Key.Key_Left)
    QTest.keyClick(line, Qt.Key.Key_Home)
    QTest.keyClick(line, Qt.Key.Key_Home)
    assert chosen == [2, 1, 0]
    slider.label.click()
    assert chosen[-1] is None and slider.label.text() == "median"


def test_one_replica_needs_no_slider(slider: ReplicaSlider) -> None:
    slider.show_scale(ReplicaScale(("",), (0.0,)))
    assert not slider.isVisible()
