"""One thread at a time: methods that hold their object's lock while they work."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Locked(Protocol):
    """Something that one thread at a time uses."""

    lock: RLock


S = TypeVar("S", bound=Locked)


def alone(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Let a method wait until no other thread is in one of these."""

    @wraps(method)
    def held(self: S, /, *args: P.args, **more: P.kwargs) -> T:
        with self.lock:
            return method(self, *args, **more)

    return held
