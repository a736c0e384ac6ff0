"""What a changed document may still say of itself: titles, words and claims belong to the settings they were made with.

One rule for the window, the command line and Python. Claims rest on every field of the experiments that they are
about. These alone may change and leave them as they are: the seed and the number of replicas, since claims hold for
any seed (`verify --seeds`); a longer run, and stop rules that end it later; device, threads, and what takes the
steps; which measurements are taken, and how often.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any

from ..words.errors import Refusal, one_line
from ..words.formats import counted
from .claims import Claim
from .data import DataSpec
from .differences import differences, shown
from .document import About, Document
from .edits import EditSpec, LiveEdit, check_edits, without_fields
from .experiment import Experiment, with_values

BASED_ON = "based on: "
OWN_DATA = ", with the data of "
"""Before the name of the file in a title, where the data are no longer those that were loaded."""
LONGEST_NAME = 60
"""Letters of a file's name in a title."""
HARMLESS = (
    "title",
    "seed",
    "replicas",
    "run.device",
    "run.threads",
    "run.backend",
    "measure.groups",
    "measure.per_decade",
    "measure.every",
    "measure.twin",
)
LATER = {"run.steps": 1, "run.stop.seconds": 1, "run.stop.log_loss": -1, "run.stop.plateau": -1}
"""Fields that end a run later where they are larger (1) or smaller (-1), or are not set."""


def is_harmless(path: str, before: Any, after: Any) -> bool:
    """Say whether a field may change so and leave claims about the run as they are."""
    if path in LATER:
        return after is None or (before is not None and LATER[path] * (after - before) >= 0)
    return path in HARMLESS


def changed(before: Experiment, after: Experiment) -> dict[str, tuple[Any, Any]]:
    """Return what differs of that which claims rest on: paths, with both values; the outermost kinds first."""
    all_of_them = differences(before, after).items()
    found = {path: values for path, values in all_of_them if not is_harmless(path, *values)}
    return dict(sorted(found.items(), key=lambda item: (not item[0].endswith("kind"), item[0].count("."))))


def with_settings(document: Document, values: Mapping[str, Any]) -> Document:
    """Return a document with dotted paths set in each of its experiments, over what a variation or an edit sets.

    Claims stay with the settings that they were made with.

    Raises:
        Refusal: where a value is not allowed in one of them.
    """
    if not values:
        return document
    loaded, _ = without_edits_of(document, values)
    return with_provenance(loaded.with_values(values), loaded)


def without_edits_of(document: Document, values: Mapping[str, Any]) -> tuple[Document, list[LiveEdit]]:
    """Return a document without edits of fields that are set for the whole of its runs, and what they were.

    Raises:
        Refusal: where a value is not allowed in one of its experiments.
    """
    varied = values.get("vary")
    fields = {*values, *(varied if isinstance(varied, Mapping) else ())}
    left_out: list[LiveEdit] = []
    for name, start in document.with_values(values).experiments().items():
        with contextlib.suppress(Refusal):  # of edits that such a run cannot take: none of them stays
            kept, gone = without_fields(start, document.edits_of(name), fields, name)
            if gone:
                document, left_out = document.with_edits_of(name, kept), left_out + gone
    return document, left_out


