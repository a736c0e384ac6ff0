"""`marginlab export` and `marginlab run --csv`: figures and tables from records."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from engine.cli import main
from engine.cli.stored_figures import StoredFigures
from engine.figures.figure_file import load_figure
from engine.protocol.messages import Finished, Recorded, RunStatus
from engine.protocol.records import RecordBatch
from engine.session import Session

STEPS = np.array([0, 1, 2, 5, 10])
TEXT = """
version = 1
data = { kind = "circle", n = 4, phase = 0.5 }
network = { kind = "mlp" }
loss = { kind = "exponential" }
optimizer = { kind = "steepest" }
measure = { groups = ["margins"] }
run = { steps = 10 }
"""


def batch(factor: float) -> RecordBatch:
    margin = factor * STEPS[:, None] * np.array([[1.0, 2.0]])
    margin[0] = np.nan
    return RecordBatch(
        STEPS, {"normalized_margin": margin, "smoothed_margin": margin / 2, "param_norm": margin + 1}
    )


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Keep a session of three runs: one hidden, two of the same title."""
    path = tmp_path / "kept.mlab"
    with Session.create(path) as kept:
        for k, title in enumerate(("one", "two", "two")):
            run = kept.add_run(TEXT, title=title, replicas=2)
            last = int(STEPS[-1])
            kept.store(Recorded(run, batch(k + 1.0), {"separated_step": [2, 5]}, {}, last, 1.0, 0.0))
            kept.store(Finished(run, RunStatus.DONE, last, "", 1.0))
        kept.change_run(kept.runs[0].id, hidden=True)
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(("suffix", "magic"), [(".pdf", b"%PDF"), (".svg", b"<?xml"), (".png", b"\x89PNG")])
def test_a_figure_of_every_kind(suffix: str, magic: bytes, session: Path, tmp_path: Path) -> None:
    out = tmp_path / f"figure{suffix}"
    words = [
        "export",
        str(session),
        "--figure",
        "margins",
        "--out",
        str(out),
        "--width-mm",
        "60",
        "--style",
        "slides",
    ]
    assert main(words) == 0
    assert out.read_bytes().startswith(magic)


def test_the_data_of_a_plot_as_a_table(session: Path, tmp_path: Path) -> None:
    out = tmp_path / "data.csv"
    assert main(["export", str(session), "--figure", "margins", "--out", str(out)]) == 0
    table = rows(out)
    assert list(table[0]) == ["run", "name", "step", "replica", "normalized_margin", "smoothed_margin"]
    with Session.open(session) as kept:
        assert {row["run"] for row in table} == {entry.id for entry in kept.runs[1:]}
    assert {row["name"] for row in table} == {"two"}
    assert len(table) == 2 * len(STEPS) * 2
    assert table[0]["normalized_margin"] == ""


def test_no_figure_takes_the_place_of_its_session(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = session.read_bytes()
    words = ["export", str(session), "--figure", "margins", "--out", str(session), "--format", "csv"]
    assert main(words) == 2
    assert "is what F.mlab names, too" in capsys.readouterr().err
    assert session.read_bytes() == before


def test_one_run_by_its_title_or_the_beginning_of_its_id(session: Path, tmp_path: Path) -> None:
    out = tmp_path / "data.csv"
    with Session.open(session) as kept:
        ids = [entry.id for entry in kept.runs]
    for word, factor in (("one", 1.0), (ids[2][:10], 3.0), (ids[1], 2.0)):
        assert main(["export", str(session), "--figure", "norms", "--run", word, "--out", str(out)]) == 0
        assert list(rows(out)[0]) == ["step", "replica", "param_norm"]
        assert float(rows(out)[-1]["param_norm"]) == factor * 20 + 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--figure", "margns"], "--figure: 'margns' is not known; did you mean 'margins'?"),
        (["--style", "poster"], "--style: 'poster' is not known"),
        (["--out", "x.jpg"], "--out: 'x.jpg' must end in .pdf, .svg, .png, .pgf or .csv"),
        (["--out", "no/folder/x.pdf"], "in a folder that does not exist"),
        (["--width-mm", "wide"], "--width-mm"),
        (["--width-mm", "15"], "must be from 25"),
        (["--run", "three"], "--run: 'three' names no run; there are"),
        (["--run", "two"], "--run: 'two' names several run"),
    ],
)
def test_what_cannot_be_exported(
    words: list[str], sentence: str, session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["export", str(session), "--figure", "margins", "--out", str(tmp_path / "x.pdf"), *words]
    assert main(given) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "x.pdf").exists()


