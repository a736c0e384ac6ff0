"""A graphics card that is none: tensors that say they lie on it, kept on the processor and computed there.

While it is plugged in, `cuda:0` is a device of this machine. A real card's rules hold: tensors of two devices do not
meet, and what would make the processor wait for the card is written down, with where in the engine it happened.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

import engine

CARD = torch.device("cuda", 0)
PROCESSOR = torch.device("cpu")
ENGINE = Path(engine.__file__).parent
MEMORY = 2**34


class OnCard(Tensor):
    """A tensor that says it lies on the card."""


class Pinned(Tensor):
    """A tensor of the processor that a card reads by itself, so that nobody waits for the copy."""


class WrongDevice(AssertionError):
    """Tensors of two devices met, or one was made on the wrong one."""


@dataclass(frozen=True, order=True)
class Wait:
    """The processor waited for the card: by what, and where in the engine."""

    place: str
    """The file below `engine/` and the function."""
    what: str
    phase: str = ""


def _named(*names: str) -> dict[Any, str]:
    return {getattr(Tensor, name): name for name in names}


DECOMPOSITIONS = (
    *("svd", "svdvals", "eigh", "eigvalsh", "eig", "eigvals", "solve", "inv", "pinv", "lstsq"),
    *("cholesky", "matrix_rank", "det", "slogdet", "cond"),
)
WAITS: dict[Any, str] = {
    **_named("item", "tolist", "numpy", "__array__", "__bool__", "__int__", "__float__", "__index__"),
    **_named(
        "__contains__", "__complex__", "nonzero", "masked_select", "unique", "equal", "allclose", "argwhere"
    ),
    **_named("bincount", "histc", "is_nonzero"),
    torch.nonzero: "nonzero",
    torch.masked_select: "masked_select",
    torch.unique: "unique",
    torch.equal: "equal",
    torch.allclose: "allclose",
    torch.argwhere: "argwhere",
    torch.bincount: "bincount",
    torch.is_nonzero: "is_nonzero",
    **{getattr(torch.linalg, name): f"linalg.{name}" for name in DECOMPOSITIONS},
}
"""What gives the processor something that the card computed; decompositions look whether they succeeded."""
FACTORIES = {
    *(
        torch.zeros,
        torch.ones,
        torch.empty,
        torch.full,
        torch.arange,
        torch.linspace,
        torch.logspace,
        torch.eye,
    ),
    *(torch.rand, torch.randn, torch.randint, torch.randperm, torch.scalar_tensor),
    *(torch.tril_indices, torch.triu_indices),
}
FROM_HOST = {torch.tensor, torch.as_tensor, torch.asarray}
MIXES_NO_SCALARS = {torch.cat, torch.stack, torch.bmm, torch.mm, torch.matmul, torch.einsum, torch.gather}
"""What takes no number of the processor's beside a card's tensor, as all that works by element does."""
ASKS: dict[Any, Callable[[bool], Any]] = {
    Tensor.device.__get__: lambda card: CARD if card else PROCESSOR,
    Tensor.is_cpu.__get__: lambda card: not card,
    Tensor.is_cuda.__get__: lambda card: card,
    Tensor.get_device: lambda card: 0 if card else -1,
}


class PretendedCard(TorchFunctionMode):
    """The card; `waits` is what has made the processor wait so far, in the phase that it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[Wait] = []
        self.phase = "start"

    @contextmanager
    def during(self, phase: str) -> Iterator[None]:
        """Call what happens inside by a name."""
        before, self.phase = self.phase, phase
        try:
            yield
        finally:
            self.phase = before

    def waited(self, what: str) -> None:
        """Write down a wait."""
        self.waits.append(Wait(_place(), what, self.phase))

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if (ask := ASKS.get(func)) is not None:
            return ask(isinstance(args[0], OnCard))
        tensors = tensors_in(args) + tensors_in(kwargs) if kwargs else tensors_in(args)
        here = any(isinstance(tensor, OnCard) for tensor in tensors)
        if func in (Tensor.to, Tensor.cpu, Tensor.cuda, Tensor.copy_, Tensor.pin_memory) or func in FROM_HOST:
            return self._moved(func, args, kwargs, here)
        if func in FACTORIES:
            here = self._made_on_card(func, kwargs)
        elif kwargs.get("device") is not None:
            here = _is_card(kwargs["device"])
            kwargs["device"] = PROCESSOR
        if func is Tensor.__setitem__ and _is_copy(args):
            return self._written(args)
        self._check_one_device(func, tensors)
        if here:
            self._note_wait(func, args)
        with torch._C.DisableTorchFunctionSubclass():
            return _on_card(func(*args, **kwargs)) if here else func(*args, **kwargs)

    def _moved(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], here: bool) -> Any:
        """Do what takes a tensor from one device to another, or may."""
        source = args[1] if func is Tensor.copy_ else args[0]
        was, target = isinstance(source, OnCard), _target(func, args, kwargs)
        without_wait = isinstance(source, Pinned) and kwargs.get("non_blocking", False)
        if was != target and isinstance(source, Tensor) and not without_wait:
            self.waited("copied to the card" if target else "copied to the processor")
        elif target and not isinstance(source, Tensor):
            self.waited("copied to the card")
        with torch._C.DisableTorchFunctionSubclass():
            if func is Tensor.pin_memory:
                return args[0].clone().as_subclass(Pinned)
            if func is Tensor.cuda:
                func, args = Tensor.clone, args[:1]
            args = tuple(_without_card(value) for value in args)
            kwargs = {name: _without_card(value) for name, value in kwargs.items()}
            moved = func(*args, **kwargs)
            if func is Tensor.copy_:
                return moved
            if was != target and isinstance(source, Tensor):
                moved = moved.clone()
            return _on_card(moved) if target else moved.as_subclass(Tensor)

    def _written(self, args: tuple[Any, ...]) -> None:
        """Copy a tensor of one device into a part of one of the other, as an assignment may."""
        into, index, source = args
        self.waited("copied to the card" if isinstance(into, OnCard) else "copied to the processor")
        with torch._C.DisableTorchFunctionSubclass():
            into[index] = source

    def _made_on_card(self, func: Any, kwargs: dict[str, Any]) -> bool:
        device = kwargs.pop("device", None)
        if device is None and _place() != OUTSIDE:  # whoever looks on from outside may compute where it likes
            raise WrongDevice(f"{_place()}: {func.__name__} without the device of the run")
        return device is not None and _is_card(device)

    def _check_one_device(self, func: Any, tensors: list[Tensor]) -> None:
        others = [tensor for tensor in tensors if not isinstance(tensor, OnCard)]
        if not others or len(others) == len(tensors):
            return
        with torch._C.DisableTorchFunctionSubclass():
            if any(tensor.dim() for tensor in others) or func in MIXES_NO_SCALARS:
                raise WrongDevice(f"{_place()}: {_name(func)} of tensors on the card and on the processor")

    def _note_wait(self, func: Any, args: tuple[Any, ...]) -> None:
        if func in WAITS:
            self.waited(WAITS[func])
        elif func is torch.where and len(args) == 1:
            self.waited("where")
        elif func in (torch.repeat_interleave, Tensor.repeat_interleave) and isinstance(args[1], Tensor):
            self.waited("repeat_interleave")
        elif func in (Tensor.__getitem__, Tensor.__setitem__):
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            with torch._C.DisableTorchFunctionSubclass():
                if any(_waits_as_index(part, func is Tensor.__setitem__, args[-1]) for part in index):
                    self.waited("index")


