"""Pictures and arrays as people have them: EMNIST's names, folders for files and files for folders, usual arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import Dataset, make_data, sizes
from engine.experiment.data import CsvSpec, IdxSpec, NpzSpec
from engine.words.errors import Refusal
from tests.engine.data.idx_files import idx_bytes, pictures, write_set

LETTERS, TESTS = [1, 2, 3] * 4, [3, 2, 1]


def write_emnist(folder: Path, name: str, labels: list[int], tests: list[int]) -> None:
    """Write a set as EMNIST's archive has it."""
    write_set(folder / "as mnist", labels, tests)
    for path in (folder / "as mnist").iterdir():
        path.rename(folder / f"emnist-{name}-{path.name.replace('t10k', 'test')}")
    (folder / "as mnist").rmdir()


def idx(said: str, folder: Path, **fields: Any) -> Dataset:
    data = IdxSpec(kind="idx", folder=said, **{"train": 0, "test": 0, **fields})
    made = make_data(data, folder)
    assert sizes(data, folder).image == made.image_shape
    return made


def npz(folder: Path, arrays: dict[str, Any], **fields: Any) -> Dataset:
    np.savez(folder / "points.npz", **arrays)
    data = NpzSpec(kind="npz", path="points.npz", **fields)
    made = make_data(data, folder)
    assert sizes(data, folder).points == len(made.x)
    return made


@pytest.mark.parametrize(
    "said",
    [
        "gzip",
        "gzip/emnist-letters",
        "gzip/emnist-letters-train-images-idx3-ubyte.gz",
        "gzip/emnist-letters-test-labels-idx1-ubyte.gz",
    ],
)
def test_a_set_of_emnist_is_read_upright(said: str, tmp_path: Path) -> None:
    (tmp_path / "gzip").mkdir()
    write_emnist(tmp_path / "gzip", "letters", LETTERS, TESTS)
    made = idx(said, tmp_path)
    assert made.image_shape == (2, 3) and made.class_names == ("1", "2", "3")
    kept = pictures(LETTERS)  # 3 high, 2 wide: column by column
    assert kept.shape == (12, 3, 2)
    np.testing.assert_array_equal(made.raw.reshape(12, 2, 3) * 255, kept.transpose(0, 2, 1))
    assert made.labels_test.tolist() == [2, 1, 0]


def test_the_sets_of_emnist_are_told_apart(tmp_path: Path) -> None:
    for name, labels in (("letters", LETTERS), ("digits", [0, 1] * 3)):
        write_emnist(tmp_path, name, labels, [1, 1])
    with pytest.raises(Refusal) as refused:
        idx(".", tmp_path)
    assert str(refused.value) == (
        "data.folder: '.' holds several sets, emnist-digits, emnist-letters; name one, such as 'emnist-digits'"
    )
    assert len(idx("emnist-digits", tmp_path).x) == 6
    with pytest.raises(Refusal, match="is not there"):
        idx("emnist-balanced", tmp_path)


