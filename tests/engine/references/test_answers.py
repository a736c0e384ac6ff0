"""Answers are known again by what was asked: bit-equal, bounded, and no broken or missing file is a failure."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.references import (
    Asymptote,
    NotKept,
    NotSeparable,
    Reference,
    answered,
    asymptote,
    f1_margin,
    forget_answers,
    kernel_one_versus_rest,
    linear_reference,
    recalled,
)
from engine.references.answer_bytes import from_bytes, to_bytes
from engine.references.answer_files import CHECKSUM, AnswerFiles

X = np.array([[1.0, 0.25], [0.5, 1.0], [-1.0, -0.5], [-0.25, -1.0], [0.75, 0.6]])
LABELS = np.array([1, 1, -1, -1, 1])
NUMBERS = np.array([0, 0, 1, 1, 2])
ASKED: list[tuple[Any, tuple[Any, ...]]] = [
    (f1_margin, (X, LABELS)),
    (linear_reference, (X, LABELS, 1, "l1")),
    (linear_reference, (X, LABELS, 1, "l2")),
    (asymptote, (LABELS[:, None] * X,)),
    (kernel_one_versus_rest, (X @ X.T + np.eye(5), NUMBERS, 3)),
]


@pytest.fixture(autouse=True)
def whatever_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every answer in a file, also those that are soon solved."""
    monkeypatch.setattr("engine.references.answers.WORTH_A_FILE", 0.0)


