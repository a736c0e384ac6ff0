"""What holds for every kind of data, at any size."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import machine
from engine.data import MAKERS, Dataset, Sizes, make_data, memory, sizes
from engine.data.dataset import norms
from engine.experiment.data import (
    DATA_KINDS,
    FAMILIES,
    BlobsSpec,
    CircleSpec,
    ClustersSpec,
    CollapseSpec,
    CsvSpec,
    DataSpec,
    HyperplaneSpec,
    IdxSpec,
    ModularSpec,
    NpzSpec,
    ParitySpec,
    PlantedSpec,
    RingsSpec,
    SignalsSpec,
    TeacherSpec,
    TokensSpec,
    XorSpec,
)
from engine.experiment.experiment import with_values
from engine.words.errors import Refusal
from tests.engine.cases import experiment
from tests.engine.data.idx_files import write_set

ROOT = Path(__file__).parents[3]
small = st.integers(2, 12)
real = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)
spread = st.just(0.0) | positive
NORMALIZE = ["none", "max-norm", "unit-norm", "center", "standardize"]
common = {
    "seed": st.integers(0, 2**40),
    "label_noise": st.floats(0, 0.99),
    "random_labels": st.booleans(),
    "test_fraction": st.floats(0, 0.99),
    "normalize": st.sampled_from(NORMALIZE),
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
    "xor": st.fixed_dictionaries({"n": small, "noise": spread, "extra": st.integers(0, 3)}),
    "moons": st.fixed_dictionaries({"n": small, "noise": spread}),
    "spirals": st.fixed_dictionaries(
        {"n": small, "classes": st.integers(2, 4), "turns": st.floats(0, 10), "noise": spread}
    ),
    "clusters": st.fixed_dictionaries({"k": st.integers(2, 5), "n": small, "extra": st.integers(0, 3)}),
    "planted": st.fixed_dictionaries(
        {
            "n": small,
            "d": st.integers(1, 4),
            "margin": positive,
            "support": st.integers(1, 12),
            "gap": positive,
        }
    ),
    "parity": st.fixed_dictionaries(
        {"d": st.integers(1, 5), "k": st.integers(1, 5), "n": st.just(0) | st.integers(1, 12)}
    ),
    "teacher": st.fixed_dictionaries(
        {
            "d": st.integers(1, 5),
            "n": small,
            "width": st.integers(2, 5),
            "sparse": st.integers(0, 5),
            "margin": st.just(0.0) | st.floats(0, 2),
        }
    ),
    "tokens": st.fixed_dictionaries(
        {
            "n": small,
            "tokens": st.integers(2, 4),
            "d": st.integers(2, 4),
            "spread": st.just(0.0) | st.floats(0.01, 0.9),
        }
    ),
    "collapse": st.fixed_dictionaries(
        {
            "n": small,
            "d": st.integers(1, 6),
            "classes": st.integers(2, 4),
            "groups": st.just(0) | st.integers(1, 6),
            "correlation": st.sampled_from([0.0, -0.333333, -0.5, -1.0]) | st.floats(-1, 0.99),
            "spread": spread,
        }
    ),
    "modular": st.fixed_dictionaries({"modulus": st.integers(2, 6)}),
    "signals": st.fixed_dictionaries(
        {
            "n": small,
            "classes": st.integers(2, 11),
            "scale": st.floats(0, 0.99),
            "stretch": st.floats(0, 2),
            "shift": st.floats(0, 1),
            "noise": spread,
        }
    ),
}
FOUND: dict[str, dict[str, Any]] = {
    "csv": {"path": "p18-four-classes.csv"},
    "npz": {"path": "points.npz"},
    "digits": {"classes": (2, 7), "train": 20},
    "idx": {"folder": "pictures", "classes": (0, 2), "train": 6, "test": 5},
}
OWN_SPLIT = [kind for kind, model in DATA_KINDS.items() if model.own_split]


def test_every_kind_has_a_maker_and_is_tested() -> None:
    assert set(MAKERS) == set(DATA_KINDS) == set(GENERATED) | set(FOUND)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files that FOUND names."""
    np.savez(tmp_path / "points.npz", x=np.arange(24.0).reshape(6, 2, 2), y=[0, 1, 2, 0, 1, 2])
    for source in (ROOT / "presets" / "data").glob("*.csv"):
        shutil.copy(source, tmp_path)
    write_set(tmp_path / "pictures", [0, 1, 2] * 4, [2, 1, 0] * 3)
    return tmp_path


def sizes_of(made: Dataset) -> Sizes:
    """Return what `sizes` has to say of a data set."""
    plain = made.image_shape is not None and made.x.shape == made.raw.shape
    return Sizes(*made.x.shape, made.classes, made.image_shape if plain else None)


