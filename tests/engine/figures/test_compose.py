"""Composed figures: panels in millimetres that line up, letters, annotations, a TOML that says it all."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from engine.figures import style as styles
from engine.figures.compose import compose, composed, letter_of, look_of
from engine.figures.drawable import Drawable, of_picture, of_records
from engine.figures.figure_file import FigureSpec, figure_from, figure_text
from engine.figures.style import dressed
from engine.protocol.surface import SurfaceReady
from engine.words.errors import Refusal
from tests.engine.figures.material import request

AXIS = np.linspace(-1, 1, 11)
TEXT = r"""
version = 1

[page]
width_mm = 140
rows = 2
columns = 2
row_heights_mm = [40, 60]

[style]
family = "times"

[[panels]]
shows = "norms"
legend = "none"
annotations = [
    { kind = "slope", x = 100, y = 1, slope = 0.5 },
    { kind = "arrow", text = "here", x = 10, y = 4, to_x = 100, to_y = 2 },
    { text = "$\\rho$", x = 1000, y = 1 },
]

[[panels]]
shows = "margins"
column = 2
title = "Margins"
y_from = -0.02
y_to = 0.03

[[panels]]
shows = "surface"
row = 2
columns = 2
"""


@pytest.fixture(scope="module")
def drawables() -> list[Drawable]:
    x, y = np.meshgrid(AXIS, AXIS)
    surface = SurfaceReady(0, "run", 10, 0, AXIS, x * y, x * y - 0.1)
    return [
        of_records(request("norms", 1)),
        of_records(request("margins", 1, 1)),
        of_picture("surface", surface),
    ]


@pytest.fixture(scope="module")
def pdf(drawables: list[Drawable]) -> bytes:
    """Return the file of a composed figure."""
    return composed(figure_from(TEXT), drawables, ".pdf")


def drawn(figure: FigureSpec, drawables: list[Drawable], *, laid_out: bool = True) -> Figure:
    look = look_of(figure.style)
    with dressed(look):
        page = compose(figure, drawables, look)
        if laid_out:
            page.draw_without_rendering()
    return page


def words(text: str, drawables: list[Drawable]) -> list[str]:
    """Return what is written on a page."""
    page = drawn(figure_from(text), drawables, laid_out=False)
    return [found.get_text() for found in page.findobj(Text)]


def millimetres(figure: Figure, place: int) -> np.ndarray:
    """Return where axes begin and end on the page (2, 2)."""
    return figure.axes[place].get_window_extent().get_points() / figure.dpi * 25.4


@pytest.fixture(scope="module")
def page(drawables: list[Drawable]) -> Figure:
    """Return the composed figure, laid out; to be looked at alone."""
    return drawn(figure_from(TEXT), drawables)


def test_panels_lie_on_their_grid_and_their_axes_line_up(page: Figure) -> None:
    assert page.get_size_inches() * 25.4 == pytest.approx([140, 104], abs=0.1)
    first, second = millimetres(page, 0), millimetres(page, 1)
    assert first[:, 1] == pytest.approx(second[:, 1], abs=0.1)  # one legend stands above the second alone
    assert first[1, 0] < 68 < 72 < second[0, 0]
    assert first[0, 1] > 64 > 60 > millimetres(page, 2)[1, 1]
    left, middle, right = (millimetres(page, place) for place in (2, 3, 4))
    for image in (left, middle, right):
        assert np.ptp(image[:, 0]) == pytest.approx(np.ptp(image[:, 1]), abs=0.1)
    assert middle[0, 0] - left[1, 0] == pytest.approx(right[0, 0] - middle[1, 0], abs=0.1)
    assert middle[0, 0] - left[1, 0] < 8


def test_letters_follow_one_another_as_the_style_writes_them() -> None:
    figure = figure_from(TEXT)
    assert [letter_of(figure, place) for place in range(3)] == ["(a)", "(b)", "(c)"]
    panels = (figure.panels[0].model_copy(update={"letter": "-"}), *figure.panels[1:])
    style = figure.style.model_copy(update={"letters": "A"})
    other = figure.model_copy(update={"panels": panels, "style": style})
    assert [letter_of(other, place) for place in range(3)] == ["", "A", "B"]


def test_limits_and_annotations_are_values_of_the_axes(page: Figure) -> None:
    norms, margins = page.axes[:2]
    assert margins.get_ylim() == (-0.02, 0.03)
    triangle = np.asarray(norms.lines[-1].get_xydata())
    assert triangle.tolist() == [[2, 0], [3, 0.5], [3, 0], [2, 0]]
    assert [text.get_text() for text in norms.texts] == ["0.5", "here", r"$\rho$"]
    arrow = norms.texts[1]
    assert isinstance(arrow, Annotation) and arrow.xy == pytest.approx((2, np.log10(2)))


def test_a_figure_is_the_same_after_it_was_written_down(drawables: list[Drawable], pdf: bytes) -> None:
    figure = figure_from(TEXT)
    assert figure_from(figure_text(figure)) == figure
    assert composed(figure_from(figure_text(figure)), drawables, ".pdf") == pdf


def test_a_pdf_embeds_its_fonts_as_truetype(pdf: bytes) -> None:
    kinds = set(re.findall(rb"/Subtype /(CIDFontType\w+|Type1|TrueType|Type3)\b", pdf))
    assert kinds == {b"CIDFontType2"}
    descriptors = pdf.count(b"/Type /FontDescriptor")
    assert descriptors and pdf.count(b"/FontFile2") == descriptors
    assert b"STIX" in pdf


def test_a_narrow_surface_has_numbers_that_do_not_touch(page: Figure) -> None:
    for axes in [axes for axes in page.axes if axes.images and axes.get_xlabel() == "$x_1$"]:
        boxes = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
        within = [box for box in boxes if axes.bbox.x0 - 1 <= (box.x0 + box.x1) / 2 <= axes.bbox.x1 + 1]
        assert len(within) >= 2 and all(a.x1 < b.x0 for a, b in itertools.pairwise(within))


def test_formulas_and_moments_are_left_out_where_the_style_says_so(drawables: list[Drawable]) -> None:
    said = TEXT.replace('legend = "none"\n', "").replace(
        '"times"', '"times"\nformulas = false\nmoments = false'
    )
    told = words(said, drawables)
    assert not any("\\|" in text or "separated" in text for text in told)
    assert any("separated" in text for text in words(TEXT.replace('legend = "none"\n', ""), drawables))


def test_one_legend_for_all_panels_stands_above_them(drawables: list[Drawable]) -> None:
    figure = figure_from(TEXT.replace("rows = 2", "rows = 2\nshared_legend = true", 1))
    page = drawn(figure, drawables, laid_out=False)
    assert not any(legend for part in page.subfigs[0].subfigs for legend in part.legends)
    said = [text.get_text() for legend in page.legends for text in legend.get_texts()]
    assert len(said) == len(set(said)) and "constant step" in said
    assert page.get_size_inches()[1] * 25.4 > 105


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            'shows = "norms"',
            'shows = "norm"',
            r"panels\[0\].shows: 'norm' is not known; did you mean 'norms'",
        ),
        ("column = 2\n", "column = 3\n", r"panels\[1\].column: 3 lies outside the grid, which has 2 columns"),
        ("column = 2\n", "", r"panels\[1\].row: 1 lies on panels\[0\], at row 1, column 1; move one of them"),
        ("[40, 60]", "[40]", r"page.row_heights_mm: \[40.0\] must have 2 values, or none"),
        ("width_mm = 140", "width_mm = 26\ngap_mm = 20", "page.width_mm: 26.0 leaves columns of 3 mm"),
        ("y_to = 0.03", "y_to = -1", r"panels\[1\].y_to: -1.0 must be above y_from, which is -0.02"),
        ("to_x = 100, ", "", r"panels\[0\].annotations\[1\].to_x: must say where the arrow points"),
        ('"times"', '"comic"', r"style.family: 'comic' is not allowed; allowed: sans, serif, times"),
        ("version = 1", "version = 2", "version: 2 is not allowed; allowed: 1"),
        ('legend = "none"', "colour = 1", r"panels\[0\].colour"),
    ],
)
def test_what_a_figure_s_file_says_wrong_is_refused(before: str, after: str, sentence: str) -> None:
    assert before in TEXT
    with pytest.raises(Refusal, match=sentence):
        figure_from(TEXT.replace(before, after, 1))


def test_what_has_no_place_on_a_page_is_refused(
    drawables: list[Drawable], monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = figure_from(TEXT.replace("x = 10, y = 4", "x = 0, y = 4"))
    with pytest.raises(
        Refusal, match=r"panels\[0\].annotations\[1\].x: 0.0 must be above 0 on a logarithmic axis"
    ):
        composed(figure, drawables, ".png")
    with pytest.raises(Refusal, match="too little room"):
        composed(figure_from(TEXT.replace("[40, 60]", "[10, 10]")), drawables, ".png")
    figure = figure_from(TEXT.replace(r"$\\rho$", r"$\\frac{1}$"))
    with pytest.raises(
        Refusal, match=r"panels\[0\].annotations\[2\].text: .*has a formula that cannot be set"
    ):
        composed(figure, drawables, ".pdf")
    page = figure_from(TEXT.replace("[40, 60]", "[900, 900]").replace("= 140", "= 2000"))
    with pytest.raises(Refusal, match="dots, and 100,000,000 in all are the most"):
        composed(page, drawables, ".png")
    monkeypatch.setattr(styles, "latex", lambda: "")
    with pytest.raises(Refusal, match="PGF needs LaTeX to measure text, and none of xelatex"):
        composed(figure_from(TEXT), drawables, ".pgf")
