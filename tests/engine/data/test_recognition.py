"""What a file that somebody brings is recognised as: the same fields that a file of an experiment would say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import make_data, source
from engine.data.csv_recognition import HEAD, table_head
from engine.data.recognition import checksum_of, look_at, recognised, recognised_text, with_copy
from engine.data.source import source_of
from engine.experiment import plain_files
from engine.experiment.data import CsvSpec, IdxSpec, NpzSpec, embedded
from engine.experiment.document import document_from, parse, to_toml
from engine.words.errors import Refusal
from tests.engine.cases import SMALLEST
from tests.engine.data.idx_files import write_set

ROWS = range(12)
NOWHERE = Path("/nowhere")


def table(line: str, header: str = "") -> str:
    """Return a table of twelve rows: {i} counts, {c} is one of two words, {k} one of three numbers, {v} a value."""
    rows = (line.format(i=i, c="pos" if i % 2 else "neg", k=i % 3 + 1, v=f"{i * 0.7 % 3:.2f}") for i in ROWS)
    return "\n".join([*([header] if header else []), *rows]) + "\n"


def european(text: str) -> str:
    return text.replace(".", ",")


def written(folder: Path, content: str | bytes, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def said(data: CsvSpec | NpzSpec | IdxSpec) -> dict[str, Any]:
    """Return what is said beside kind and path."""
    return {k: v for k, v in data.model_dump(exclude_defaults=True).items() if k not in ("kind", "path")}


@pytest.mark.parametrize(
    ("content", "fields", "inputs"),
    [
        (table("{v},{i},{c}", "a,b,kind"), {"label": "kind"}, 2),
        (table("{v},{i}.5,{c}"), {}, 2),
        (table("{i},{v},{c}"), {"ignore": (1,)}, 1),
        (table("{i},{v},{c}", "Id,a,c"), {"label": "c", "ignore": ("Id",)}, 1),
        (table("{i},{v},{c}", ",a,c"), {"label": "c", "ignore": (1,)}, 1),
        (table("car {i},{v},{k}", "name,a,b"), {"label": "b", "ignore": ("name",)}, 1),
        (table("{k},{v},1{i}.5"), {"label": 1}, 2),
        (table("{v},{c},1{i}.5", "a,b,c"), {"label": "b"}, 2),
        (table("{c},{v},{k}", "target,a,b"), {"label": "target"}, 2),
        (table("{v},1{i}.5,{c}", "x,y,k"), {"label": "k"}, 2),
        (table("{v}\t{i}.5\t{c}", "a\tb\tk"), {"label": "k"}, 2),
        (table("{v}|{i}.5|{c}", "a|b|k"), {"label": "k"}, 2),
        (table("{v},{i}.5,{c}", "1st,2nd,3rd"), {"label": "3rd", "header": True}, 2),
        (table('"{v}","{i}.5","{c}, or not"', '"a","b","k"'), {"label": "k"}, 2),
        (european(table("{v};{i}.5;{c}", "a;b;k")), {"label": "k"}, 2),
        ("\ufeff" + table("{v};{i}.5;{c}", "größe;b;k"), {"label": "k"}, 2),
        (table("{v};{i}.5;{c}", "größe;b;k").encode("utf-16"), {"label": "k"}, 2),
        (
            table("{v};{i}.5;{c}", "größe;b;k").encode("latin-1"),
            {"label": "k", "encoding": "windows-1252"},
            2,
        ),
    ],
)
def test_a_table_is_recognised_and_read_as_the_fields_say(
    content: str | bytes, fields: dict[str, Any], inputs: int, tmp_path: Path
) -> None:
    data = recognised(written(tmp_path, content))
    assert said(data) == fields
    made = make_data(data, tmp_path)
    assert made.raw.shape == (12, inputs) and made.classes in (2, 3)
    look = look_at(data, tmp_path)
    assert look.refusal is None and look.whole and len(look.rows) == 12 and look.made is not None
    assert (look.made.x == made.x).all() and look.made.class_names == made.class_names


def test_a_look_says_what_was_recognised(tmp_path: Path) -> None:
    data = recognised(written(tmp_path, european(table("{v};{i}.5;{c}", "größe;b;k")).encode("latin-1")))
    head = look_at(data, tmp_path).head
    assert head is not None
    assert (head.separator, head.decimal, head.encoding) == ("semicolon", "comma", "windows-1252")
    assert head.header and head.sure and [c.title for c in head.columns] == ["größe", "b", "k"]
    assert [c.kind for c in head.columns] == ["numbers", "numbers", "words"]


def test_of_a_large_table_only_the_beginning_is_looked_at(tmp_path: Path) -> None:
    line = "1.5,2.5,first class\n"
    path = written(tmp_path, "a,b,k\n" + line * (HEAD // len(line)) + "no table at all\n" * HEAD)
    look = look_at(recognised(path), tmp_path)
    assert not look.whole and look.refusal is None and look.made is not None
    assert look.made.class_names == ("first class", "…") and 100 <= len(look.made.x) <= 500


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a,b,k\n1,2,x\n3,,y\n5,6,x\n1,1,y\n", "line 3, column 2 (b) is empty; fill in a finite number"),
        ("a,b,k\n1,2,x\n3,4,\n5,6,x\n1,1,y\n", "line 3, column 3 (k) is empty; fill in the label"),
        ("a,b\n1,2\n3,4\n5,6\n7,8\n", "has no label 0 though they go up to 8"),
    ],
)
def test_what_cannot_be_taken_is_shown_with_its_sentence(content: str, sentence: str, tmp_path: Path) -> None:
    look = look_at(recognised(written(tmp_path, content)), tmp_path)
    assert look.rows and sentence in str(look.refusal)


def test_a_header_that_is_not_sure_is_said(tmp_path: Path) -> None:
    data = recognised(written(tmp_path, table("{i},{v},{c}", "1999,2000,kind")))
    assert said(data)["header"] is True and make_data(data, tmp_path).raw.shape == (12, 2)


@pytest.mark.parametrize(("content", "sentence"), [(b"", "is empty"), (b"\0\1\2", "is no text")])
def test_what_is_no_table_is_refused(content: bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=sentence):
        recognised(written(tmp_path, content))


def test_what_is_said_is_taken_over_what_seems(tmp_path: Path) -> None:
    path = written(tmp_path, "a;1,5\n1.234;0\n2.345;1\n")
    data = CsvSpec(kind="csv", path=str(path), header=True, separator="semicolon", decimal="comma")
    assert make_data(data, tmp_path).raw.tolist() == [[1234.0], [2345.0]]
    assert make_data(data.model_copy(update={"decimal": "point"}), tmp_path).raw.tolist() == [
        [1.234],
        [2.345],
    ]
    head, _ = table_head(data, source_of(data, tmp_path))
    assert (head.header, head.sure, head.decimal) == (True, True, "comma")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"separator": "tab"},
            "has one column; give at least 1 input and the label, separated as data.separator",
        ),
        ({"decimal": "point"}, "is not a finite number; data.decimal says point: set it to auto"),
        ({"encoding": "utf-16"}, "is not text in utf-16; set data.encoding to auto"),
    ],
)
def test_what_is_said_and_does_not_fit_is_refused_with_the_field(
    fields: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    written(tmp_path, european(table("{v};{i}.5;{c}")))
    with pytest.raises(Refusal) as refused:
        make_data(CsvSpec.model_validate({"kind": "csv", "path": "mine.csv", **fields}), tmp_path)
    assert sentence in str(refused.value)


def test_classes_of_a_file_may_be_any_whole_numbers(tmp_path: Path) -> None:
    made = make_data(recognised(written(tmp_path, table("{v},{i}.5,{k}").replace(",3\n", ",7\n"))), tmp_path)
    assert made.class_names == ("1", "2", "7") and set(made.labels.tolist()) == {0, 1, 2}


# --- archives and sets ---


@pytest.mark.parametrize(
    ("arrays", "fields"),
    [
        ({"x": (12, 2), "y": (12,)}, {}),
        ({"features": (12, 2), "target": (12,)}, {}),
        ({"pictures": (12, 3, 3), "what": (12,)}, {"x": "pictures", "y": "what"}),
        ({"a": (5,), "b": (12, 2), "c": (12,)}, {"x": "b", "y": "c"}),
    ],
)
def test_arrays_of_an_archive_are_found(
    arrays: dict[str, tuple[int, ...]], fields: dict[str, str], tmp_path: Path
) -> None:
    content: Any = {
        name: np.arange(12) % 2 if shape == (12,) else np.arange(np.prod(shape)).reshape(shape) + 0.5
        for name, shape in arrays.items()
    }
    np.savez(tmp_path / "a.npz", **content)
    data = recognised(tmp_path / "a.npz")
    assert isinstance(data, NpzSpec) and said(data) == fields
    look, made = look_at(data, tmp_path), make_data(data, tmp_path)
    assert look.refusal is None and look.made is not None and (look.made.x == made.x).all()
    assert {a.name for a in look.arrays} == set(arrays) and look.arrays[0].title.startswith(
        f"{next(iter(arrays))} ("
    )
    assert made.image_shape == ((3, 3) if "pictures" in arrays else None)


def test_arrays_that_do_not_go_together_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.ones((3, 2)), b=np.ones(4))
    with pytest.raises(Refusal, match=r"has no array of points .*a \(3 × 2, float64\), b \(4, float64\)"):
        recognised(tmp_path / "a.npz")
    look = look_at(NpzSpec(kind="npz", path=str(tmp_path / "a.npz"), x="a", y="b"), tmp_path)
    assert "does not go with a (3 × 2, float64)" in str(look.refusal)


@pytest.mark.parametrize("x", [np.ones((3, 2)) * 1j, np.zeros((3, 2), dtype=[("a", "f8")])])
def test_arrays_that_hold_no_real_numbers_are_no_points(x: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(3))
    with pytest.raises(Refusal, match="has no array of points"):
        recognised(tmp_path / "a.npz")
    assert look_at(NpzSpec(kind="npz", path="a.npz"), tmp_path).refusal is not None


def test_what_the_system_does_not_let_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = recognised(written(tmp_path, table("{v},{i}.5,{c}")))

    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    for module in (source, plain_files):
        monkeypatch.setattr(module, "opened", closed)
    for read in (
        lambda: recognised(tmp_path / "mine.csv"),
        lambda: with_copy(data, tmp_path),
        lambda: look_at(data, tmp_path),
    ):
        with pytest.raises(Refusal, match=r"cannot be read \(permission denied\)"):
            read()


def test_a_folder_of_pictures_is_a_set_and_its_copy_the_same_numbers(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", [0, 1, 2] * 20, [0, 1, 2] * 5)
    data = recognised(folder)
    assert isinstance(data, IdxSpec) and data.train == 0
    assert recognised(next(folder.glob("train-images*"))).kind == "idx"
    assert look_at(data, tmp_path).made is not None
    chosen = data.model_copy(update={"train": 30, "test": 6, "classes": (0, 2), "normalize": "center"})
    first, second = make_data(chosen, tmp_path), make_data(with_copy(chosen, tmp_path), NOWHERE)
    assert (first.x == second.x).all() and (first.x_test == second.x_test).all()
    assert (first.labels == second.labels).all() and first.class_names == second.class_names == ("0", "2")


# --- copies and checksums ---


def test_a_copy_in_the_experiment_is_the_file_wherever_it_is(tmp_path: Path) -> None:
    data = recognised(written(tmp_path, table("{v},{i}.5,{c}", "it's,b,k"), "it's mine.csv"))
    copied = with_copy(data, tmp_path)
    assert make_data(copied, NOWHERE).x.tolist() == make_data(data, tmp_path).x.tolist()
    document = document_from(SMALLEST)
    document = document.with_values({"data": copied.model_dump()})
    assert parse(to_toml(document)).base.data == copied


def test_a_copy_is_bounded_and_says_so(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(40_000, 2))
    path = written(tmp_path, "".join(f"{a},{b},{a > b}\n" for a, b in noise))
    with pytest.raises(
        Refusal, match=r"even packed: at most 256\.0 KiB fit into an experiment; take fewer rows"
    ):
        with_copy(recognised(path), tmp_path)


def test_of_a_file_too_large_for_a_copy_no_byte_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = CsvSpec(kind="csv", path=str(written(tmp_path, "1,2,3\n" * 10)))
    monkeypatch.setattr(embedded, "MOST_UNPACKED", 20)
    monkeypatch.setattr(source.Source, "opened", None)
    with pytest.raises(Refusal, match="which has 60 B: at most"):
        with_copy(data, tmp_path)


def test_a_copy_is_of_the_file_that_is_named() -> None:
    data = recognised_text(table("{v}\t{i}.5\t{c}"), "pasted.csv")
    with pytest.raises(
        ValueError, match=r"is not the file that is embedded, pasted\.csv; set data\.embedded to"
    ):
        CsvSpec.model_validate({**data.model_dump(), "path": "other.csv"})
    assert len(make_data(data, NOWHERE).x) == 12


@pytest.mark.parametrize("copy", ["no copy", "a.csv:!!!", "a.csv:" + "A" * 400_000])
def test_what_is_no_copy_is_refused(copy: str) -> None:
    with pytest.raises(ValueError, match=r"is no copy of a file|is too large"):
        CsvSpec(kind="csv", path="a.csv", embedded=copy)
    with pytest.raises(Refusal, match=r"is a damaged copy of a\.csv"):
        make_data(CsvSpec(kind="csv", path="a.csv", embedded="a.csv:AAAA"), NOWHERE)


def test_a_file_that_has_changed_since_its_checksum_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, table("{v},{i}.5,{c}"))
    data = recognised(path).model_copy(update={"path": "mine.csv"})
    promised = data.model_copy(update={"sha256": checksum_of(data, tmp_path)})
    assert len(make_data(promised, tmp_path).x) == 12
    path.write_text(table("{v},{i}.25,{c}"))
    with pytest.raises(Refusal, match=r"data\.path: 'mine\.csv' is not what this experiment is about"):
        make_data(promised, tmp_path)
    with pytest.raises(ValueError, match="is no SHA-256"):
        CsvSpec(kind="csv", path="a.csv", sha256="abc")
