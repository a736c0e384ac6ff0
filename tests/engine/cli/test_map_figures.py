"""`marginlab export` of a session's map: its cells and slices, as they are looked at."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from engine.cli import main
from engine.protocol.points import PointResult
from engine.session import Session
from engine.session.sweeps import stored
from engine.sweep.points import points_of
from tests.engine.sweep.material import SCALE, WIDTHS, a_map


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Keep the session of a map over three scales and two widths with two seeds, whose norms are known."""
    path = tmp_path / "kept.mlab"
    document = a_map((SCALE, WIDTHS), seeds=2)
    points = list(points_of(document))
    with Session.create(path) as session:
        known = stored(document)
        session.maps.add(known)
        results = [PointResult(p.number, "done", 20, 0.0, {"param_norm": 1.0 + p.number}) for p in points]
        session.maps.take(known.id, {p.number: p.key for p in points}, results)
    return path


def exported(session: Path, *words: str) -> list[list[str]]:
    out = session.parent / "map.csv"
    assert main(["export", str(session), "--out", str(out), *words]) == 0
    return list(csv.reader(io.StringIO(out.read_text("utf-8"))))


@pytest.mark.parametrize(
    ("figure", "suffix", "magic"),
    [("sweep_map", ".pdf", b"%PDF"), ("sweep_slices", ".svg", b"<?xml"), ("sweep_lines", ".svg", b"<?xml")],
)
def test_a_map_is_exported_as_a_figure(
    figure: str, suffix: str, magic: bytes, kept: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"map{suffix}"
    words = ["--column", "param_norm", "--contour", "4", "--log", "--fit", "--style", "slides"]
    assert main(["export", str(kept), "--figure", figure, "--out", str(out), *words]) == 0
    assert out.read_bytes().startswith(magic)


def test_a_map_is_exported_as_a_table_of_what_is_looked_at(kept: Path) -> None:
    axes = ["--across", "network.widths", "--up", "network.init.scale", "--over-seeds", "mean"]
    heads, *rows = exported(kept, "--figure", "sweep_map", "--column", "param_norm", *axes)
    assert heads[2].endswith("mean over seeds")
    assert [row[:3] for row in rows[:3]] == [["3", "0.5", "1.5"], ["4", "0.5", "3.5"], ["3", "1", "5.5"]]
    alone = ["--up", "none", "--at", "network.widths=[4]"]
    _, *rows = exported(kept, "--figure", "sweep_slices", "--column", "param_norm", *alone)
    assert [(row[0], row[2]) for row in rows] == [("0.5", "3.5"), ("1", "7.5"), ("2", "11.5")]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--column", "parm_norm"], "--column: 'parm_norm' is not kept"),
        (["--across", "data.n"], "--across: 'data.n' is not an axis"),
        (["--up", "network.init.scale"], "runs across already"),
        (["--at", "network.widths=[5]"], "not among its values: [3], [4]"),
        (["--over-seeds", "max"], "--over-seeds"),
        (["--map", "other"], "must name one of the session's maps"),
        (["--run", "x"], "is about a run"),
        (["--log", "--figure", "margins"], "goes with sweep_map, sweep_slices, sweep_lines alone"),
    ],
)
def test_what_cannot_be_shown_of_a_map_is_said(
    words: list[str], told: str, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "map.pdf")
    assert main(["export", str(kept), "--figure", "sweep_map", "--out", out, *words]) == 2
    assert told in capsys.readouterr().err


def test_a_composed_figure_has_panels_of_a_map(kept: Path, tmp_path: Path) -> None:
    figure, out = tmp_path / "figure.toml", tmp_path / "figure.svg"
    panels = "\n".join(
        f'[[panels]]\nshows = "{shows}"\nmeasurements = ["param_norm"]\ncolumn = {k}\n'
        for k, shows in enumerate(("sweep_map", "sweep_slices", "sweep_lines"), start=1)
    )
    figure.write_text(f"version = 1\n[page]\ncolumns = 3\n{panels}")
    assert main(["export", str(kept), "--figure", str(figure), "--out", str(out)]) == 0
    assert out.read_text().count("parameter norm") >= 2
    figure.write_text(figure.read_text().replace("param_norm", "no_column", 1))
    assert main(["export", str(kept), "--figure", str(figure), "--out", str(out)]) == 2