def check(data: DataSpec, made: Dataset) -> None:
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
    if made.relevant is not None:
        assert not data.random_labels
        assert made.relevant == tuple(range(len(made.relevant))) and 0 < len(made.relevant) <= d
    if made.image_shape is not None:
        height, width = made.image_shape
        assert height * width == made.raw.shape[1]
    assert np.array_equal(made.inputs(made.raw), made.x)
    assert np.array_equal(made.inputs(made.raw_test), made.x_test)
    match data.normalize:
        case "max-norm":
            assert norms(made.x).max() == pytest.approx(1)
        case "unit-norm":
            assert norms(made.x) == pytest.approx(1)
        case "none":
            assert np.array_equal(made.x[:, : made.raw.shape[1]], made.raw)
        case "center" | "standardize":
            check_centered(data, made)


def check_centered(data: DataSpec, made: Dataset) -> None:
    """Check columns against means and deviations in exact fractions, and that a constant is left alone."""
    width = made.raw.shape[1]
    if data.append_constant:
        assert (made.x[:, width] == 1).all() and (made.x_test[:, width] == 1).all()
    for k in range(width):
        column = [Fraction(value) for value in made.raw[:, k].tolist()]
        mean = sum(column) / len(column)
        deviation = float(sum((value - mean) ** 2 for value in column) / len(column)) ** 0.5
        rounding = 2e-15 * float(max(abs(value) for value in column))
        divided = data.normalize == "standardize" and deviation > 4 * rounding
        if data.normalize == "standardize" and 0 < deviation <= 4 * rounding:
            continue  # rounding alone decides whether it has a spread
        unit = deviation if divided else 1.0
        for x, raw in ((made.x, made.raw), (made.x_test, made.raw_test)):
            wanted = np.array(
                [float((Fraction(value) - mean) / Fraction(unit)) for value in raw[:, k].tolist()]
            )
            assert x[:, k] == pytest.approx(wanted, rel=1e-7, abs=2 * rounding / unit)
        if deviation == 0:
            assert (made.x[:, k] == 0).all(), "a column without spread is centered to exactly 0"


def attempt(data: DataSpec) -> Dataset | Refusal:
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
    assert sizes(data) == sizes_of(made)
    assert sizes(data).ends == made.ends
    assert same(made, make_data(data))


@pytest.mark.parametrize("kind", FOUND)
@pytest.mark.parametrize("normalize", NORMALIZE)
def test_what_is_found_is_sound_too(kind: str, normalize: str, folder: Path) -> None:
    said = {"kind": kind, **FOUND[kind], "normalize": normalize, "append_constant": True, "label_noise": 0.2}
    if kind not in OWN_SPLIT:
        said["test_fraction"] = 0.3
    data: Any = DATA_KINDS[kind].model_validate(said)
    made = make_data(data, folder)
    check(data, made)
    assert len(made.x_test) > 0
    assert sizes(data, folder) == sizes_of(made)
    assert same(made, make_data(data, folder))


@pytest.mark.parametrize("kind", OWN_SPLIT)
def test_a_test_set_of_its_own_goes_with_no_fraction(kind: str, folder: Path) -> None:
    data: Any = DATA_KINDS[kind].model_validate({"kind": kind, **FOUND[kind], "test_fraction": 0.2})
    for make in (make_data, sizes):
        with pytest.raises(Refusal, match=r"data\.test_fraction: 0\.2 does not go with .* set data\.train"):
            make(data, folder)


def test_pictures_keep_their_shape_unless_a_constant_is_appended(folder: Path) -> None:
    for data, image in (
        (IdxSpec(kind="idx", train=6, folder="pictures"), (3, 2)),
        (SignalsSpec(kind="signals"), (1, 40)),
        (TokensSpec(kind="tokens", tokens=3, d=5), (3, 5)),
        (NpzSpec(kind="npz", path="points.npz"), (2, 2)),
        (XorSpec(kind="xor"), None),
    ):
        assert sizes(data, folder).image == make_data(data, folder).image_shape == image
        longer = data.model_copy(update={"append_constant": True})
        assert sizes(longer, folder).image is None
        assert sizes(longer, folder).inputs == sizes(data, folder).inputs + 1
        assert make_data(longer, folder).image_shape == image, "of the raw points"


@pytest.mark.parametrize(
    ("data", "relevant"),
    [
        (ParitySpec(kind="parity", d=6, k=3), (0, 1, 2)),
        (XorSpec(kind="xor", extra=4), (0, 1)),
        (ClustersSpec(kind="clusters", extra=2), (0, 1)),
        (TeacherSpec(kind="teacher", sparse=4), (0, 1, 2, 3)),
        (TeacherSpec(kind="teacher"), None),
        (CircleSpec(kind="circle"), None),
    ],
)
def test_labels_tell_which_inputs_decide_them(data: DataSpec, relevant: tuple[int, ...] | None) -> None:
    made = make_data(data.model_copy(update={"normalize": "max-norm", "test_fraction": 0.2}))
    assert made.relevant == relevant
    assert make_data(data.model_copy(update={"random_labels": True})).relevant is None


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
        (CircleSpec(kind="circle", n=10**12), "data.n"),
        (CircleSpec(kind="circle", n=10**400, test_fraction=0.5), "data.n"),
        (RingsSpec(kind="rings", inner=10**12), "data.inner"),
        (RingsSpec(kind="rings", outer=10**12), "data.outer"),
        (BlobsSpec(kind="blobs", n=10**8, d=10**8), "data.n"),
        (HyperplaneSpec(kind="hyperplane", n=2, d=10**14), "data.n"),
        (XorSpec(kind="xor", n=10**12), "data.n"),
        (ClustersSpec(kind="clusters", extra=10**14), "data.n"),
        (PlantedSpec(kind="planted", n=10**12), "data.n"),
        (ParitySpec(kind="parity", d=60), "data.d"),
        (ParitySpec(kind="parity", d=10**400), "data.d"),
        (ParitySpec(kind="parity", n=10**6, d=10**12), "data.n"),
        (TeacherSpec(kind="teacher", d=10**14), "data.n"),
        (CollapseSpec(kind="collapse", n=10**9, groups=10**9, d=10**9), "data.n"),
        (ModularSpec(kind="modular", modulus=10**400), "data.modulus"),
        (SignalsSpec(kind="signals", n=10**12), "data.n"),
        (TokensSpec(kind="tokens", n=10**12), "data.n"),
    ],
)
def test_more_than_memory_is_refused_before_it_is_made(data: DataSpec, field: str) -> None:
    for make in (make_data, sizes):
        with pytest.raises(Refusal, match="more than this machine has free") as refused:
            make(data)
        assert refused.value.field == field


