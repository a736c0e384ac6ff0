"""Runs to be verified in several processes of one thread each; they end with the command, however it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from types import TracebackType

from pebble import ProcessExpired

from ..experiment.document import Document
from ..experiment.plug_ins.loaded import names_on
from ..sweep.processes import pool_of
from .app import explained
from .progress import ProgressDisplay
from .signals import StopSignals
from .status import Status
from .verified import Failure, Planned, Verified, broken, verified_run

LOOKS = 0.2
"""Seconds from one look whether a signal came to the next."""


class Mute:
    """Shows nothing: another process shows what is done."""

    def __enter__(self) -> Mute:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def begin(self, what: str, total: int, unit: str = "", *, timed: bool = True) -> None:
        """Show no beginning."""

    def show(self, step: int, remark: str) -> None:
        """Show no step."""

    def tell(self, sentence: str) -> None:
        """Say nothing."""


def verified_side_by_side(
    runs: Sequence[Planned], jobs: int, shown: ProgressDisplay, signals: StopSignals
) -> dict[str, Verified]:
    """Run presets in so many processes (0: one a core), and return them by their title.

    A crash costs one of them, a signal all that have not ended.
    """
    done: dict[str, Verified] = {}
    shown.begin("Side by side", len(runs), "runs")
    for title, verified in _as_they_end(runs, jobs, signals):
        done[title] = verified
        shown.show(len(done), title)
    return done


def _as_they_end(runs: Sequence[Planned], jobs: int, signals: StopSignals) -> Iterator[tuple[str, Verified]]:
    pool = pool_of(names_on(), len(runs), jobs)
    ended_well = False
    try:
        waiting: dict[Future[Verified], Planned] = {
            pool.schedule(verified_here, args=run): run for run in runs
        }
        while waiting and signals.number is None:
            for future in wait(waiting, LOOKS, FIRST_COMPLETED).done:
                run = waiting.pop(future)
                yield run[2], _result(future, run)
        ended_well = not waiting
    finally:
        if ended_well:
            pool.close()
        else:
            pool.stop()
        pool.join()


def _result(future: Future[Verified], run: Planned) -> Verified:
    try:
        return future.result()
    except ProcessExpired as error:
        words = f"The engine failed: its process ended by itself (exit status {error.exitcode})."
        return broken(run, Failure(Status.ENGINE, words))
    except Exception as error:
        return broken(run, Failure(*explained(error)))


def verified_here(id: str, document: Document, title: str) -> Verified:
    """Run a preset in this process, which another one told to."""
    return verified_run(id, document, Mute(), StopSignals(), title)
