"""Tables as spreadsheets, pandas, R and NumPy write them: read as they are meant, or refused with the true cause."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data import Dataset, make_data
from engine.experiment.data import CsvSpec
from engine.words.errors import Refusal

POINTS = [[0.5, 1.5], [2.0, 1.0], [1234.5, 3.0]]


def read(folder: Path, content: str | bytes, **fields: Any) -> Dataset:
    """Write a file and make its data."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    (folder / "points.csv").write_bytes(data)
    return make_data(CsvSpec.model_validate({"kind": "csv", "path": "points.csv", **fields}), folder)


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ("x1;x2;y\n0,5;1,5;1\n2;1;0\n1234,5;3;0\n", {}),
        ("0,5;1,5;1\n2;1;0\n1.234,5;3;0\n", {}),
        ("x1\tx2\ty\n0,5\t1,5\t1\n2\t1,0\t0\n1 234,5\t3\t0\n", {}),
        ('x1,x2,y\n"0,5","1,5",1\n2,1,0\n"1.234,5",3,0\n', {}),
        ('x1,x2,y\n0.5,1.5,1\n2,1,0\n"1,234.5",3,0\n', {}),
        ("x1,x2,y\n0.5,1.5,1\n2,1,0\n1'234.5,3,0\n", {}),
        ("x1;x2;y\n0,5;1,5;1\n2;1;0\n1\u202f234,5;3;0\n", {}),
        ("x1 x2 y\n0,5 1,5 1\n2 1 0\n1234,5 3 0\n", {}),
        ("0,5 1,5 1\n2 1 0\n1234,5 3 0\n", {}),
        ("5.0e-01 1.5e+00 1.0e+00\n 2.0e+00 1.0e+00 0.0e+00\n1.2345e+03 3 0\n", {}),
        ("# x1 x2 y\n  0.5\t1.5  1\n  2 \t1  0\n1234.5 3 0\n".replace("\t", " "), {}),
        ("0.5,\t1.5,\t1\n2,\t1,\t0\n1234.5,\t3,\t0\n", {}),
        ("sep=;\r\nx1;x2;y\r\n0,5;1,5;1\r\n2;1;0\r\n1234,5;3;0\r\n", {}),
        ('"sep=|"\n0.5|1.5|1\n2|1|0\n1234.5|3|0\n', {}),
        ("SEP=\t\n0.5\t1.5\t1\n2\t1\t0\n1234.5\t3\t0\n", {}),
        ("x1,x2,y\n50%,150 %,1\n2,1,0\n123450%,3,0\n", {}),
        ("0,1,2\n0.5,1.5,1\n2.0,1.0,0\n1234.5,3.0,0\n", {}),
        ("0,1,2\n0.5,1.5,1\n2,1,0\n1234.5,3,0\n", {"header": True}),
        ("0,1,2,\n0.5,1.5,1,\n2.0,1.0,0,\n1234.5,3.0,0,\n", {}),
        (",0,1,2\n0,0.5,1.5,1\n1,2,1,0\n2,1234.5,3,0\n", {"ignore": [1]}),
        (",0,1,2\n7,0.5,1.5,1\n8,2.0,1.0,0\n9,1234.5,3.0,0\n", {"ignore": [1]}),
        (",x1,x2,y\n0,0.5,1.5,1\n1,2,1,0\n2,1234.5,3,0\n", {"ignore": [""]}),
        ("Unnamed: 0,x1,x2,y\n0,0.5,1.5,1\n1,2,1,0\n2,1234.5,3,0\n", {"ignore": ["Unnamed: 0"]}),
        ('"x1" "x2" "y"\n"a" 0.5 1.5 1\n"b" 2 1 0\n"c d" 1234.5 3 0\n', {"ignore": [""]}),
        ("id,x1,x2,y\nA1,0.5,1.5,1\n,2,1,0\nnan,1234.5,3,0\n", {"ignore": ["id"]}),
        ("y,x1,x2\n1,0.5,1.5\n0,2,1\n0,1234.5,3\n", {"label": "first"}),
        ("y,x1,x2\n1,0.5,1.5\n0,2,1\n0,1234.5,3\n", {"label": "y"}),
        ("x1,y,x2\n0.5,1,1.5\n2,0,1\n1234.5,0,3\n", {"label": 2}),
        ("id,y,x1,x2\n7,1,0.5,1.5\n7,0,2,1\n7,0,1234.5,3\n", {"label": "first", "ignore": ["id"]}),
        ("x1,x2,y,note\n0.5,1.5,1,a\n2,1,0,\n1234.5,3,0,b\n", {"ignore": [4]}),
        ("x1,x2,y,\n0.5,1.5,1,\n2,1,0,\n1234.5,3,0,\n", {}),
        ("x1,x2,y\n0.5,1.5,1,,\n2,1,0,,\n1234.5,3,0,,\n", {}),
        ("x1,x2,y,\n0.5,1.5,1\n2,1,0\n1234.5,3,0\n", {}),
        ('"length\r\nin cm",x2,y\r\n0.5,1.5,1\r\n"2","1",0\r\n1234.5,3,0\r\n', {}),
        ('"a, # of b","x ""2""",#y\n0.5,1.5,1 # "one"\n2,1,0 # two, 3\n1234.5,3,0\n', {}),
        ('# first, "second"\nx1,x2,y\n0.5,1.5,1\n2,1,0\n1234.5,3,0\n', {}),
        ("x1,x2,y\r0.5,1.5,1\r2,1,0\r1234.5,3,0\r", {}),
        ("\ufeffx1,x2,y\n0.5,1.5,1\n2,1,0\n1234.5,3,0\n".encode(), {"ignore": [], "label": "y"}),
        ("x1\tx2\ty\n0,5\t1,5\t1\n2\t1\t0\n1234,5\t3\t0\n".encode("utf-16"), {}),
        ("#a,(b),y\n0.5,1.5,1\n2,1,0\n1234.5,3,0\n".replace("#a", '"#a"'), {}),
    ],
)
def test_every_dialect_gives_the_same_numbers(tmp_path: Path, content: str | bytes, fields: Any) -> None:
    made = read(tmp_path, content, **fields)
    assert made.raw.tolist() == POINTS
    assert made.labels.tolist() == [1, -1, -1]
    assert made.class_names == ("0", "1")


