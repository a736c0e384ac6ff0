"""The session document: one SQLite file of runs with their records, views and notes. No Qt, no torch."""

from __future__ import annotations

from .digests import Digest
from .entries import RunEntry, StoredRun, stored_status
from .late_writer import LateWriter
from .salvage import Salvaged
from .session import Session
from .session_writer import SessionWriter, WritingNews
from .storage import SUFFIX, Damaged, Displaced
from .sweeps import StoredSweep
from .texts import path_from_text, path_to_text
from .unsaved import (
    Abandoned,
    abandoned_sessions,
    clear_empty_sessions,
    delete_for_good,
    discard,
    discarded_sessions,
    sessions_folder,
    take_back,
)

__all__ = [
    "SUFFIX",
    "Abandoned",
    "Damaged",
    "Digest",
    "Displaced",
    "LateWriter",
    "RunEntry",
    "Salvaged",
    "Session",
    "SessionWriter",
    "StoredRun",
    "StoredSweep",
    "WritingNews",
    "abandoned_sessions",
    "clear_empty_sessions",
    "delete_for_good",
    "discard",
    "discarded_sessions",
    "path_from_text",
    "path_to_text",
    "sessions_folder",
    "stored_status",
    "take_back",
]
