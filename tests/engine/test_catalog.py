"""The catalogue of presets: what is listed, found, saved and deleted, and what broken files do to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine import catalog
from engine.data import make_data
from engine.experiment.document import load, parse, to_toml
from engine.words.errors import Refusal

TEXT = """
version = 1
title = "My experiment: α and more!"
data = { kind = "circle", n = 8 }
network = { kind = "mlp" }
loss = { kind = "exponential" }
optimizer = { kind = "steepest" }

[about]
notes = "mine"
"""


def own(name: str, text: str) -> Path:
    catalog.own_folder().mkdir(parents=True, exist_ok=True)
    path = catalog.own_folder() / name
    path.write_text(text, "utf-8")
    return path


def entry(id: str) -> catalog.PresetEntry:
    return next(e for e in catalog.presets() if e.id == id)


def test_shipped_presets_are_whole_and_in_their_order() -> None:
    shipped = [e for e in catalog.presets() if not e.own]
    assert "circle-global-margin" in [e.id for e in shipped]
    assert [e.order for e in shipped] == sorted(e.order for e in shipped)
    for e in shipped:
        assert not e.error
        assert e.title
        assert e.paper
        assert e.look_for
        document = catalog.load_preset(e.id)
        assert (document.base.title, document.about.paper) == (e.title, e.paper)
        assert document.folder == e.path.parent


def test_listing_presets_is_quick_to_import() -> None:
    code = (
        "import sys; from engine import catalog; catalog.presets(); "
        "print(sorted({'torch', 'pydantic', 'numpy', 'typer'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


def test_a_saved_preset_is_listed_and_found() -> None:
    path = catalog.save_preset(parse(TEXT))
    assert path.stem == "my-experiment-and-more"
    listed = entry(path.stem)
    assert (listed.own, listed.title, listed.error) == (True, "My experiment: α and more!", "")
    assert catalog.find(path.stem).about.notes == "mine"
    assert catalog.presets()[-1] == listed


def test_a_new_title_names_the_copy_and_ids_never_collide() -> None:
    shipped = catalog.load_preset("circle-global-margin")
    paths = [catalog.save_preset(shipped, "Circle global margin") for _ in range(2)]
    assert [p.stem for p in paths] == ["circle-global-margin-2", "circle-global-margin-3"]
    assert load(paths[0]).base.title == "Circle global margin"
    assert load(paths[0]).claims == shipped.claims


def test_saving_over_an_own_preset() -> None:
    path = catalog.save_preset(parse(TEXT))
    assert catalog.save_preset(parse(TEXT), "Other", over=path.stem) == path
    assert load(path).base.title == "Other"
    with pytest.raises(Refusal, match="not one of your own presets"):
        catalog.save_preset(parse(TEXT), over="circle-global-margin")


def test_a_preset_needs_a_title() -> None:
    with pytest.raises(Refusal, match="title"):
        catalog.save_preset(parse(TEXT.replace("My experiment: α and more!", "")), "  ")


def test_relative_data_paths_become_absolute_in_base_and_variations(tmp_path: Path) -> None:
    text = (
        TEXT.replace('{ kind = "circle", n = 8 }', '{ kind = "csv", path = "data/a.csv" }')
        + """
[[experiments]]
name = "first"
[[experiments]]
name = "second"
set = { "data.path" = "../b.csv" }
[[experiments]]
name = "third"
set = { data = { kind = "npz", path = "c.npz" } }
"""
    )
    document = load(catalog.save_preset(parse(text, tmp_path / "here")))
    paths = {name: e.data.model_dump()["path"] for name, e in document.experiments().items()}
    assert paths == {
        "first": str(tmp_path / "here" / "data" / "a.csv"),
        "second": str(tmp_path / "b.csv"),
        "third": str(tmp_path / "here" / "c.npz"),
    }


def test_data_in_or_below_the_folder_of_an_exported_file_go_with_it(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "data").mkdir(parents=True)
    rows = "".join(f"{x},{x + 1},{int(x > 2)}\n" for x in range(6))
    (here / "data" / "a.csv").write_text(rows)
    (tmp_path / "b.csv").write_text(rows)
    text = (
        TEXT.replace('{ kind = "circle", n = 8 }', f'{{ kind = "csv", path = "{here}/data/a.csv" }}')
        + """
