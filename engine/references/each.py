"""One reference for each replica."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine.references.reference import ReferenceUnavailable

T = TypeVar("T")


def solve_each(solve: Callable[[int], T], count: int) -> tuple[list[T | None], str]:
    """Solve a reference for each of `count` replicas; return what was found, and who has none and why.

    Raises:
        ReferenceUnavailable: where no replica has one.
    """
    solutions: list[T | None] = []
    failures: dict[int, ReferenceUnavailable] = {}
    for r in range(count):
        try:
            solutions.append(solve(r))
        except ReferenceUnavailable as error:
            solutions.append(None)
            failures[r] = error
    if len(failures) == count:
        raise failures[0]
    if not failures:
        return solutions, ""
    return solutions, f"none for replica {', '.join(map(str, failures))}: {next(iter(failures.values()))}"
