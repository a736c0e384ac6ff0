"""Graphs of a card that is none: the operations of what is captured, done again on the very tensors.

What a real graph does to what is captured, this does too: nothing is done when it is captured, numbers of Python
stay what they were, and tensors stay where they are. So steps that are replayed go the way of steps that are taken
only if they can be captured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import UntypedStorage
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode

from tests.engine.devices.pretended_card import PretendedCard, tensors_in

LOOKING = {
    f"aten.{name}"
    for name in (
        *("_local_scalar_dense", "nonzero", "masked_select", "equal", "is_nonzero", "_unique2", "unique_dim"),
        *("_linalg_svd", "_linalg_eigh", "linalg_inv_ex", "_linalg_solve_ex", "linalg_cholesky_ex"),
    )
}
"""Operations that a real graph cannot hold, whoever calls them."""


class CannotBeCaptured(AssertionError):
    """A wait for the card, which CUDA refuses while it captures."""


@dataclass(frozen=True)
class Operation:
    """One operation of ATen with its very arguments and results."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any

    def again(self) -> None:
        """Do it, and write its results where they were."""
        result = self.function(*self.args, **self.kwargs)
        for was, now in zip(tensors_in(self.result), tensors_in(result), strict=True):
            if was.data_ptr() != now.data_ptr():
                was.copy_(now)


class _Recorder(TorchDispatchMode):
    """Does what it is told, writes it down, and knows which memory was there before and what it held."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[Operation] = []
        self.before: dict[int, UntypedStorage] = {}
        """What was read or written and there before, by its address."""
        self.held: dict[int, UntypedStorage] = {}
        """What was overwritten of it, as it was."""
        self._made: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if str(func.overloadpacket) in LOOKING:
            raise CannotBeCaptured(f"{func} looks at what the card computed")
        writes = func._schema.is_mutable
        for tensor in tensors_in((args, kwargs)):
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in self._made:
                self.before.setdefault(storage.data_ptr(), storage)
                if writes:
                    self.held.setdefault(storage.data_ptr(), storage.clone())
        result = func(*args, **kwargs)
        for tensor in tensors_in(result):
            if tensor.untyped_storage().data_ptr() not in self.before:
                self._made.add(tensor.untyped_storage().data_ptr())
        self.operations.append(Operation(func, args, kwargs, result))
        return result

    def undo(self) -> None:
        """Let everything that was there before be as it was."""
        for address, storage in self.held.items():
            self.before[address].copy_(storage)


class PretendedGraph:
    """The operations of what was captured."""

    def __init__(self, recorder: _Recorder) -> None:
        self.operations = recorder.operations
        self._before = recorder.before
        self.replays = 0

    def replay(self) -> None:
        """Do them again."""
        self.replays += 1
        with torch._C.DisableTorchFunction():
            for operation in self.operations:
                operation.again()

    def lost(self) -> int:
        """Return how much memory it reads or writes that nobody but the graph has kept; it is no graph afterwards."""
        known = [StorageWeakRef(storage) for storage in self._before.values()]
        self.operations, self._before = [], {}
        return sum(storage.expired() for storage in known)


class PretendedGraphs:
    """Captures by writing down; what waits for the card while it is captured fails, as CUDA has it."""

    def __init__(self, card: PretendedCard) -> None:
        self._card = card
        self.graphs: list[PretendedGraph] = []
        self.warmed = 0

    def warm(self, body: Callable[[], None]) -> None:
        """Do it once."""
        self.warmed += 1
        body()

    def captured(self, body: Callable[[], None]) -> PretendedGraph:
        """Return a graph of what is done."""
        recorder, waits = _Recorder(), len(self._card.waits)
        with recorder:
            body()
        recorder.undo()
        if late := self._card.waits[waits:]:
            raise CannotBeCaptured(f"waits while captured: {late}")
        self.graphs.append(PretendedGraph(recorder))
        return self.graphs[-1]