def bits(answer: Any) -> Any:
    """Return everything an answer says but how long it took, its arrays as bytes."""
    if isinstance(answer, list):
        return [bits(each) for each in answer]
    said = {f.name: getattr(answer, f.name) for f in fields(answer) if f.name != "seconds"}
    return {
        name: (value.dtype, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else repr(value)
        for name, value in said.items()
    }


def files() -> list[Path]:
    """Return the answers that are kept in the user's cache."""
    return sorted((Path(os.environ["XDG_CACHE_HOME"]) / "margin-lab" / "references").iterdir())


@pytest.mark.parametrize(("solve", "asked"), ASKED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_kept_answer_is_bit_equal_to_the_solved_one(solve: Any, asked: tuple[Any, ...]) -> None:
    forget_answers()
    solved = solve(*asked)
    assert bits(answered(solve, *asked)) == bits(solved)
    assert bits(recalled(solve, *asked)) == bits(solved), "from memory"
    forget_answers()
    assert bits(recalled(solve, *asked)) == bits(solved), "from its file"


def counting(asked: list[int]) -> Any:
    """Return a solver that counts how often it is asked."""

    def solver(x: np.ndarray) -> Reference | Asymptote:
        asked.append(1)
        return asymptote(x)

    return solver


def test_another_process_finds_what_one_solved() -> None:
    forget_answers()
    points = LABELS[:, None] * X
    solved = answered(asymptote, points)
    code = (
        "import numpy as np; from engine.references import asymptote, recalled;"
        f"x = np.array({points.tolist()}); print(recalled(asymptote, x).w_tilde.tobytes().hex())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert bytes.fromhex(told.stdout.strip()) == solved.w_tilde.tobytes()


def test_what_decides_an_answer_decides_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_answers()
    answered(linear_reference, X, LABELS, 1, "l1")
    others: list[tuple[Any, ...]] = [
        (np.nextafter(X, 2.0), LABELS, 1, "l1"),
        (X, -LABELS, 1, "l1"),
        (X, LABELS, 1, "linf"),
        (X.astype(np.float32), LABELS, 1, "l1"),
        (X[:, ::-1], LABELS, 1, "l1"),
    ]
    for asked in others:
        with pytest.raises(NotKept):
            recalled(linear_reference, *asked)
    with pytest.raises(NotKept):
        recalled(f1_margin, X, LABELS, 1, "l1")
    assert recalled(linear_reference, np.asfortranarray(X), LABELS, 1, "l1").value > 0, "the same numbers"
    monkeypatch.setattr("engine.references.answers.solvers", lambda: "those of another version")
    with pytest.raises(NotKept):
        recalled(linear_reference, X, LABELS, 1, "l1")


def test_why_there_is_none_is_kept_too() -> None:
    forget_answers()
    same = np.ones((4, 2))
    with pytest.raises(NotSeparable) as first:
        answered(linear_reference, same, np.array([1, -1, 1, -1]), 1, "l2")
    forget_answers()
    with pytest.raises(NotSeparable) as second:
        recalled(linear_reference, same, np.array([1, -1, 1, -1]), 1, "l2")
    assert str(second.value) == str(first.value)


@pytest.mark.parametrize("harm", ["cut", "changed", "emptied", "another's"])
def test_a_broken_entry_is_solved_anew_and_replaced(harm: str) -> None:
    forget_answers()
    asked: list[int] = []
    solver, points = counting(asked), LABELS[:, None] * X
    first = bits(answered(solver, points))
    (place,) = files()
    whole = place.read_bytes()
    other = np.roll(points, 1, axis=0)
    answered(solver, other)
    (another,) = (path for path in files() if path != place)
    broken = {
        "cut": whole[:-8],
        "changed": whole[:-8] + bytes(8),
        "emptied": b"",
        "another's": another.read_bytes(),
    }
    place.write_bytes(broken[harm])
    forget_answers()
    assert bits(answered(solver, points)) == first
    assert len(asked) == 3, "solved anew"
    forget_answers()
    assert bits(answered(solver, points)) == first
    assert len(asked) == 3, "and kept"


def test_a_folder_that_cannot_be_written_is_no_failure(user_folders: Path) -> None:
    forget_answers()
    (user_folders / "cache").parent.mkdir(parents=True, exist_ok=True)
    (user_folders / "cache").write_text("a file, where a folder should be")
    asked: list[int] = []
    solver = counting(asked)
    for _ in range(2):
        answered(solver, LABELS[:, None] * X)
    assert len(asked) == 1, "this process remembers"


def test_files_stay_within_their_bound_and_the_oldest_go(tmp_path: Path) -> None:
    kept = AnswerFiles(tmp_path / "answers", most=8 * (100 + CHECKSUM))
    for i in range(8):
        kept.write(str(i), bytes(100))
        os.utime(tmp_path / "answers" / str(i), (i, i))
    assert kept.read("0") == bytes(100)  # asked for: it is the newest now
    kept.write("8", bytes(100))
    left = {path.name for path in (tmp_path / "answers").iterdir()}
    assert left == {"0", "4", "5", "6", "7", "8"}
    kept.write("large", bytes(300))
    assert kept.read("large") is None, "one is no more than an eighth of all"


def test_what_is_soon_solved_is_not_worth_a_file(monkeypatch: pytest.MonkeyPatch, user_folders: Path) -> None:
    forget_answers()
    monkeypatch.setattr("engine.references.answers.WORTH_A_FILE", 1000.0)
    answered(asymptote, LABELS[:, None] * X)
    assert not (user_folders / "cache").exists()
    assert recalled(asymptote, LABELS[:, None] * X).alpha.size == 5, "this process remembers"


def test_several_processes_write_no_more_than_their_bound_together(tmp_path: Path) -> None:
    most, folder = 32 * (100 + CHECKSUM), tmp_path / "answers"
    one, other = (AnswerFiles(folder, most) for _ in range(2))
    for i in range(200):
        (one if i % 2 else other).write(str(i), bytes(100))
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 1.25 * most
    assert len(list(folder.iterdir())) >= 16


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, user_folders: Path) -> None:
    forget_answers()
    size = len(to_bytes(asymptote(LABELS[:, None] * X)))
    monkeypatch.setattr("engine.references.answers.IN_MEMORY", 2 * size + size // 2)
    asked: list[int] = []
    solver = counting(asked)
    inputs = [scale * LABELS[:, None] * X for scale in (1.0, 2.0, 4.0)]
    (user_folders / "cache").parent.mkdir(parents=True, exist_ok=True)
    (user_folders / "cache").write_text("no folder")
    for points in inputs:
        answered(solver, points)
    answered(solver, inputs[2])
    assert len(asked) == 3
    answered(solver, inputs[0])
    assert len(asked) == 4, "the one that was not asked for for longest is forgotten"


def test_arrays_that_are_given_out_cannot_be_written() -> None:
    forget_answers()
    answer = answered(asymptote, LABELS[:, None] * X)
    with pytest.raises(ValueError, match="read-only"):
        answer.w_hat[0] = 1.0


@pytest.mark.parametrize("content", [b"", b"{}", b'{"one": {"type": "str"}}', b"\xff", b'{"list": 3}\n'])
def test_bytes_that_tell_nothing(content: bytes) -> None:
    assert from_bytes(content) is None


def test_no_more_bytes_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked last stays; the same answer, read again, is counted once."""
    forget_answers()
    asked: list[int] = []
    solver, points = counting(asked), LABELS[:, None] * X
    answered(solver, points)
    (place,) = files()
    monkeypatch.setattr("engine.references.answers.IN_MEMORY", 3 * place.stat().st_size)
    each = [points * factor for factor in (1.0, 2.0, 4.0, 8.0, 16.0)]
    for some in each * 2:
        answered(solver, some)
    assert len(asked) == 5, "the others are read from their files"
    remembered = importlib.import_module("engine.references.answers")
    assert 2 <= len(remembered._remembered) <= 4
    assert remembered._bytes == sum(size for _, size in remembered._remembered.values())
