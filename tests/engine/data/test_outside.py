"""Data are known to lie outside a folder before anything of them is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data import data_outside, idx_places
from engine.experiment.data import CircleSpec, CsvSpec, IdxSpec, NpzSpec
from tests.engine.data.idx_files import write_set


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with links that lead out of it and links that do not."""
    mine, secret = tmp_path / "mine", tmp_path / "secret"
    for folder in (mine, secret):
        (folder / "sub").mkdir(parents=True)
        (folder / "a.csv").touch()
    (mine / "out.csv").symlink_to(secret / "a.csv")
    (mine / "out").symlink_to(secret)
    (mine / "in.csv").symlink_to(mine / "a.csv")
    (mine / "in").symlink_to(mine / "sub")
    (mine / "circle.csv").symlink_to(mine / "circle.csv")
    (mine / "sub" / "only.npz").symlink_to(secret / "a.csv")
    return mine


@pytest.mark.parametrize(
    ("path", "out"),
    [
        ("a.csv", False),
        ("sub/../a.csv", False),
        ("in.csv", False),
        ("in/b.csv", False),
        ("../mine/a.csv", False),
        ("missing.csv", False),
        ("/etc/passwd", True),
        ("../secret/a.csv", True),
        ("../../../../../../etc/passwd", True),
        ("../secret/missing.csv", True),
        ("out.csv", True),
        ("out/a.csv", True),
        ("circle.csv", True),
        ("~/a.csv", True),
        ("~nobody-of-this-name/a.csv", False),  # which is refused when it is to be read
        ("a\0b", False),
    ],
)
def test_paths_and_links_that_lead_out(path: str, out: bool, root: Path) -> None:
    data = CsvSpec(kind="csv", path=path)
    found = data_outside(data, root, root)
    assert (found is not None) is out
    assert found is None or found.is_absolute()
    assert data_outside(data, root.parent / "secret", root) is not None or path.startswith(
        ("../mine", "~no", "a\0")
    )


def test_the_files_within_a_folder_count_too(root: Path) -> None:
    assert data_outside(NpzSpec(kind="npz", path="sub"), root, root) == root / "sub" / "only.npz"
    write_set(root.parent / "set", [0, 1] * 2)
    (root / "set").mkdir()
    for file in (root.parent / "set").iterdir():
        (root / "set" / file.name).symlink_to(file)
    found = data_outside(IdxSpec(kind="idx", folder="set"), root, root)
    assert found is not None and found.parent == root / "set"


def test_data_that_are_made_or_known_by_name_are_nowhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data_outside(CircleSpec(kind="circle"), root, root) is None
    monkeypatch.setattr(idx_places, "DEBIAN", root.parent / "debian")
    write_set(root.parent / "debian" / "fashion-mnist", [0, 1] * 2)
    known = IdxSpec(kind="idx", folder="fashion-mnist")
    assert data_outside(known, root, root) is None
    (root / "fashion-mnist").symlink_to(root.parent / "secret")
    assert data_outside(known, root, root) is not None
