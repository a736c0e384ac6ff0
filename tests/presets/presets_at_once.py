"""Something done with many presets, by several processes, in the order in which it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from typing import TypeVar

from engine.catalog import load_preset
from engine.sweep.processes import pool_of

T = TypeVar("T")


def as_done(names: Sequence[str], work: Callable[[str], T], jobs: int) -> Iterator[tuple[str, T]]:
    """Yield each preset with what was found, as soon as it is; maps come last, having processes of their own.

    Args:
        names: the presets.
        work: done with each of them; a function of a module.
        jobs: how many processes; 0: one a core.
    """
    maps = [name for name in names if load_preset(name).sweep is not None]
    runs = [name for name in names if name not in maps]
    pool = pool_of((), max(1, len(runs)), jobs)
    try:
        waiting = {pool.schedule(work, args=(name,)): name for name in runs}
        for done in as_completed(waiting):
            yield waiting[done], done.result()
    finally:
        pool.stop()
        pool.join()
    for name in maps:
        yield name, work(name)
