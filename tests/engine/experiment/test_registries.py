"""Kinds: each has fields, mathematics, help and a test, says itself what others ask, and more of them can join."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import pytest

from engine.data import MAKERS
from engine.experiment.choices import CHOICES
from engine.experiment.data import DATA_KINDS
from engine.experiment.fields import Kind
from engine.experiment.measure import GROUP_TITLES
from engine.experiment.networks import NETWORK_KINDS
from engine.experiment.optimizers import OPTIMIZER_KINDS
from engine.experiment.registry import Implementations, KindRegistry
from engine.experiment.step_rules import STEP_KINDS
from engine.experiment.structure import STRUCTURES
from engine.measurements import GROUPS
from engine.networks import BUILDERS
from engine.optimizers import OPTIMIZERS, STEP_RULES
from tests.engine import drawn
from tests.engine.cases import experiment

ROOT = Path(__file__).parents[3]
MATHEMATICS: dict[str, tuple[Implementations[Any, Any], ...]] = {
    "data": (MAKERS,),
    "network": (STRUCTURES, BUILDERS),
    "optimizer": (OPTIMIZERS,),
    "optimizer.step": (STEP_RULES,),
}


@pytest.mark.parametrize("path", CHOICES)
def test_every_kind_has_fields_help_and_mathematics(path: str) -> None:
    for name, spec in CHOICES[path].items():
        assert spec.name() == name and get_args(spec.model_fields["kind"].annotation) == (name,)
        assert spec.title and spec.help.endswith(".") and spec.__doc__
    for table in MATHEMATICS[path]:
        assert list(table) == list(CHOICES[path])


def test_every_kind_is_drawn_for_the_tests() -> None:
    """The experiments that are drawn at random choose among the data and network kinds themselves."""
    assert set(drawn.OPTIMIZERS) == set(OPTIMIZER_KINDS)
    assert set(drawn.RULES) == set(STEP_KINDS)
    assert list(GROUPS) == list(GROUP_TITLES)


def test_what_kinds_say_of_their_fields_are_fields() -> None:
    for step in STEP_KINDS.values():
        assert not step.rate or step.model_fields[step.rate].annotation is float
        assert step.rate or step.adapts, "a rule without a rate finds the length of its steps itself"
    for data in DATA_KINDS.values():
        assert not data.reads or data.model_fields[data.reads].annotation is str
        assert not (data.downloads or data.small_file) or data.reads
    for network in NETWORK_KINDS.values():
        assert network.size_field in network.model_fields
    for optimizer in OPTIMIZER_KINDS.values():
        assert set(optimizer.steps) <= set(STEP_KINDS)
        assert optimizer.model_fields["step"].default.kind == optimizer.steps[0]


class _Toy(Kind):
    """A kind for these tests."""

    title: ClassVar[str] = "Toy"
    help: ClassVar[str] = "A toy."
    kind: Literal["toy"]


class _OtherToy(_Toy):
    """Another kind of the same name."""


def test_a_name_belongs_to_one_kind() -> None:
    kinds = KindRegistry[Kind](_Toy)
    kinds.register(_Toy)
    assert dict(kinds) == {"toy": _Toy}
    with pytest.raises(ValueError, match="the kind 'toy' is _Toy already"):
        kinds.register(_OtherToy)


def test_a_kind_is_computed_by_one_thing() -> None:
    kinds = KindRegistry[Kind]()
    table = Implementations[Kind, str](kinds, {_Toy: "first"})
    assert dict(kinds) == {"toy": _Toy} and dict(table) == {"toy": "first"}
    with pytest.raises(ValueError, match="computed already"):
        table.register(_Toy, "second")


def test_no_kind_joins_what_is_in_use() -> None:
    experiment()
    with pytest.raises(RuntimeError, match="register the kind 'toy' before an experiment is described"):
        DATA_KINDS.register(_Toy)  # type: ignore[arg-type]


PLUG_IN = '''
from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from engine.data import MAKERS, Maker
from engine.data.table import Table
from engine.experiment.data import DataSpec
from engine.experiment.fields import field
from engine.experiment.optimizers import OptimizerSpec
from engine.experiment.step_rules import ConstantSpec, StepChoice
from engine.optimizers import OPTIMIZERS
from engine.optimizers.geometry import geometry
from engine.optimizers.steepest import Steepest


class StripesSpec(DataSpec):
    """Two parallel stripes."""

    title: ClassVar[str] = "Stripes"
    help: ClassVar[str] = "Points on two parallel lines."
    family: ClassVar[str] = "plane"
    kind: Literal["stripes"]
    n: int = field(6, "points", "Points on each stripe.", ge=1)
    distance: float = field(2.0, "distance", "Between the stripes.", gt=0, varies=True)


def stripes(data: StripesSpec, folder: Path) -> Table:
    along = np.linspace(-1, 1, data.n)
    points = np.concatenate([np.column_stack([along, np.full(data.n, s * data.distance / 2)]) for s in (-1, 1)])
    return Table(points, np.repeat([0, 1], data.n), ("-1", "1"))


class DescentSpec(OptimizerSpec):
    """Plain gradient descent."""

    title: ClassVar[str] = "Plain descent"
    help: ClassVar[str] = "Gradient descent and nothing else."
    steps: ClassVar[tuple[str, ...]] = ("constant",)
    kind: Literal["descent"]
    step: StepChoice = field(ConstantSpec(kind="constant", eta=0.5), "step rule", "How far each step goes.")


MAKERS.register(StripesSpec, Maker(stripes))
OPTIMIZERS.register(DescentSpec, lambda fields, numbers, network: Steepest(geometry("l2", network)))
'''
USE = '''
from engine.words.errors import Refusal
from engine.experiment.document import parse, to_toml
from engine.experiment.experiment import with_values
from engine.training.loop import Training
from gui.forms.field_spec import field_specs, kinds_at

TEXT = """
version = 1
[data]
kind = "stripes"
n = 4
[network]
kind = "mlp"
[loss]
kind = "exponential"
[optimizer]
kind = "KIND"
step = {kind = "constant", eta = 0.5}
[run]
steps = 20
device = "cpu"
"""


def final(kind):
    document = parse(TEXT.replace("KIND", kind))
    assert parse(to_toml(document)) == document
    training = Training(document.base)
    for _ in training.run():
        pass
    return training.history.records.column("log_loss")[-1]


# one is compiled, the other takes its steps by torch: the same way to rounding
assert abs(final("descent") / final("steepest") - 1).max() < 1e-12
base = parse(TEXT.replace("KIND", "descent")).base
assert with_values(base, {"data.kind": "circle", "optimizer.kind": "adam"}).data.kind == "circle"
assert [s.title for s in field_specs(kinds_at("data")["stripes"], "data")][:2] == ["points", "distance"]
for wrong, sentence in (
    ('n = 0', "data.n: 0 is too small; it must be at least 1"),
    ('nn = 4', "data.nn: is not a known field; did you mean 'n'?"),
):
    try:
        parse(TEXT.replace("n = 4", wrong).replace("KIND", "descent"))
    except Refusal as refusal:
        assert str(refusal) == sentence, refusal
    else:
        raise AssertionError(wrong)
try:
    parse(TEXT.replace("KIND", "descend"))
except Refusal as refusal:
    assert str(refusal) == "optimizer.kind: 'descend' is not a known kind; did you mean 'descent'?", refusal
'''


def test_a_plug_in_adds_kinds_to_a_lab_that_starts() -> None:
    """Its data and its optimizer are read from a file, trained with, refused like others, and have a form."""
    imports = (
        "import engine.process, engine.training.loop, engine.theory, gui.forms.field_spec, gui.panels.sweep"
    )
    code = f"{PLUG_IN}\n{USE}".replace("import annotations\n", f"import annotations\n{imports}\n", 1)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
