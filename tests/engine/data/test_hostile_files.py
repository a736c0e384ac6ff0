"""Files that are made to take the machine, or to say what is in others: refused, at once, in little memory."""

from __future__ import annotations

import gzip
import io
import os
import struct
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from engine.data import make_data
from engine.data.recognition import look_at
from engine.experiment.data import CsvSpec, DataSpec, IdxSpec, NpzSpec
from engine.experiment.plain_files import read_whole
from engine.words.errors import Refusal
from tests.engine.data.idx_files import idx_bytes
from tests.memory import peak_of

MIB = 1 << 20
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="another system: it has no such files")
READERS: dict[str, DataSpec] = {
    "csv": CsvSpec(kind="csv", path="points.csv"),
    "npz": NpzSpec(kind="npz", path="points.npz"),
    "idx": IdxSpec(kind="idx", folder=".", train=3),
}
NAMES = {"csv": "points.csv", "npz": "points.npz", "idx": "train-images-idx3-ubyte"}
LABELS = gzip.compress(idx_bytes(np.array([0, 1, 1])))


def refused(folder: Path, kind: str, content: bytes | None = None) -> str:
    """Return why a file of a kind is refused, having seen that it took little memory."""
    if content is not None:
        (folder / NAMES[kind]).write_bytes(content)
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(LABELS)
    said: list[str] = []

    def read() -> None:
        with pytest.raises(Refusal) as caught:
            make_data(READERS[kind], folder)
        said.append(str(caught.value))

    assert peak_of(read) < 32 * MIB
    return said[0]


def archive(x: bytes, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive whose array x is these bytes."""
    written, y = io.BytesIO(), io.BytesIO()
    np.save(y, np.array([0, 1, 1]))
    with zipfile.ZipFile(written, "w", packing) as file:
        file.writestr("x.npy", x)
        file.writestr("y.npy", y.getvalue())
    return written.getvalue()


def test_an_array_that_unpacks_to_much_more_than_it_is(tmp_path: Path) -> None:
    x = io.BytesIO()
    np.save(x, np.zeros((3, 70 * MIB // 3), dtype=np.uint8))
    said = refused(tmp_path, "npz", archive(x.getvalue()))
    assert said.startswith("data.x: 'x' unpacks from ") and "more than 100-fold" in said
    seen = []
    assert peak_of(lambda: seen.append(look_at(READERS["npz"], tmp_path))) < 32 * MIB
    assert str(seen[0].refusal) == said, "nor is it unpacked where people only look at it"


@pytest.mark.parametrize("promise", [70 * MIB, 2**31])
def test_an_archive_that_lies_about_what_its_array_takes(tmp_path: Path, promise: int) -> None:
    """What the archive says of packed sizes is not what decides."""
    x = io.BytesIO()
    np.save(x, np.ones((3, 2)))
    content = bytearray(archive(x.getvalue()))
    at = content.index(b"PK\x01\x02") + 20  # the packed and the plain size in the list at the end
    content[at : at + 8] = struct.pack("<II", promise // 50, promise)
    assert "more than 100-fold" in refused(tmp_path, "npz", bytes(content))


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_no_wrong_byte_of_an_archive_is_a_failure(tmp_path: Path, packing: int) -> None:
    x = io.BytesIO()
    np.save(x, np.arange(6.0).reshape(3, 2))
    whole = archive(x.getvalue(), packing)
    for at in range(0, len(whole), 4):
        (tmp_path / "points.npz").write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with suppress(Refusal):
            make_data(READERS["npz"], tmp_path)


def test_a_header_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    x = b"\x93NUMPY\x02\x00" + struct.pack("<I", 60 * MIB) + b" " * (60 * MIB)
    assert "cannot be read (its contents are damaged)" in refused(tmp_path, "npz", archive(x))


@pytest.mark.parametrize("flag", [8, 16])
def test_a_packed_file_that_names_itself_without_an_end(tmp_path: Path, flag: int) -> None:
    content = bytes([0x1F, 0x8B, 8, flag, 0, 0, 0, 0, 0, 255]) + b"a" * (60 * MIB)
    assert "names itself in more than 4,096 letters" in refused(tmp_path, "idx", content)


def test_a_packed_file_that_promises_much(tmp_path: Path) -> None:
    header = b"\0\0\x08\x03" + struct.pack(">III", 3, 5000, 5000)
    said = refused(tmp_path, "idx", gzip.compress(header + bytes(1000)))
    assert "unpacks from" in said and "to 71.5 MiB, more than 100-fold" in said


def test_a_table_of_one_endless_line(tmp_path: Path) -> None:
    said = refused(tmp_path, "csv", b"1," * (16 * MIB))
    assert "line 1 has more than 4,194,304 characters; it is no table" in said


@UNIX
@pytest.mark.parametrize("kind", NAMES)
def test_pipes_and_devices_are_not_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / NAMES[kind]
    os.mkfifo(path)
    refused(tmp_path, kind)
    path.unlink()
    path.symlink_to("/dev/zero")
    refused(tmp_path, kind)


SECRETS: dict[str, bytes] = {
    "passwd": b"root:x:0:0:root:/root:/bin/bash\nhunter2:x:1000:1000::/home/hunter2:/bin/sh\n",
    "key": b"-----BEGIN PRIVATE KEY-----\nhunter2MIIEvQIBADANBg\n-----END PRIVATE KEY-----\n",
    "settings": b"user=admin, password=hunter2\nhost=localhost, port=5432\n",
    "json": b'{"token": "hunter2", "user": "admin"}\n',
    "years": b"2024,hunter2\n2025,hunter2hunter2\n",
    "tabs": b"login\thunter2\nroot\thunter2\n",
    "quoted": b'"hunter2","a hunter2"\n"x","hunter2"\n',
    "header": b"name,hunter2,label\na,b,c\n",
    "starts like images": b"\0\0hunter2hunter2hunter2",
}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("content", SECRETS.values(), ids=SECRETS)
def test_nothing_of_a_file_that_is_no_table_is_repeated(tmp_path: Path, content: bytes, kind: str) -> None:
    said = refused(tmp_path, kind, content)
    assert not any(word in said for word in ("hunter2", "68 75 6e", "root", "admin", "login", "BEGIN"))


def test_nothing_of_a_damaged_array_is_repeated(tmp_path: Path) -> None:
    x = b"\x93NUMPY\x01\x00" + struct.pack("<H", 20) + b"{'hunter2': hunter2}"
    assert "hunter2" not in refused(tmp_path, "npz", archive(x))


@pytest.mark.skipif(
    sys.platform != "linux", reason="another system: no file there says it is empty and is not"
)
def test_a_file_is_read_no_further_than_it_says() -> None:
    assert read_whole(Path("/proc/self/maps"), 100, "a table", "maps") == b""
