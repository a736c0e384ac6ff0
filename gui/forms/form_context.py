"""What the forms of one window share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .editor import FieldEditor
from .field_spec import FieldSpec

Maker = Callable[[FieldSpec], FieldEditor]


@dataclass
class FormContext:
    """Own editors for some paths, which 'more…' are unfolded, where relative paths start."""

    makers: Mapping[str, Maker] = field(default_factory=dict)
    unfolded: set[str] = field(default_factory=set)
    folder: Path | None = None
