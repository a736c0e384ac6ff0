"""Compiled code between processes: read where it is whole, compiled anew where it is not, and once at a time."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from engine.compiled import kept
from engine.compiled.code_cache import CodeCache
from engine.compiled.kept import PLACE, code_folder, folders
from engine.files import made_folders
from engine.steppers import first_use
from engine.steppers.first_use import COMPILING, have_compiled, is_kept


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(first_use, "_had", set())
    yield tmp_path
    assert PLACE.folder is None


@pytest.fixture
def stepping() -> Callable[[str], None]:
    """Return a step that is compiled anew in every process: what is counted is how often it is made."""
    from engine.compiled.jit import entry

    def step(dtype: str) -> None:
        def double(x: float) -> float:
            return 2 * x

        dispatcher = entry(double)
        assert dispatcher(1.0) == 2.0
        step.read.append(sum(dispatcher.stats.cache_hits.values()))  # type: ignore[attr-defined]

    step.read = []  # type: ignore[attr-defined]
    return step


def heard(step: Callable[[str], None], dtype: torch.dtype = torch.float64) -> list[str]:
    told: list[str] = []
    first_use._had.clear()  # another process
    have_compiled(dtype, told.append, step)
    return told


def test_a_step_is_compiled_once(stepping: Callable[[str], None]) -> None:
    assert not is_kept(torch.float64)
    assert heard(stepping) == [COMPILING]
    assert heard(stepping) == []
    assert stepping.read == [0, 1]  # type: ignore[attr-defined]
    first_use._had.clear()
    assert is_kept(torch.float64) and not is_kept(torch.float32)
    have_compiled(torch.float64, pytest.fail, stepping)
    have_compiled(torch.float64, pytest.fail, pytest.fail)  # it is in this process


def test_broken_code_is_compiled_anew(stepping: Callable[[str], None]) -> None:
    heard(stepping)
    (code,) = code_folder("float64").path.glob("*.nbc")
    code.write_bytes(code.read_bytes()[:-100])
    assert heard(stepping) == [COMPILING]
    assert heard(stepping) == []


def test_code_that_cannot_be_kept_is_compiled_in_memory(stepping: Callable[[str], None]) -> None:
    folders().parent.mkdir(exist_ok=True)
    folders().write_bytes(b"no folder")
    first, second = heard(stepping)
    assert first == COMPILING
    assert second.startswith("the compiled step cannot be kept in ")
    assert second.endswith("; every start compiles it anew")
    assert stepping.read == [0]  # type: ignore[attr-defined]


def test_a_full_disk_is_survived(stepping: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.compiled import code_cache

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(code_cache._InFolder, "save_overload", full)
    told = heard(stepping)
    assert told[0] == COMPILING and "No space left on device" in told[1] and len(told) == 2
    assert stepping.read == [0], "it is not compiled twice"  # type: ignore[attr-defined]


def test_a_whole_folder_is_read_where_nothing_can_be_written(
    stepping: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard(stepping)

    def refuse(*arguments: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(made_folders.Lock, "take", refuse)
    monkeypatch.setattr(os, "utime", refuse)
    assert heard(stepping) == []
    assert stepping.read == [0, 1]  # type: ignore[attr-defined]


def test_the_folder_s_name_says_all_that_code_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llvmlite import binding

    names = {code_folder("float64").path.name, code_folder("float32").path.name}
    for name, value in (("get_host_cpu_name", "i386"), ("get_process_triple", "none")):
        with monkeypatch.context() as patch:
            patch.setattr(binding, name, lambda value=value: value)
            names.add(code_folder("float64").path.name)
    with monkeypatch.context() as patch:
        patch.setattr(kept, "version", lambda package: f"{package} 99")
        names.add(code_folder("float64").path.name)
    with monkeypatch.context() as patch:
        patch.setattr(sys.implementation, "cache_tag", "cpython-99")
        names.add(code_folder("float64").path.name)
    (tmp_path / "dense.py").write_text("changed", "utf-8")
    monkeypatch.setattr(kept, "__file__", str(tmp_path / "kept.py"))
    names.add(code_folder("float64").path.name)
    assert len(names) == 7


def test_all_that_python_calls_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a run would compile it at its first step, and every run again."""
    monkeypatch.undo()  # where the suite keeps its own
    import engine.compiled

    have_compiled(torch.float64, lambda sentence: None)
    entries = set()
    for module in pkgutil.iter_modules(engine.compiled.__path__, "engine.compiled."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(getattr(value, "_cache", None), CodeCache):
                entries.add(f"{value.py_func.__module__}.{value.py_func.__name__}")
    folder = code_folder("float64").path
    assert entries and {file.stem for file in folder.glob("*.nbi")} == entries