def test_a_minus_of_typesetters_is_one(tmp_path: Path) -> None:
    assert read(tmp_path, "x,y\n\u22121.5,0\n2,1\n").raw.tolist() == [[-1.5], [2.0]]


@pytest.mark.parametrize(
    "content",
    [
        "5.1,3,setosa\n4,2,virginica\n5.1,3,setosa\n6,1,versicolor\n",
        "5,3,setosa\n4,2,virginica\n5,3,setosa\n6,1,versicolor\n",
        "a,b,species\n5,3,setosa\n4,2,virginica\n5,3,setosa\n6,1,versicolor\n",
        '"a" "b" "species"\n5 3 "setosa"\n4 2 "virginica"\n5 3 "setosa"\n6 1 "versicolor"\n',
        "0,1,species\n5,3,setosa\n4,2,virginica\n5,3,setosa\n6,1,versicolor\n",
    ],
)
def test_classes_may_be_words_and_are_sorted(tmp_path: Path, content: str) -> None:
    header: Any = True if content.startswith("0") else "auto"
    made = read(tmp_path, content, header=header)
    assert made.class_names == ("setosa", "versicolor", "virginica")
    assert made.labels.tolist() == [0, 2, 0, 1]
    assert made.raw.shape == (4, 2)


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ("0,1,2\n0.5,1,1\n1.5,2,0\n", {}),  # a label that no other point has
        ("0,1,2\n0.5,1,1\n1.5,2,0\n2.0,1,2\n", {}),  # a whole number has decimals in its column
        ("0,1,2\n1,0.5,1\n9,2.5,2\n", {"label": "first"}),
        ("0,1,2,3\n0,0.5,1,1\n9,2.5,2,3\n", {"label": "first", "ignore": [1]}),
        (",0,1\n0,5,1\n1,3,0\n", {"ignore": [1]}),
    ],
)
def test_numbers_that_can_be_no_point_name_the_columns(tmp_path: Path, content: str, fields: Any) -> None:
    made = read(tmp_path, content, **fields)
    assert len(made.raw) == content.count("\n") - 1


