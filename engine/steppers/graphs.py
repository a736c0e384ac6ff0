"""Graphs of a graphics card: what it was told once, told again in one call."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

import torch

AHEAD = 2
"""Replays that are told to the card at most before it has done the first of them: more would hold up pause and stop."""


class Graph(Protocol):
    """What was captured once."""

    def replay(self) -> None:
        """Do it all again, on the very tensors that it was captured with."""


class Graphs(Protocol):
    """Captures graphs."""

    def warm(self, body: Callable[[], None]) -> None:
        """Do it once as it will be captured, so that libraries have set themselves up."""

    def captured(self, body: Callable[[], None]) -> Graph:
        """Return a graph of what is done, which is not done yet."""


class CudaGraphs:
    """Graphs of CUDA, which share their memory: one is replayed after the other, and what it left is then over."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._pool = device, torch.cuda.graph_pool_handle()
        self._told: deque[torch.cuda.Event] = deque()

    def warm(self, body: Callable[[], None]) -> None:
        """Do it on a stream of its own, as torch asks for."""
        with torch.cuda.device(self._device):
            aside = torch.cuda.Stream()
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                body()
            torch.cuda.current_stream().wait_stream(aside)

    def captured(self, body: Callable[[], None]) -> Graph:
        """Return a graph of what is done."""
        graph = torch.cuda.CUDAGraph()
        # another thread may free memory meanwhile
        with (
            torch.cuda.device(self._device),
            torch.cuda.graph(graph, self._pool, capture_error_mode="relaxed"),
        ):
            body()
        return _Paced(graph, self._device, self._told)


class _Paced:
    """A graph that is not told to the card while too many replays wait there."""

    def __init__(
        self, graph: torch.cuda.CUDAGraph, device: torch.device, told: deque[torch.cuda.Event]
    ) -> None:
        self._graph, self._device, self._told = graph, device, told

    def replay(self) -> None:
        """Replay it, once the card has not more than some before it."""
        if len(self._told) == AHEAD:
            self._told.popleft().synchronize()
        with torch.cuda.device(self._device):
            self._graph.replay()
            done = torch.cuda.Event()
            done.record()
        self._told.append(done)
