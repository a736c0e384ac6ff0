"""Which fields make one document of another where they are set: what `--set` and `set=` are to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...words.errors import Refusal
from ..differences import differences
from ..document import Document
from ..experiment import Experiment
from ..provenance import with_settings


def settings_of(document: Document, loaded: Document) -> dict[str, Any] | None:
    """Return few fields that make a document of another one where they are set; None where none do.

    Titles and claims are left out of account: they decide no number.
    """
    now, before = document.experiments(), loaded.experiments()
    if list(now) != list(before):
        return None
    settings: dict[str, Any] = {}
    for name, experiment in now.items():
        for path, (_, new) in differences(before[name], experiment).items():
            if path != "title" and new is not None:  # what another kind lacks goes with it
                if settings.get(path, new) != new:
                    return None
                settings[path] = new
    if "vary" in settings:
        settings.pop("replicas", None)  # which vary sets
    if not _makes(loaded, settings, document):
        return None
    if any(path.endswith("kind") for path in settings):  # it brings most of its fields along
        for path in list(settings):
            fewer = {other: value for other, value in settings.items() if other != path}
            if not path.endswith("kind") and _makes(loaded, fewer, document):
                settings = fewer
    return settings


def _makes(loaded: Document, settings: Mapping[str, Any], document: Document) -> bool:
    try:
        made = with_settings(loaded, settings)
    except Refusal:
        return False
    wanted, got = document.experiments(), made.experiments()
    return made.edits == document.edits and all(
        _untitled(wanted[name]) == _untitled(got[name]) for name in wanted
    )


def _untitled(experiment: Experiment) -> Experiment:
    return experiment.model_copy(update={"title": ""})