@pytest.mark.parametrize("label", [1, "label", "first", 3, "x"])
def test_a_label_that_is_said_is_taken_whatever_the_header_calls_label(
    label: str | int, tmp_path: Path
) -> None:
    made = read(tmp_path, "label,y,x\n1,0.5,0\n0,2,1\n", label=label)
    assert made.labels.tolist() == ([-1, 1] if label in (3, "x") else [1, -1])


@pytest.mark.parametrize("header", ["target,label", "class,target", "x,label", "x,y"])
def test_the_last_column_is_the_label_where_the_header_says_no_other(header: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"{header}\n1,0\n2,1\n").raw.tolist() == [[1.0], [2.0]]


def test_two_words_are_two_signs(tmp_path: Path) -> None:
    made = read(tmp_path, "x,y\n1,True\n2,False\n3,True\n")
    assert made.class_names == ("False", "True")
    assert made.labels.tolist() == [1, -1, 1]


@pytest.mark.parametrize(
    ("content", "fields", "field", "sentence"),
    [
        (
            "x;y\n1,234;1\n2,345;0\n",
            {},
            "path",
            "line 2, column 1 (x): '1,234' may be 1.234 or 1234; write decimals with a point",
        ),
        (
            "a;b;y\n0,5;1;1\n2;1.5;0\n",
            {},
            "path",
            "line 2, column 1 (a): '0,5' and, in line 3, column 2, '1.5' have different signs",
        ),
        (
            "a,y\n0,5,1\n1,5,0\n",
            {},
            "path",
            "line 2 has 3 columns where line 1 has 2; make them equal; where decimals have commas, separate",
        ),
        ("0,1,2\n5,1,1\n2,1,0\n", {}, "header", "cannot tell whether line 1 of points.csv names the columns"),
        ("0,1\n5,1\n2,0\n", {}, "header", "cannot tell whether line 1"),
        (",0,1\n5,1,1\n2,1,0\n", {}, "header", "cannot tell whether line 1"),
        (",0,1\n0,1,1\n2,1,0\n", {"ignore": [1]}, "header", "cannot tell whether line 1"),
        (",0,1\n0,1,1\n", {"ignore": [1]}, "header", "cannot tell whether line 1"),
        ("1,2,3\n0.5,1,1\n1.5,2,2\n2.5,1,3\n", {}, "header", "cannot tell whether line 1"),
        ("0,1,2\n1,1,0.5\n0,2,2.5\n", {"label": 1}, "header", "cannot tell whether line 1"),
        ("0,1,2\n1,0.5,1\n0,2.5,9\n", {"label": "first"}, "header", "cannot tell whether line 1"),
        ("0,1,2\n7,1.5,1\n8,2.5,2\n", {}, "header", "cannot tell whether line 1"),
        ("2001,2002,class\n5,3,a\n4,2,b\n3,3,a\n", {}, "header", "cannot tell whether line 1"),
        (
            ",x,y\n0,5,1\n1,3,0\n2,2,0\n",
            {},
            "path",
            'column 1 has no name and counts the rows; add "" to ignore, or give it a name',
        ),
        (
            "Unnamed: 0,x,y\n1,5,1\n2,3,0\n",
            {},
            "path",
            'column 1 has no name and counts the rows; add "Unnamed: 0" to ignore',
        ),
        (
            '"x" "y"\n"1" 0.5 "a"\n"2" 1 "b"\n"3" 1 "b"\n',
            {},
            "path",
            'column 1 has no name and counts the rows; add "" to ignore',
        ),
        (
            '"x","z","y"\n"Mazda",0.5,1,0\n"Fiat",1,2,1\n',
            {},
            "path",
            "column 1 has no name and has text ('Mazda' in line 2); add \"\" to ignore",
        ),
        (
            "species,w,h\na,2,3\nb,3,4\n",
            {},
            "path",
            "line 2, column 1 (species): 'a' is not a finite number; if the column has the "
            'classes, set label to "species" (or to first); else add "species" to ignore',
        ),
        (
            "w,species,h\n2,a,3\n3,b,4\n",
            {},
            "path",
            "line 2, column 2 (species): 'a' is not a finite number; if the column has the "
            'classes, set label to "species"; else add "species" to ignore',
        ),
        (
            "a,5,1\nb,3,0\na,2,1\n",
            {},
            "path",
            "line 1, column 1: 'a' is not a finite number; if the column has the classes, set label to 1 (or",
        ),
        ("x,y\n1,a\n2,b\n3,c\n", {}, "path", "has 3 labels of which none comes twice"),
        ("x,y\n1,a\n2,a\n", {}, "path", "has one class only (every label is 'a')"),
        ("x,y\n1,a\n2,3\n", {}, "path", "line 3, column 2 (y): '3' is a number where line 2 has text"),
        ("x,y\n1,a\n2,\n", {}, "path", "line 3, column 2 (y) is empty; fill in the label"),
        ("x,y\n1,NA\n2,1\n", {}, "path", "line 2, column 2 (y) is NA; fill in the label"),
        ("x,y,z\n1,2,\n3,4,\n", {}, "path", "line 2, column 3 (z) is empty"),
        ("1,2,1,\n3,4,0,7\n", {}, "path", "line 2, column 4 has something in a column that is empty above"),
        ('x,y\n1,0\n"2,1\n', {}, "path", "line 3: a quote opens that is not closed"),
        ('x,y\n"1"2,0\n', {}, "path", "line 2: something follows a closing quote"),
        ("x,y\n1,0\n2e,1\n", {}, "path", "line 3, column 1 (x): '2e' is not a finite number; every cell"),
        (
            "größe,y\n1,0\n".encode("latin-1"),
            {},
            "path",
            "is not text in UTF-8 (line 1); export it as CSV (UTF-8)",
        ),
        ("x,y\n1,0\n2,1 # grün\n".encode("cp1252"), {}, "path", "is not text in UTF-8 (line 3)"),
        ("x,y\n1,0\n2,1\n".encode("utf-16-be"), {}, "path", "is not text in UTF-8 (line 1)"),
        ("x,y\n1,0\n2,1\n", {"label": "z"}, "label", "'z' is no column's name; allowed: x, y"),
        ("x,y\n1,0\n2,1\n", {"label": 3}, "label", "3 is no column; the table has 2"),
        (
            "Label,pixel0,pixel1\n1,0.5,0\n0,2,1\n",
            {},
            "label",
            "'last' is column 3, and the header calls column 1 'label'; set label to 1, or to 3 if the last is meant",
        ),
        (
            "x,x,y\n1,2,0\n2,3,1\n",
            {"label": "x"},
            "label",
            "is the name of columns 1 and 2; give the column's",
        ),
        (
            "x,y\n1,0\n2,1\n",
            {"ignore": ["y"], "label": "y"},
            "label",
            "is a column that data.ignore leaves out",
        ),
        ("x,y\n1,0\n2,1\n", {"ignore": ["x"]}, "ignore", "leaves no column for an input"),
        ("x,y\n1,0\n2,1\n", {"ignore": ["z"]}, "ignore", "'z' is no column's name"),
        ("1.5,0\n2,1\n", {"label": "y"}, "label", "'y' names a column, and the table has no header"),
        ("1.5,0\n2,1\n", {"header": True}, "path", "has one class only"),
        ("x,y\n1,0\n2,1\n", {"header": False}, "path", "line 1, column 1 is not a finite number"),
    ],
)
def test_what_cannot_be_read_says_why(
    tmp_path: Path, content: str | bytes, fields: Any, field: str, sentence: str
) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path, content, **fields)
    assert sentence in str(refused.value)
    assert refused.value.field == f"data.{field}"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"label": 0}, "data.label: 0 is no column; give a name of the header in quotes, or a number from 1"),
        ({"label": True}, "data.label: True is no column"),
        ({"ignore": ["a", 1.5]}, "data.ignore[1]: 1.5 is no column"),
        ({"header": 1}, 'data.header: 1 is not allowed; write "auto", true or false'),
    ],
)
def test_what_is_no_column_is_refused_in_the_file(said: Any, sentence: str) -> None:
    from engine.experiment.experiment import experiment_from
    from tests.engine.cases import SMALLEST

    with pytest.raises(Refusal) as refused:
        experiment_from({**SMALLEST, "data": {"kind": "csv", "path": "a.csv", **said}})
    assert sentence in str(refused.value)


