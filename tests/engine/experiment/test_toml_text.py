"""An experiment file is read within bounds of size, time and memory, whoever wrote it."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import load_preset
from engine.data import make_data
from engine.experiment.document import DocumentRef, load, parse, to_toml
from engine.experiment.toml_text import LARGEST_FILE, MOST_PARTS, float_text, tables_from
from engine.words.errors import Refusal
from tests.memory import peak_of

MIB = 1 << 20
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="another system: it has no such files")


def refused(text: str) -> str:
    said: list[str] = []

    def read() -> None:
        with pytest.raises(Refusal) as caught:
            parse(text)
        said.append(str(caught.value))

    assert peak_of(read) < 64 * MIB
    return said[0]


@pytest.mark.parametrize("part", ["a", '"a"', "'a'", ' "a b" ', '"\\u0061"', "'.'"])
@pytest.mark.parametrize("form", ["{} = 1", "[{}]", "[[{}]]", "x = {{ {} = 1 }}", "a = 'b' # c\n{} = 1"])
def test_a_key_of_very_many_parts(part: str, form: str) -> None:
    assert f"a key has more than {MOST_PARTS} parts" in refused(form.format(".".join([part] * 40_000)))


def test_points_in_text_are_no_keys() -> None:
    dots = "a.b.c.d.e.f.g.h.i.j.k.l"
    long = f'c = """\n{dots} "quoted" \\""" {dots}\n"""\nd = \'\'\'{dots}\'\'\'\n'
    text = f"a = \"{dots}\"\nb = '{dots}' # {dots}\n{long}"
    assert set(tables_from(text)) == {"a", "b", "c", "d"}
    assert tables_from("x = [" + "0.5, " * 20_000 + "]")["x"] == [0.5] * 20_000


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = " + "[" * 100_000, "nested too deep"),
        ("a = " + "{a=" * 20_000, "nested too deep"),
        ("\n".join(f"[a{i}]" for i in range(30_001)), "more than 30,000 keys"),
        ("\n".join(f"a{i} = 1" for i in range(30_001)), "more than 30,000 keys"),
        ("[[a]]\n" * 30_001, "more than 30,000 keys"),
        ("a = [" + "1," * 1_000_001 + "]", "more than 1,000,000 values"),
        ("a = " + "1" * 5000, "a whole number of hundreds of digits"),
        (" " * (LARGEST_FILE + 1), "more than 8,388,608 characters"),
    ],
    ids=["lists", "tables in lines", "tables", "keys", "lists of tables", "values", "digits", "blanks"],
)
def test_more_than_an_experiment_ever_says(text: str, why: str) -> None:
    assert why in refused(text)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(
        Refusal, match=r"large\.toml' has 1\.0 TiB, more than an experiment file may have \(8\.0 MiB\)"
    ):
        load(path)


@UNIX
def test_only_plain_files_are_read(tmp_path: Path) -> None:
    pipe, device = tmp_path / "pipe.toml", tmp_path / "device.toml"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        with pytest.raises(Refusal, match="is a device or pipe; name a plain file"):
            load(path)
    with pytest.raises(Refusal, match="is a folder; name the file in it"):
        load(tmp_path)


def test_a_run_of_an_experiment_that_its_file_does_not_have() -> None:
    """A damaged session names one that is not there."""
    text = "version = 1\ndata = {kind = 'circle'}\nnetwork = {kind = 'mlp'}\nloss = {kind = 'exponential'}\n"
    ref = DocumentRef(text + "optimizer = {kind = 'steepest'}\n[[experiments]]\nname = 'second'\n", "sdcond")
    with pytest.raises(Refusal, match=r"'sdcond' is not an experiment of this file; did you mean 'second'\?"):
        ref.experiment()


MINIMAL = """version = 1
title = "Größe"
data = { kind = "circle" }
network = { kind = "mlp" }
loss = { kind = "exponential" }
optimizer = { kind = "steepest" }
"""


def written(tmp_path: Path, content: bytes, name: str = "mine.toml") -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_is_read_in_the_encoding_that_it_names(tmp_path: Path, encoding: str, end: str) -> None:
    path = written(tmp_path, MINIMAL.replace("\n", end).encode(encoding))
    assert load(path).base.title == "Größe"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le", "utf-16-be"])
