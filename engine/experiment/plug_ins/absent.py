"""What stands for a kind whose plug-in is not there: it keeps what the file said, and can be trained by nothing.

A file says which plug-ins its kinds come from (`[plug_ins]`, written by the lab). Without one of them its strange kinds
are read as these, so that the file opens, what was recorded is shown, and it is written as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator

from ...words.errors import Refusal
from ..choices import CHOICES
from ..data import DATA_KINDS, DataSpec, Family
from ..fields import Kind, field
from ..networks import NETWORK_KINDS, NetworkSpec
from ..optimizers import OPTIMIZER_KINDS, OptimizerSpec
from ..step_rules import STEP_KINDS, ConstantSpec, StepChoice
from .installed import plain

TITLE = "Of a plug-in that is not on"
HELP = "Its plug-in is not on here: what was recorded is shown, and it cannot be trained."


def _was() -> str:
    table: str = field(..., "was", "What the file says, as JSON: a kind is hashed.")
    return table


def _plug_in() -> str:
    name: str = field(..., "plug-in", "Whose it is, with the version.")
    return name


def _is_a_table(was: str) -> str:
    """Refuse what is no table of a kind that could stand in a file."""
    try:
        said = json.loads(was)
    except ValueError:
        said = None
    kind = said.get("kind") if isinstance(said, dict) else None
    if not isinstance(kind, str) or kind == "absent":
        raise Refusal("", was, "is no table of a kind; write the kind itself, as the plug-in calls it")
    return was


Was = Annotated[str, AfterValidator(_is_a_table)]
"""A table as JSON, with its `kind`."""


class AbsentNetwork(NetworkSpec):
    """A network of a plug-in that is not there."""

    title: ClassVar[str] = TITLE
    help: ClassVar[str] = HELP
    kind: Literal["absent"]
    was: Was = _was()
    plug_in: str = _plug_in()

    def words(self) -> str:
        """Say what it was called."""
        return f"{table_of(self)['kind']} network"

    def in_brief(self) -> str:
        """Say what it was called."""
        return str(table_of(self)["kind"])


class AbsentOptimizer(OptimizerSpec):
    """An optimizer of a plug-in that is not there."""

    title: ClassVar[str] = TITLE
    help: ClassVar[str] = HELP
    steps: ClassVar[tuple[str, ...]] = tuple(STEP_KINDS)
    kind: Literal["absent"]
    was: Was = _was()
    plug_in: str = _plug_in()
    step: StepChoice = field(ConstantSpec(kind="constant"), "step rule", "How far each step goes.")

    def in_brief(self) -> str:
        """Say what it was called."""
        return str(table_of(self)["kind"])


class AbsentData(DataSpec):
    """Data of a plug-in that is not there."""

    title: ClassVar[str] = TITLE
    help: ClassVar[str] = HELP
    family: ClassVar[Family] = "others"
    kind: Literal["absent"]
    was: Was = _was()
    plug_in: str = _plug_in()


ABSENT: tuple[type[Kind], ...] = (AbsentNetwork, AbsentOptimizer, AbsentData)
NETWORK_KINDS.stand_in(AbsentNetwork)
OPTIMIZER_KINDS.stand_in(AbsentOptimizer)
DATA_KINDS.stand_in(AbsentData)


def is_absent(said: Kind) -> bool:
    """Say whether this stands for a kind whose plug-in is not there."""
    return isinstance(said, ABSENT)


def table_of(said: Kind) -> dict[str, Any]:
    """Return what the file says in its place."""
    table: dict[str, Any] = json.loads(said.was)  # type: ignore[attr-defined]
    return table


def plug_in_of(said: Kind) -> str:
    """Return the name and version of the plug-in that it needs; of several that it may be, all."""
    return str(said.plug_in)  # type: ignore[attr-defined]


def why_absent(part: str, said: Kind) -> Refusal:
    """Return what says which plug-in a kind needs; of 'network', 'optimizer' or 'data'."""
    plug_in = plug_in_of(said)
    name = "NAME" if " or " in plug_in else plug_in.rpartition(" ")[0] or plug_in
    remedy = f"tick it under File, Plug-ins, once it is installed, or say --plugin {name}"
    kind = table_of(said)["kind"]
    return Refusal(f"{part}.kind", kind, f"needs the plug-in {plug_in}, which is not on: {remedy}")


def with_absent(tables: Mapping[str, Any], missing: Mapping[str, str]) -> dict[str, Any]:
    """Return an experiment's tables, or what a variation sets, with kinds that nobody knows standing for themselves.

    Args:
        tables: tables by name; of a variation dotted paths too.
        missing: the versions of the file's plug-ins that are not on, by name.
    """
    if not missing:
        return dict(tables)
    plug_in = " or ".join(f"{name} {version}".strip() for name, version in sorted(missing.items()))
    result = dict(tables)
    for part in ("data", "network", "optimizer"):
        table = result.get(part)
        inner = {path: value for path, value in tables.items() if path.startswith(f"{part}.")}
        table = table if isinstance(table, Mapping) else {}
        kind = inner.get(f"{part}.kind", table.get("kind"))
        if not isinstance(kind, str) or kind in CHOICES[part] or kind == "absent":
            continue
        for path in inner:
            del result[path]
        said = {path.removeprefix(f"{part}."): value for path, value in inner.items()}
        was = json.dumps({**table, **said}, default=str)
        result[part] = {"kind": "absent", "was": was, "plug_in": plug_in}
    return result


def missing_of(plug_ins: Any, on: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions of the plug-ins that a file names and that are not on, by name.

    Raises:
        Refusal: where that is no table of names and versions.
    """
    if not isinstance(plug_ins, Mapping) or not all(isinstance(v, str) for v in plug_ins.values()):
        raise Refusal("plug_ins", None, "must be a table of the plug-ins' names and versions")
    return {str(name): version for name, version in plug_ins.items() if plain(str(name)) not in on}
