"""CSV tables as people write them, and every way of being wrong in one."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import Dataset, Sizes, files, make_data, sizes
from engine.data.dataset import norms
from engine.experiment.data import CsvSpec
from engine.words.errors import Refusal

PRESETS = Path(__file__).parents[3] / "presets" / "data"
WANTED = [[0.5, 1.5], [-0.5, -1.5]]


def read(folder: Path, content: str | bytes, **fields: Any) -> Dataset:
    """Write a file and make its data."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    (folder / "points.csv").write_bytes(data)
    return make_data(CsvSpec(kind="csv", path="points.csv", **fields), folder)


@pytest.mark.parametrize(
    "content",
    [
        "x1,x2,label\n0.5,1.5,1\n-0.5,-1.5,-1\n",
        "0.5,1.5,1\n-0.5,-1.5,-1",
        "0.5;1.5;1\n-0.5;-1.5;-1\n",
        "x1\tx2\tlabel\n0.5\t1.5\t1\n-0.5\t-1.5\t-1\n",
        " 0.5 , 1.5 , 1 \n -0.5 , -1.5 , -1 \n",
        "0.5,1.5,1\r\n-0.5,-1.5,-1\r\n",
        "0.5,1.5,1\r-0.5,-1.5,-1\r",
        b"\xef\xbb\xbf0.5,1.5,1\n-0.5,-1.5,-1\n",
        "\n# two points\n\nx1,x2,label\n0.5,1.5,1  # the first\n\n   \n,,\n-0.5,-1.5,-1\n\n",
        "0,1,label\n0.5,1.5,1\n-0.5,-1.5,-1\n",
        '"length, cm","width","label"\n"0.5","1.5","1"\n-5e-1,-1.5E0,-1\n',
        "_x,größe,y\n+0.5,1.5,+1\n-.5,-1.5,-1.0\n",
    ],
)
def test_tables_as_people_write_them(tmp_path: Path, content: str | bytes) -> None:
    made = read(tmp_path, content)
    assert made.raw.tolist() == WANTED
    assert made.labels.tolist() == [1, -1]
    assert made.class_names == ("-1", "+1")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty; give it rows of numbers"),
        ("\n# nothing\n", "is empty"),
        ("x1,x2,label\n", "has a header but no rows"),
        ("1\n2\n", "line 1 has one column; give at least 1 input and the label"),
        ("1:2:1\n", "line 1 has one column; give at least 1 input and the label, separated by commas"),
        ("# c\nx1,x2,x3,y\n1,2,3,1\n\n4,5,6,-1\n7,8,-1\n", "line 6 has 3 columns where line 2 has 4"),
        ("1,2,1\n3,4,-1,\n", "line 2 has 4 columns where line 1 has 3"),
        ("x,label\n1,1\n2,setosa\n", "line 3, column 2 (label): 'setosa' is text where line 2 has a number"),
        ("0.5,abc,1\n1,2,-1\n", "line 1, column 2: 'abc' is not a finite number"),
        ("0.5,1.2x,1\n1,2,-1\n", "line 1, column 2: '1.2x' is not a finite number"),
        ("1_000,1\n2,-1\n", "line 1, column 1: '1_000' is not a finite number"),
        (
            "0,5;1.5;1\n1,5;1;-1\n",
            "line 1, column 1: '0,5' and, in line 1, column 2, '1.5' have different signs",
        ),
        ("x,label\n1,1\n,-1\n", "line 3, column 1 (x) is empty; fill in a finite number or remove the line"),
        ("NA,1\n2,-1\n", "line 1, column 1 is NA; fill in"),
        ("1,1\nnan,-1\n", "line 2, column 1 is nan; fill in"),
        ("1,1\n2,-inf\n", "line 2, column 2 is -inf; fill in"),
        ("1,1\n1e999,-1\n", "line 2, column 1: '1e999' is not a finite number"),
        ("1,1\n2,1\n", "has one class only (every label is 1)"),
        ("x,y\n1,0\n\n2,1\n3,0.5\n", "line 5 has the label 0.5 among 3 different ones"),
        ("1,1\n2,2\n3,3\n", "has labels from 1 to 3; subtract 1"),
        (b"PK\x03\x04\x00\xff\xfe\xfd", "is not text in UTF-8 (line 1); export it as CSV (UTF-8)"),
        ("1,1\n2,-1\n".encode("utf-16-le"), "is not text in UTF-8 (line 1)"),
        ('"' + "1" * 200_000 + '",1\n', "line 1, column 1 is not a finite number"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path, content)
    assert refused.value.field == "data.path"
    assert str(refused.value).startswith(f"data.path: 'points.csv' {sentence}")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("poinst.csv", "'poinst.csv' is not there; did you mean 'points.csv'?"),
        ("nothing-alike.csv", "'nothing-alike.csv' is not there; looked in "),
        ("no/points.csv", "'no/points.csv' is not there; there is no folder "),
        ("empty", "'empty' is a folder without any .csv or .tsv or .txt or .dat file; name the file that is"),
        ("two", "'two' is a folder with a.csv and b.TSV; name one of its files"),
        ("points.csv/x.csv", "'points.csv/x.csv' is not there; there is no folder"),
        ("~nobody-of-this-name/x.csv", ""),
        ("a\0b.csv", "is not there"),
        ("x" * 5000, ""),
    ],
)
def test_paths_that_lead_nowhere_are_refused(tmp_path: Path, path: str, sentence: str) -> None:
    (tmp_path / "points.csv").write_text("1,1\n2,-1\n", "utf-8")
    for folder, names in (("empty", ["a.npz"]), ("two", ["a.csv", "b.TSV", "c.npz"])):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).write_text("1,1\n2,-1\n")
    for make in (make_data, sizes):
        with pytest.raises(Refusal) as refused:
            make(CsvSpec(kind="csv", path=path), tmp_path)
        assert refused.value.field == "data.path"
        assert sentence in str(refused.value)


