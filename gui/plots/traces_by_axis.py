"""Runs as plots see them, for every horizontal axis that some plot has; most plots share one."""

from __future__ import annotations

from collections.abc import Sequence

from engine.figures.held import HeldSpan
from engine.figures.plots import HorizontalAxis
from engine.figures.ranges import Range

from .ranges import followed
from .traces import Trace, TraceData

EMPTY_RANGE = (0.0, 4.0)


class TracesByAxis:
    """Keeps what was worked out of runs, and what of each axis is to be seen."""

    def __init__(self) -> None:
        self.traces: list[Trace] = []
        self._data: dict[str, dict[str, TraceData]] = {}
        self._ranges: dict[str, Range] = {}
        self._beyond: dict[str, set[str]] = {}
        self.holds_diverged = False
        """Whether axes hold runs that diverged in any case."""

    def set_traces(self, traces: Sequence[Trace]) -> None:
        """Set the runs, in the order in which they are drawn."""
        if [t.run for t in self.traces if t.visible] != [t.run for t in traces if t.visible]:
            self._ranges.clear()
        self.traces = list(traces)
        for id, known in self._data.items():
            self._data[id] = {t.run: known[t.run] for t in traces if t.run in known}
            for trace in traces:
                if trace.run in known:
                    known[trace.run].trace = trace

    def of(self, axis: HorizontalAxis) -> list[TraceData]:
        """Return the runs on an axis."""
        known = self._data.setdefault(axis.id, {})
        for trace in self.traces:
            if trace.run not in known:
                known[trace.run] = TraceData(trace)
        return [known[trace.run] for trace in self.traces]

    def visible(self, axis: HorizontalAxis) -> list[TraceData]:
        """Return those that are drawn."""
        return [data for data in self.of(axis) if data.trace.visible]

    def range(self, axis: HorizontalAxis) -> Range:
        """Return what of an axis is to be seen."""
        return self._ranges.get(axis.id, EMPTY_RANGE)

    def beyond(self, axis: HorizontalAxis) -> set[str]:
        """Return the diverged runs that leave an axis which holds the others."""
        return self._beyond.get(axis.id, set())

    def hold_diverged(self, held: bool) -> None:
        """Let axes hold runs that diverged, or only those that did not."""
        if held != self.holds_diverged:
            self.holds_diverged = held
            self.forget_ranges()

    def forget_ranges(self) -> None:
        """Let every axis hold just what there is."""
        self._ranges.clear()

    def follow(self, axis: HorizontalAxis) -> bool:
        """Take up what the runs recorded since, and let the axis hold it; say whether there was anything."""
        visible, changed = self.visible(axis), False
        for data in visible:
            changed |= data.update(axis)
        before = self._ranges.get(axis.id)
        if changed or before is None:
            held = HeldSpan()
            for data in visible:
                held.add(data.trace.run, data.positions.extent(), data.positions.calm(data.lost))
            extent = held.range(diverged=self.holds_diverged)
            self._beyond[axis.id] = held.beyond()
            if extent is not None:
                final = all(data.trace.history.finished for data in visible)
                self._ranges[axis.id] = followed(before, extent, final, 0.015)
        return changed