def test_a_file_that_is_no_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kept.mlab"
    file.write_text("not a session")
    assert main(["export", str(file), "--figure", "margins", "--out", str(tmp_path / "x.pdf")]) == 2
    assert "is not a Margin Lab session" in capsys.readouterr().err


def test_run_writes_every_record_in_long_form(tmp_path: Path) -> None:
    file, out = tmp_path / "experiment.toml", tmp_path / "records.csv"
    file.write_text(TEXT)
    assert main(["run", str(file), "--replicas", "2", "--csv", str(out)]) == 0
    table = rows(out)
    assert list(table[0])[:3] == ["step", "replica", "log_loss"]
    assert [row["replica"] for row in table[:4]] == ["0", "1", "0", "1"]
    assert (table[0]["step"], table[-1]["step"]) == ("0", "10")
    file.write_text(TEXT + '[[experiments]]\nname = "a"\n[[experiments]]\nname = "b"\n')
    assert main(["run", str(file), "--csv", str(out)]) == 0
    assert list(rows(out)[0])[:3] == ["run", "step", "replica"]
    assert {row["run"] for row in rows(out)} == {"a", "b"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train two replicas and keep them with their snapshots."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "experiment.toml").write_text(TEXT.replace('kind = "mlp"', 'kind = "mlp", widths = [6]'))
    out = folder / "trained.mlab"
    assert main(["run", str(folder / "experiment.toml"), "--replicas", "2", "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("figure", ["surface", "kernel_map", "spectrum"])
@pytest.mark.parametrize(("suffix", "magic"), [(".pdf", b"%PDF"), (".svg", b"<?xml"), (".png", b"\x89PNG")])
def test_a_picture_of_one_step(figure: str, suffix: str, magic: bytes, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / f"picture{suffix}"
    words = ["export", str(trained), "--figure", figure, "--out", str(out), "--width-mm", "60"]
    assert main([*words, "--replica", "1", "--step", "5"]) == 0
    assert out.read_bytes().startswith(magic)


def test_the_numbers_of_a_picture(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.csv"

    def exported(figure: str, *words: str) -> list[dict[str, str]]:
        assert main(["export", str(trained), "--figure", figure, "--out", str(out), *words]) == 0
        return rows(out)

    pairs = exported("kernel_map")
    assert len(pairs) == 16 and [pair["class"] for pair in pairs[:4]] == ["-1"] * 4
    values = {(pair["sample"], pair["other sample"]): float(pair["value"]) for pair in pairs}
    assert all(values[i, j] == values[j, i] for i, j in values)
    trace = sum(value for (i, j), value in values.items() if i == j)
    spectrum = exported("spectrum")
    assert sum(float(row["eigenvalue at step 10"]) for row in spectrum) == pytest.approx(trace, rel=1e-5)
    start = exported("spectrum", "--step", "0")
    assert [row["eigenvalue at the start"] for row in start] == [row["eigenvalue at step 0"] for row in start]
    surface = exported("surface", "--comparator", "latest", "--step", "0")
    assert list(surface[0]) == ["x1", "x2", "network", "latest"] and len(surface) == 101**2
    assert exported("surface", "--comparator", "start")[7]["start"] == surface[7]["network"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--replica", "2"], "--replica: 2 must be from 0 to 1"),
        (["--comparator", "oracle"], "--comparator: 'oracle' has no surface: there is no predictor 'oracle'"),
        (["--comparator", "twin"], "trains no linearised twin"),
    ],
)
def test_pictures_that_there_are_not(
    words: list[str], sentence: str, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["export", str(trained), "--figure", "surface", "--out", str(tmp_path / "x.pdf")]
    assert main([*given, *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_surface_of_a_composed_figure_without_its_comparator_is_drawn_alone(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure, out = tmp_path / "figure.toml", tmp_path / "x.csv"
    figure.write_text('[[panels]]\nshows = "surface"\ncomparator = "twin"\n', encoding="utf-8")
    assert main(["export", str(trained), "--figure", str(figure), "--out", str(out)]) == 0
    assert list(rows(out)[0]) == ["x1", "x2", "network"]
    assert "drawn alone" in capsys.readouterr().err
    with Session.read(trained) as opened:
        stored = StoredFigures(opened)
        for step in (0, 1):
            stored.drawables(load_figure(figure), step)
    assert capsys.readouterr().err.count("drawn alone") == 1


def test_a_picture_needs_one_run_with_parameters(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["export", str(session), "--figure", "spectrum", "--out", str(tmp_path / "x.pdf")]
    assert main(given) == 2
    assert "must name one run" in capsys.readouterr().err
    assert main([*given, "--run", "one"]) == 2
    assert "keeps no parameters" in capsys.readouterr().err


def test_a_replica_that_diverged_is_named_and_has_no_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TEXT.replace(
        'optimizer = { kind = "steepest" }',
        """
vary = { "optimizer.step.eta" = [0.01, 1e200] }
optimizer = { kind = "steepest", step = { kind = "constant", eta = 0.01 } }""",
    )
    file, kept = tmp_path / "two.toml", tmp_path / "two.mlab"
    file.write_text(text, "utf-8")
    assert main(["run", str(file), "--out", str(kept)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 of 2 replicas diverged: replica 1 after step 1" in said
    for figure in ("surface", "spectrum"):
        given = ["export", str(kept), "--figure", figure, "--comparator", "start"]
        given += ["--out", str(tmp_path / "x.csv")]
        assert main([*given, "--replica", "1"]) == 2
        assert "--step: 10 has no picture: replica 1 diverged after step 1" in capsys.readouterr().err
        assert main(given) == 0
        assert main([*given, "--replica", "1", "--step", "0"]) == 0


COMPOSED = """
version = 1
page = { columns = 2, width_mm = 120, row_height_mm = 50 }

[[panels]]
shows = "margins"
runs = ["one"]

[[panels]]
shows = "own"
column = 2
measurements = ["param_norm"]
horizontal = "column:normalized_margin"
log = true
"""


def test_a_composed_figure_is_exported_from_its_toml(session: Path, tmp_path: Path) -> None:
    described, out = tmp_path / "figure.toml", tmp_path / "fig.pdf"
    described.write_text(COMPOSED, "utf-8")
    assert main(["export", str(session), "--figure", str(described), "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF")


def test_what_a_composed_figure_lacks_is_said(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    described, out = tmp_path / "figure.toml", tmp_path / "fig.pdf"
    for before, after, sentence in (
        ('"one"', '"four"', "panels[0].runs: 'four' names no run; there are"),
        ('"own"', '"surface"', "panels[1].runs: must name one run for this figure; there are"),
        ("column = 2\n", "colunm = 2\n", "panels[1].colunm: is not a known field; did you mean 'column'?"),
    ):
        described.write_text(COMPOSED.replace(before, after), "utf-8")
        assert main(["export", str(session), "--figure", str(described), "--out", str(out)]) == 2
        assert sentence in capsys.readouterr().err
    assert main(["export", str(session), "--figure", "no.toml", "--out", str(out)]) == 2
    assert "no.toml' cannot be read: No such file" in capsys.readouterr().err
    described.write_text(COMPOSED, "utf-8")
    for option, value in (("--width-mm", "85"), ("--style", "paper"), ("--run", "one"), ("--replica", "0")):
        given = ["export", str(session), "--figure", str(described), "--out", str(out), option, value]
        assert main(given) == 2 and f"{option}: " in capsys.readouterr().err


def test_runs_are_coloured_by_a_column_with_its_legend(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "coloured.svg"
    words = ["export", str(session), "--figure", "margins", "--out", str(out), "--colour"]
    assert main([*words, "normalized_margin"]) == 0
    assert "normalized margin" in out.read_text() and "30" in out.read_text()
    assert main([*words, "scal"]) == 2
    assert (
        "--colour: 'scal' is no field and no measurement of these runs; did you mean 'scale'?"
        in capsys.readouterr().err
    )
