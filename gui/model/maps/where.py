"""Where maps are trained: remembered on this machine, and said by no experiment."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSettings

from engine.experiment.data import DataSpec
from engine.experiment.document import Document
from engine.sweep.order import order_of
from engine.sweep.places import place_of
from engine.sweep.workers import Workers, WorkersGone, WorkersState
from engine.words.errors import Refusal
from engine.words.formats import byte_size, counted

KEY = "maps/where"
HERE = "local"
"""A process a core of this machine."""


def remembered() -> str:
    """Return the place that was chosen last, as `--on` writes it."""
    return str(QSettings().value(KEY, HERE)) or HERE


def remember(place: str) -> None:
    """Note a place."""
    QSettings().setValue(KEY, place)


def workers_at(place: str, document: Document, data: Iterable[DataSpec]) -> Workers:
    """Return what trains a map at a place; it may take a while until that answers.

    Raises:
        Refusal: where it is no place, nobody is there, or data cannot be read.
    """
    return place_of(place).workers(order_of(document, data), place)


def in_words(refusal: Refusal) -> Refusal:
    """Return a refusal of a place as the window says it."""
    if refusal.field != "--on":
        return refusal
    gone = isinstance(refusal, WorkersGone)
    remedy = "does not answer any more; “Continue map” goes on" if gone else refusal.remedy
    return Refusal("Where it runs", refusal.value, remedy)


def staff_words(state: WorkersState) -> str:
    """Say what trains: how many, of how many threads, what memory, how much waits."""
    if not state.workers:
        who = f"no worker of {state.silent:,} answers" if state.silent else "no worker is there"
        return f"{who}; they are waited for"
    told = [counted(state.workers, "worker")]
    if state.threads != state.workers:
        told.append(counted(state.threads, "thread"))
    if state.memory:
        told.append(f"{byte_size(state.memory)} of memory")
    told.append(f"{counted(state.tasks, 'task')} under way")
    return ", ".join(told)
