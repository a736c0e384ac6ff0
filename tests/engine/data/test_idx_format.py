"""IDX files are read as they are written, packed or not; every fault is a sentence that names the file."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data import files
from engine.data.idx_format import idx_shape, read_idx
from engine.words.errors import Refusal
from tests.engine.data.idx_files import idx_bytes

IMAGES = (np.arange(2 * 3 * 4) * 11 % 256).reshape(2, 3, 4)
LABELS = np.array([3, 8, 255, 0])
PLAIN = idx_bytes(IMAGES)
PACKED = gzip.compress(PLAIN, mtime=0)  # without a clock in it
HEADER = 4 + 4 * 3


def write(folder: Path, content: bytes) -> Path:
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(content)
    return path


def outcome(path: Path, dimensions: int = 3) -> Any:
    """Return what is read, or the sentence that refuses it."""
    try:
        return read_idx(path, dimensions)
    except Refusal as refusal:
        said = str(refusal)
    assert said.startswith(f"data.folder: '{path.name}' ")
    return said


def remedy(folder: Path, content: bytes, dimensions: int = 3) -> str:
    found = outcome(write(folder, content), dimensions)
    assert isinstance(found, str), "read without a word"
    return found.partition("' ")[2]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_is_written_is_read(tmp_path: Path, pack: Any) -> None:
    images, labels = write(tmp_path, pack(PLAIN)), tmp_path / "labels"
    labels.write_bytes(pack(idx_bytes(LABELS)))
    assert np.array_equal(read_idx(images, 3), IMAGES)
    assert np.array_equal(read_idx(labels, 1), LABELS)
    assert read_idx(images, 3).dtype == np.uint8
    assert (idx_shape(images, 3), idx_shape(labels, 1)) == ((2, 3, 4), (4,))


@pytest.mark.parametrize("level", [0, 1, 9])
def test_much_that_packs_to_little_is_read_whole(tmp_path: Path, level: int) -> None:
    """More comes out of the last bytes than one look at them yields."""
    zeros = np.zeros((300, 40, 40))
    assert read_idx(write(tmp_path, gzip.compress(idx_bytes(zeros), level)), 3).shape == (300, 40, 40)


@pytest.mark.parametrize("flags", range(0, 32, 2))
def test_gzip_may_say_more_of_itself(tmp_path: Path, flags: int) -> None:
    """A name, a comment, further fields and a checksum of the header (RFC 1952, 2.3)."""
    packed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    head = bytes([0x1F, 0x8B, 8, flags, 1, 2, 3, 4, 0, 255])
    head += b"\x03\0abc" if flags & 4 else b""
    head += b"a name\0" if flags & 8 else b""
    head += b"a comment\0" if flags & 16 else b""
    head += b"\xff\xff" if flags & 2 else b""
    content = head + packed.compress(PLAIN) + packed.flush() + bytes(8)
    assert np.array_equal(outcome(write(tmp_path, content)), IMAGES)


def test_checksums_are_not_looked_at(tmp_path: Path) -> None:
    for spoiled in (PACKED[:-8] + bytes(8), PACKED[:-4] + bytes(4)):
        with pytest.raises((gzip.BadGzipFile, EOFError, zlib.error)):
            gzip.decompress(spoiled)
        assert np.array_equal(outcome(write(tmp_path, spoiled)), IMAGES)


# --- faults ---


@pytest.mark.parametrize("content", [PLAIN, PACKED], ids=["plain", "packed"])
def test_no_end_but_the_right_one_is_accepted(tmp_path: Path, content: bytes) -> None:
    for length in range(len(content)):
        said = remedy(tmp_path, content[:length])
        assert "is cut off" in said or "is empty" in said, f"after {length} bytes: {said}"
        assert said.endswith("get the file again")
    assert "goes on after" in remedy(tmp_path, content + b"\0")
    assert "goes on after" in remedy(tmp_path, content + content)


def test_bytes_more_or_fewer_than_promised(tmp_path: Path) -> None:
    for pack in (bytes, gzip.compress):
        said = remedy(tmp_path, pack(PLAIN[:-5]))
        assert said == "is cut off: its header promises 24 bytes and 19 follow; get the file again"
        said = remedy(tmp_path, pack(PLAIN + b"12"))
        assert said == "goes on after what its header promises; get the file again"


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (b"<!do", "is no IDX file, it does not begin like one; get the file again"),
        (b"\0\0\x07\x03", "is no IDX file, it does not begin like one"),
        (b"\0\0\x0d\x03", "is cut off: its header promises 96 bytes and 24 follow"),
        (b"\0\0\x0c\x03", "is cut off: its header promises 96 bytes and 24 follow"),
        (b"\0\0\x09\x03", "holds int8, a damaged uint8 or pixels of no known range"),
        (
            b"\0\0\x08\x01",
            "has 1 dimensions where images have 3 (number, height, width); is it another file's name?",
        ),
        (b"\0\0\x08\x04", "has 4 dimensions where images have 3"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_headers_of_something_else(tmp_path: Path, start: bytes, sentence: str, pack: Any) -> None:
    assert remedy(tmp_path, pack(start + PLAIN[4:])).startswith(sentence)


def test_images_are_no_labels(tmp_path: Path) -> None:
    assert remedy(tmp_path, PLAIN, 1).startswith("has 3 dimensions where labels have 1 (number)")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_nothing_in_it(tmp_path: Path, place: int) -> None:
    shape = [2, 3, 4]
    shape[place] = 0
    said = remedy(tmp_path, idx_bytes(np.zeros(shape)))
    assert said == f"is empty, its header says {' x '.join(map(str, shape))}; get the file again"


@given(st.integers(0, 8 * HEADER - 1))
def test_any_flipped_bit_of_the_header_is_refused(tmp_path_factory: pytest.TempPathFactory, bit: int) -> None:
    content = bytearray(PLAIN)
    content[bit // 8] ^= 1 << bit % 8
    for packed in (bytes(content), gzip.compress(bytes(content))):
        assert remedy(tmp_path_factory.getbasetemp(), packed)


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, packed: bool
) -> None:
    path = write(tmp_path_factory.getbasetemp(), (b"\x1f\x8b\x08\0" if packed else b"") + content)
    for dimensions in (1, 3):
        found = outcome(path, dimensions)
        assert isinstance(found, str) or found.ndim == dimensions


@given(st.integers(0, 8 * len(PACKED) - 1))
def test_any_flipped_bit_of_what_is_packed_is_survived(
    tmp_path_factory: pytest.TempPathFactory, bit: int
) -> None:
    content = bytearray(PACKED)
    content[bit // 8] ^= 1 << bit % 8
    found = outcome(write(tmp_path_factory.getbasetemp(), bytes(content)))
    assert isinstance(found, str) or found.shape == (2, 3, 4)


def test_what_is_packed_and_damaged(tmp_path: Path) -> None:
    said = remedy(tmp_path, PACKED[:10] + b"\xff" * 40)
    assert said.startswith("cannot be read (error -3 while decompressing") and "get the file again" in said


def test_a_promise_beyond_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "memory_limit", lambda: 2 * 24)
    assert np.array_equal(outcome(write(tmp_path, PLAIN)), IMAGES)
    huge = PLAIN[:4] + b"\xff" * 12 + PLAIN[HEADER:]
    assert "more than this machine has free" in remedy(tmp_path, huge)
    monkeypatch.setattr(files, "memory_limit", lambda: None)
    assert "TiB, more than 100-fold" in remedy(tmp_path, gzip.compress(huge))


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    assert "cannot be read (no such file or directory)" in outcome(tmp_path / "nothing")
    assert "is a folder; name the file in it" in outcome(tmp_path)