[[experiments]]
name = "first"
[[experiments]]
name = "second"
set = { "data.path" = "../b.csv" }
[[experiments]]
name = "third"
set = { data = { kind = "npz", path = "data/c.npz" } }
[[experiments]]
name = "named"
set = { data = { kind = "idx", folder = "mnist" } }
[[experiments]]
name = "home"
set = { "data.path" = "~/e.csv" }
"""
    )
    catalog.export_preset(here / "mine.toml", parse(text, here / "data" / ".."))
    here.rename(there)
    document = load(there / "mine.toml")
    said = {name: getattr(e.data, e.data.reads) for name, e in document.experiments().items()}
    assert said == {
        "first": "data/a.csv",
        "second": str(tmp_path / "b.csv"),
        "third": "data/c.npz",
        "named": "mnist",
        "home": "~/e.csv",
    }
    assert make_data(document.experiments()["first"].data, document.folder).x.shape == (6, 2)


def test_a_document_without_files_is_saved_as_it_is() -> None:
    assert catalog.portable(parse(TEXT), Path()) == parse(TEXT)
    assert to_toml(load(catalog.save_preset(parse(TEXT)))) == to_toml(parse(TEXT))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("version = ", "cannot be read"),
        (TEXT + "\nspeed = 3\n[data2]", "is not a known field"),
        (TEXT.replace("n = 8", "n = -8"), "data.n: -8 is too small"),
        ("title = 7", "is missing"),
        ("", "is missing"),
        ("experiments = 3", "is missing"),
    ],
)
def test_a_broken_own_preset_is_listed_with_its_error(text: str, error: str) -> None:
    own("broken.toml", text)
    own("whole.toml", TEXT)
    assert error in entry("broken").error
    assert entry("whole").error == ""
    with pytest.raises(Refusal):
        catalog.find("broken")


def test_a_file_that_is_no_text_is_listed_with_its_error() -> None:
    own("broken.toml", "").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in entry("broken").error


def test_an_own_preset_never_hides_a_shipped_one() -> None:
    own("circle-global-margin.toml", TEXT)
    both = [e for e in catalog.presets() if e.id == "circle-global-margin"]
    assert [e.own for e in both] == [False, True]
    assert "rename" in both[1].error
    assert catalog.load_preset("circle-global-margin").base.title != parse(TEXT).base.title


def test_only_own_presets_can_be_deleted() -> None:
    path = catalog.save_preset(parse(TEXT))
    catalog.delete_own_preset(path.stem)
    assert not path.exists()
    for id in (path.stem, "circle-global-margin", "", "../presets/x"):
        with pytest.raises(Refusal, match="not one of your own presets"):
            catalog.delete_own_preset(id)


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("circle-global-margn", "neither a preset nor a file; did you mean 'circle-global-margin'?"),
        ("zzz", "neither a preset nor a file; `marginlab presets` lists them"),
        ("no/such.toml", "does not exist"),
        (".", "is a folder"),
    ],
)
def test_what_cannot_be_found_says_what_to_do(said: str, remedy: str) -> None:
    with pytest.raises(Refusal) as refused:
        catalog.find(said)
    assert remedy in str(refused.value)


def test_an_experiment_file_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, "utf-8")
    assert catalog.find(str(path)).folder == tmp_path
    with pytest.raises(Refusal, match="did you mean"):
        catalog.load_preset("circle-global-margi")


def test_what_a_preset_shows_must_be_measured() -> None:
    with pytest.raises(Refusal) as refused:
        parse(TEXT.replace("[about]", '[about]\nshow = ["normalised_margin"]'))
    sentence = str(refused.value)
    assert "normalised_margin" in sentence and "did you mean 'normalized_margin'" in sentence


def test_what_was_read_ahead_is_listed_without_being_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    own("mine.toml", TEXT)
    for _ in catalog.read_ahead():
        pass

    def unwanted(*_: object) -> str:
        raise AssertionError("a file is read again")

    monkeypatch.setattr("engine.experiment.toml_text.read_text", unwanted)
    monkeypatch.setattr("engine.experiment.document.read_text", unwanted)
    assert entry("mine").title.startswith("My experiment")
