"""The plug-ins that are switched on in this process: by its user, never by a file.

One that fails to load, or whose names clash, brings nothing at all, and says why in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from ...words.errors import nearest, one_line
from ..columns import COLUMNS, Column, add_column
from ..data import DATA_KINDS
from ..fields import Kind
from ..measure import GROUP_TITLES
from ..networks import NETWORK_KINDS
from ..optimizers import OPTIMIZER_KINDS
from ..registry import KindRegistry
from ..step_rules import STEP_KINDS
from .installed import GROUPS, PlugIn, installed, plain
from .kinds import DataPlugIn, MeasurementPlugIn, NetworkPlugIn, OptimizerPlugIn
from .presets import PRESETS

ON: dict[str, PlugIn] = {}
"""The plug-ins that are on, by plain name."""
WRONG: dict[str, str] = {}
"""Why others are not that were asked for, by plain name: a sentence each."""


MEASUREMENTS: list[MeasurementPlugIn] = []
"""What they measure."""


GROUP_OF = {"network": "margin_lab.networks", "optimizer": "margin_lab.optimizers", "data": "margin_lab.data"}
"""The group of entry points that bring kinds of each part of an experiment."""


class Clash(Exception):
    """Says why what a plug-in brings cannot join."""


def switch_on(names: Iterable[str]) -> list[str]:
    """Let plug-ins in, before an experiment is described; return a sentence for each that cannot be.

    Args:
        names: of their distributions, as the user named them.
    """
    asked = [name for name in dict.fromkeys(names) if plain(name) not in ON]
    if not asked:
        return []
    there = {plain(plug_in.name): plug_in for plug_in in installed()}
    wrong = []
    for name in asked:
        plug_in = there.get(plain(name))
        if plug_in is None:
            known = [found.name for found in there.values()]
            remedy = nearest(name, known).rstrip("?") if known else "no other is, either"
            why = f"The plug-in {name} is not installed; {remedy}."
        else:
            why = _why_not(plug_in)
        if why:
            WRONG[plain(name)] = why
            wrong.append(why)
    return wrong


def names_on() -> tuple[str, ...]:
    """Return the names of the plug-ins that are on: what another process of the lab is told to switch on, too."""
    return tuple(plug_in.name for plug_in in ON.values())


def whose(part: str, kind: str) -> PlugIn | None:
    """Return the plug-in that a kind of 'network', 'optimizer' or 'data' comes from; None where it is the lab's own."""
    group = GROUP_OF[part]
    return next((plug_in for plug_in in ON.values() if plug_in.has(group, kind)), None)


def who_would_bring(part: str, kind: str) -> PlugIn | None:
    """Return an installed plug-in that is not on and says that it brings such a kind; nothing of it is imported."""
    group = GROUP_OF.get(part, "")
    return next((found for found in installed() if found.has(group, kind)), None) if group else None


def _why_not(plug_in: PlugIn) -> str:
    """Let a plug-in in, or say why not."""
    joining: list[Callable[[], None]] = []
    names: set[tuple[str, str]] = set()
    for entry in plug_in.entries:
        what = f"The plug-in {plug_in.called} is left out: its {GROUPS[entry.group]} {entry.name}"
        if (entry.group, entry.name) in names:
            return f"{what} is there twice."
        names.add((entry.group, entry.name))
        try:
            brought = entry.load()
        except (Exception, SystemExit) as error:
            return f"{what} cannot be imported: {_said(error)}."
        try:
            joining.append(JOIN[entry.group](entry, brought))
        except Clash as clash:
            return f"{what} {clash}."
        except (Exception, SystemExit) as error:
            return f"{what} is not as kinds are: {_said(error)}."
    for join in joining:
        join()
    ON[plain(plug_in.name)] = plug_in
    return ""


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}, {one_line(str(error)) or 'it did not say why'}"


def _joins(kinds: KindRegistry[Any], base: type[Kind]) -> Callable[[EntryPoint, Any], Callable[[], None]]:
    def judged(entry: EntryPoint, brought: Any) -> Callable[[], None]:
        if not (isinstance(brought, type) and issubclass(brought, base)):
            raise Clash(f"is no {base.__name__}")
        if "kind" not in brought.model_fields or brought.name() != entry.name:
            raise Clash(f"does not say kind: Literal['{entry.name}']")
        for name in ("title", "help"):
            if not isinstance(getattr(brought, name, None), str):
                raise Clash(f"has no {name}")
        if entry.name in kinds:
            raise Clash(f"has the name of a kind that is there already ({kinds[entry.name].title})")
        if kinds.in_use:
            raise Clash("comes too late: an experiment was read before it")
        wrong = _wrong_steps(brought) if issubclass(brought, OptimizerPlugIn) else ""
        if wrong:
            raise Clash(wrong)
        brought.model_rebuild(force=True)  # what is no field at all would be met by every experiment
        return lambda: kinds.register(brought)

    return judged


def _wrong_steps(brought: type[OptimizerPlugIn]) -> str:
    """Say what is wrong with the step rules that an optimizer takes, or ''."""
    strange = [name for name in brought.steps if name not in STEP_KINDS or not STEP_KINDS[name].rate]
    if strange or not brought.steps:
        return f"takes the steps {', '.join(brought.steps) or 'none'}; allowed are those with a rate"
    first = getattr(brought.model_fields["step"].default, "kind", "")
    return "" if first == brought.steps[0] else f"begins with the step {first}, not with {brought.steps[0]}"


def _measurement_joins(entry: EntryPoint, brought: Any) -> Callable[[], None]:
    if not isinstance(brought, MeasurementPlugIn) or not isinstance(brought.column, Column):
        raise Clash("is no MeasurementPlugIn")
    new = brought.column
    if new.name != entry.name:
        raise Clash(f"calls its column {new.name}")
    if new.group not in GROUP_TITLES:
        raise Clash(f"is in the group {new.group}; {nearest(new.group, GROUP_TITLES)}")
    if any(known.matches(new.name) for known in COLUMNS):
        raise Clash("has the name of a measurement that is there already")

    def join() -> None:
        add_column(new)
        MEASUREMENTS.append(brought)

    return join


def _preset_joins(entry: EntryPoint, brought: Any) -> Callable[[], None]:
    folders = [Path(folder) for folder in getattr(brought, "__path__", ())]
    file = next((path for folder in folders if (path := folder / f"{entry.name}.toml").is_file()), None)
    if file is None:
        raise Clash(f"is not there: no {entry.name}.toml in {entry.value}")
    if entry.name in PRESETS:
        raise Clash("has the name of a preset that is there already")
    return lambda: PRESETS.update({entry.name: file})


JOIN: dict[str, Callable[[EntryPoint, Any], Callable[[], None]]] = {
    "margin_lab.networks": _joins(NETWORK_KINDS, NetworkPlugIn),
    "margin_lab.optimizers": _joins(OPTIMIZER_KINDS, OptimizerPlugIn),
    "margin_lab.data": _joins(DATA_KINDS, DataPlugIn),
    "margin_lab.measurements": _measurement_joins,
    "margin_lab.presets": _preset_joins,
}
"""What judges what an entry point of each group brings, and returns how it joins."""
