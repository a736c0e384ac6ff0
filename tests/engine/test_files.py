"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.files import STANDARD_OUTPUT, check_writable, is_standard_output, write_whole
from engine.words.errors import Refusal


def names(folder: Path) -> list[str]:
    """Return what lies in a folder, the user's own folders apart."""
    return sorted(file.name for file in folder.iterdir() if file.name != "user")


def test_text_and_bytes_take_the_place_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "résumé.json"
    write_whole(path, "α\n")
    assert path.read_bytes() == "α\n".encode()
    path.chmod(0o600)
    write_whole(path, b"\x00")
    assert path.read_bytes() == b"\x00"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or sys.platform == "win32"
    assert names(tmp_path) == [path.name]


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
    assert names(tmp_path) == [path.name]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "missing" / "a.csv"):
        with pytest.raises(Refusal, match="cannot be written"):
            write_whole(path, "")
    assert names(tmp_path) == ["folder"] and names(tmp_path / "folder") == []


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
    code = "import sys; from pathlib import Path; from engine.files import write_whole; "
    code += "write_whole(Path(sys.argv[1]), '{\\n}\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code, "/dev/stdout"], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("{\n}\n", "")
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream:
        place = f"/dev/fd/{writing}"
        subprocess.run([sys.executable, "-c", code, place], pass_fds=[writing], check=False)
        os.close(writing)
        assert stream.read() == "{\n}\n"


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


@pytest.mark.skipif(sys.platform == "win32", reason="another system: links need rights there")
def test_links_that_lead_in_a_circle_stay_and_are_refused(tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    there.symlink_to(back)
    back.symlink_to(there)
    for attempt in (write_whole, lambda path, _: check_writable(path)):
        with pytest.raises(Refusal, match="cannot be written: Too many levels of symbolic links"):
            attempt(there, "")
    assert there.is_symlink() and back.is_symlink()


def test_a_file_of_several_names_stays_one_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("before, and longer")
    os.link(first, second)
    write_whole(first, "after")
    assert first.samefile(second)
    assert second.read_text() == "after"


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="another system: no attributes of a file's own")
def test_a_file_s_own_attributes_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")
    try:
        os.setxattr(path, "user.project", b"margins")
    except OSError:  # a file system without them has none to lose
        return
    write_whole(path, "after")
    assert (path.read_text(), os.getxattr(path, "user.project")) == ("after", b"margins")


def test_a_file_in_a_folder_that_takes_no_new_ones_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "a.csv", Path.write_bytes
    path.write_text("before, and longer")

    def closed(self: Path, data: bytes) -> int:
        if self != path:
            raise PermissionError(13, "Permission denied")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", closed)
    write_whole(path, "after")
    assert path.read_text() == "after"
    with pytest.raises(Refusal, match="Permission denied"):
        write_whole(tmp_path / "new.csv", "after")


def test_a_file_that_its_user_has_closed_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")
    monkeypatch.setattr(os, "access", lambda *_: False)  # as for anybody but root where its mode is 0444
    with pytest.raises(Refusal, match="Permission denied"):
        write_whole(path, "after")
    assert path.read_text() == "before"


def test_trying_leaves_everything_as_it_is(tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("before")
    os.utime(there, (1, 1))
    check_writable(there)
    check_writable(tmp_path / "new.csv")
    assert (there.read_text(), there.stat().st_mtime) == ("before", 1)
    assert names(tmp_path) == [there.name]
    for path, words in ((tmp_path, "is a folder"), (tmp_path / "no" / "a.csv", "folder that does not exist")):
        with pytest.raises(Refusal, match=words):
            check_writable(path)


@pytest.mark.skipif(sys.platform == "win32", reason="another system: there are no named pipes")
def test_trying_a_pipe_is_not_seen_at_its_other_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_writable(pipe)  # opened, it would wait here for a reader
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(pipe, os.O_WRONLY)
    check_writable(pipe)
    with pytest.raises(BlockingIOError):
        os.read(reading, 1)  # the end of a file, had the pipe been opened and closed
    os.close(reading)
    os.close(writing)
    if Path("/dev/fd").is_dir():
        with pytest.raises(Refusal, match="No such file"):
            check_writable(Path("/dev/fd/987"))


def test_a_dash_is_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "out").open("w", encoding="cp1252", newline="\r\n") as out:
        monkeypatch.setattr(sys, "stdout", out)
        out.write("said before;")
        write_whole(Path("-"), "α\n" * 100_000)
        monkeypatch.undo()
    assert (tmp_path / "out").read_bytes() == b"said before;" + "α\n".encode() * 100_000
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(Refusal, match=r"standard output is closed$"):
        check_writable(Path("-"))


@pytest.mark.skipif(sys.platform == "win32", reason="another system: there are no named pipes")
@pytest.mark.skipif(sys.platform == "win32", reason="another system: no such names")
def test_standard_output_is_known_by_all_its_names(tmp_path: Path) -> None:
    link, other = tmp_path / "out.csv", tmp_path / "other.csv"
    link.symlink_to("/dev/stdout")
    other.symlink_to(link)
    for path in (STANDARD_OUTPUT, Path("/dev/stdout"), Path("/dev/fd/1"), link, other):
        assert is_standard_output(path)
    assert not is_standard_output(tmp_path / "-") and not is_standard_output(Path("/dev/stderr"))


def test_a_reader_who_has_seen_enough_is_no_failure(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def read_little() -> None:
        with pipe.open("rb") as stream:
            stream.read(1)

    reader = threading.Thread(target=read_little, daemon=True)
    reader.start()
    write_whole(pipe, bytes(10_000_000))
    reader.join(10)
    assert pipe.is_fifo()
