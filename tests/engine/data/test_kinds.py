"""What holds for every kind of data, at any size."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import MAKERS, Dataset, make_data, memory, sizes
from engine.data.dataset import norms
from engine.experiment.data import (
    DATA_KINDS,
    Blobs,
    Circle,
    Csv,
    Data,
    Digits,
    Hyperplane,
    Npz,
    Points,
    Rings,
)
from engine.experiment.refusals import Refusal

ROOT = Path(__file__).parents[3]
small = st.integers(2, 12)
real = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)
common = {
    "seed": st.integers(0, 2**40),
    "label_noise": st.floats(0, 0.99),
    "test_fraction": st.floats(0, 0.99),
    "normalize": st.sampled_from(["none", "max-norm", "unit-norm"]),
    "append_constant": st.booleans(),
    "view": st.floats(0, 10),
}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """Draw points and labels of equal number."""
    n, d, classes = draw(small), draw(st.integers(1, 4)), draw(st.integers(1, 4))
    row = st.tuples(*[real] * d)
    return {
        "x": tuple(draw(st.lists(row, min_size=n, max_size=n))),
        "y": tuple(float(draw(st.integers(0, classes - 1))) for _ in range(n)),
    }


GENERATED: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "circle": st.fixed_dictionaries({"n": st.integers(3, 12), "phase": real, "radius": positive}),
    "rings": st.fixed_dictionaries(
        {"inner": small, "outer": small, "inner_std": positive, "outer_radius": st.tuples(positive, positive)}
    ),
    "blobs": st.fixed_dictionaries(
        {
            "n": small,
            "d": st.integers(1, 4),
            "classes": st.integers(2, 4),
            "separation": positive,
            "std": positive,
        }
    ),
    "hyperplane": st.fixed_dictionaries({"n": small, "d": st.integers(1, 4), "margin": positive}),
    "points": tables(),
}
FOUND: dict[str, dict[str, Any]] = {
    "csv": {"path": "p18-four-classes.csv"},
    "npz": {"path": "points.npz"},
    "digits": {"classes": (2, 7), "train": 20},
}


def test_every_kind_has_a_maker_and_is_tested() -> None:
    assert set(MAKERS) == set(DATA_KINDS) == set(GENERATED) | set(FOUND)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files that FOUND names."""
    np.savez(tmp_path / "points.npz", x=np.arange(24.0).reshape(6, 2, 2), y=[0, 1, 2, 0, 1, 2])
    for source in (ROOT / "presets" / "data").glob("*.csv"):
        shutil.copy(source, tmp_path)
    return tmp_path


def check(data: Data, made: Dataset) -> None:
    """Check what every data set must be."""
    n, d = made.x.shape
    assert len(made.labels) == len(made.raw) == n
    assert len(made.labels_test) == len(made.raw_test) == len(made.x_test)
    assert made.x_test.shape[1] == d == made.raw.shape[1] + data.append_constant
    for array in (made.x, made.x_test, made.raw, made.raw_test):
        assert array.dtype == np.float64 and array.flags.c_contiguous and array.flags.writeable
        assert np.isfinite(array).all()
    allowed = {-1, 1} if made.classes == 2 else set(range(made.classes))
    assert set(made.labels) == allowed >= set(made.labels_test)
    assert made.labels.dtype == made.labels_test.dtype == np.int64
    assert len(made.class_names) == len(set(made.class_names)) == made.classes
    assert made.view > 0
    assert np.array_equal(made.inputs(made.raw), made.x)
    assert np.array_equal(made.inputs(made.raw_test), made.x_test)
    match data.normalize:
        case "max-norm":
            assert norms(made.x).max() == pytest.approx(1)
        case "unit-norm":
            assert norms(made.x) == pytest.approx(1)
        case "none":
            assert np.array_equal(made.x[:, : made.raw.shape[1]], made.raw)


def attempt(data: Data) -> Dataset | Refusal:
    """Return the data set, or the refusal to make it."""
    try:
        return make_data(data)
    except Refusal as refusal:
        return refusal


def same(one: Dataset, other: Dataset) -> bool:
    """Compare two data sets bit for bit."""
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Dataset))