@pytest.mark.skipif(sys.platform == "win32", reason="another system: there is no such device")
def test_devices_are_not_read() -> None:
    with pytest.raises(Refusal, match="is a device or pipe; name a plain file"):
        make_data(CsvSpec(kind="csv", path="/dev/zero"))


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "points.csv").write_text("1,1\n2,-1\n", "utf-8")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(Refusal, match=r"'points\.csv' cannot be read \(permission denied\)"):
        make_data(CsvSpec(kind="csv", path="points.csv"), tmp_path)


def test_a_file_beyond_memory_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "memory_limit", lambda: 9)
    with pytest.raises(Refusal, match=r"'points\.csv' needs 10 B, more than this machine has free \(9 B\)"):
        read(tmp_path, "1,1\n2,-1\n\n")


def test_home_and_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "points.csv").write_text("1,1\n2,-1\n", "utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert len(make_data(CsvSpec(kind="csv", path="~/points.csv"), Path("/")).x) == 2
    monkeypatch.chdir(tmp_path)
    assert len(make_data(CsvSpec(kind="csv", path="points.csv")).x) == 2


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert read(tmp_path, "1,1\n2,-1\n").raw.tolist() == [[1], [2]]
    assert read(tmp_path, "1,1\n2,-1\n35,1\n").raw.tolist() == [[1], [2], [35]]


def test_nobody_can_spoil_the_next_data_set(tmp_path: Path) -> None:
    first = read(tmp_path, "1,1\n2,-1\n")
    first.x[:] = first.raw[:] = 7
    first.labels[:] = 7
    again = make_data(CsvSpec(kind="csv", path="points.csv"), tmp_path)
    assert again.x.tolist() == again.raw.tolist() == [[1], [2]]
    assert again.labels.tolist() == [1, -1]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("p1-soudry", (6, 2, 2)),
        ("p2-flavours", (25, 2, 2)),
        ("p3-hyperplane-50", (40, 50, 2)),
        ("p6-hyperplane-10", (40, 10, 2)),
        ("p10-rings", (25, 2, 2)),
        ("p11-xor20", (20, 2, 2)),
        ("p16-quasi", (4, 2, 2)),
        ("p17-clusters", (60, 2, 2)),
        ("p18-four-classes", (40, 24, 4)),
    ],
)
def test_literal_points_of_the_presets(name: str, wanted: tuple[int, int, int]) -> None:
    data = CsvSpec(kind="csv", path=f"{name}.csv")
    made = make_data(data, PRESETS)
    assert sizes(data, PRESETS) == Sizes(*made.x.shape, made.classes, None) == Sizes(*wanted, None)
    with (PRESETS / data.path).open(encoding="utf-8") as file:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    assert np.column_stack([made.raw, made.labels]).tolist() == rows


def test_points_of_the_rings_preset() -> None:
    data = CsvSpec(kind="csv", path="p10-rings.csv", append_constant=True, normalize="max-norm", view=1.8)
    made = make_data(data, PRESETS)
    assert norms(made.x).max() == pytest.approx(1, abs=1e-15)
    assert len(set(made.x[:, 2])) == 1
    assert np.bincount(made.labels == 1).tolist() == [15, 10]
    assert made.view == 1.8


def test_points_of_the_deep_linear_preset_are_scaled_already() -> None:
    made = make_data(CsvSpec(kind="csv", path="p6-hyperplane-10.csv"), PRESETS)
    assert norms(made.x).max() == pytest.approx(1, abs=1e-12)
