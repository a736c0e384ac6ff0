"""CONTRIBUTING's examples work: put where it says, the kinds train, the column is right, the view shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine.experiment.document import parse
from engine.words.errors import Refusal

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BLOCKS = [
    (match[2], textwrap.dedent(f"{match[1]}# {match[2]}{match[3]}"))
    for match in re.finditer(r"^ *```python\n( *)# (\S+\.py)(\n.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
]
NEW = {
    "engine/data/checkerboard.py",
    "engine/optimizers/signum.py",
    "gui/views/numbers_view.py",
}
IN_PLACE = '''
import importlib, json, sys, types

def put(file, code):
    """Run a block as if it stood at the end of its file, which may be a new one."""
    name = file.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError:
        parent, _, own = name.rpartition(".")
        module = types.ModuleType(name)
        module.__package__ = parent
        sys.modules[name] = module
        setattr(importlib.import_module(parent), own, module)
    future = "" if "from __future__" in code else "from __future__ import annotations\\n"
    exec(compile(future + code, file, "exec"), module.__dict__)

for file, code in json.load(sys.stdin):
    put(file, code)
'''
TRAIN = '''
from engine import data, networks, optimizers
from engine.data.checkerboard import checkerboard, checkerboard_shape
from engine.experiment import structure
from engine.experiment.data.plane import CheckerboardSpec
from engine.experiment.networks import HadamardSpec
from engine.experiment.optimizers import SignumSpec, SteepestSpec
from engine.experiment.step_rules import WarmUpSpec
from engine.experiment.structure import others
from engine.networks import by_element

optimizers.OPTIMIZERS.register(SignumSpec, optimizers._signum)
optimizers.STEP_RULES.register(WarmUpSpec, optimizers._warm_up)
SteepestSpec.steps = (*SteepestSpec.steps, "warm-up")
structure.STRUCTURES.register(HadamardSpec, others.hadamard)
networks.BUILDERS.register(HadamardSpec, by_element.HadamardNetwork)
data.MAKERS.register(CheckerboardSpec, data.Maker(checkerboard, checkerboard_shape))

import engine

base = """version = 1
[data]
kind = "checkerboard"
n = 9
[network]
kind = "hadamard"
[loss]
kind = "logistic"
[optimizer]
kind = "signum"
beta = 0.5
[run]
steps = 30
device = "cpu"
"""
for changes in ({}, {"optimizer": {"kind": "steepest", "step": {"kind": "warm-up", "eta": 0.01, "steps": 5}}}):
    for replicas in (1, 3):
        run = engine.train(base, set=changes, replicas=replicas).run
        assert run.status == "done" and run.records["log_loss"].shape[1] == replicas
        assert (run.final("log_loss") < run.records["log_loss"][0]).all()
    alone = engine.train(base, set=changes, seed=2).run.final("param_norm")
    assert abs(alone[0] / run.final("param_norm")[2] - 1) < 1e-9
'''
MEASURE = """
import numpy as np
from engine.experiment.columns.norms import NORMS, PARTICIPATION
from engine.figures.plots import PLOTS, SHARE, columns_in
from engine.measurements import GROUPS
from engine.measurements.norms import PARTICIPATION as MEASURED
from tests.engine.cases import trained

assert MEASURED.columns == SHARE.shown == (PARTICIPATION.name,)
assert type(PARTICIPATION) is type(NORMS[0]) and type(SHARE) is type(PLOTS[0])
norms = GROUPS[PARTICIPATION.group]
GROUPS[PARTICIPATION.group] = lambda *run: [*norms(*run), MEASURED]
training = trained({"run.steps": 5, "replicas": 2, "measure.groups": [PARTICIPATION.group]})
theta, records = training.state.theta.numpy(), training.history.records
expected = np.abs(theta).sum(1) ** 2 / (theta**2).sum(1)
assert np.allclose(records.final("participation"), expected, rtol=1e-12)
assert columns_in(SHARE, records.names) == list(SHARE.columns)
"""
LOOK = """
from PySide6.QtWidgets import QApplication

app = QApplication([])
import numpy as np
from engine.experiment.document import parse
from engine.protocol.records import RecordBatch
from gui.controllers.window_controller import last_values
from gui.model.run import Run
from gui.views.numbers_view import NumbersView
from tests.gui.lab import QUICK

assert last_values(None) == {}
run = Run("1", "Run 1", 0, parse(QUICK.format(title="", steps=9)))
columns = {"margin": np.array([[0.25], [0.5]]), "step_size": np.full((2, 1), np.nan)}
run.history.records.extend(RecordBatch(np.array([0, 1]), columns))
view = NumbersView()
view.show_values({"margin": "0.25", "norm": "12"})
view.show_values(last_values(run))
assert view.rowCount() == 1 and [view.item(0, column).text() for column in (0, 1)] == ["margin", "0.5"]
"""


def preset() -> str:
    """Return the preset that the page shows."""
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    return str(text)


def test_files_that_are_named_are_there_and_new_ones_are_not() -> None:
    named = set(re.findall(r"`((?:engine|gui|tests|presets)/[\w/.-]+)`", PAGE)) | {file for file, _ in BLOCKS}
    assert {name for name in named - NEW if not (ROOT / name).exists()} == set()
    assert {name for name in NEW if (ROOT / name).exists()} == set()


@pytest.mark.parametrize(
    ("places", "then"),
    [
        (("engine/experiment", "engine/optimizers", "engine/networks", "engine/data"), TRAIN),
        (("engine/experiment/columns", "engine/measurements", "engine/figures"), MEASURE),
        (("gui",), LOOK),
    ],
    ids=["kinds", "column", "view"],
)
def test_what_the_page_adds_works(places: tuple[str, ...], then: str) -> None:
    blocks = [block for block in BLOCKS if block[0].startswith(places)]
    done = subprocess.run(
        [sys.executable, "-c", IN_PLACE + then],
        input=json.dumps(blocks),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert blocks and done.returncode == 0, done.stderr


def test_lists_and_tables_that_are_named_are_there() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", PAGE))
    code = "\n".join(
        file.read_text("utf-8")
        for folder in ("engine", "gui", "tests")
        for file in (ROOT / folder).rglob("*.py")
    )
    assert len(named) > 12
    assert {name for name in named if not re.search(rf"^{name}\b[^=\n]* = ", code, re.MULTILINE)} == set()


def test_every_block_says_its_file_and_is_tried() -> None:
    assert PAGE.count("```python") == len(BLOCKS) > 12
    assert {file.partition("/")[0] for file, _ in BLOCKS} == {"engine", "gui"}


def test_the_preset_is_a_whole_one() -> None:
    with pytest.raises(Refusal, match="'signum' is not a known kind"):
        parse(preset())
    document = parse(preset().replace('"signum"', '"adam"'))
    assert document.claims and document.about.paper and document.about.theorem.endswith(".")
