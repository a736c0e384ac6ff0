from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from engine.protocol.neurons import NeuronsReady, UnitLayer, UnitsSeen
from engine.protocol.surface import SurfaceReady
from gui.main_window import MainWindow
from gui.neurons.side_colours import side_words
from gui.pictures.surface_picture import SurfacePicture, diverging, zero_lines
from gui.pictures.surface_view import SurfaceView
from gui.theme import LIGHT, apply_theme, run_colour
from gui.views.figure_dialog import FigureDialog
from tests.gui.lab import Lab, on_screen

AXIS = np.linspace(-1.2, 1.2, 41)
X1, X2 = np.meshgrid(AXIS, AXIS)
POINTS = np.array([[0.8, -0.9], [-0.8, 0.9], [0.5, 0.5]])


SEEN = UnitsSeen(1, *(np.ones(3) for _ in range(5)), np.array([0, 1, 2]))
UNITS = NeuronsReady(
    *(1, "a", 1, 0, UnitLayer("W1", 3, "units"), (), np.arange(3), SEEN),
    classes=3,
    class_names=("cat", "dog", "cow"),
)

pytestmark = pytest.mark.usefixtures("light_again")


@pytest.fixture
def view(qtbot) -> SurfaceView:
    return on_screen(qtbot, SurfaceView(), 900, 500)


def surface(**changes: object) -> SurfaceReady:
    """Return a network that is 20 (x1 - x2 / 2) and a kernel that is -x1."""
    ready = SurfaceReady(
        request=1,
        run="a",
        step=12000,
        replica=0,
        axis=AXIS,
        network=20 * (X1 - X2 / 2),
        other=-X1,
        points=POINTS,
        labels=np.array([1, -1, 1]),
        support=np.array([True, False, True]),
        other_support=np.array([False, True, False]),
    )
    return replace(ready, **changes)


def colour_at(picture: SurfacePicture, x1: float, x2: float) -> QColor:
    """Return what is painted at an input."""
    image = picture.canvas.grab().toImage()
    place = picture.canvas.mapFromScene(picture.view.mapViewToScene(QPointF(x1, x2)))
    return image.pixelColor(place)


def test_without_a_surface_the_view_says_why(view: SurfaceView) -> None:
    assert view.nothing.isVisible()
    view.show_none("The surface needs inputs of two numbers; these have 64.")
    assert "64" in view.nothing.text()


def rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def test_a_value_is_painted_where_its_input_is(view: SurfaceView) -> None:
    only = np.full_like(X1, -1.0)
    only[(X1 > 0.4) & (X2 < -0.6)] = 1.0  # rows run along the second input
    view.show_surface(surface(network=only, points=None, labels=None))
    high, low = colour_at(view.network, 0.8, -0.9), colour_at(view.network, -0.8, 0.9)
    assert high.red() > 180 > high.blue()
    assert low.blue() > low.red() + 40
    assert colour_at(view.network, 0.8, 0.9) == low
    assert view.network.value_at(0.8, -0.9) == 1
    assert np.isnan(view.network.value_at(2, 0))


def test_each_is_divided_by_its_root_mean_square_until_one_asks_otherwise(view: SurfaceView) -> None:
    view.show_surface(surface())
    network, other = X1 - X2 / 2, -X1
    difference = network / rms(network) - other / rms(other)
    assert view.network.values == pytest.approx(network / rms(network))
    assert view.other.values == pytest.approx(other / rms(other))
    assert view.difference.values == pytest.approx(difference)
    level = np.abs(difference).max()
    for picture in view.pictures:
        assert picture.image.getLevels() == pytest.approx((-level, level))
    assert view.bar.level == pytest.approx(level)
    assert "root mean square" in view.bar.meaning
    view.normalise_box.click()
    assert view.other.value_at(1.2, 0) == pytest.approx(-1.2)
    assert view.difference.value_at(1.2, 0) == pytest.approx(25.2)
    assert view.other.image.getLevels() == pytest.approx((-view.bar.level, view.bar.level))


def test_where_signs_differ_is_told(view: SurfaceView) -> None:
    view.show_surface(surface(network=X1 - 0.3, other=X1))
    between = ((X1 > 0) & (X1 <= 0.3)).mean()
    assert f"signs differ on {100 * between:.3g} % of the square" in view.step_label.text()


def test_the_decision_line_lies_where_the_network_is_zero(view: SurfaceView) -> None:
    view.show_surface(surface())
    x, y = view.network.zero.getData()
    assert x == pytest.approx(y / 2, abs=1e-9)
    assert y.min() == pytest.approx(-1.2)
    assert y.max() == pytest.approx(1.2)


