"""The template of plug-ins by the command line: off until named, then trained, measured, kept and drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.plug_ins.site import described, install, python

SAY = "import sys; from engine.cli import main; statuses = []\n"
RESUME = """
import numpy as np
from engine.catalog import find
from engine.experiment.experiment import with_values
from engine.training.loop import Training
whole = with_values(find("gated-descent").base, {"run.steps": 30, "measure.groups": ["norms"]})
theta = []
for steps, cut in ((30, None), (12, 12)):
    training = Training(whole)
    training.yield_at(steps)
    for _ in training.run():
        if training.step >= steps:
            break
    if cut:
        training = Training(whole, resume_from=training.snapshot(resumable=True))
        for _ in training.run():
            pass
    theta.append(training.state.theta.numpy())
assert np.array_equal(*theta) and "plug_in.momentum" in training.snapshot(resumable=True).arrays
"""
"""The optimizer goes on from a snapshot, to the last bit."""
RUN = (
    'statuses.append(main(["run", "gated-descent", "--set", "network.width=4", "--steps", "40", *{more}]))\n'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("site"))


def test_a_plug_in_is_trained_measured_and_drawn_by_the_command_line(site: Path, tmp_path: Path) -> None:
    session, found, figure = (tmp_path / name for name in ("kept.mlab", "found.json", "figure.csv"))
    more = ["--plugin", "margin-template", "--out", str(session), "--json", str(found)]
    export = [
        "export",
        str(session),
        "--figure",
        "plug_ins",
        "--out",
        str(figure),
        "--plugin",
        "Margin_Template",
    ]
    code = SAY + RUN.format(more=more) + f"statuses.append(main({export}))\n{RESUME}print(*statuses)"
    done = python(code, site)
    assert done.stdout.endswith("\n0 0\n"), done.stdout + done.stderr
    said = json.loads(found.read_text("utf-8"))
    assert len(said["final"]["participation"]) == 3, "one a replica"
    assert "degree L = 3" in done.stdout
    assert "participation" in figure.read_text("utf-8").splitlines()[0]


def test_a_preset_of_a_plug_in_that_is_off_says_how_it_is_let_in(site: Path) -> None:
    said = python('from engine.cli import main; main(["run", "gated-descent"])', site).stderr
    assert "; presets of margin-template are there with --plugin margin-template" in " ".join(said.split())


def test_nothing_of_a_plug_in_is_there_or_imported_before_it_is_named(site: Path) -> None:
    code = (
        "import sys\nfrom engine.catalog import presets\nfrom engine.experiment.networks import NETWORK_KINDS\n"
        "from engine.experiment.plug_ins.installed import installed\n"
        "(one,) = installed()\nprint(one.called, one.author, one.brings, sep='|')\n"
        "assert 'gated' not in NETWORK_KINDS and 'margin_template' not in sys.modules\n"
        "import engine\nassert engine.switch_on(['margin-template']) == [] and 'gated' in NETWORK_KINDS\n"
        "assert 'torch' not in sys.modules, 'the window imports none'\n"
        "assert any(entry.id == 'gated-descent' and not entry.error for entry in presets())"
    )
    brings = "network gated; optimizer sign-momentum; data ring-and-line; "
    brings += "measurement participation; preset gated-descent"
    assert python(code, site).stdout == f"margin-template 0.1.0|Ada|{brings}\n"


BROKEN = {
    "raises": ("raise OSError('no such file')", "cannot be imported: OSError, no such file."),
    "clashes": (
        "from engine import NetworkPlugIn\nfrom typing import ClassVar, Literal\n"
        "class Other(NetworkPlugIn):\n    title = help = 'Other'\n    kind: Literal['mlp']\n",
        "has the name of a kind that is there already (Dense network).",
    ),
    "is-none": ("Other = 3", "is no NetworkPlugIn."),
    "exits": ("raise SystemExit(3)", "cannot be imported: SystemExit, 3."),
    "says-any-kind": (
        "from engine import NetworkPlugIn\nclass Other(NetworkPlugIn):\n    title = help = ''\n    kind: str\n",
        "is not as kinds are: IndexError, tuple index out of range.",
    ),
}


def test_a_plug_in_that_cannot_join_says_why_and_the_lab_goes_on(tmp_path: Path) -> None:
    for name, (code, _) in BROKEN.items():
        module = name.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(code, "utf-8")
        described(tmp_path, name, "1.0", f"[margin_lab.networks]\nmlp = {module}:Other\n")
    code = f"import engine\nprint(*engine.switch_on({[*BROKEN, 'clash']}), sep='\\n')\n"
    code += "engine.load('circle-global-margin')"
    lines = python(code, tmp_path).stdout.splitlines()
    assert lines[:-1] == [
        f"The plug-in {n} 1.0 is left out: its network mlp {why}" for n, (_, why) in BROKEN.items()
    ]
    assert lines[-1] == "The plug-in clash is not installed; did you mean 'clashes'."