def test_other_fields_are_another_table(tmp_path: Path) -> None:
    content = "a,b\n1.5,0\n0,1\n"
    assert read(tmp_path, content).raw.tolist() == [[1.5], [0.0]]
    assert read(tmp_path, content.replace("1.5", "1"), label=1).raw.tolist() == [[0.0], [1.0]]


Write = Callable[[float], str]
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "blank": " "}
WRITERS: dict[str, Write] = {
    "point": repr,
    "comma": lambda value: repr(value).replace(".", ","),
    "thousands": lambda value: f"{value:,.3f}",
    "german": lambda value: f"{value:,.3f}".translate(str.maketrans(",.", ".,")),
    "percent": lambda value: f"{value * 100:.1f}%",
    "e": lambda value: f"{value:.17e}",
}
thousandths = st.integers(-(10**8), 10**8).map(lambda count: count / 1000)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    points=st.lists(st.tuples(thousandths, thousandths), min_size=3, max_size=5),
    separator=st.sampled_from(sorted(SEPARATORS)),
    writer=st.sampled_from(sorted(WRITERS)),
    names=st.none() | st.permutations(["a b", 'c"d', "e, f; g"]),
    label=st.integers(0, 2),
    words=st.sampled_from([("0", "1"), ("no", "yes, sir"), ("A#1", 'B "2"')]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_table_in_any_dialect_is_read_back(
    tmp_path: Path,
    points: list[tuple[float, float]],
    separator: str,
    writer: str,
    names: list[str] | None,
    label: int,
    words: tuple[str, str],
    encoding: str,
    ends: str,
    quoting: Literal[0, 1],
) -> None:
    points = [(0.125, -2.5), *points]  # something that says where decimals begin
    text = io.StringIO()
    table = csv.writer(text, delimiter=SEPARATORS[separator], lineterminator=ends, quoting=quoting)
    classes = [i % 2 for i in range(len(points))]
    if names is not None:
        table.writerow(names)
    for (a, b), code in zip(points, classes, strict=True):
        row = [WRITERS[writer](a), WRITERS[writer](b)]
        table.writerow([*row[:label], words[code], *row[label:]])
    fields: dict[str, Any] = {"label": label + 1, "header": names is not None}
    made = read(tmp_path, text.getvalue().encode(encoding), **fields)
    if writer == "percent":
        assert np.allclose(made.raw, points, rtol=0, atol=5e-4 + 1e-9)
    else:
        assert made.raw.tolist() == [list(point) for point in points]
    assert made.class_names == words
    assert made.labels.tolist() == [2 * code - 1 for code in classes]
