"""The engine of Margin Lab: data, networks, training, measurements, references. No Qt.

The names in `__all__` are the public Python interface (docs/python.md): they stay, or go on for one version
under their old name with a warning. Everything else may change from version to version. A name is imported
when it is first asked for, so that `import engine` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .catalog import PresetEntry, presets
    from .claims import Verdict
    from .experiment.columns import Column
    from .experiment.document import Document
    from .experiment.experiment import Experiment
    from .experiment.fields import field
    from .experiment.plug_ins.kinds import DataPlugIn, MeasurementPlugIn, NetworkPlugIn, OptimizerPlugIn
    from .experiment.plug_ins.loaded import switch_on
    from .experiment.structure import Ends
    from .protocol.messages import ReferenceSolved
    from .protocol.records import Snapshot
    from .public.experiments import load
    from .public.figures import figure
    from .public.results import Results, RunResult
    from .public.sessions import open_session
    from .public.training import references_of, stream, train
    from .words.errors import Refusal

__all__ = [
    "Column",
    "DataPlugIn",
    "Document",
    "Ends",
    "Experiment",
    "MeasurementPlugIn",
    "NetworkPlugIn",
    "OptimizerPlugIn",
    "PresetEntry",
    "ReferenceSolved",
    "Refusal",
    "Results",
    "RunResult",
    "Snapshot",
    "Verdict",
    "field",
    "figure",
    "load",
    "open_session",
    "presets",
    "references_of",
    "stream",
    "switch_on",
    "train",
]

_HOMES = {
    "Column": "experiment.columns",
    "DataPlugIn": "experiment.plug_ins.kinds",
    "Document": "experiment.document",
    "Ends": "experiment.structure",
    "Experiment": "experiment.experiment",
    "MeasurementPlugIn": "experiment.plug_ins.kinds",
    "NetworkPlugIn": "experiment.plug_ins.kinds",
    "OptimizerPlugIn": "experiment.plug_ins.kinds",
    "PresetEntry": "catalog",
    "ReferenceSolved": "protocol.messages",
    "Refusal": "words.errors",
    "Results": "public.results",
    "RunResult": "public.results",
    "Snapshot": "protocol.records",
    "Verdict": "claims",
    "field": "experiment.fields",
    "figure": "public.figures",
    "load": "public.experiments",
    "open_session": "public.sessions",
    "presets": "catalog",
    "references_of": "public.training",
    "stream": "public.training",
    "switch_on": "experiment.plug_ins.loaded",
    "train": "public.training",
}
"""The module of every public name."""
_RENAMED: dict[str, tuple[str, str]] = {}
"""What a public name was called before: the name it has now, and the version in which the old one goes."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for; an old one warns."""
    from importlib import import_module

    if name in _RENAMED:
        import warnings

        new, gone = _RENAMED[name]
        warnings.warn(
            f"engine.{name} is called engine.{new} now; the old name goes in version {gone}",
            DeprecationWarning,
            stacklevel=2,
        )
        name = new
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
