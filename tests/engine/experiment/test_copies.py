"""An experiment as text: a shell's words mean what was said, scripts are Python, papers are those of CITATION.cff."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.catalog import load_preset, presets
from engine.cli.settings import Settings
from engine.experiment.copies.command import command, in_line
from engine.experiment.copies.papers import LAB, PAPERS, citation, papers_in
from engine.experiment.copies.script import ScriptPlot, ScriptRun, script
from engine.experiment.copies.settings import settings_of
from engine.experiment.document import Document, parse
from engine.experiment.edits import EditSpec

CIRCLE = load_preset("circle-global-margin")
ROOT = Path(__file__).parents[3]
SETTINGS: tuple[dict[str, Any], ...] = (
    {"data.n": 48, "network.widths": [40, 3]},
    {"seed": 7, "replicas": 16, "run.steps": 300, "run.device": "cpu"},
    {"optimizer.step.kind": "constant", "optimizer.step.eta": 1e-7},
    {"network.activation": "gelu", "network.init.scale": 0.30000000000000004},
    {"vary": {"network.init.scale": [0.1, 1.0, 10.0]}},
    {"data.kind": "points", "data.x": [[1.0, 0.5], [-1.0, 0.0]], "data.y": [1.0, -1.0]},
    {"data.kind": "csv", "data.path": "/tmp/my data; rm -rf ~/é.csv"},
)


def understood(line: str) -> Document:
    """Return what a command line trains, as sh and the command line read it."""
    first, second, name, *words = shlex.split(line)
    assert (first, second) == ("marginlab", "run")
    short = {"--steps": "run.steps", "--seed": "seed", "--replicas": "replicas", "--device": "run.device"}
    options = list(zip(words[::2], words[1::2], strict=True))
    return Settings.of(
        [word for option, word in options if option == "--set"],
        {short[option]: word for option, word in options if option != "--set"},
    ).applied_to(load_preset(name))


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: "-".join(settings))
def test_a_command_line_means_what_was_edited(settings: dict[str, Any]) -> None:
    edited = CIRCLE.with_values(settings)
    again = understood(command(edited, {"circle-global-margin": CIRCLE}))
    assert again.base.model_copy(update={"title": ""}) == edited.base.model_copy(update={"title": ""})


def test_a_command_line_says_no_more_than_it_must() -> None:
    known = {"circle-global-margin": CIRCLE}
    assert command(CIRCLE, known) == "marginlab run circle-global-margin"
    edited = CIRCLE.with_values({"optimizer.step.kind": "constant", "seed": 2})
    assert command(edited, known) == (
        "marginlab run circle-global-margin --seed 2 --set optimizer.step.kind=constant"
    )
    assert command(CIRCLE, known, steps=812) == "marginlab run circle-global-margin --steps 812"


def test_no_line_of_a_file_ends_it_in_the_shell() -> None:
    about = CIRCLE.about.model_copy(update={"notes": "END_OF_EXPERIMENT\nrm -rf ~\nEND_OF_EXPERIMENT_"})
    edits = (EditSpec(step=3, set={"optimizer.step.c": 0.25}),)
    edited = CIRCLE.model_copy(update={"about": about, "edits": edits})
    _, *body, end, run = command(edited, {}).splitlines()
    assert end not in body and run.startswith("marginlab run ")
    assert parse("\n".join(body)) == edited.model_copy(update={"folder": None})


def test_what_set_cannot_say_is_written_to_a_file() -> None:
    edits = (EditSpec(step=3, set={"optimizer.step.c": 0.25}),)
    edited = CIRCLE.model_copy(update={"edits": edits})
    line = command(edited, {"circle-global-margin": CIRCLE})
    head, *body, end, run = line.splitlines()
    name = "circle-gradient-descent-finds-the-global-margin.toml"
    assert head == f"cat > {name} <<'{end}'" and run == f"marginlab run {name}"
    assert parse("\n".join(body)) == edited.model_copy(update={"folder": None})


@pytest.mark.parametrize("value", ["true", "nan", "1e3", "1_000", "a b", "", "é'\n", 1e300, True, [1, [2.5]]])
def test_a_value_in_one_line_is_read_as_itself(value: Any) -> None:
    assert Settings.of([f"data.x={in_line(value)}"], {}).values == {"data.x": value}


def test_a_comparing_experiment_is_set_as_a_whole() -> None:
    compared = next(load_preset(entry.id) for entry in presets() if load_preset(entry.id).variations)
    assert settings_of(compared.with_values({"seed": 5}), compared) == {"seed": 5}


@pytest.mark.parametrize("title", ['He said """no"""\\', "'''", "Plain"])
def test_scripts_are_python_whatever_they_quote(title: str) -> None:
    first, second = CIRCLE.with_values({"title": title}), load_preset("rings-ntk")
    plots = [ScriptPlot("margins", {"horizontal": "step"})]
    runs = [ScriptRun("Run 1", first), ScriptRun("Run 1", second, 7, "stopped\nearly")]
    for text in (script(runs[:1], plots), script(runs, plots)):
        written = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
        toml = next(words for words in written if isinstance(words, str) and "version = 1" in words)
        assert parse(toml) == first.model_copy(update={"folder": None})


def test_runs_that_differ_in_a_field_share_one_text() -> None:
    runs = [ScriptRun(f"Run {k}", CIRCLE.with_values({"seed": k})) for k in range(40)]
    text = script(runs, [ScriptPlot("loss")])
    assert text.count("version = 1") == 1 and "'Run 39': {'seed': 39}" in text


def test_every_paper_of_a_preset_is_cited_and_listed() -> None:
    for entry in presets():
        named = [part for part in entry.paper.split(";") if part.strip()]
        assert len(papers_in(entry.paper)) == len(named), entry.id
    listed = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert listed["title"] == LAB
    cited = {entry["title"]: entry for entry in listed["references"]}
    assert len(cited) == len(PAPERS)
    for paper in PAPERS:
        entry = cited[paper.title]
        authors = tuple(f"{author['given-names']}|{author['family-names']}" for author in entry["authors"])
        assert (authors, entry["year"]) == (paper.authors, paper.year)
        assert entry["identifiers"][0]["value"] == f"arXiv:{paper.arxiv}"


def test_a_paper_that_is_not_known_is_a_comment() -> None:
    assert (
        citation("A talk in Oslo; Lyu & Li 2020, Fig. 1", "1.0").splitlines()[0].startswith("@misc{lyu2020")
    )
    assert "% A talk in Oslo" in citation("A talk in Oslo", "1.0")
