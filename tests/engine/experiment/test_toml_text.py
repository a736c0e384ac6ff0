"""An experiment file is read within bounds of size, time and memory, whoever wrote it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.errors import Refusal
from engine.experiment.document import DocumentRef, load, parse
from engine.experiment.toml_text import LARGEST_FILE, MOST_PARTS, tables_from
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
        Refusal, match=r"'large\.toml' has 1\.0 TiB, more than an experiment file may have \(8\.0 MiB\)"
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
