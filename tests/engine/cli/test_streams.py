"""What a command line leaves is decided by its work: never by who reads its words, or by a scheduler's patience."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.cli import progress as progress_module
from engine.cli.words import ForgivingStream
from engine.session import Session
from engine.training.loop import Training

from .material import FAILS, HOLDS, TEXT, TWO

ROOT = Path(__file__).parents[3]
posix = pytest.mark.skipif(sys.platform == "win32", reason="another system: there are no such signals")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    return {option: tmp_path / option / f"made.{option}" for option in ("csv", "json", "out")}


@pytest.fixture
def words(files: dict[str, Path], tmp_path: Path) -> list[str]:
    """Return a command line that asks for every kind of file."""
    experiment = tmp_path / "experiment.toml"
    experiment.write_text(TEXT + HOLDS.replace("a number", "a number ≤ 100 → α") + FAILS, "utf-8")
    for path in files.values():
        path.parent.mkdir()
    return ["run", str(experiment), *(w for name, path in files.items() for w in (f"--{name}", str(path)))]


def content(path: Path) -> Any:
    """Return what is in a file, in its own way."""
    if path.suffix == ".json":
        return json.loads(path.read_text("utf-8"))
    if path.suffix == ".csv":
        return path.read_text("utf-8").splitlines()
    with Session.open(path) as session:
        return session.load_run(session.runs[0].id).history


@pytest.fixture
def on_progress(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Return what lets something happen once, while a run is at step 20 or beyond."""

    def let(happen: Callable[[], None]) -> None:
        left = [happen]

        def show(_lines: object, step: int, _remark: str) -> None:
            if step >= 20 and left:
                left.pop()()

        monkeypatch.setattr(progress_module._PlainLines, "show", show)

    return let


# what is printed --------------------------------------------------------------------------------------------


@pytest.fixture
def closed_pipe() -> Iterator[io.TextIOWrapper]:
    """Return a stream whose reader is gone."""
    reading, writing = os.pipe()
    os.close(reading)
    stream = io.TextIOWrapper(os.fdopen(writing, "wb", buffering=0), "utf-8", write_through=True)
    yield stream
    stream.close()


def test_an_encoding_without_the_letters_decides_nothing(
    words: list[str], files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "cp1252")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(words) == 1
    stream.seek(0)
    assert r"the loss is a number \u2264 100 \u2192 \u03b1" in " ".join(stream.read().split())
    assert content(files["json"])["claims"][0]["text"] == "the loss is a number ≤ 100 → α"


def test_a_reader_who_is_gone_decides_nothing(
    words: list[str],
    files: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    closed_pipe: io.TextIOWrapper,
) -> None:
    monkeypatch.setattr(sys, "stdout", closed_pipe)
    monkeypatch.setattr(sys, "stderr", closed_pipe)
    monkeypatch.setattr(progress_module, "QUIET", 0.0)  # the words while a run goes on as well
    assert main(words) == 1
    assert content(files["json"])["steps"] == 40
    assert len(content(files["csv"])) > 10
    assert content(files["out"]).step == 40


