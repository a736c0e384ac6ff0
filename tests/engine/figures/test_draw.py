"""Exported figures: real millimetres, text as text, the same bytes every time, nothing clipped."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import PIL.Image
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from engine.experiment.columns import COLUMNS, formula_of
from engine.experiment.edits import LiveEdit
from engine.figures.draw import FigureRequest, FigureTrace, draw, export_csv, export_figure, figure_bytes
from engine.figures.fits import Between
from engine.figures.origin import Origin
from engine.figures.plots import HORIZONTAL, PALETTE, PLOTS, PlotSpec
from engine.figures.replicas import ReplicaScale, value_scale
from engine.figures.style import INK, dressed, style
from engine.protocol.records import Records
from engine.protocol.run_history import RunHistory
from engine.words.errors import Refusal
from tests.engine.figures.material import a_log, columns, log_of, request, traces


def drawn(wanted: FigureRequest) -> Figure:
    """Return a figure laid out."""
    with dressed(style(wanted.style, wanted.width_mm)):
        figure = draw(wanted)
        figure.draw_without_rendering()
    return figure


def words(figure: Figure) -> list[str]:
    """Return what the legends say, read row by row."""
    return [text.get_text() for legend in figure.legends for text in sorted(legend.get_texts(), key=in_rows)]


def in_rows(text: Text) -> tuple[int, float]:
    """Return a text's place on the page, from the top to the bottom and then from the left."""
    x, y = text.get_transform().transform(text.get_position())
    return -round(y), float(x)


def assert_nothing_is_clipped(figure: Figure) -> None:
    width, height = figure.get_size_inches()
    renderer = FigureCanvasAgg(figure).get_renderer()
    parts = [axes.get_tightbbox(renderer) for axes in figure.axes]
    parts += [legend.get_window_extent(renderer) for legend in figure.legends]
    parts += [text.get_window_extent(renderer) for text in figure.texts]
    for box in parts:
        assert box is not None
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= width * figure.dpi + 1
        assert box.y1 <= height * figure.dpi + 1
    legends = [legend.get_window_extent(renderer) for legend in figure.legends]
    top = max(axes.get_tightbbox(renderer).y1 for axes in figure.axes)
    assert all(legend.y0 >= top - 1 for legend in legends)


def test_no_two_measurements_are_called_the_same() -> None:
    titles = [column.title.casefold() for column in COLUMNS]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("spec", PLOTS, ids=[spec.id for spec in PLOTS])
def test_every_plot_is_drawn_whole(spec: PlotSpec) -> None:
    figure = drawn(request(spec.id, 5, 1, one_minus=True, title="Two runs"))
    assert_nothing_is_clipped(figure)
    assert figure.axes[0].lines


def test_a_line_says_where_it_comes_from() -> None:
    """Once for all runs that say the same."""
    wanted = request("edge", 1, 1)
    for trace in wanted.traces:
        trace.history.remarks["edge_line"] = "line at 2: gradient descent (Cohen et al. 2021)"
    assert [w for w in words(drawn(wanted)) if w.startswith("line at")] == [
        "line at 2: gradient descent (Cohen et al. 2021)"
    ]


@pytest.mark.parametrize("axis", [axis.id for axis in HORIZONTAL[1:]])
def test_every_horizontal_axis_is_drawn_whole(axis: str) -> None:
    figure = drawn(request("norms", 3, horizontal=axis, style="slides", width_mm=240))
    assert_nothing_is_clipped(figure)
    assert "log10" not in figure.axes[0].get_xlabel()


def millimetres(content: bytes, suffix: str) -> list[float]:
    """Return width and height as a file says them."""
    if suffix == ".png":
        from PIL import Image

        with Image.open(io.BytesIO(content)) as image:
            return [25.4 * side / dots for side, dots in zip(image.size, image.info["dpi"], strict=True)]
    pattern = {
        ".pdf": rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]",
        ".svg": rb'width="([\d.]+)pt" height="([\d.]+)pt"',
    }
    found = re.search(pattern[suffix], content)
    assert found is not None
    return [25.4 / 72 * float(points) for points in found.groups()]


