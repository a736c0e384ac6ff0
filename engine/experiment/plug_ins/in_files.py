"""What files say of plug-ins: which their kinds come from, and what stands in a file without one of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...words.errors import Refusal
from ..columns import expect_column
from ..toml_text import tables_from
from .absent import is_absent, missing_of, plug_in_of, with_absent
from .loaded import ON, whose

if TYPE_CHECKING:
    from ..experiment import Experiment


def variation_with_absent(table: Any, missing: Mapping[str, str]) -> Any:
    """Return the table of a variation, with what stands for kinds of plug-ins that are not there."""
    said = table.get("set") if isinstance(table, Mapping) else None
    return {**table, "set": with_absent(said, missing)} if isinstance(said, Mapping) else table


def expect_columns(tables: Mapping[str, Any]) -> None:
    """Take what a file without one of its plug-ins calls a measurement for one of the plug-in's."""
    claims, about, sweep = tables.get("claims"), tables.get("about"), tables.get("sweep")
    names: list[Any] = []
    for claim in claims if isinstance(claims, list) else []:
        names += [claim.get("of"), claim.get("against")] if isinstance(claim, Mapping) else []
    for table, key in ((about, "show"), (sweep, "columns")):
        told = table.get(key) if isinstance(table, Mapping) else None
        names += told if isinstance(told, list) else []
    for name in names:
        if isinstance(name, str) and name not in ("", "step"):
            expect_column(name)


def named_by(experiments: Iterable[Experiment]) -> dict[str, str]:
    """Return the plug-ins that kinds of experiments come from, with their versions."""
    found: dict[str, str] = {}
    for experiment in experiments:
        for part in ("data", "network", "optimizer"):
            said = getattr(experiment, part)
            if is_absent(said):
                names = (each.rpartition(" ") for each in plug_in_of(said).split(" or "))
                found |= {name: version for name, _, version in names}
            elif (plug_in := whose(part, said.kind)) is not None:
                found[plug_in.name] = plug_in.version
    return dict(sorted(found.items()))


def missing_in(text: str) -> dict[str, str]:
    """Return the versions of the plug-ins that an experiment file's text names and that are not on, by name."""
    if "plug_ins" not in text:
        return {}
    try:
        return missing_of(tables_from(text).get("plug_ins", {}), ON)
    except Refusal:  # whoever reads it all will say so
        return {}


def without(missing: Mapping[str, str], what: str) -> str:
    """Say what a session or a file needs that is not on."""
    names = " and ".join(f"{name} {version}".strip() for name, version in missing.items())
    plural = "plug-ins" if len(missing) > 1 else "plug-in"
    return (
        f"{what} needs the {plural} {names}, not on here: what was recorded is shown, and nothing of it can be trained "
        f"until File, Plug-ins lets {'them' if len(missing) > 1 else 'it'} in."
    )


def as_it_was(value: Any) -> Any:
    """Return a table as its file says it, where a kind's plug-in is not there."""
    absent = isinstance(value, Mapping) and value.get("kind") == "absent" and "was" in value
    return json.loads(value["was"]) if absent else value