def test_no_stream_at_all_decides_nothing(
    words: list[str], files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(words) == 1
    assert content(files["json"])["steps"] == 40


def test_a_file_to_standard_output_that_is_closed_is_refused(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main([*words[:2], "--csv", "-"]) == 2
    assert capsys.readouterr().err == "--csv: '-' cannot be written: standard output is closed\n"


def test_a_stream_that_takes_no_more_is_left_alone() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            if len(self.getvalue()) > 4:
                raise OSError(28, "No space left on device")
            return super().write(text)

    full = Full()
    stream = ForgivingStream(full)
    for word in ("first", "second", "third"):
        assert stream.write(word) == len(word)
    stream.flush()
    assert full.getvalue() == "first"
    assert not stream.isatty()


@pytest.mark.parametrize("words", [["presets"], ["presets", "--json"], ["nothing-like-it"]])
def test_an_interpreter_that_ends_has_nothing_to_complain_of(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(
        [sys.executable, "-m", "gui", *words],
        cwd=ROOT,
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert done.returncode == (0 if words[0] == "presets" else 2)
    assert b"Exception" not in done.stderr and b"Traceback" not in done.stderr


# files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["csv", "json"])
def test_one_file_that_cannot_be_written_loses_no_other(
    lost: str,
    words: list[str],
    files: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    on_progress: Callable[[Callable[[], None]], None],
) -> None:
    on_progress(lambda: shutil.rmtree(files[lost].parent))
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"--{lost}: ")
    assert "cannot be written: No such file or directory" in said.err
    assert "final" in said.out  # what it came to is said all the same
    assert content(files["out"]).step == 40
    (kept,) = {"csv", "json"} - {lost}
    assert content(files[kept])


def test_every_file_that_cannot_be_written_has_its_sentence(
    words: list[str],
    files: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    on_progress: Callable[[Callable[[], None]], None],
) -> None:
    def remove() -> None:
        for name in ("csv", "json"):
            shutil.rmtree(files[name].parent)

    on_progress(remove)
    assert main(words) == 2
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["--csv", "--json"]


def test_files_are_tried_before_anything_is_trained(
    words: list[str],
    files: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def train(*_: object) -> None:
        raise AssertionError("trained")

    monkeypatch.setattr("engine.cli.run.train_all", train)
    touch = Path.touch
    for option, path in files.items():

        def full(self: Path, *args: Any, at: Path = path.parent, **more: Any) -> None:
            if self.parent == at:
                raise OSError(122, "Disk quota exceeded")
            touch(self, *args, **more)

        monkeypatch.setattr(Path, "touch", full)
        assert main(words) == 2
        assert capsys.readouterr().err.startswith(f"--{option}: ")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "experiment.toml"]


def test_two_options_name_two_files(words: list[str], tmp_path: Path) -> None:
    one = str(tmp_path / "one")
    assert main([*words[:2], "--csv", one, "--json", one]) == 2
    assert main([*words[:2], "--csv", "-", "--json", "-"]) == 2
    assert main([*words[:2], "--out", "-"]) == 2
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize("place", ["out", "experiment", "data", "a link to the data"])
def test_no_file_takes_the_place_of_what_a_run_keeps_or_reads(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # of long paths only the ends are said
    data, experiment, link = Path("data.csv"), Path("experiment.toml"), Path("link.csv")
    data.write_text("1,0,1\n0,1,-1\n")
    link.symlink_to("data.csv")
    experiment.write_text(TEXT.replace('"circle"\nn = 4\nphase = 0.5', '"csv"\npath = "data.csv"'))
    session = Path("kept.mlab")
    file = {"out": session, "experiment": experiment, "data": data}.get(place, link)
    before = {path: path.read_bytes() for path in (data, experiment)}
    words = ["run", str(experiment), "--steps", "1", "--out", str(session)]
    for option in ("--csv", "--json"):
        assert main([*words, option, str(file)]) == 2
        assert f"{option}: '{file.name}' is what " in capsys.readouterr().err
    assert {path: path.read_bytes() for path in before} == before and not session.exists()


@pytest.mark.parametrize("option", ["--csv", "--json"])
def test_a_dash_leaves_standard_output_to_the_file(
    option: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words[:2], option, "-"]) == 1
    said = capsys.readouterr()
    if option == "--json":
        assert json.loads(said.out)["steps"] == 40
    else:
        assert said.out.startswith("step,")
    assert "the loss is gone" in said.err


def test_an_experiment_that_cannot_be_run_loses_none_before_it(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = '[[experiments]]\nname = "far"\nset = { "run.device" = "cuda:7" }\n'
    (tmp_path / "experiment.toml").write_text(TEXT + TWO + refused, "utf-8")
    assert main(words) == 2
    assert "run.device: 'cuda:7' is not available" in capsys.readouterr().err
    said = content(tmp_path / "json" / "made.json")
    assert [run["status"] for run in said["runs"].values()] == ["done", "done", "failed"]
    assert content(tmp_path / "csv" / "made.csv")[0].startswith("run,step")


# signals ----------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_ends_the_run_and_every_file_is_written(
    name: str,
    times: int,
    words: list[str],
    files: dict[str, Path],
    on_progress: Callable[[Callable[[], None]], None],
) -> None:
    number = getattr(signal, name)

    def raise_signals() -> None:
        for _ in range(times):
            signal.raise_signal(number)

    before = signal.signal(number, signal.default_int_handler)
    try:
        on_progress(raise_signals)
        assert main([*words, "--steps", "1000000000"]) == 128 + number
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)
    said = content(files["json"])
    assert (said["status"], 20 <= said["steps"] < 10**9) == ("stopped", True)
    assert len(content(files["csv"])) == 1 + len(content(files["out"]).records)


@posix
def test_a_signal_while_files_are_written_loses_none(
    words: list[str], files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.figures import table

    text = table.csv_text

    def interrupted(*args: Any) -> str:
        signal.raise_signal(signal.SIGTERM)
        return text(*args)

    monkeypatch.setattr(table, "csv_text", interrupted)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        assert main(words) == 143
    finally:
        signal.signal(signal.SIGTERM, before)
    assert all(content(path) for path in files.values())


@posix
def test_a_signal_before_the_first_step(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Training, "solve", lambda _: signal.raise_signal(signal.SIGTERM))
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        assert main(words) == 143
        monkeypatch.setattr("engine.cli.run.find", lambda _: signal.raise_signal(signal.SIGTERM))
        assert main(words[:2]) == 143
    finally:
        signal.signal(signal.SIGTERM, before)


@posix
def test_a_signal_that_is_ignored_stays_so(
    words: list[str], files: dict[str, Path], on_progress: Callable[[Callable[[], None]], None]
) -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        on_progress(lambda: signal.raise_signal(signal.SIGHUP))
        assert main(words) == 1
    finally:
        signal.signal(signal.SIGHUP, before)
    assert content(files["json"])["steps"] == 40
