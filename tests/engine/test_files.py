"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import Refusal
from engine.files import write_whole


def test_text_and_bytes_take_the_place_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "résumé.json"
    write_whole(path, "α\n")
    assert path.read_bytes() == "α\n".encode()
    path.chmod(0o600)
    write_whole(path, b"\x00")
    assert path.read_bytes() == b"\x00"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or sys.platform == "win32"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(data[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Refusal, match=r"--csv: .*a.csv' cannot be written: No space left on device; choose"):
        write_whole(path, "after", "--csv")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "missing" / "a.csv"):
        with pytest.raises(Refusal, match="cannot be written"):
            write_whole(path, "")
    assert list(tmp_path.rglob("*")) == [tmp_path / "folder"]


@pytest.mark.skipif(sys.platform == "win32", reason="another system: links need rights there")
def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link, real = tmp_path / "link.json", tmp_path / "there" / "real.json"
    link.symlink_to(real)
    for content in ("first", "second"):
        write_whole(link, content)
        assert link.is_symlink()
        assert real.read_text() == content


@pytest.mark.skipif(sys.platform == "win32", reason="another system: there are no named pipes")
def test_pipes_and_devices_are_written_straight(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write_whole(pipe, "through")
    reader.join(10)
    assert read == ["through"]
    assert pipe.is_fifo()


@pytest.mark.skipif(sys.platform == "win32", reason="another system: there are no files for descriptors")
def test_a_pipe_named_by_its_descriptor_is_written_straight() -> None:
    """As in `--json /dev/stdout | less` and in a shell's `--json >(less)`."""
    code = "import sys; from pathlib import Path; from engine.cli.outputs import write_json; "
    code += "write_json(Path(sys.argv[1]), {'a': 1})"
    done = subprocess.run(
        [sys.executable, "-c", code, "/dev/stdout"], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ('{\n  "a": 1\n}\n', "")
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream:
        place = f"/dev/fd/{writing}"
        subprocess.run([sys.executable, "-c", code, place], pass_fds=[writing], check=False)
        os.close(writing)
        assert stream.read() == '{\n  "a": 1\n}\n'


@pytest.mark.skipif(sys.platform == "win32", reason="another system: there are no named pipes")
def test_a_link_to_a_pipe_stays_a_link_to_a_pipe(tmp_path: Path) -> None:
    pipe, link, read = tmp_path / "pipe", tmp_path / "link.json", []
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write_whole(link, "through")
    reader.join(10)
    assert read == ["through"]
    assert link.is_symlink() and pipe.is_fifo()


@pytest.mark.skipif(sys.platform == "win32", reason="another system: there are no files for descriptors")
def test_a_file_that_is_open_as_output_stays_the_file_that_it_is(tmp_path: Path) -> None:
    """As in `--json /dev/stdout > file`: whoever holds the file open reads what was written."""
    code = "from pathlib import Path; from engine.files import write_whole; "
    code += "write_whole(Path('/dev/stdout'), 'result')"
    with (tmp_path / "out").open("w+b") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
        out.seek(0)
        assert out.read() == b"result"