@pytest.mark.parametrize("kind", GENERATED)
@settings(max_examples=60)
@given(given=st.data())
def test_any_fields_give_a_sound_data_set_or_a_refusal(kind: str, given: st.DataObject) -> None:
    said = given.draw(GENERATED[kind]) | given.draw(st.fixed_dictionaries({}, optional=common))
    data: Any = DATA_KINDS[kind].model_validate({"kind": kind, **said})
    made = attempt(data)
    if isinstance(made, Refusal):
        assert made.field.removeprefix("data.") in DATA_KINDS[kind].model_fields
        return
    check(data, made)
    assert sizes(data) == (*made.x.shape, made.classes)
    assert same(made, make_data(data))


@pytest.mark.parametrize("kind", FOUND)
@pytest.mark.parametrize("normalize", ["none", "max-norm", "unit-norm"])
def test_what_is_found_is_sound_too(kind: str, normalize: str, folder: Path) -> None:
    said = {"kind": kind, **FOUND[kind], "normalize": normalize, "append_constant": True, "label_noise": 0.2}
    if kind != "digits":
        said["test_fraction"] = 0.3
    data: Any = DATA_KINDS[kind].model_validate(said)
    made = make_data(data, folder)
    check(data, made)
    assert len(made.x_test) > 0
    assert sizes(data, folder) == (*made.x.shape, made.classes)
    assert same(made, make_data(data, folder))


@pytest.mark.parametrize("kind", GENERATED)
def test_replicas_of_other_seeds_have_equal_shapes(kind: str) -> None:
    shapes = set()
    for seed in range(8):
        data: Any = DATA_KINDS[kind].model_validate({"kind": kind, "seed": seed})
        if kind != "points":
            data = data.model_copy(update={"test_fraction": 0.37, "label_noise": 0.1 * seed})
        made = make_data(data)
        shapes.add((made.x.shape, made.x_test.shape, made.classes))
    assert len(shapes) == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (Circle(kind="circle", n=10**12), "data.n"),
        (Circle(kind="circle", n=10**400, test_fraction=0.5), "data.n"),
        (Rings(kind="rings", inner=10**12), "data.inner"),
        (Rings(kind="rings", outer=10**12), "data.outer"),
        (Blobs(kind="blobs", n=10**8, d=10**8), "data.n"),
        (Hyperplane(kind="hyperplane", n=2, d=10**14), "data.n"),
    ],
)
def test_more_than_memory_is_refused_before_it_is_made(data: Data, field: str) -> None:
    for make in (make_data, sizes):
        with pytest.raises(Refusal, match="more than half of this machine's memory") as refused:
            make(data)
        assert refused.value.field == field


def test_the_limit_is_half_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "physical_memory", lambda: 2 * 3 * 8 * 3 * 100)
    assert sizes(Circle(kind="circle", n=100)) == (100, 2, 2)
    with pytest.raises(Refusal, match="at most 100 points of 2 inputs fit"):
        sizes(Circle(kind="circle", n=101))


def test_a_machine_that_does_not_tell_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "physical_memory", lambda: None)
    assert sizes(Circle(kind="circle", n=10**15)) == (10**15, 2, 2)


def test_memory_of_this_machine_is_known() -> None:
    found = memory.physical_memory()
    assert found is not None
    assert 2**28 < found < 2**50


def test_a_data_set_crosses_between_processes() -> None:
    made = make_data(Circle(kind="circle", test_fraction=0.5, normalize="unit-norm"))
    assert same(made, pickle.loads(pickle.dumps(made)))


def test_generators_need_numpy_alone() -> None:
    code = (
        "from engine.data import make_data, sizes\n"
        "from engine.experiment.data import *\n"
        "make_data(Circle(kind='circle')), sizes(Digits(kind='digits'))\n"
        "import sys\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "scipy", "sklearn", "matplotlib", "PySide6"} & set(done.stdout.split())


def test_defaults_of_every_kind_that_needs_no_file_work() -> None:
    for data in (Circle, Rings, Blobs, Hyperplane, Points, Digits):
        made: Any = data.model_validate({"kind": data.model_fields["kind"].annotation.__args__[0]})  # type: ignore[union-attr]
        assert len(make_data(made).x) >= 2


def test_kinds_of_files_start_from_the_folder(folder: Path) -> None:
    for data in (Csv(kind="csv", path="p1-soudry.csv"), Npz(kind="npz", path="points.npz")):
        assert len(make_data(data, folder).x) == 6