def test_a_text_in_an_encoding_that_it_does_not_name(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, MINIMAL.encode(encoding))
    with pytest.raises(Refusal, match=r"cannot be read as text in UTF-8 \(line [12]\); save it as UTF-8"):
        load(path)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        (
            "mine.toml",
            b"SQLite format 3\0" + bytes(100),
            "is a session, not an experiment; open it in the lab",
        ),
        (
            "mine.mlab",
            b"SQLite format 3\0" + bytes(100),
            "is a session, not an experiment; open it in the lab",
        ),
        ("mine.npz", b"PK\x03\x04" + bytes(100), "is no experiment but data; name it in an experiment file"),
        ("mine.csv", b"0,1,1", "is no experiment but data; name it in an experiment file"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_is(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    with pytest.raises(Refusal, match=why):
        load(written(tmp_path, content, name))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (r'data = { kind = "csv", path = "C:\Users\me\points.csv" }', r"write a path in '...', or with /"),
        (r'path = "C:\Users\me\points.csv"', r"write a path in '...', or with /"),
        ("eta = .1", "; write 0.1"),
        ("eta = 1.", "; write 1.0"),
        ("eta = -.5e3", "; write -0.5e3"),
        ("eta = 0,1", "; write 0.1"),
        ("bias = True", "; write true"),
        ("kind = relu", "; text stands in quotes"),
    ],
)
def test_a_slip_in_toml_is_refused_with_what_was_meant(line: str, why: str) -> None:
    text = f"version = 1\n{line}\n"
    with pytest.raises(Refusal) as caught:
        parse(text)
    assert str(caught.value).endswith(why) and "line 2" in str(caught.value)


def test_a_backslash_that_became_a_letter_is_named(tmp_path: Path) -> None:
    text = MINIMAL.replace('kind = "circle"', r'kind = "csv", path = "data\new.csv"')
    document = load(written(tmp_path, text.encode()))
    with pytest.raises(Refusal, match=r"a backslash begins a letter such as a line break: write it in '...'"):
        make_data(document.base.data, document.folder)


@pytest.mark.parametrize("more", ["", "[fancy]\nnew = 1\n"])
def test_a_file_of_a_newer_lab_is_called_so(more: str) -> None:
    with pytest.raises(Refusal, match=r"version: 2 was made by a newer lab; this one reads version 1"):
        parse(MINIMAL.replace("version = 1", "version = 2") + more)


@pytest.mark.parametrize("version", ["0", "true", '"1"', "1.5"])
def test_a_version_that_never_was(version: str) -> None:
    with pytest.raises(Refusal, match="is not known to this lab; allowed: 1"):
        parse(MINIMAL.replace("version = 1", f"version = {version}"))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('seed = "3"', "written 3"),
        ('measure = { twin = "True" }', "written true"),
        ("seed = 3.0", "written 3"),
        ("title = 5", 'written "5"'),
    ],
)
def test_a_value_of_another_type_is_refused_with_how_it_is_written(line: str, why: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(MINIMAL.replace('title = "Größe"\n', "") + line + "\n")
    assert str(caught.value).endswith(why)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e6, "1e6"),
        (-12e5, "-1.2e6"),
        (1e-7, "1e-07"),
        (1e16, "1e+16"),
        (100.0, "100.0"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
    ],
)
def test_round_numbers_are_written_with_an_exponent(value: float, text: str) -> None:
    assert float_text(value) == text and float(text) == value


@given(st.floats(allow_nan=False))
def test_every_number_reads_back_to_itself(value: float) -> None:
    assert tomllib.loads(f"x = {float_text(value)}") == {"x": value}


def test_a_document_writes_round_numbers_as_people_do() -> None:
    text = to_toml(load_preset("circle-global-margin"))
    step = "[optimizer.step]\nkind = 'constant'\neta = 1000000.0\n\n[run]"
    document = parse(text.replace("[run]", step, 1))
    text = to_toml(document)
    assert "eta = 1e6\n" in text and parse(text) == document
