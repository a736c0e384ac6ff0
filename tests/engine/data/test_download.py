"""Downloads: whole and checked, or one sentence and nothing half on disk."""

from __future__ import annotations

import hashlib
import io
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from engine.cli import main
from engine.data import fetch as module
from engine.data import make_data
from engine.data.download import CHECKSUMS, MIRRORS, Download, DownloadProgress, Stopped
from engine.data.fetch import LARGEST, Fetch, MirrorFault, Published
from engine.data.idx_places import SETS, downloads_folder
from engine.experiment.data import IdxSpec
from engine.words.errors import Refusal
from tests.deadlines import PATIENCE, wait_until
from tests.engine.data import mirror
from tests.engine.data.idx_files import write_set

NAMES = {
    f"{stem}-idx{n}-ubyte.gz"
    for stem, n in (("train-images", 3), ("train-labels", 1), ("t10k-images", 3), ("t10k-labels", 1))
}
WAYS_OUT = (
    "Install Debian's dataset-fashion-mnist and use fashion-mnist, or put its four .gz files into a folder and name it "
    "in data.folder."
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_set(tmp_path / "source", [0, 1, 2] * 40, [2, 1, 0] * 5)


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


@pytest.fixture
def nobody() -> Iterator[str]:
    """Return the address of a mirror at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/set/"


def fetch(folder: Path | None, *addresses: str, timeout: float = 10.0) -> list[DownloadProgress]:
    """Download from these mirrors, and return what is told of it."""
    told: list[DownloadProgress] = []
    download = Download("mnist", folder, mirrors={"mnist": addresses}, checksums={}, timeout=timeout)
    assert download.run(told.append) == download.folder
    return told


def fault(folder: Path, address: str, timeout: float = 10.0) -> str:
    """Return what is said of a mirror that does not do, after checking that nothing is left of it."""
    with pytest.raises(Refusal) as refused:
        fetch(folder, address, timeout=timeout)
    host = address.split("/")[2]
    found = re.fullmatch(
        rf"MNIST could not be downloaded: {host}: (.*?)\. {re.escape(WAYS_OUT)}", str(refused.value)
    )
    assert found is not None, str(refused.value)
    assert not folder.exists()
    return found.group(1)


# --- what goes well ---


@pytest.mark.parametrize("manner", [mirror.good, mirror.silent_about_size])
def test_a_set_is_fetched_and_can_be_used_by_its_name(source: Path, manner: mirror.Answer) -> None:
    with mirror.served(source, manner) as (address, asked):
        told = fetch(None, address)
    folder = downloads_folder() / "mnist"
    assert set(asked) == NAMES == {path.name for path in folder.iterdir()}
    assert all((folder / name).read_bytes() == (source / name).read_bytes() for name in NAMES)
    assert len(make_data(IdxSpec(kind="idx", folder="mnist", train=0)).x) == 120
    assert [at.number for at in told] == sorted(at.number for at in told)
    for name in NAMES:
        of_file = [at for at in told if at.file == name]
        size = (source / name).stat().st_size
        assert of_file[-1].received == size
        assert {at.size for at in of_file} == {size if manner is mirror.good else None}
        assert {(at.files, at.host) for at in of_file} == {(4, address.split("/")[2])}


def test_the_next_mirror_takes_over_and_is_asked_first_from_then_on(
    source: Path, there: Path, nobody: str
) -> None:
    with (
        mirror.served(source, mirror.not_found) as (lacking, in_vain),
        mirror.served(source) as (address, asked),
    ):
        fetch(there, nobody, lacking, address)
    assert len(in_vain) == 1 and set(asked) == NAMES and len(asked) == 4
    assert {path.name for path in there.iterdir()} == NAMES


def test_a_sound_set_is_not_fetched_again_a_broken_one_is(source: Path, there: Path) -> None:
    with mirror.served(source) as (address, asked):
        fetch(there, address)
        fetch(there, address)
        assert len(asked) == 4
        broken = there / "t10k-images-idx3-ubyte.gz"
        broken.write_bytes(broken.read_bytes()[:-30])
        fetch(there, address)
    assert len(asked) == 8
    assert broken.read_bytes() == (source / broken.name).read_bytes()


def test_what_a_killed_lab_left_is_cleared_away_and_not_used(source: Path, there: Path) -> None:
    left, under_way = there / ".partial-left", there / ".partial-mine"
    for stage in (left, under_way):
        stage.mkdir(parents=True)
        (stage / "train-images-idx3-ubyte.gz").write_bytes(b"half" * 10_000)
    long_ago = time.time() - 2 * 3600
    for path in (*left.iterdir(), left):
        os.utime(path, (long_ago, long_ago))
    with mirror.served(source) as (address, _):
        fetch(there, address)
    assert {path.name for path in there.iterdir()} == {*NAMES, under_way.name}
    assert [path.stat().st_size for path in under_way.iterdir()] == [40_000]


def test_two_downloads_into_one_folder_both_end_well(source: Path, there: Path) -> None:
    others: list[Path] = []

    def meanwhile(at: DownloadProgress) -> None:
        if at.number == 3 and not others:
            others.append(there)
            fetch(there, address)

    with mirror.served(source) as (address, asked):
        Download("mnist", there, mirrors={"mnist": [address]}, checksums={}).run(meanwhile)
    assert others and len(asked) == 8
    assert {path.name for path in there.iterdir()} == NAMES
    assert all((there / name).read_bytes() == (source / name).read_bytes() for name in NAMES)


def test_a_download_that_fails_leaves_another_one_alone(source: Path, there: Path, nobody: str) -> None:
    refused: list[Refusal] = []

    def meanwhile(at: DownloadProgress) -> None:
        if at.number == 3 and not refused:
            with pytest.raises(Refusal) as caught:
                fetch(there, nobody)
            refused.append(caught.value)

    with mirror.served(source) as (address, _):
        Download("mnist", there, mirrors={"mnist": [address]}, checksums={}).run(meanwhile)
    assert refused
    assert {path.name for path in there.iterdir()} == NAMES


# --- what does not ---


@pytest.mark.parametrize(
    ("manner", "sentence"),
    [
        (mirror.not_found, "HTTP 404 Not Found"),
        (mirror.wrong_content, "sent a file that is no IDX file, it does not begin like one"),
        (mirror.quietly_truncated, "sent a file that is cut off within what gzip packed"),
        (mirror.no_http, "its answer is no HTTP"),
    ],
)
def test_a_mirror_that_sends_something_else(
    source: Path, there: Path, manner: mirror.Answer, sentence: str
) -> None:
    with mirror.served(source, manner) as (address, _):
        assert fault(there, address) == sentence


def test_a_mirror_that_stops_half_way(source: Path, there: Path) -> None:
    size = (source / "train-images-idx3-ubyte.gz").stat().st_size
    with mirror.served(source, mirror.truncated) as (address, _):
        assert fault(there, address) == f"sent {size - 9} of {size} bytes"


def test_a_mirror_that_never_ends(source: Path, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 1 << 14)
    with mirror.served(source, mirror.too_long) as (address, _):
        assert fault(there, address).startswith("sends more than")


@pytest.mark.parametrize("manner", [mirror.silent, mirror.slow])
def test_a_mirror_that_says_nothing_any_more(source: Path, there: Path, manner: mirror.Answer) -> None:
    with mirror.served(source, manner) as (address, _):
        assert fault(there, address, timeout=0.1) == "timed out"


def test_nobody_there(there: Path, nobody: str) -> None:
    assert fault(there, nobody) == "connection refused"


def test_every_mirror_is_named_with_its_own_error_in_one_line(source: Path, there: Path, nobody: str) -> None:
    with (
        mirror.served(source, mirror.not_found) as (lacking, _),
        mirror.served(source, mirror.wrong_content) as (wrong, _),
        pytest.raises(Refusal) as refused,
    ):
        fetch(there, nobody, lacking, wrong)
    first, second, third = (address.split("/")[2] for address in (nobody, lacking, wrong))
    assert str(refused.value) == (
        f"MNIST could not be downloaded: {first}: connection refused; {second}: HTTP 404 Not Found; {third}: sent a "
        f"file that is no IDX file, it does not begin like one. {WAYS_OUT}"
    )


def test_images_and_labels_of_different_number_are_not_kept(source: Path, there: Path) -> None:
    other = write_set(source.parent / "other", [0, 1])
    (source / "train-labels-idx1-ubyte.gz").write_bytes((other / "train-labels-idx1-ubyte.gz").read_bytes())
    with (
        mirror.served(source) as (address, _),
        pytest.raises(Refusal, match=r"has 2 labels where .* has 120 images"),
    ):
        fetch(there, address)
    assert not there.exists()


def test_a_folder_that_cannot_be_written_to(source: Path, there: Path) -> None:
    there.touch()
    with mirror.served(source) as (address, asked), pytest.raises(Refusal) as refused:
        fetch(there, address)
    assert str(refused.value) == f"{there} cannot be written to (file exists); make room or allow it"
    assert asked == []


def test_what_was_in_the_folder_stays_whatever_happens(source: Path, there: Path, nobody: str) -> None:
    there.mkdir()
    (there / "mine.txt").write_text("keep", "utf-8")
    with pytest.raises(Refusal):
        fetch(there, nobody)
    assert [path.name for path in there.iterdir()] == ["mine.txt"]


def test_a_name_that_is_no_set() -> None:
    with pytest.raises(Refusal, match=r"^'minst' is no set that can be downloaded; did you mean 'mnist'\?$"):
        Download("minst")


def test_a_file_with_another_checksum_is_left_to_the_next_mirror(source: Path, there: Path) -> None:
    other = write_set(source.parent / "other", [1, 2, 0] * 40, [0, 1, 2] * 5)
    known = {"mnist": {n: published(source / n) for n in NAMES}}
    with mirror.served(other) as (wrong, in_vain), mirror.served(source) as (right, _):
        told: list[DownloadProgress] = []
        Download("mnist", there, mirrors={"mnist": [wrong, right]}, checksums=known).run(told.append)
        with pytest.raises(Refusal, match=r"127\.0\.0\.1:\d+: sent a file with another checksum\. Install"):
            Download("mnist", there / "no", mirrors={"mnist": [wrong]}, checksums=known).run(told.append)
    assert len(in_vain) == 2
    assert all((there / name).read_bytes() == (source / name).read_bytes() for name in NAMES)
    assert {path.name for path in there.iterdir()} == NAMES


def published(file: Path) -> Published:
    content = file.read_bytes()
    return Published(len(content), hashlib.sha256(content).hexdigest())


def test_more_than_is_published_is_not_taken_in(source: Path, there: Path) -> None:
    known = {"mnist": {n: replace(published(source / n), size=100) for n in NAMES}}
    with (
        mirror.served(source) as (address, _),
        pytest.raises(Refusal, match=r"sends more than 100 bytes\. Install"),
    ):
        Download("mnist", there, mirrors={"mnist": [address]}, checksums=known).run(lambda at: None)
    assert not there.exists()


def test_a_safe_mirror_never_leads_to_an_unsafe_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    response = requests.Response()
    response.status_code, response.url, response.raw = 200, "http://elsewhere/file", io.BytesIO(b"x")
    monkeypatch.setattr(requests, "get", lambda url, **_: response)
    with pytest.raises(MirrorFault, match="leads to a place that is not safe"):
        Fetch(1.0).file("https://mirror/file", tmp_path / "file", None, lambda *_: None)
    assert list(tmp_path.iterdir()) == []


def test_every_file_of_every_set_has_a_checksum() -> None:
    assert set(CHECKSUMS) == set(SETS)
    sums = [known.sha256 for files in CHECKSUMS.values() for known in files.values()]
    assert all(set(files) == NAMES for files in CHECKSUMS.values())
    assert len(set(sums)) == len(sums) and all(re.fullmatch(r"[0-9a-f]{64}", each) for each in sums)
    assert all(4_000 < known.size < LARGEST for files in CHECKSUMS.values() for known in files.values())


def test_every_set_has_mirrors() -> None:
    assert set(MIRRORS) == set(SETS)
    for addresses in MIRRORS.values():
        assert all(re.fullmatch(r"https://[\w.-]+/(\S*/)?", address) for address in addresses)


# --- stopping ---


@pytest.mark.parametrize("manner", [mirror.silent, mirror.slow])
def test_stopping_lets_a_mirror_go_that_is_waited_for(
    source: Path, there: Path, manner: mirror.Answer
) -> None:
    outcome: list[BaseException] = []

    def work() -> None:
        try:
            download.run(lambda _at: None)
        except BaseException as error:
            outcome.append(error)

    with mirror.served(source, manner) as (address, asked):
        # a mirror that has not even answered is let go when its time is over
        timeout = 0.3 if manner is mirror.silent else 30.0
        download = Download("mnist", there, mirrors={"mnist": [address]}, checksums={}, timeout=timeout)
        thread = threading.Thread(target=work)
        thread.start()
        wait_until(lambda: asked and (manner is mirror.silent or list(there.glob(".partial*/*"))))
        download.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert [type(error) for error in outcome] == [Stopped]
    assert not there.exists()


def test_stopped_between_two_chunks_or_before_it_begins(source: Path, there: Path) -> None:
    with mirror.served(source) as (address, asked):
        download = Download("mnist", there, mirrors={"mnist": [address]}, checksums={})
        with pytest.raises(Stopped):
            download.run(lambda at: download.stop() if at.number == 2 else None)
        assert len(asked) == 2
        with pytest.raises(Stopped):
            download.run(lambda _at: None)
        assert len(asked) == 2
    assert not there.exists()


def test_ctrl_c_leaves_nothing_half(source: Path, there: Path) -> None:
    def interrupt(_at: DownloadProgress) -> None:
        raise KeyboardInterrupt

    with mirror.served(source) as (address, _), pytest.raises(KeyboardInterrupt):
        Download("mnist", there, mirrors={"mnist": [address]}, checksums={}).run(interrupt)
    assert not there.exists()


# --- the command ---


def test_the_command_says_how_to_use_what_it_fetched(
    source: Path, there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mirror.served(source) as (address, _):
        monkeypatch.setitem(MIRRORS, "mnist", (address,))
        monkeypatch.setitem(MIRRORS, "kmnist", (address,))
        for name in ("mnist", "kmnist"):
            monkeypatch.setitem(CHECKSUMS, name, {})
        assert main(["download"]) == 0
        assert main(["download", "kmnist", "--to", str(there)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    own = downloads_folder() / "mnist"
    assert first == f'MNIST is in {own}. Use it with [data] kind = "idx", folder = "mnist".'
    assert second == f'KMNIST is in {there}. Use it with [data] kind = "idx", folder = "{there}".'


def test_the_command_ends_with_2_and_one_line_where_there_is_no_net(
    nobody: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(MIRRORS, "fashion-mnist", (nobody,))
    assert main(["download", "fashion-mnist"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Fashion-MNIST could not be downloaded: 127.0.0.1") and len(said.splitlines()) == 1
    assert "Debian's dataset-fashion-mnist and say fashion-mnist, or put" in said
    assert main(["download", "minst"]) == 2
    assert capsys.readouterr().err.startswith(
        "'minst' is no set that can be downloaded; did you mean 'mnist'?"
    )
