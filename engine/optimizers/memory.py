"""Memories with names: dataclasses of tensors, flattened only where a state is stored, copied or put back."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from torch import Tensor


class Memory:
    """What an optimizer or a step rule keeps from step to step: the fields of a dataclass below it, or nothing.

    The first axis of every tensor is the replica's.
    """

    @property
    def conditioner(self) -> Tensor | None:
        """Return h (R, P), its largest entry 1, of an optimizer that makes its own metric 1/h."""
        return None

    @property
    def events(self) -> dict[str, Tensor]:
        """Return the steps (R,) of its events by name; -1: not yet."""
        return {}


def flat(state: Any) -> dict[str, Tensor]:
    """Return every tensor of a dataclass, and of the dataclasses and tables in it, by its name in snapshots.

    The name is that of the field, or what its type is annotated with: `Annotated[Tensor, "adam.first"]`. Of a table
    it is the beginning of its tensors' names.
    """
    tensors: dict[str, Tensor] = {}
    for field, name in _stored_names(state.__class__).items():
        value = getattr(state, field)
        if isinstance(value, Tensor):
            tensors[name] = value
        elif isinstance(value, dict):
            tensors |= {f"{name}.{key}": tensor for key, tensor in value.items()}
        else:
            tensors |= flat(value)
    return tensors


@cache
def _stored_names(kind: Hashable) -> dict[str, str]:
    """Return the fields of a dataclass and their names in snapshots; nothing of what is no dataclass."""
    if not isinstance(kind, type) or not dataclasses.is_dataclass(kind):
        return {}
    hints = get_type_hints(kind, include_extras=True)
    names = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        names[field.name] = get_args(hint)[1] if get_origin(hint) is Annotated else field.name
    return names