def with_provenance(document: Document, loaded: Document) -> Document:
    """Return a document with the title, words, claims and edits that are true of it, of those that were loaded.

    A claim stays while the experiments that it is about are as they were. The title and the sentence to look for are
    about all of them, and stay where runs are only shorter; else the title says where the experiment comes from.
    Edits stay while a run could take them.
    """
    foreign = _changes(document, loaded)
    own = loaded.base.title
    stem, had = _parts(own)
    derived = BASED_ON + stem if own else ""
    title, about = document.base.title, loaded.about
    said_here = title in (own, derived) or (bool(derived) and title.startswith(derived + OWN_DATA))
    if all(paths.keys() <= LATER.keys() for paths in foreign.values()):
        title = own if said_here else title
    else:
        title = (
            derived and derived + _own_data(document.base.data, loaded.base.data, had) if said_here else title
        )
        about = About(show=loaded.about.show)
    if title != document.base.title:
        document = document.with_base(with_values(document.base, {"title": title}))
    first = next(iter(loaded.experiments()))
    parts = {
        "about": about,
        "claims": tuple(
            claim
            for claim in loaded.claims
            if not foreign.keys() & _subjects(claim, first)
            and not (claim.about_a_map and document.sweep is None)
        ),
        "edits": tuple(edit for edit in loaded.edits if edit.run in _editable(document, loaded)),
    }
    return document.model_copy(
        update={name: part for name, part in parts.items() if part != getattr(document, name)}
    )


def left_out(document: Document, loaded: Document) -> str:
    """Say what a changed document says no longer, and why; '' where it says all that was loaded."""
    claims, edits = len(loaded.claims) - len(document.claims), len(loaded.edits) - len(document.edits)
    numbers = [counted(claims, "claim")] if claims else []
    numbers += [counted(edits, "edit")] if edits else []
    if not numbers:
        return ""
    return f"left out: {' and '.join(numbers)} of the file, made with {made_with(document, loaded)}"


def made_with(document: Document, loaded: Document) -> str:
    """Say with which setting what was loaded was made, of those that a document has no longer; '' where it has all."""
    for paths in _changes(document, loaded).values():
        for path, (before, after) in paths.items():
            return f"{path} {_value(before)}, not {_value(after)}"
    return ""


def _changes(document: Document, loaded: Document) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return what differs of that which claims rest on, by the experiments in which something does."""
    now = document.experiments()
    changes = {
        name: {
            path: values for path, values in changed(before, now[name]).items() if not of_axes(document, path)
        }
        for name, before in loaded.experiments().items()
    }
    return {name: paths for name, paths in changes.items() if paths}


def of_axes(document: Document, path: str) -> bool:
    """Say whether an axis of a document's map decides a field, whatever its experiment has there."""
    axes = () if document.sweep is None else document.sweep.axes
    return any(f"{path}.".startswith(f"{axis.path}.") for axis in axes)


def _subjects(claim: Claim, first: str) -> set[str]:
    """Return the experiments that a claim is about."""
    return {claim.run or first} if claim.pair is None else set(claim.pair)


def _parts(title: str) -> tuple[str, str]:
    """Return what a title says without what is said here, and whose data it names; one's own words stay whole."""
    stem, put, had = title.removeprefix(BASED_ON).rpartition(OWN_DATA)
    return (stem, had) if put and title.startswith(BASED_ON) else (title.removeprefix(BASED_ON), "")


def _own_data(now: DataSpec, before: DataSpec, had: str) -> str:
    """Say of which file data are that were others when they were loaded, or had been before; '' for none."""
    if not now.reads:
        return ""
    is_as_loaded = before.reads and _file_of(now) == _file_of(before)
    name = had if is_as_loaded else one_line(_file_of(now), LONGEST_NAME)
    return f"{OWN_DATA}{name}" if name else ""


def _file_of(data: DataSpec) -> str:
    return re.split(r"[/\\]", str(getattr(data, data.reads)).rstrip("/\\"))[-1]


def _editable(document: Document, loaded: Document) -> set[str]:
    """Return the experiments whose runs could take the edits that were loaded for them."""
    return {name for name, now in document.experiments().items() if _fits(now, loaded.edits_of(name))}


def _fits(experiment: Experiment, edits: tuple[EditSpec, ...]) -> bool:
    try:
        check_edits(experiment, [("", edit) for edit in edits])
    except Refusal:
        return False
    return True


def _value(value: Any) -> str:
    if isinstance(value, dict):  # what is varied
        return ", ".join(f"{path} {shown(values)}" for path, values in value.items()) or "none"
    return "none" if value is None else shown(value)
