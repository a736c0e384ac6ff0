"""`marginlab animate`: films of what a session shows, over its stored steps."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli import main
from engine.figures import film
from engine.figures.film import FilmWriter, gif_times, steps_shown
from engine.protocol.messages import Finished, Recorded, RunStatus
from engine.protocol.records import RecordBatch
from engine.session import Session
from tests.engine.cli.test_export import STEPS, TEXT

FILM = ["--frames", "3", "--rate", "5", "--width-mm", "40"]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "kept.mlab"
    with Session.create(path) as kept:
        run = kept.add_run(TEXT, title="one")
        values = {"param_norm": 1.0 + STEPS[:, None].astype(float)}
        kept.store(Recorded(run, RecordBatch(STEPS, values), {}, {}, 10, 1.0, 0.0))
        kept.store(Finished(run, RunStatus.DONE, 10, "", 1.0))
    return path


def png(colour: str, size: tuple[int, int] = (41, 31)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()


def test_a_plot_moves_over_its_steps_as_a_gif(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "norm.gif"
    assert main(["animate", str(session), "--figure", "norms", "--out", str(out), *FILM]) == 0
    with Image.open(out) as moving:
        assert moving.n_frames == 3
        shown = []
        for place in range(3):
            moving.seek(place)
            shown.append(np.asarray(moving.convert("L")))
            assert moving.info["duration"] == (1500 if place == 2 else 200)
    assert shown[0].shape[1] == round(40 / 25.4 * 300)
    assert (shown[1] != shown[2]).any()
    assert "picture 3 of 3, step 10" in capsys.readouterr().err


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "h264"), (".webm", "vp9")])
def test_a_film_is_encoded_by_what_the_extra_brings(suffix: str, codec: str) -> None:
    av = pytest.importorskip("av")
    writer = FilmWriter(suffix, 5)
    for colour in ("red", "lime", "blue"):
        writer.add(png(colour))
    with av.open(io.BytesIO(writer.content())) as moving:
        pictures = [frame.to_ndarray(format="rgb24") for frame in moving.decode(video=0)]
        assert moving.streams.video[0].codec_context.name == codec
    assert [int(picture[10, 10].argmax()) for picture in pictures] == [0, 1, 2]
    assert pictures[0].shape == (32, 42, 3)  # encoders take even sizes alone


def test_pictures_of_other_sizes_are_brought_to_the_first_one_s() -> None:
    writer = FilmWriter(".gif", 5)
    writer.add(png("red"))
    writer.add(png("blue", (60, 10)))
    with Image.open(io.BytesIO(writer.content())) as moving:
        assert (moving.n_frames, moving.size) == (2, (42, 32))


def test_a_gif_keeps_its_rate_in_hundredths_of_a_second() -> None:
    assert gif_times(4, 6) == [170, 160, 170, 1500] and gif_times(3, 60) == [20, 20, 1500]


def test_many_steps_are_thinned_evenly() -> None:
    assert steps_shown([1, 2, 3], 60) == [1, 2, 3]
    assert steps_shown(list(range(101)), 5) == [0, 25, 50, 75, 100]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--out", "x.avi"], "--out: 'x.avi' must end in .gif, .mp4 or .webm"),
        (["--format", "webm"], "cannot be written: MP4 and WebM need PyAV, which is not installed here: pip"),
        (["--rate", "0"], "rate: 0.0 must be from 1 to 60 pictures a second"),
        (["--frames", "1"], "--frames: 1 must be at least 2"),
        (["--figure", "surface"], "there are fewer than two stored steps, so nothing moves"),
    ],
)
def test_what_cannot_move_is_said(
    words: list[str],
    sentence: str,
    session: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(film, "find_spec", lambda _name: None)
    out = str(tmp_path / "x.gif")
    assert main(["animate", str(session), "--figure", "norms", "--out", out, *FILM, *words]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [["--run", "one"], ["--width-mm", "90"], ["--style", "slides"], ["--replica", "1"]]
)
def test_what_a_composed_figure_says_itself_is_refused_beside_it(
    option: list[str], session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "x.gif")
    assert main(["animate", str(session), "--figure", "any.toml", "--out", out, *option]) == 2
    assert f"{option[0]}: " in (told := capsys.readouterr().err) and "is said in any.toml" in told


def test_a_gif_that_plays_slower_than_asked_says_so() -> None:
    assert film.slower(".gif", 60) == (
        "A GIF shows 50 pictures a second at most, not 60; MP4 and WebM show more."
    )
    assert not film.slower(".gif", 50) and not film.slower(".mp4", 60)
