"""Exact answers as bytes: a line of JSON, then the bytes of the arrays. Nothing in them is ever executed."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import numpy as np

from engine.references.asymptotes import Asymptote
from engine.references.reference import (
    NotApplicable,
    NotSeparable,
    NotSolved,
    Reference,
    ReferenceUnavailable,
)

Answer = Reference | Asymptote | list[Reference]
_TYPES: dict[str, type[Reference] | type[Asymptote]] = {
    kind.__name__: kind for kind in (Reference, Asymptote)
}
_REASONS = {
    reason.__name__: reason for reason in (ReferenceUnavailable, NotApplicable, NotSeparable, NotSolved)
}


def to_bytes(answer: Answer | ReferenceUnavailable) -> bytes:
    """Return an answer, or the reason why there is none, as bytes."""
    arrays: list[np.ndarray] = []
    if isinstance(answer, ReferenceUnavailable):
        said: dict[str, Any] = {"reason": type(answer).__name__, "words": str(answer)}
    elif isinstance(answer, list):
        said = {"list": [_said(each, arrays) for each in answer]}
    else:
        said = {"one": _said(answer, arrays)}
    return b"\n".join([json.dumps(said).encode(), b"".join(array.tobytes() for array in arrays)])


def from_bytes(content: bytes) -> Answer | ReferenceUnavailable | None:
    """Return what bytes tell; None where they tell nothing."""
    line, _, rest = content.partition(b"\n")
    try:
        said = json.loads(line)
        if "reason" in said:
            return _REASONS[said["reason"]](said["words"])
        arrays = _AnswerArrays(rest)
        if "list" in said:
            return [_made(each, arrays) for each in said["list"]]
        one: Reference | Asymptote = _made(said["one"], arrays)
    except (ValueError, TypeError, KeyError):
        return None
    return one


def _said(answer: Reference | Asymptote, arrays: list[np.ndarray]) -> dict[str, Any]:
    return {"type": type(answer).__name__} | {
        field.name: _value(getattr(answer, field.name), arrays) for field in fields(answer)
    }


def _value(value: Any, arrays: list[np.ndarray]) -> Any:
    if not isinstance(value, np.ndarray):
        return value.item() if isinstance(value, np.generic) else value
    arrays.append(value)
    return {"dtype": value.dtype.str, "shape": value.shape}


def _made(said: dict[str, Any], arrays: _AnswerArrays) -> Any:
    values = {name: arrays.value(value) for name, value in said.items() if name != "type"}
    return _TYPES[said["type"]](**values)


class _AnswerArrays:
    """Gives arrays out, one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def value(self, said: Any) -> Any:
        """Return a value; the next array where it is one, which nobody can write to, for others have it too."""
        if isinstance(said, list):
            return tuple(said)
        if not isinstance(said, dict):
            return said
        shape, dtype = tuple(said["shape"]), np.dtype(said["dtype"])
        count = int(np.prod(shape, dtype=np.int64))
        array = np.frombuffer(self._content, dtype, count, self._at).reshape(shape).copy()
        array.flags.writeable = False
        self._at += array.nbytes
        return array
