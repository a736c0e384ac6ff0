"""NumPy archives, and every way of being wrong in one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import Dataset, Sizes, files, make_data, sizes
from engine.experiment.data import NpzSpec
from engine.words.errors import Refusal

Y = np.array([0, 1, 1])


def read(folder: Path, arrays: dict[str, Any], **fields: Any) -> Dataset:
    """Write an archive and make its data."""
    np.savez_compressed(folder / "points.npz", **arrays)
    data = NpzSpec(kind="npz", path="points.npz", **fields)
    made = make_data(data, folder)
    assert sizes(data, folder) == Sizes(*made.x.shape, made.classes, made.image_shape)
    return made


@pytest.mark.parametrize("dtype", ["float64", "float32", ">f4", "uint8", "int64", "bool"])
@pytest.mark.parametrize("labels", [Y, Y.astype(float), Y.astype(bool), Y[:, None]])
def test_arrays_of_every_real_kind(tmp_path: Path, dtype: str, labels: np.ndarray) -> None:
    x = np.array([[1, 0], [0, 1], [1, 1]]).astype(dtype)
    made = read(tmp_path, {"x": x, "y": labels})
    assert made.x.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert made.x.dtype == np.float64 and made.x.dtype.isnative
    assert made.labels.tolist() == [-1, 1, 1]
    assert made.image_shape is None


@pytest.mark.parametrize(
    ("shape", "image"),
    [
        ((4, 6), (4, 6)),
        ((4, 6, 1), (4, 6)),
        ((1, 4, 6), (4, 6)),
        ((2, 1), (2, 1)),
        ((3, 4, 6), None),
        ((24,), None),
    ],
)
def test_pictures_are_flattened_row_by_row(tmp_path: Path, shape: tuple[int, ...], image: Any) -> None:
    x = np.arange(3 * np.prod(shape)).reshape(3, *shape)
    made = read(tmp_path, {"x": x, "y": Y})
    assert made.image_shape == image
    assert made.raw.tolist() == [picture.ravel().tolist() for picture in x]


def test_arrays_of_other_names(tmp_path: Path) -> None:
    assert len(read(tmp_path, {"images": np.eye(3), "labels": Y}, x="images", y="labels").x) == 3


@pytest.mark.parametrize(
    ("arrays", "field", "sentence"),
    [
        ({"xs": np.eye(3), "y": Y}, "data.x", "'x' is not in points.npz; did you mean 'xs'?"),
        (
            {"X": np.eye(3), "data": np.eye(3), "y": Y},
            "data.x",
            "'x' is not in points.npz, and X and data are",
        ),
        ({"x": np.eye(3), "yy": Y}, "data.y", "'y' is not in points.npz; did you mean 'yy'?"),
        ({"x": np.ones(3), "y": Y}, "data.x", "'x' has the shape (3,); points are (n, d)"),
        ({"x": np.array(1.0), "y": Y}, "data.x", "'x' has the shape ()"),
        ({"x": np.eye(3), "y": np.eye(3) + 1}, "data.y", "'y' has the shape (3, 3); labels are one number"),
        (
            {"x": np.eye(3), "y": np.eye(3) / 2},
            "data.y",
            "nor are they one-hot: row [0] is not one 1 among zeros",
        ),
        ({"x": np.eye(3), "y": np.array([["a", "b"]] * 3)}, "data.y", "labels in words are one a point"),
        ({"x": np.eye(3), "y": np.array(["a", " ", "a"])}, "data.y", "'y' has an empty label at [1]"),
        (
            {"x": np.eye(3), "y": np.array(["a", "b", "c"])},
            "data.y",
            "has 3 labels of which none comes twice",
        ),
        ({"x": np.eye(3), "y": np.array(1)}, "data.y", "'y' has the shape ()"),
        ({"x": np.eye(4), "y": Y}, "data.y", "'y' has 3 labels where 'x' has 4 points"),
        ({"x": np.ones((0, 2)), "y": np.ones(0)}, "data.x", "'x' is empty, of shape (0, 2)"),
        ({"x": np.ones((3, 0)), "y": Y}, "data.x", "'x' is empty"),
        ({"x": np.eye(3) / [1, 1, 0.5] * [1, 1, np.nan], "y": Y}, "data.x", "has NaN or infinity at [0]"),
        ({"x": np.eye(3), "y": np.array([0, 1, np.inf])}, "data.y", "has NaN or infinity at [2]"),
        ({"x": np.eye(3) * 1j, "y": Y}, "data.x", "'x' holds complex128, not real numbers"),
        ({"x": np.array([["a"], ["b"], ["a"]]), "y": Y}, "data.x", "'x' holds <U1, not real numbers"),
        ({"x": np.eye(3), "y": np.ones(3)}, "data.y", "'y' has one class only (every label is 1)"),
        ({"x": np.eye(3), "y": np.array([0, 2, 0.5])}, "data.y", "'y' at [2] has the label 0.5 among 3"),
        ({}, "data.path", "'points.npz' has no arrays"),
    ],
)
def test_faults_are_named_with_their_array(
    tmp_path: Path, arrays: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path, arrays)
    assert refused.value.field == field
    assert sentence in str(refused.value)


class Trap:
    """An object whose unpickling would be noticed."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("something in the archive was executed",))