def test_several_decision_lines_are_not_joined() -> None:
    x, _, joined = zero_lines(AXIS, np.abs(X1) - 0.5)
    assert (~joined).sum() == 2
    assert np.abs(x) == pytest.approx(0.5)
    assert np.abs(np.diff(x)[joined[:-1]]).max() < 0.1
    empty = zero_lines(AXIS, np.where(X1 > 0, np.nan, 1.0))
    assert not empty[0].size


def test_classes_have_shapes_of_their_own_and_support_points_rings(view: SurfaceView) -> None:
    view.show_surface(surface())
    points = view.network.points.points()
    assert [p.symbol() for p in points] == ["s", "o", "s"]
    assert points[0].pen().color() != points[1].pen().color()
    assert [(p.pos().x(), p.pos().y()) for p in points] == [tuple(p) for p in POINTS]
    assert [p.pos().x() for p in view.network.rings.points()] == [0.8, 0.5]
    assert [p.pos().x() for p in view.other.rings.points()] == [-0.8]


def test_where_samples_are_not_fitted_the_caption_says_why_the_network_has_no_rings(
    view: SurfaceView,
) -> None:
    view.show_surface(surface())
    assert (
        "Rings: samples that carry the margin." in view.caption.text() and "void" not in view.caption.text()
    )
    view.show_surface(surface(support=np.zeros(3, bool)))
    void = "No rings over the network: support vectors are void while samples are not fitted."
    assert f"Rings: samples that carry the margin. {void}" in view.caption.text()
    view.show_surface(surface(support=np.zeros(3, bool), other_support=None))
    assert void in view.caption.text() and "Rings:" not in view.caption.text()


def test_classes_are_called_as_the_data_call_them(view: SurfaceView) -> None:
    view.show_surface(surface(class_names=("no <b>", "a name of class that is much too long")))
    assert "no &lt;b&gt;" in view.caption.text() and "a name of class that is…" in view.caption.text()
    assert side_words(UNITS, 1) == "speaks most for class dog"
    view.show_surface(surface(class_names=("-1", "+1")))
    assert "−1" in view.caption.text() and "+1" in view.caption.text()


def test_without_a_kernel_the_network_has_its_place_and_the_caption_says_why(view: SurfaceView) -> None:
    view.show_surface(surface())
    before = view.network.width()
    view.show_surface(surface(other=None, why_no_other="more than 1,000 outputs."))
    assert "NTK max-margin is not shown: more than 1,000 outputs." in view.caption.text()
    assert view.other.isHidden() and view.difference.isHidden() and view.network.width() > before
    view.show_surface(surface())
    assert "not shown" not in view.caption.text()
    assert view.other.image.isVisible() and view.network.width() == before


def test_several_classes_are_a_map_that_pales_with_the_margin(view: SurfaceView) -> None:
    winner = np.where(X1 > 0, 1, 0) + np.where(X2 > 0, 2, 0)
    margin = np.minimum(np.abs(X1), np.abs(X2))
    view.show_surface(
        surface(
            network=margin, network_class=winner, other=margin, other_class=winner, points=None, labels=None
        )
    )
    assert not view.bar.isVisible()
    assert colour_at(view.difference, 0.9, 0.9) == QColor(LIGHT.background)
    for place, kind in (((-1.1, -1.1), 0), ((1.1, -1.1), 1), ((-1.1, 1.1), 2), ((1.1, 1.1), 3)):
        strong, pale = colour_at(view.network, *place), colour_at(view.network, place[0] / 9, place[1])
        assert abs(strong.hsvHue() - QColor(run_colour(kind)).hsvHue()) < 12
        assert strong.hsvSaturation() > pale.hsvSaturation()


def test_the_colours_are_symmetric_around_the_background(view: SurfaceView) -> None:
    colours = diverging().astype(int)
    assert colours.shape == (256, 3)
    middle = QColor(LIGHT.background)
    assert np.abs(colours[127:129] - [middle.red(), middle.green(), middle.blue()]).max() <= 2
    assert colours[0, 2] > colours[0, 0]
    assert colours[-1, 0] > colours[-1, 2]


def test_all_pictures_show_the_same_square(view: SurfaceView) -> None:
    view.show_surface(surface())
    view.grab()
    assert len({picture.view.width() for picture in view.pictures}) == 1
    view.network.show_range((-0.5, 0.5), (-0.2, 0.8))
    view.network.canvas.view_changed.emit()
    for picture in (view.other, view.difference):
        assert picture.view.viewRange()[0] == pytest.approx((-0.5, 0.5), abs=0.01)
        assert picture.view.viewRange()[1] == pytest.approx((-0.2, 0.8), abs=0.01)
    view.difference.canvas.fit()
    box = view.network.view
    assert box.viewRange()[0][1] > 1.2
    width, height = (high - low for low, high in box.viewRange())
    assert width / box.width() == pytest.approx(height / box.height(), rel=0.02)


