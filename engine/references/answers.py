"""Exact answers that are asked for again: kept by what was asked, in this process and in files.

What decides an answer is the solver, its sources and what it is asked, byte for byte; so an answer that is kept is the
one that solving would give. Reasons why there is none are answers, too.
"""

from __future__ import annotations

import hashlib
import platform
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import numpy as np

from engine.files import user_cache
from engine.references.answer_bytes import Answer, from_bytes, to_bytes
from engine.references.answer_files import AnswerFiles
from engine.references.reference import ReferenceUnavailable

T = TypeVar("T", bound=Answer)
IN_MEMORY = 16 * 2**20
"""Bytes of answers that a process remembers."""
WORTH_A_FILE = 0.004
"""Seconds of the processor from which an answer is kept in a file, too: writing one takes half of it."""
_remembered: OrderedDict[str, tuple[Answer | ReferenceUnavailable, int]] = OrderedDict()
_bytes = 0
"""Of all that is remembered."""
_lock = threading.Lock()


class NotKept(LookupError):
    """Say that an answer would have to be solved."""


class Ask(Protocol):
    """Gives the answer of a solver to what it is asked: arrays, numbers and words."""

    def __call__(self, solve: Callable[..., T], *asked: Any) -> T:
        """Return it, or raise why there is none."""


def asked_anew(solve: Callable[..., T], *asked: Any) -> T:
    """Return what a solver answers, and keep nothing."""
    return solve(*asked)


def answered(solve: Callable[..., T], *asked: Any) -> T:
    """Return what a solver of this package answers, solved only where that is not kept.

    Raises:
        ReferenceUnavailable: where there is no answer.
    """
    asked = tuple(_plain(each) for each in asked)
    key = _key(solve, asked)
    try:
        return cast(T, _kept(key))
    except NotKept:
        pass
    answer: Answer | ReferenceUnavailable
    started = time.thread_time()
    try:
        answer = solve(*asked)
    except ReferenceUnavailable as why:
        answer = why
    content = to_bytes(answer)
    if time.thread_time() - started >= WORTH_A_FILE:  # whether it is kept changes no bit of it
        _files().write(key, content)
    return cast(T, _given(_remember(key, content)))


def recalled(solve: Callable[..., T], *asked: Any) -> T:
    """Return what a solver answered before.

    Raises:
        NotKept: where that is not known.
        ReferenceUnavailable: where there is no answer.
    """
    return cast(T, _kept(_key(solve, tuple(_plain(each) for each in asked))))


def forget_answers() -> None:
    """Forget what this process remembers; what is in files stays."""
    global _bytes
    with _lock:
        _remembered.clear()
        _bytes = 0


def _kept(key: str) -> Answer:
    with _lock:
        if key in _remembered:
            _remembered.move_to_end(key)
            return _given(_remembered[key][0])
    content = _files().read(key)
    answer = None if content is None else _remember(key, content)
    if answer is None:
        raise NotKept
    return _given(answer)


def _remember(key: str, content: bytes) -> Answer | ReferenceUnavailable | None:
    """Remember an answer as its bytes tell it, solved or read: the two are the same to the last bit."""
    global _bytes
    answer = from_bytes(content)
    if answer is not None:
        with _lock:
            _, before = _remembered.pop(key, (None, 0))
            _remembered[key] = answer, len(content)
            _bytes += len(content) - before
            while _bytes > IN_MEMORY and len(_remembered) > 1:
                _, (_, size) = _remembered.popitem(last=False)
                _bytes -= size
    return answer


def _given(answer: Answer | ReferenceUnavailable | None) -> Answer:
    assert answer is not None, "what was just written can be read"
    if isinstance(answer, ReferenceUnavailable):
        raise type(answer)(str(answer))
    return answer


def _plain(asked: Any) -> Any:
    """Return an array in the order of its bytes: products of others round otherwise."""
    return np.ascontiguousarray(asked) if isinstance(asked, np.ndarray) else asked


def _key(solve: Callable[..., Answer], asked: tuple[Any, ...]) -> str:
    digest = hashlib.sha256(f"{solvers()} {solve.__module__}.{solve.__qualname__}".encode())
    for each in asked:
        if isinstance(each, np.ndarray):
            digest.update(f"\n{each.dtype.str}{each.shape}".encode())
            digest.update(each.data.cast("B") if each.size else b"")
        else:
            digest.update(f"\n{each!r}".encode())
    return digest.hexdigest()


@cache
def solvers() -> str:
    """Return what tells these solvers from others: their sources, and the libraries that they stand on."""
    digest = hashlib.sha256(
        f"{platform.machine()} {platform.python_version()} {version('numpy')} {version('scipy')}".encode()
    )
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()


def _files() -> AnswerFiles:
    return _files_in(user_cache("references"))


@lru_cache(maxsize=1)
def _files_in(folder: Path) -> AnswerFiles:
    return AnswerFiles(folder)
