"""Folders of IDX files: where they are found, which pictures are taken, and what is said of those that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data import Dataset, Sizes, idx, idx_places, make_data, memory, sizes
from engine.data.idx import even_shares
from engine.experiment.data import IdxSpec
from engine.words.errors import Refusal
from tests.engine.data.idx_files import idx_bytes, pictures, write_set

TRAIN = [0, 1, 2] * 8
TEST = [2, 0, 1] * 5
FASHION = idx_places.DEBIAN / "fashion-mnist"


def read(folder: Path, said: str = ".", **fields: Any) -> Dataset:
    """Make data of a folder, and check that its sizes are told."""
    data = IdxSpec(kind="idx", folder=said, **{"train": 0, "test": 0, **fields})
    made = make_data(data, folder)
    assert sizes(data, folder) == Sizes(*made.x.shape, made.classes, made.image_shape)
    return made


def refused(folder: Path, said: str = ".", **fields: Any) -> Refusal:
    """Return the refusal of data, which its sizes are refused with too."""
    data = IdxSpec(kind="idx", folder=said, **{"train": 0, "test": 0, **fields})
    found = []
    for make in (make_data, sizes):
        with pytest.raises(Refusal) as caught:
            make(data, folder)
        found.append(str(caught.value))
    assert found[0] == found[1]
    return caught.value


# --- pictures ---


def test_everything_is_taken_in_the_order_of_the_files(tmp_path: Path) -> None:
    write_set(tmp_path, TRAIN, TEST)
    made = read(tmp_path)
    assert made.raw == pytest.approx(pictures(TRAIN).reshape(24, 6) / 255, abs=0)
    assert made.raw_test == pytest.approx(pictures(TEST).reshape(15, 6) / 255, abs=0)
    assert made.labels.tolist() == TRAIN and made.labels_test.tolist() == TEST
    assert made.image_shape == (3, 2)
    assert made.class_names == ("0", "1", "2")


def test_a_choice_is_balanced_keeps_the_order_and_grows_with_its_number(tmp_path: Path) -> None:
    labels = [0] * 20 + [1] * 7 + [2] * 13
    write_set(tmp_path, labels, TEST)
    everything = {tuple(row) for row in read(tmp_path).raw}
    before: set[tuple[float, ...]] = set()
    for train, counts in (
        (6, [2, 2, 2]),
        (10, [4, 3, 3]),
        (21, [7, 7, 7]),
        (30, [12, 7, 11]),
        (40, [20, 7, 13]),
    ):
        made = read(tmp_path, train=train, test=4)
        assert np.bincount(made.labels).tolist() == counts
        assert np.bincount(made.labels_test).tolist() == [2, 1, 1]
        assert (np.diff(made.labels) >= 0).all(), "as in the file"
        rows = {tuple(row) for row in made.raw}
        assert before <= rows <= everything
        before = rows


def test_data_seed_chooses_the_pictures(tmp_path: Path) -> None:
    write_set(tmp_path, TRAIN, TEST)
    one, same, other = (read(tmp_path, train=9, test=6, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.raw, same.raw) and np.array_equal(one.raw_test, same.raw_test)
    assert not np.array_equal(one.raw, other.raw)
    assert not np.array_equal(one.raw_test, other.raw_test)
    more = read(tmp_path, train=12, test=6, seed=1)
    assert np.array_equal(one.raw_test, more.raw_test), "tests do not depend on what trains"


def test_chosen_classes_are_numbered_in_ascending_order(tmp_path: Path) -> None:
    write_set(tmp_path, [7, 3, 5, 9, 5, 3, 7, 9], [9, 3, 5, 7])
    made = read(tmp_path, classes=(9, 3, 5))
    assert made.class_names == ("3", "5", "9")
    assert made.labels.tolist() == [0, 1, 2, 1, 0, 2]
    assert made.labels_test.tolist() == [2, 0, 1]
    two = read(tmp_path, classes=(9, 3))
    assert two.labels.tolist() == [-1, 1, -1, 1] and two.class_names == ("3", "9")


def test_two_labels_of_any_number_are_two_classes(tmp_path: Path) -> None:
    write_set(tmp_path, [4, 200, 4], [200])
    assert read(tmp_path).labels.tolist() == [-1, 1, -1]


def test_without_test_files_what_is_not_trained_on_tests(tmp_path: Path) -> None:
    write_set(tmp_path, TRAIN)
    made = read(tmp_path, train=12)
    assert np.bincount(made.labels_test).tolist() == [4, 4, 4]
    rows = [tuple(row) for row in np.concatenate([made.raw, made.raw_test])]
    assert sorted(rows) == sorted(tuple(row) for row in read(tmp_path).raw)
    fewer = read(tmp_path, train=12, test=3)
    assert np.array_equal(made.raw, fewer.raw)
    assert {tuple(row) for row in fewer.raw_test} <= {tuple(row) for row in made.raw_test}
    assert len(read(tmp_path).raw_test) == 0, "where all train"


def test_there_are_no_more_tests_than_there_are(tmp_path: Path) -> None:
    write_set(tmp_path, TRAIN, TEST)
    assert len(read(tmp_path, test=1000).raw_test) == 15


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    write_set(tmp_path, TRAIN, TEST, packed=False)
    before = read(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(idx_bytes(255 - pictures(TRAIN)))
    assert read(tmp_path).raw == pytest.approx(1 - before.raw)


def test_sizes_read_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_set(tmp_path, TRAIN, TEST)
    looked: list[int] = []
    real = idx.read_idx
    monkeypatch.setattr(idx, "read_idx", lambda path, d: (looked.append(d), real(path, d))[1])
    assert sizes(IdxSpec(kind="idx", folder=".", train=6), tmp_path) == Sizes(6, 6, 3, (3, 2))
    assert looked == [1, 1]


def test_more_than_memory_is_refused_before_a_picture_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path, TRAIN, TEST)
    monkeypatch.setattr(memory, "memory_limit", lambda: 3 * 8 * 7 * 20)
    monkeypatch.setattr(idx, "idx_table", None)
    assert sizes(IdxSpec(kind="idx", folder=".", train=14, test=6), tmp_path).points == 14
    said = refused(tmp_path, train=15, test=6)
    assert said.field == "data.train" and "at most 20 points of 6 inputs fit" in str(said)


@given(st.data(), st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_even_shares(data: st.DataObject, sizes: list[int]) -> None:
    """No class has two more than another that has pictures left; and all together as many as asked for."""
    there = np.array(sizes)
    count = data.draw(st.integers(0, sum(sizes)))
    given = even_shares(count, there)
    assert given.sum() == count and (given >= 0).all() and (given <= there).all()
    if (given < there).any():
        assert given.max() <= given[given < there].min() + 1
        assert (np.diff(given[given < there]) <= 0).all(), "the first ones get what is left over"


# --- where the files lie ---


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("sign", ["-", "."])
@pytest.mark.parametrize("place", ["", "raw", "MNIST/raw"])
def test_names_and_folders_of_other_libraries(tmp_path: Path, sign: str, packed: bool, place: str) -> None:
    write_set(tmp_path / "here" / place, TRAIN, TEST, sign=sign, packed=packed)
    (tmp_path / "here" / "other").mkdir()
    made = read(tmp_path, "here")
    assert (len(made.raw), len(made.raw_test)) == (24, 15)


def test_several_sets_in_a_folder_are_told_apart(tmp_path: Path) -> None:
    for name in ("MNIST", "KMNIST"):
        write_set(tmp_path / name / "raw", TRAIN, TEST)
    assert str(refused(tmp_path)) == (
        "data.folder: '.' holds several sets, KMNIST/raw and MNIST/raw; name one of these folders"
    )
    assert len(read(tmp_path, "MNIST").raw) == 24


def test_paths_start_from_the_folder_or_from_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path / "home" / "sets", TRAIN, TEST)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    for said in ("home/sets", "~/sets", str(tmp_path / "home" / "sets")):
        assert len(read(tmp_path, said).raw) == 24


def test_known_names_are_found_where_sets_are_kept(
    tmp_path: Path, user_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idx_places, "DEBIAN", tmp_path / "debian")
    said = str(refused(tmp_path, "fashion-mnist"))
    own = idx_places.downloads_folder() / "fashion-mnist"
    assert own.is_relative_to(user_folders)
    # the folders between are cut short where they are long
    assert said.startswith(f"data.folder: 'fashion-mnist' is not on this machine; looked in {tmp_path}")
    assert said.endswith(
        "debian/fashion-mnist: download it (data panel, or `marginlab download fashion-mnist`), "
        "install Debian's package dataset-fashion-mnist, or name a folder that holds its files"
    )
    write_set(tmp_path / "debian" / "fashion-mnist", [0, 1] * 2)
    assert len(read(tmp_path, "fashion-mnist").raw) == 4
    write_set(own, [0, 1] * 3)
    assert len(read(tmp_path, "fashion-mnist").raw) == 6
    (tmp_path / "fashion-mnist").mkdir()
    assert len(read(tmp_path, "fashion-mnist").raw) == 6, "an empty folder of that name is passed over"
    write_set(tmp_path / "fashion-mnist", [0, 1] * 4)
    assert len(read(tmp_path, "fashion-mnist").raw) == 8, "the experiment's own comes first"


def test_folders_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for said, sentence in (
        ("minst", "is not there; did you mean 'mnist'?"),
        ("elsewhere", f"is not there; there is no folder {tmp_path / 'elsewhere'}"),
        ("file", "is no folder; name the folder that holds the IDX files"),
        ("empty", "holds no IDX files such as train-images-idx3-ubyte.gz; name the folder that does"),
        ("mnist", "is not on this machine; looked in"),
        ("a\0b", ""),  # in words that differ between versions of Python
        ("~nobody-of-this-name/x", "cannot be read"),
    ):
        refusal = refused(tmp_path, said)
        assert refusal.field == "data.folder" and refusal.value == said
        assert refusal.remedy.startswith(sentence)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("train-images", "has train-labels-idx1-ubyte.gz without train-images-idx3-ubyte(.gz); put it into"),
        ("train-labels", "has train-images-idx3-ubyte.gz without train-labels-idx1-ubyte(.gz); put it into"),
        ("t10k-images", "has t10k-labels-idx1-ubyte.gz without t10k-images-idx3-ubyte(.gz); put it into"),
        ("t10k-labels", "has t10k-images-idx3-ubyte.gz without t10k-labels-idx1-ubyte(.gz); put it into"),
        ("train", "has no train-images-idx3-ubyte(.gz); put it into the folder"),
    ],
)
def test_half_a_pair(tmp_path: Path, missing: str, sentence: str) -> None:
    write_set(tmp_path, TRAIN, TEST)
    for path in tmp_path.glob(f"{missing}*"):
        path.unlink()
    assert str(refused(tmp_path)).startswith(f"data.folder: '.' {sentence}")


# --- files that do not fit together ---


def replace(folder: Path, name: str, values: Any) -> Path:
    write_set(folder, TRAIN, TEST, packed=False)
    (folder / name).write_bytes(idx_bytes(np.array(values)))
    return folder


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        (
            "train-labels-idx1-ubyte",
            TRAIN[1:],
            "data.folder: 'train-labels-idx1-ubyte' has 23 labels where train-images-idx3-ubyte has 24 images",
        ),
        (
            "t10k-images-idx3-ubyte",
            pictures(TEST[1:]),
            "data.folder: 't10k-labels-idx1-ubyte' has 15 labels where t10k-images-idx3-ubyte has 14 images",
        ),
        (
            "t10k-images-idx3-ubyte",
            pictures(TEST, (2, 3)),
            "data.folder: 't10k-images-idx3-ubyte' has images of another size than train-images-idx3-ubyte",
        ),
        (
            "t10k-labels-idx1-ubyte",
            [*TEST[:-1], 7],
            "data.folder: 't10k-labels-idx1-ubyte' has the label 7 at number 15, which no training image has",
        ),
        (
            "train-labels-idx1-ubyte",
            [0] * 24,
            "data.folder: 'train-labels-idx1-ubyte' has one class only, 0; a margin needs two",
        ),
        (
            "train-labels-idx1-ubyte",
            [*TRAIN[:-1], 200],
            "data.classes: 'all' needs labels 0, 1, ..., and train-labels-idx1-ubyte has 200 but no 3; list those",
        ),
    ],
)
def test_files_that_disagree(tmp_path: Path, name: str, values: Any, sentence: str) -> None:
    assert str(refused(replace(tmp_path, name, values))).startswith(sentence)


def test_labels_with_gaps_can_be_listed(tmp_path: Path) -> None:
    write_set(tmp_path, [2, 3, 4] * 3)
    assert "has 4 but no 0; list those to take" in str(refused(tmp_path))
    assert read(tmp_path, classes=(2, 3, 4), train=6).labels.tolist().count(0) == 2


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"train": 25}, "data.train: 25 is too large; the chosen classes have 24 images: 0 takes all"),
        ({"train": 17, "classes": (0, 2)}, "data.train: 17 is too large; the chosen classes have 16 images"),
        ({"train": 2}, "data.train: 2 is too small; each of the 3 classes needs an image"),
        ({"classes": (0, 3)}, "data.classes: [0, 3] has 3, which is no label; allowed: 0 to 2"),
        ({"classes": (0, -1)}, "data.classes: [0, -1] has -1, which is no label; allowed: 0 to 2"),
        ({"classes": (0, 1, 0)}, "data.classes: [0, 1, 0] names 0 twice"),
        ({"classes": (1,)}, "data.classes: [1] is too short; name at least two labels, or say 'all'"),
    ],
)
def test_choices_that_cannot_be_met(tmp_path: Path, fields: dict[str, Any], sentence: str) -> None:
    write_set(tmp_path, TRAIN, TEST)
    assert str(refused(tmp_path, **fields)).startswith(sentence)


def test_a_broken_file_of_pictures_is_named(tmp_path: Path) -> None:
    write_set(tmp_path, TRAIN, TEST)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        Refusal, match=r"^data\.folder: 't10k-images-idx3-ubyte\.gz' is cut off within what gzip"
    ):
        make_data(IdxSpec(kind="idx", folder=".", train=6), tmp_path)


# --- a real one ---


@pytest.mark.skipif(not FASHION.is_dir(), reason="Debian's package dataset-fashion-mnist is not installed")
def test_the_real_fashion_mnist(tmp_path: Path) -> None:
    data = IdxSpec(kind="idx", folder="fashion-mnist", train=500, test=100)
    assert sizes(data.model_copy(update={"train": 0, "test": 0}), tmp_path) == Sizes(
        60_000, 784, 10, (28, 28)
    )
    made = make_data(data, tmp_path)
    assert np.bincount(made.labels).tolist() == [50] * 10
    assert np.bincount(made.labels_test).tolist() == [10] * 10
    assert made.x.min() == 0 and made.x.max() == 1
    # shirts fill more of their picture than sandals
    assert made.x[made.labels == 6].mean() > 1.5 * made.x[made.labels == 5].mean()