def test_nothing_is_ever_executed(tmp_path: Path) -> None:
    x = np.array([[Trap()], [Trap()], [Trap()]], dtype=object)
    with pytest.raises(Refusal, match="'x' holds object, not real numbers"):
        read(tmp_path, {"x": x, "y": Y})


@pytest.mark.parametrize("content", [b"", b"x,y\n1,1\n", b"\x93NUMPY\x01\x00"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "points.npz").write_bytes(content)
    with pytest.raises(Refusal, match=r"data\.path: 'points\.npz' is not an \.npz archive; write it with"):
        make_data(NpzSpec(kind="npz", path="points.npz"), tmp_path)


def archive(folder: Path, x: bytes) -> NpzSpec:
    """Write an archive whose array x is the given bytes."""
    y = io.BytesIO()
    np.save(y, Y)
    with zipfile.ZipFile(folder / "points.npz", "w") as file:
        file.writestr("x.npy", x)
        file.writestr("y.npy", y.getvalue())
    return NpzSpec(kind="npz", path="points.npz")


def header(shape: tuple[int, ...], content: bytes = b"") -> bytes:
    """Return an array that says it has a shape."""
    said = io.BytesIO()
    about = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(said, about)
    return said.getvalue() + content


@pytest.mark.parametrize(
    "x", [b"", b"no array", header((3, 2), b"too short"), header((-3, 2)), header((0, 10**30))]
)
def test_damaged_arrays_are_refused(tmp_path: Path, x: bytes) -> None:
    with pytest.raises(Refusal, match=r"'points\.npz' cannot be read \(.*\); write it again"):
        make_data(archive(tmp_path, x), tmp_path)


def test_an_archive_with_a_wrong_byte_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "points.npz", x=np.eye(3), y=Y)
    content = bytearray((tmp_path / "points.npz").read_bytes())
    content[200] ^= 255
    (tmp_path / "points.npz").write_bytes(content)
    with pytest.raises(Refusal, match=r"cannot be read \(bad CRC-32"):
        make_data(NpzSpec(kind="npz", path="points.npz"), tmp_path)


def test_an_array_beyond_memory_is_refused_unread(tmp_path: Path) -> None:
    data = archive(tmp_path, header((10**9, 10**9)))
    with pytest.raises(Refusal, match=r"'points\.npz' needs 2\d+\.\d TiB, more than this machine has free"):
        make_data(data, tmp_path)


def test_every_copy_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = (3 * 8 + 8) * 9  # and the array as it is stored
    monkeypatch.setattr(files, "memory_limit", lambda: needed)
    assert len(read(tmp_path, {"x": np.eye(3), "y": Y}).x) == 3
    monkeypatch.setattr(files, "memory_limit", lambda: needed - 1)
    with pytest.raises(Refusal, match="more than this machine has free"):
        read(tmp_path, {"x": np.eye(3), "y": Y})