def _waits_as_index(part: Any, writes: bool, value: Any) -> bool:
    """Say whether a card must be waited for to index by this."""
    if isinstance(part, Tensor):
        masks = part.dtype in (torch.bool, torch.uint8)
        # where a number is written, a mask is a condition
        return (
            part.dim() == 0 or not isinstance(part, OnCard) or (masks and not (writes and _is_number(value)))
        )
    return isinstance(part, list) or type(part).__name__ == "ndarray"  # is copied to the card


def _is_copy(args: tuple[Any, ...]) -> bool:
    """Say whether an assignment copies a tensor from one device into a slice of the other."""
    into, index, source = args
    if not isinstance(source, Tensor) or isinstance(into, OnCard) == isinstance(source, OnCard):
        return False
    parts = index if isinstance(index, tuple) else (index,)
    with torch._C.DisableTorchFunctionSubclass():
        return source.dim() > 0 and all(isinstance(part, (slice, int, type(...))) for part in parts)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, Tensor) and value.dim() == 0)


def _target(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Say whether a copy ends on the card."""
    if func is Tensor.copy_:
        return isinstance(args[0], OnCard)
    if func in (Tensor.cpu, Tensor.pin_memory):
        return False
    if func is Tensor.cuda:
        return True
    named = [kwargs.get("device"), kwargs.get("other"), *args[1:]]
    for value in named:
        if isinstance(value, OnCard) or (isinstance(value, (torch.device, str)) and _is_card(value)):
            return True
        if isinstance(value, (Tensor, torch.device, str)):
            return False
    return isinstance(args[0], OnCard)


def _without_card(value: Any) -> Any:
    """Return an argument as the processor takes it, to which it is all the same."""
    if isinstance(value, torch.device) or (
        isinstance(value, str) and value.partition(":")[0] in ("cpu", "cuda")
    ):
        return PROCESSOR
    return value


def _is_card(device: Any) -> bool:
    return torch.device(device).type == "cuda"


def _on_card(value: Any) -> Any:
    """Return what was computed on the card, as lying there."""
    if isinstance(value, OnCard):
        return value
    if isinstance(value, Tensor):
        return value.as_subclass(OnCard)
    if isinstance(value, (tuple, list)):
        parts = [_on_card(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def _name(func: Any) -> str:
    return str(getattr(func, "__name__", func))


OUTSIDE = "outside"


def _place() -> str:
    """Return the innermost file and function of the engine that are at work."""
    frame = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if ENGINE in path.parents:
            return f"{path.relative_to(ENGINE).as_posix()}:{frame.f_code.co_qualname}"
        frame = frame.f_back  # type: ignore[assignment]
    return OUTSIDE


@contextmanager
def plugged_in() -> Iterator[PretendedCard]:
    """Let this machine have the card."""
    card = PretendedCard()
    properties = SimpleNamespace(name="Pretended card", total_memory=MEMORY)
    answers: dict[str, Any] = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "get_device_properties": lambda index: properties,
        "mem_get_info": lambda device=None: (MEMORY, MEMORY),
        "memory_reserved": lambda device=None: 0,
        "memory_allocated": lambda device=None: 0,
        "synchronize": lambda device=None: card.waited("synchronize"),
    }
    with ExitStack() as stack:
        for name, answer in answers.items():
            stack.enter_context(mock.patch.object(torch.cuda, name, answer))
        stack.enter_context(card)
        yield card


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors among arguments or results."""
    if isinstance(value, Tensor):
        return [value]
    found: list[Tensor] = []
    if isinstance(value, (tuple, list)):
        for part in value:
            if isinstance(part, Tensor):
                found.append(part)
            elif isinstance(part, (tuple, list, dict)):
                found += tensors_in(part)
    elif isinstance(value, dict):
        found += tensors_in(list(value.values()))
    return found


def values(tensor: Tensor) -> Tensor:
    """Return the numbers of a tensor as the processor's, wherever it lies."""
    with torch._C.DisableTorchFunction():
        return tensor.as_subclass(Tensor)