def test_the_predictor_and_the_resolution_are_asked_for(view: SurfaceView, qtbot) -> None:
    view.show_predictors({"ntk-max-margin": "NTK max-margin", "start": "Network at its start"})
    with qtbot.waitSignal(view.surface_wanted) as caught:
        view.predictor_box.setCurrentIndex(1)
        view.predictor_box.activated.emit(1)
    assert caught.args == ["start", 101]
    with qtbot.waitSignal(view.surface_wanted) as caught:
        view.resolution_box.setCurrentIndex(0)
    assert caught.args == ["start", 61]
    with qtbot.assertNotEmitted(view.surface_wanted):  # what is shown is no wish
        view.show_surface(surface(predictor="start", title="network at its start"))
        view.show_predictors({"ntk-max-margin": "NTK max-margin", "start": "Network at its start"})
    assert view.predictor == "start"
    assert view.other.title.text() == "network at its start"


def test_the_values_under_the_mouse_are_told(view: SurfaceView) -> None:
    view.show_surface(surface())
    view.normalise_box.click()
    view.network.canvas.hovered.emit(0.6, 0.0)
    assert view.reading.text() == (
        "at (0.6000, 0.000)   network 12.00   NTK max-margin −0.6000   difference 12.60"
    )
    view.network.canvas.left.emit()
    assert view.reading.text() == ""


def test_a_new_theme_recolours_the_surface(view: SurfaceView, qapp: QApplication) -> None:
    view.show_surface(surface(points=None, labels=None))
    light = colour_at(view.network, 0.1, 0.1)
    apply_theme(qapp, "dark")
    dark = colour_at(view.network, 0.1, 0.1)
    assert light.lightness() > 180
    assert dark.lightness() < 80
    assert view.network.canvas.backgroundBrush().style() == Qt.BrushStyle.SolidPattern


@pytest.mark.parametrize("size", [(1290, 880), (1000, 700)])
def test_a_large_picture_uses_the_place_that_a_row_would_leave_empty(
    view: SurfaceView, size: tuple[int, int]
) -> None:
    view.resize(*size)
    view.show_surface(surface())
    view.grab()
    first, second, third = (picture.geometry() for picture in view.pictures)
    bar, row = view.bar.geometry(), view.row.rect()
    assert first.width() > 1.25 * second.width() and second.size() == third.size()
    assert third.top() > second.bottom() and second.left() > first.right() and bar.top() > first.bottom()
    assert all(row.contains(place) for place in (first, second, third, bar))
    assert not bar.intersects(second) and not bar.intersects(third)
    covered = sum(place.width() * place.height() for place in (first, second, third))
    assert covered > 0.75 * row.width() * row.height()


def test_pictures_stand_in_two_rows_where_that_makes_them_larger(view: SurfaceView) -> None:
    view.resize(1200, 500)
    view.show_surface(surface())
    assert len({picture.y() for picture in view.pictures}) == 1
    wide = view.pictures[0].width()
    view.resize(640, 700)
    view.grab()
    first, second, third = (picture.geometry() for picture in view.pictures)
    assert first.top() == second.top() and third.top() >= first.bottom()
    assert view.bar.geometry().left() >= third.right() and 640 / 3 < second.width() < wide
    assert view.row.rect().contains(third) and view.row.rect().contains(view.bar.geometry())


def test_a_figure_waits_for_the_whole_surface_of_a_step_just_marked(
    quick: Lab, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.model.surface_query.LONG", -1.0)
    quick.run_through()
    window.parts.tabs.bring("surface")
    tab = window.parts.tabs["surface"]
    quick.until(lambda: tab.view.surface is not None)
    window.model.selection.mark_step(100)
    quick.until(lambda: tab.view.surface.step < 500)
    assert tab.view.surface.every > 1 and tab.view.step_label.text().startswith("step 100, coarse")
    window.figures.export_figure()
    (dialog,) = window.findChildren(FigureDialog)
    assert tab.pictures()["surface"].step == 100 and len(tab.pictures()["surface"].axis) == 101
    dialog.reject()


def test_the_surface_is_asked_for_only_while_it_is_looked_at(quick: Lab, window: MainWindow) -> None:
    quick.run_through()
    assert window.parts.tabs["surface"].view.surface is None
    window.parts.tabs.bring("surface")
    quick.until(lambda: window.parts.tabs["surface"].view.surface is not None)
    assert window.parts.tabs["surface"].view.surface.step == 500
