"""What a long command shows on stderr: a bar with an estimate on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TextIO

from ..words.errors import one_line
from ..words.formats import estimated_duration
from .words import escaped

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

QUIET = 10.0
"""Seconds between two lines where stderr is no terminal."""


class ProgressDisplay(Protocol):
    """Shows how far one piece of work after the other is."""

    def __enter__(self) -> ProgressDisplay: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def begin(self, what: str, total: int, unit: str = "", *, timed: bool = True) -> None:
        """Begin a piece of work of so many steps, or of so much of another unit; 0: nobody knows how many.

        Where it is not `timed`, remarks say how much time is left.
        """
        ...

    def show(self, step: int, remark: str) -> None:
        """Show that it has come to a step."""
        ...

    def tell(self, sentence: str) -> None:
        """Say what stays to be read."""
        ...


def progress() -> ProgressDisplay:
    """Return what suits stderr."""
    return _Bar() if sys.stderr.isatty() else _PlainLines(sys.stderr)


class _Bar:
    """A bar on a terminal; it vanishes when all is done."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress
        from rich.progress import Task as RichTask
        from rich.table import Column
        from rich.text import Text

        class TimeLeft(TimeRemainingColumn):
            """The time left, where remarks do not say it."""

            visible = True

            def render(self, task: RichTask) -> Text:
                return super().render(task) if self.visible else Text("")

        # on a narrow terminal the name gives way, not the numbers
        name = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        self._left = TimeLeft(table_column=Column(no_wrap=True))
        self._rich: RichProgress = RichProgress(
            TextColumn("{task.description}", table_column=name),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[counted]}", table_column=Column(no_wrap=True)),
            self._left,
            TextColumn("[dim]{task.fields[remark]}", table_column=Column(no_wrap=True)),
            console=Console(stderr=True, emoji=False),
            transient=True,
            expand=True,
        )
        self._shown = 0.0

    def __enter__(self) -> _Bar:
        self._rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rich.stop()

    def begin(self, what: str, total: int, unit: str = "", *, timed: bool = True) -> None:
        self._left.visible = timed
        for task in self._rich.task_ids:
            self._rich.remove_task(task)
        self._total, self._unit = total, unit
        self._task = self._rich.add_task(
            escaped(what), total=total or None, remark="preparing", counted=self._counted(0)
        )

    def show(self, step: int, remark: str) -> None:
        now = time.monotonic()
        if now - self._shown >= 0.1:
            self._shown = now
            self._rich.update(self._task, completed=step, remark=escaped(remark), counted=self._counted(step))

    def tell(self, sentence: str) -> None:
        self._rich.console.print(escaped(sentence))

    def _counted(self, step: int) -> str:
        return f"{step:,}/{self._total:,} {self._unit}".rstrip() if self._total else f"{step:,} {self._unit}"


class _PlainLines:
    """A line now and then, for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._what, self._total, self._unit, self._timed = "", 0, "", True
        self._began = self._said = time.monotonic()

    def __enter__(self) -> _PlainLines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def begin(self, what: str, total: int, unit: str = "", *, timed: bool = True) -> None:
        self._what, self._total, self._unit, self._timed = one_line(what), total, unit, timed
        self._began = self._said = time.monotonic()

    def show(self, step: int, remark: str) -> None:
        now = time.monotonic()
        if now - self._said < QUIET:
            return
        self._said = now
        left = (now - self._began) * (self._total - step) / step if step else 0.0
        estimate = f", about {estimated_duration(left)} left" if step and self._total and self._timed else ""
        counted = f"{step:,} of {self._total:,}" if self._total else f"{step:,}"
        counted = f"{counted} {self._unit}" if self._unit else f"step {counted}"
        self._stream.write(f"{self._what}: {counted}{estimate}, {remark}\n")
        self._stream.flush()

    def tell(self, sentence: str) -> None:
        self._stream.write(f"{self._what}: {sentence}\n")
        self._stream.flush()