def test_the_limit_counts_three_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: 3 * 8 * 3 * 100)
    assert sizes(CircleSpec(kind="circle", n=100)) == Sizes(100, 2, 2, None)
    with pytest.raises(Refusal, match="at most 100 points of 2 inputs fit"):
        sizes(CircleSpec(kind="circle", n=101))


def test_a_machine_that_does_not_tell_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_at_hand", lambda: None)
    assert sizes(CircleSpec(kind="circle", n=10**15)) == Sizes(10**15, 2, 2, None)


def test_memory_of_this_machine_is_known() -> None:
    whole, free = machine.physical_memory(), machine.memory_at_hand()
    assert whole is not None and free is not None
    assert 2**28 < whole < 2**50 and 0 < free <= whole


def test_a_data_set_crosses_between_processes() -> None:
    made = make_data(CircleSpec(kind="circle", test_fraction=0.5, normalize="unit-norm"))
    assert same(made, pickle.loads(pickle.dumps(made)))


def test_generators_need_numpy_alone() -> None:
    code = (
        "from engine.data import make_data, sizes\n"
        "from engine.experiment.data import *\n"
        "for kind, model in DATA_KINDS.items():\n"
        "    if kind in ('csv', 'npz', 'idx'): continue\n"
        "    (sizes if kind == 'digits' else make_data)(model(kind=kind))\n"
        "import engine.data.download\n"
        "import sys\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "scipy", "sklearn", "matplotlib", "PySide6"} & set(done.stdout.split())


@pytest.mark.parametrize("kind", [kind for kind in DATA_KINDS if kind not in ("csv", "npz", "idx")])
def test_defaults_of_every_kind_that_needs_no_file_work(kind: str) -> None:
    data: Any = DATA_KINDS[kind].model_validate({"kind": kind})
    assert len(make_data(data).x) >= 2


def another_kind(before: dict[str, Any], kind: str) -> Any:
    """Return the data of an experiment after its kind was changed."""
    return with_values(experiment({"data": before}), {"data.kind": kind}).data


@pytest.mark.parametrize("kind", [kind for kind in DATA_KINDS if kind not in FOUND])
def test_any_kind_can_follow_any_other(kind: str, folder: Path) -> None:
    """What nobody set is left behind: a circle's 24 points are no wish for 24 signals."""
    for before in DATA_KINDS:
        data = another_kind({"kind": before, **FOUND.get(before, {}), "seed": 5, "label_noise": 0.1}, kind)
        assert len(make_data(data).x) >= 2
        assert (data.seed, data.label_noise) == (5, 0.1)
        at_first: Any = DATA_KINDS[kind].model_validate({"kind": kind})
        assert data.model_copy(update={"seed": 0, "label_noise": 0.0}) == at_first


def test_what_was_set_is_taken_over_where_the_kind_allows_it() -> None:
    assert another_kind({"kind": "circle", "n": 33, "phase": 1.0}, "moons").n == 33
    assert another_kind({"kind": "parity", "n": 12, "d": 7}, "hyperplane").d == 7
    assert another_kind({"kind": "blobs", "classes": 3, "n": 90}, "spirals").classes == 3
    digits = another_kind({"kind": "blobs", "classes": 3, "test_fraction": 0.2}, "digits")
    assert (digits.classes, digits.test_fraction) == ("all", 0.0)
    assert another_kind({"kind": "hyperplane", "margin": 0.0}, "planted").margin == 0.5


def test_every_kind_stands_in_a_family() -> None:
    assert {model.family for model in DATA_KINDS.values()} == set(FAMILIES)


def test_kinds_of_files_start_from_the_folder(folder: Path) -> None:
    for data in (
        CsvSpec(kind="csv", path="p1-soudry.csv"),
        NpzSpec(kind="npz", path="points.npz"),
        IdxSpec(kind="idx", folder="pictures", train=6),
    ):
        assert len(make_data(data, folder).x) == 6
