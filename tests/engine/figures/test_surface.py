"""The figure of a surface: three panels, one scale, decision lines, points and support points."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.contour import ContourSet
from matplotlib.text import Text

from engine.figures.area import Area, Heading, draw_alone
from engine.figures.compared import VOID
from engine.figures.style import StyleName, dressed, style, suffix_of
from engine.figures.surface import draw_surface, surface_height
from engine.protocol.surface import SurfaceReady
from engine.words.errors import Refusal
from tests.engine.figures.material import picture_bytes

AXIS = np.linspace(-1.3, 1.3, 41)
POINTS = np.array([[0.5, 0.5], [-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5]])
X, Y = np.meshgrid(AXIS, AXIS)


@pytest.fixture
def surface() -> SurfaceReady:
    labels, support = np.array([1, 1, -1, -1]), np.array([True, False, True, False])
    return SurfaceReady(
        0, "run", 15000, 0, AXIS, 1e6 * X * Y, X * Y - 1, points=POINTS, labels=labels, support=support
    )


def drawn(surface: SurfaceReady, normalise: bool = True) -> list[object]:
    """Return the axes of the figure."""
    with dressed(style("paper", 120)):

        def draw_into(area: Area) -> Heading:
            return draw_surface(surface, area, normalise)

        height = surface_height(surface, 120)
        figure = draw_alone(draw_into, 120, height, style("paper", 120))
        figure.draw_without_rendering()
    return figure.axes


def test_axes_are_called_as_the_data_call_their_inputs(surface: SurfaceReady) -> None:
    named = replace(surface, input_names=("price in $", "_größe <b>"))
    first, second, *_ = drawn(named)
    assert (first.get_xlabel(), first.get_ylabel()) == (r"price in \$", " _größe <b>")
    assert (second.get_xlabel(), second.get_ylabel()) == (r"price in \$", "")
    assert drawn(replace(surface, input_names=("a",)))[0].get_xlabel() == "$x_1$"


def test_a_figure_without_rings_says_why(surface: SurfaceReady) -> None:
    void = replace(surface, support=np.zeros(4, bool))
    said = [
        [text.get_text() for text in drawn(each)[0].figure.figure.findobj(Text)] for each in (surface, void)
    ]
    assert VOID not in said[0] and VOID in said[1]


def test_all_panels_share_a_scale_that_is_even_about_zero(surface: SurfaceReady) -> None:
    *panels, bar = drawn(surface)
    shown = [np.asarray(panel.images[0].get_array()) for panel in panels]
    for values in shown[:2]:
        assert np.mean(values**2) == pytest.approx(1.0)
    assert shown[2] == pytest.approx(shown[0] - shown[1])
    most = max(np.abs(values).max() for values in shown)
    for panel in panels:
        assert panel.images[0].get_clim() == pytest.approx((-most, most))
    assert "root mean square" in bar.get_xlabel().replace("\n", " ")
    raw = drawn(surface, normalise=False)
    assert np.asarray(raw[0].images[0].get_array()) == pytest.approx(surface.network)
    assert "as it is" in raw[-1].get_xlabel()


def test_decision_lines_and_support_points_are_drawn(surface: SurfaceReady) -> None:
    network, kernel, difference, _ = drawn(surface)
    assert not any(isinstance(part, ContourSet) for part in difference.collections)
    assert any(isinstance(part, ContourSet) for part in network.collections)
    rings = network.collections[-1]
    assert rings.get_offsets().tolist() == [[0.5, 0.5], [0.5, -0.5]]
    assert len(rings.get_facecolors()) == 0
    assert len(kernel.collections) == len(network.collections) - 1  # nothing is known of the kernel's support


def test_a_point_lies_on_its_own_colour(surface: SurfaceReady) -> None:
    network = drawn(surface)[0]
    left, right, bottom, top = network.images[0].get_extent()
    pixel = AXIS[1] - AXIS[0]
    assert (left, right, bottom, top) == pytest.approx((AXIS[0] - pixel / 2, AXIS[-1] + pixel / 2) * 2)
    assert network.images[0].origin == "lower"
    values = np.asarray(network.images[0].get_array())
    assert values[-1, -1] > 0 > values[0, -1]


def test_several_classes_are_a_map(surface: SurfaceReady) -> None:
    classes = (X > 0).astype(int) + 2 * (Y > 0)
    others = np.where(X < -1, 1, classes)
    wanted = replace(
        surface, network=np.abs(X), network_class=classes, other_class=others, labels=np.array([0, 1, 2, 3])
    )
    axes = drawn(wanted)
    assert len(axes) == 3
    coloured = (np.asarray(axes[2].images[0].get_array()) < 1).any(-1)
    assert (coloured == (classes != others)).all() and coloured.any()
    assert np.asarray(axes[0].images[0].get_array()).shape == (41, 41, 3)


def write(path: Path, surface: SurfaceReady, width_mm: float = 120, style_name: StyleName = "paper") -> None:
    path.write_bytes(picture_bytes("surface", surface, suffix_of(path), width_mm, style_name))


def test_a_surface_is_written_the_same_every_time(surface: SurfaceReady, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        write(tmp_path / name, surface)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_what_is_missing_is_left_out(surface: SurfaceReady, tmp_path: Path) -> None:
    bare = replace(surface, other=None, points=None, labels=None, support=None, network=np.zeros((41, 41)))
    assert len(drawn(bare)) == 2
    write(tmp_path / "a.png", bare, width_mm=40, style_name="slides")
    undefined = replace(bare, network=np.full((41, 41), np.nan))
    write(tmp_path / "a.png", undefined)
    with pytest.raises(Refusal, match="is no kind of figure"):
        write(tmp_path / "a.tex", surface)
