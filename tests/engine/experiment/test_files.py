"""Experiment files of the first lab mean what they meant: each of `files/` says every field of some kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.experiment.document import parse, to_toml
from engine.experiment.experiment import experiment_from
from tests.engine.cases import SMALLEST

FOLDER = Path(__file__).parent / "files"
DEFAULTS: dict[str, dict[str, dict[str, Any]]] = json.loads((FOLDER / "defaults.json").read_text("utf-8"))
"""What the first lab took for everything that a file leaves out, by section and kind."""
REQUIRED = {"csv": {"path": "a.csv"}, "npz": {"path": "a.npz"}, "idx": {"folder": "mnist"}}


@pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.glob("*.toml")))
def test_a_frozen_file_is_written_back_as_it_was(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert to_toml(parse(text)) == text


LEFT_OUT = [(section, kind) for section, kinds in DEFAULTS.items() for kind in kinds]


@pytest.mark.parametrize(("section", "kind"), LEFT_OUT)
def test_what_a_file_leaves_out_means_what_it_meant(section: str, kind: str) -> None:
    known, now = DEFAULTS[section][kind], meant(section, kind)
    assert known_of(now, known) == known  # fields that came since are for newer files


def known_of(now: Any, known: Any) -> Any:
    """Return of a section, and of those in it, what is known by name."""
    if not isinstance(known, dict):
        return now
    return {name: known_of(now[name], value) for name, value in known.items()}


def meant(section: str, kind: str) -> dict[str, Any]:
    """Return a section of an experiment that says no more than its kind."""
    said = {name: table for name, table in SMALLEST.items() if name != "run"}
    if section == "optimizer.step":
        optimizer = "flow" if kind == "adaptive" else "steepest"
        said["optimizer"] = {"kind": optimizer, "step": {"kind": kind}}
    elif section:
        said[section] = {"kind": kind, **REQUIRED.get(kind, {})}
    found: dict[str, Any] = experiment_from(said).model_dump(mode="json")
    if not section:
        return {name: found[name] for name in ("title", "seed", "replicas", "vary", "measure", "run")}
    for name in section.split("."):
        found = found[name]
    return found
