"""What the words after `marginlab` lead to: a command, the window with or without a file, or a sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.cli import COMMANDS
from gui import __main__ as start


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """Note what the window would open."""
    files: list[Path | None] = []

    def open_lab(file: Path | None, plug_ins: Sequence[str], *, ticked: bool = True) -> int:
        files.append(file)
        return 0

    monkeypatch.setattr(start, "_open_lab", open_lab)
    return files


def test_no_words_open_the_lab(opened: list[Path | None]) -> None:
    assert start.main([]) == 0
    assert opened == [None]


@pytest.mark.parametrize("name", ["kept.mlab", "experiment.toml"])
def test_a_file_opens_the_lab_with_it(name: str, opened: list[Path | None], tmp_path: Path) -> None:
    file = tmp_path / name
    file.touch()
    assert start.main([str(file)]) == 0
    assert opened == [file]


def test_a_command_opens_no_window(opened: list[Path | None], capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["presets", "--json"]) == 0
    assert "circle-global-margin" in capsys.readouterr().out
    assert start.main(["--help"]) == 0
    assert opened == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["verfy"], "'verfy' is neither a command nor a file; did you mean 'verify'?"),
        (["zzz"], f"'zzz' is neither a command nor a file; commands: {', '.join(COMMANDS)}"),
        (["missing.mlab"], "'missing.mlab' is neither a command nor a file"),
        (["circle-global-margin"], "is a preset; `marginlab run circle-global-margin` runs it"),
        (["."], "'.' is a folder"),
        ([__file__, "another"], "opens one file at a time; leave out another"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_other_words_get_one_sentence(
    words: list[str], sentence: str, opened: list[Path | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert start.main(words) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert (said.out, opened) == ("", [])


def test_python_m_gui_returns_the_exit_status() -> None:
    done = subprocess.run([sys.executable, "-m", "gui", "zzz"], capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