def test_a_half_set_of_emnist_says_what_is_missing(tmp_path: Path) -> None:
    write_emnist(tmp_path, "letters", LETTERS, TESTS)
    (tmp_path / "emnist-letters-test-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(Refusal, match=r"without emnist-letters-test-labels-idx1-ubyte\(\.gz\); put it into"):
        idx(".", tmp_path)


def test_a_file_of_mnist_stands_for_its_folder(tmp_path: Path) -> None:
    write_set(tmp_path / "set", [0, 1] * 3, [0, 1])
    made = idx("set/t10k-images-idx3-ubyte.gz", tmp_path)
    assert made.image_shape == (3, 2) and (len(made.x), len(made.x_test)) == (6, 2)


@pytest.mark.parametrize(("kind", "dtype"), [(0x0D, ">f4"), (0x0E, ">f8"), (0x0C, ">i4"), (0x0B, ">i2")])
def test_pictures_and_labels_of_other_numbers_are_taken_as_they_are(
    kind: int, dtype: str, tmp_path: Path
) -> None:
    images, labels = pictures([0, 1, 1, 0]) * 0.5, np.array([0, 1, 1, 0])
    if "i" in dtype:
        images = images.astype(int) - 3
    for name, values in (("train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte", labels)):
        header = idx_bytes(values, kind)[: 4 + 4 * values.ndim]
        (tmp_path / name).write_bytes(header + values.astype(dtype).tobytes())
    made = idx(".", tmp_path, test=1)
    np.testing.assert_array_equal(made.raw, images.reshape(4, -1))
    assert made.labels.tolist() == [-1, 1, 1, -1]
    images = images.astype(float)
    images[2, 1, 1] = np.nan
    if "f" in dtype:
        (tmp_path / "train-images-idx3-ubyte").write_bytes(
            idx_bytes(labels.repeat(6).reshape(4, 3, 2), kind)[:16] + images.astype(dtype).tobytes()
        )
        with pytest.raises(Refusal, match="has NaN or infinity in picture 3"):
            idx(".", tmp_path, test=1)
    wrong = np.array([0, 1, -1, 0])
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(
        idx_bytes(labels, kind)[:8] + wrong.astype(dtype).tobytes()
    )
    with pytest.raises(Refusal, match=r"has the label -1(\.0)? at number 3; labels are whole numbers from 0"):
        idx(".", tmp_path, test=1)


POINTS = np.arange(12.0).reshape(6, 2)
SIX = np.array([0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("X", "y"),
        ("X", "Y"),
        ("features", "target"),
        ("data", "labels"),
        ("images", "label"),
        ("x_train", "y_train"),
    ],
)
def test_arrays_of_usual_names_are_found(x: str, y: str, tmp_path: Path) -> None:
    made = npz(tmp_path, {x: POINTS, y: SIX, "feature_names": np.array(["a", "b"])})
    assert made.x.tolist() == POINTS.tolist() and made.labels.tolist() == SIX.tolist()


def test_what_keras_keeps_to_test_tests(tmp_path: Path) -> None:
    arrays = {"x_train": POINTS, "y_train": SIX, "x_test": POINTS[:2] + 100, "y_test": SIX[:2]}
    made = npz(tmp_path, arrays)
    assert made.x.tolist() == POINTS.tolist() and made.labels.tolist() == SIX.tolist()
    assert made.x_test.tolist() == (POINTS[:2] + 100).tolist() and made.labels_test.tolist() == [0, 1]
    assert len(npz(tmp_path, arrays, test_fraction=0.34).x_test) == 2  # of those to train on
    assert (
        len(npz(tmp_path, arrays, x="x_train", y="y_train").x_test) == 0
    )  # what is named is all that is read
    with pytest.raises(Refusal, match=r"'y_test' has a label at \[1\] that none to train on has"):
        npz(tmp_path, {**arrays, "y_test": np.array([0, 7])})
    with pytest.raises(Refusal, match="'x_test' does not fit x_train"):
        npz(tmp_path, {**arrays, "x_test": np.ones((2, 3))})


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.eye(3)[SIX], ("0", "1", "2")),
        (np.eye(3, dtype=bool)[SIX], ("0", "1", "2")),
        (np.array(["ant", "bee", "cat"])[SIX], ("ant", "bee", "cat")),
        (np.array([b"ant", b"bee", "cät".encode()])[SIX], ("ant", "bee", "cät")),
        (np.array(["0", "1", "2"])[SIX], ("0", "1", "2")),
        (np.array([["0"], ["1"], ["2"]])[SIX], ("0", "1", "2")),
    ],
)
def test_labels_of_every_kind(labels: np.ndarray, names: tuple[str, ...], tmp_path: Path) -> None:
    made = npz(tmp_path, {"x": POINTS, "y": labels})
    assert made.labels.tolist() == SIX.tolist() and made.class_names == names


def test_labels_that_write_numbers_are_numbers(tmp_path: Path) -> None:
    eleven = np.tile(np.arange(11), 2)
    made = npz(tmp_path, {"x": np.ones((22, 1)), "y": eleven.astype(str)})
    assert made.labels.tolist() == eleven.tolist()  # 10 after 9, not after 1


def test_two_one_hot_columns_and_two_truth_values_are_binary(tmp_path: Path) -> None:
    for labels in (np.eye(2)[SIX % 2], (SIX % 2).astype(bool)):
        assert npz(tmp_path, {"x": POINTS, "y": labels}).labels.tolist() == (2 * (SIX % 2) - 1).tolist()


def test_a_folder_stands_for_its_only_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "points.npz", x=POINTS, y=SIX)
    (tmp_path / "points.csv").write_text("1,0\n2,1\n")
    assert len(make_data(NpzSpec(kind="npz", path="."), tmp_path).x) == 6
    assert len(make_data(CsvSpec(kind="csv", path=str(tmp_path)), tmp_path).x) == 2