@pytest.mark.parametrize("suffix", [".pdf", ".svg", ".png"])
def test_a_figure_has_its_size_and_the_same_bytes_whatever_the_users_settings(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = request("margins", 1, 1, width_mm=100, height_mm=60)
    path = tmp_path / f"figure{suffix.upper()}"
    export_figure(path, wanted)
    settings = {"font.size": 40, "lines.linewidth": 9, "svg.fonttype": "path", "savefig.dpi": 30}
    for name, value in settings.items():
        monkeypatch.setitem(mpl.rcParams, name, value)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert path.read_bytes() == figure_bytes(wanted, suffix)
    assert millimetres(path.read_bytes(), suffix) == pytest.approx([100, 60], abs=0.1)


def test_text_stays_text() -> None:
    svg, pdf = figure_bytes(request(), ".svg"), figure_bytes(request(), ".pdf")
    assert b">step</text>" in svg
    assert b"<dc:date>" not in svg
    assert b"/CIDFontType2" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf


@pytest.mark.parametrize("suffix", [".pdf", ".svg", ".png"])
def test_a_figure_s_file_says_where_it_comes_from(suffix: str) -> None:
    origin = Origin("Run 1", "Circle, 20 °", 7, environment={"torch": "2.13.0"})
    trace = FigureTrace("Run 1", PALETTE[0], a_log(), origin=origin)
    content = figure_bytes(FigureRequest("margins", (trace,)), suffix)
    if suffix == ".png":
        said = str(PIL.Image.open(io.BytesIO(content)).text)
    elif suffix == ".svg":
        said = content.decode()
    else:
        said = content.decode("utf-16-be", "ignore") + content[1:].decode("utf-16-be", "ignore")
    for word in ("Circle, 20 °", "seed 7", "torch 2.13.0"):
        assert word in said


def test_the_legend_names_runs_by_colour_and_columns_by_line() -> None:
    figure = drawn(request("margins", 1, 1))
    assert words(figure) == [
        "constant step",
        "loss-based step",
        "normalized margin (l2)",
        "smoothed margin (l2)",
        "best normalized margin (l2)",
        "separated",
    ]
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    assert [(line.get_color(), line.is_dashed()) for line in lines] == [
        (PALETTE[0], False),
        (PALETTE[0], True),
        (PALETTE[0], True),
        (PALETTE[1], False),
        (PALETTE[1], True),
        (PALETTE[1], True),
    ]


@pytest.mark.parametrize("width", [60.0, 85.0, 180.0])
def test_values_are_read_along_the_rows_of_a_figure_of_any_width(width: float) -> None:
    values = ("0.01", "0.03", "0.1", "0.3", "1")
    scale = ReplicaScale(values, (0.0, 0.25, 0.5, 0.75, 1.0), title="initial scale", values=values)
    trace = FigureTrace("one", PALETTE[0], a_log(replicas=5), ("normalized_margin",), scale=scale)
    figure = drawn(FigureRequest("margins", (trace,), width_mm=width))
    assert words(figure)[:6] == ["initial scale:", *values]
    (median,) = [t for legend in figure.legends for t in legend.get_texts() if "median" in t.get_text()]
    assert median.get_text() == "median of 5 replicas"
    own = [line for line in figure.axes[0].lines if line.get_color() == INK and len(line.get_xdata()) > 2]
    assert len(own) == 1 and PALETTE[0] not in {
        line.get_color() for line in figure.axes[0].lines if len(line.get_xdata()) > 2
    }


def test_a_figure_has_the_moments_and_the_line_styles_of_the_screen() -> None:
    history = a_log()
    history.events["fitted_step"] = [20]
    request = FigureRequest("margins", (FigureTrace("one", "#0072B2", history, ("normalized_margin",)),))
    figure = drawn(request)
    upright = {
        round(10 ** line.get_xdata()[0]): line._dash_pattern
        for line in figure.axes[0].lines
        if len(set(line.get_xdata())) == 1
    }
    assert set(upright) == {20, 60} and upright[20] != upright[60]
    assert words(figure)[-2:] == ["fitted (dash-dotted)", "separated (dotted)"]
    curve = next(line for line in figure.axes[0].lines if len(line.get_xdata()) > 2)
    assert not curve.is_dashed()
    dashed = drawn(replace(request, strokes={"normalized_margin": 1}))
    assert next(line for line in dashed.axes[0].lines if len(line.get_xdata()) > 2).is_dashed()


def test_a_record_that_no_line_reaches_is_a_dot() -> None:
    values = np.array([[1.0], [2.0], [3.0], [np.nan], [np.nan], [9.0]])
    history = log_of({"param_norm": values}, np.arange(1, 7), [None])
    figure = drawn(FigureRequest("norms", (FigureTrace("one", "#0072B2", history),)))
    (dot,) = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert np.allclose(dot.get_xydata(), [[np.log10(6), np.log10(9)]])


def test_one_column_of_several_runs_is_named_at_its_axis() -> None:
    chosen = tuple(replace(trace, columns=("param_norm",)) for trace in traces(1, 1))
    figure = drawn(FigureRequest("norms", chosen))
    assert figure.axes[0].get_ylabel() == "parameter norm (l2)"
    assert words(figure) == ["constant step", "loss-based step", "separated"]


def test_replicas_are_a_median_in_a_band() -> None:
    figure = drawn(request("norms", 20))
    assert "median, 10 to 90 % of 20 replicas" in words(figure)
    bands, names = (
        figure.axes[0].collections,
        [n for n in columns() if n.startswith(("param_norm", "layer_norm."))],
    )
    assert len(bands) == len(names)
    assert "median, least to most of 3 replicas" in words(drawn(request("norms", 3)))


def test_the_separation_is_marked_on_every_axis() -> None:
    for axis, place in (("log_step", np.log10(60)), ("step", 60.0)):
        figure = drawn(request("norms", horizontal=axis))
        marks = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
        assert [line.get_xdata()[0] for line in marks] == pytest.approx([place])


def test_accuracy_has_an_axis_of_its_own() -> None:
    figure = drawn(request("loss"))
    left, right = figure.axes
    assert right.get_ylim() == (-0.04, 1.04)
    assert right.get_ylabel() == "accuracy"
    assert len(right.lines) == 2
    log_loss = columns()["log_loss"][1:, 0]  # step 0 has no place on a logarithmic axis
    assert left.lines[1].get_ydata()[1:] == pytest.approx(log_loss / np.log(10))
    assert all(label.get_text().startswith("$10^{") for label in left.get_yticklabels())


@pytest.mark.parametrize("fill", [np.nan, 0.0, np.inf, 1.0, 1e300])
def test_strange_values_leave_gaps_and_never_fail(fill: float) -> None:
    values = {name: np.full((3, 2), fill) for name in columns()}
    trace = FigureTrace("strange", "#0072B2", log_of(values, np.array([0, 1, 2]), [None, 1]))
    assert_nothing_is_clipped(drawn(FigureRequest("loss", (trace,))))
    assert_nothing_is_clipped(drawn(FigureRequest("kernel", (trace,), "norm", one_minus=True)))


def test_a_run_that_has_hardly_begun_is_drawn() -> None:
    history = log_of({name: value[:1] for name, value in columns().items()}, np.array([5]), [None])
    figure = drawn(FigureRequest("margins", (FigureTrace("short", "#0072B2", history),)))
    assert_nothing_is_clipped(figure)
    markers = [line.get_marker() for line in figure.axes[0].lines if np.isfinite(line.get_ydata()).any()]
    assert markers.count("o") == 2  # the smoothed margin has no value yet
    for begun in ((FigureTrace("empty", "#0072B2", RunHistory(Records())),), ()):
        figure = drawn(FigureRequest("margins", begun))
        assert_nothing_is_clipped(figure)
        assert [text.get_text() for text in figure.axes[0].texts] == ["nothing to show"]


def test_a_run_may_be_called_anything() -> None:
    strange = ("_hidden $x^", "two\nlines \\frac{", "学習率 η = 0.1", "x" * 200)
    chosen = tuple(FigureTrace(name, PALETTE[k], a_log()) for k, name in enumerate(strange))
    figure = drawn(FigureRequest("margins", chosen, title="$ \\alpha_"))
    shown = words(figure)
    assert len(shown) == len(strange) + 4
    figure_bytes(FigureRequest("margins", chosen), ".pdf")


def test_many_layers_stay_apart() -> None:
    values = {f"layer_norm.W{k}": columns()["param_norm"] * k for k in range(1, 8)}
    history = log_of(values, a_log().records.steps, [None])
    figure = drawn(FigureRequest("norms", (FigureTrace("deep", "#0072B2", history),)))
    strokes = {
        (line.get_linestyle(), str(line._dash_pattern), line.get_linewidth()) for line in figure.axes[0].lines
    }
    assert len(strokes) == 7


@pytest.mark.parametrize(
    ("name", "said", "sentence"),
    [
        ("figure.tex", {}, r"let the name end in \.pdf, \.svg, \.png, \.pgf"),
        ("figure", {}, "is no kind of figure"),
        ("figure.pdf", {"width_mm": 0.0}, "width_mm: 0.0 must be from 25 to 2000 millimetres"),
        ("figure.pdf", {"height_mm": float("nan")}, "height_mm: nan must be"),
        ("missing/figure.pdf", {}, "cannot be written: No such file or directory; choose another folder"),
    ],
)
def test_what_cannot_be_written_is_refused(
    tmp_path: Path, name: str, said: dict[str, float], sentence: str
) -> None:
    folder = tmp_path / "figures"
    folder.mkdir()
    with pytest.raises(Refusal, match=sentence):
        export_figure(folder / name, request(**said))
    assert list(folder.iterdir()) == []


def test_the_data_of_a_figure_are_its_columns(tmp_path: Path) -> None:
    export_csv(tmp_path / "a.csv", request("margins", 1, 1, 1))
    header, first, *_ = (tmp_path / "a.csv").read_text().splitlines()
    assert header == "run,step,replica,normalized_margin,smoothed_margin,best_margin"
    assert first.startswith("constant step,0,0,-1.0,")
    same = tuple(replace(trace, name="same") for trace in traces(1, 1))
    export_csv(tmp_path / "b.csv", FigureRequest("margins", same))
    assert {line.split(",")[0] for line in (tmp_path / "b.csv").read_text().splitlines()} == {
        "run",
        "same",
        "same (2)",
    }


def edited(*steps: int) -> FigureRequest:
    """Return a request of two runs of one name, the first with edits."""
    first, second = (replace(trace, name="Run 1") for trace in traces(1, 1))
    edits = [LiveEdit(step, "optimizer.step.c", 0.5 + k, 1.5 + k) for k, step in enumerate(steps)]
    edits.append(LiveEdit(30, "run.steps", 100, 15000))
    return FigureRequest("margins", (replace(first, history=replace(first.history, edits=edits)), second))


def test_edits_are_marked_and_told() -> None:
    both = edited(800)
    figure = drawn(both)
    assert words(figure)[:2] == ["Run 1, c 0.5 to 1.5 at 800", "Run 1 (2)"]
    assert words(figure)[-2:] == ["separated (dotted)", "edited (dashed)"]
    marks = [line for line in figure.axes[0].lines if list(line.get_xdata()) == [np.log10(800)] * 2]
    assert [line.get_color() for line in marks] == [PALETTE[0]]
    alone = drawn(replace(both, traces=both.traces[:1]))
    assert words(alone)[-1] == "c 0.5 to 1.5 at 800 (dashed)"
    assert_nothing_is_clipped(alone)
    many = drawn(edited(20, 40, 80, 160))
    assert words(many)[0] == "Run 1, 4 edits, the first c 0.5 to 1.5 at 20"
    assert "edited (dashed)" not in words(drawn(edited()))


def test_the_table_of_a_figure_tells_runs_apart_and_has_their_edits(tmp_path: Path) -> None:
    wanted = edited(800)
    stored = tuple(replace(t, id=id) for t, id in zip(wanted.traces, ("f3", "9a"), strict=True))
    export_csv(tmp_path / "a.csv", replace(wanted, traces=stored))
    header, *rows = (tmp_path / "a.csv").read_text().splitlines()
    assert header.startswith("run,name,step,replica,normalized_margin") and header.endswith(",edit")
    assert {row.partition(",step")[0][:8] for row in rows} == {"f3,Run 1", "9a,Run 1"}
    assert sum(row.endswith("optimizer.step.c: 0.5 -> 1.5") for row in rows) == 1


def test_matplotlib_comes_late_and_pyplot_never() -> None:
    code = (
        "import sys\n"
        "import engine.figures.draw, engine.figures.surface, engine.figures.table\n"
        "assert 'matplotlib' not in sys.modules\n"
        "from tests.engine.figures.material import request\n"
        "for suffix in ('.pdf', '.svg', '.png'): engine.figures.draw.figure_bytes(request(), suffix)\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_formula_can_be_set() -> None:
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("path")
    for column in COLUMNS:
        formula = formula_of(column.name.replace(".*", ".W12"))
        assert formula
        assert parser.parse(f"${formula}$").width > 0
        assert ".*" not in formula
        assert "_k" not in formula or not column.name.endswith(".*")


def test_a_replica_chosen_is_drawn_in_the_median_s_place() -> None:
    wanted = request("norms", 5)
    (trace,) = wanted.traces
    chosen = replace(
        wanted, traces=(replace(trace, columns=("param_norm",), replica=4, replica_label="a = 9"),)
    )
    figure = drawn(chosen)
    own = np.log10(trace.history.records.column("param_norm")[:, 4])
    line = max(figure.axes[0].lines, key=lambda line: line.get_linewidth())
    assert line.get_ydata()[-1] == pytest.approx(own[-1])
    assert any(text == "a = 9, 10 to 90 % of 5 replicas" for text in words(figure))


def many(count: int, colouring: ReplicaScale | None = None) -> tuple[FigureTrace, ...]:
    """Return runs that share what they have told."""
    log = a_log()
    colours = colouring.colours if colouring else PALETTE
    return tuple(
        FigureTrace(
            f"a run with a long name, number {k}", colours[k % len(colours)], log, colouring=colouring
        )
        for k in range(count)
    )


def test_forty_runs_take_one_line_of_the_legend_and_ticks_at_the_foot() -> None:
    figure = drawn(FigureRequest("norms", many(40)))
    assert_nothing_is_clipped(figure)
    assert words(figure)[0] == "40 runs" and "separated (ticks)" in words(figure)
    marks = [line for line in figure.axes[0].lines if len(set(line.get_xdata())) == 1]
    assert len(marks) == 40 and {line.get_ydata()[1] for line in marks} == {0.03}


def test_runs_coloured_by_a_value_have_a_key_with_the_field_s_word() -> None:
    scale = value_scale("learning rate", [10.0**-k for k in range(40)])
    figure = drawn(FigureRequest("margins", many(40, scale)))
    told = words(figure)
    assert told[0] == "learning rate:" and told[1] == "1e-39" and told[5] == "1"


def test_a_legend_takes_a_share_of_the_page_and_says_how_many_are_left_out() -> None:
    figure = drawn(FigureRequest("loss", many(12)))
    names = [text for text in words(figure) if "number" in text]
    assert f"and {12 - len(names)} more" in words(figure)
    renderer = FigureCanvasAgg(figure).get_renderer()
    assert figure.legends[0].get_window_extent(renderer).height < 0.35 * figure.bbox.height


def test_fits_have_their_runs_colours() -> None:
    figure = drawn(replace(request("norms", 1, 1), fitted=Between(100, 15000, ("param_norm",))))
    dashed = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    fits = [line for line in dashed if len(set(line.get_xdata())) == 2]
    assert [line.get_color() for line in fits] == list(PALETTE[:2])
    assert [text.partition(":")[0] for text in words(figure)[-2:]] == [
        "constant step, parameter norm (l2)",
        "loss-based step, parameter norm (l2)",
    ]
