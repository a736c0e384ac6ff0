"""Files that are written whole or not at all, what is named like one, locks, and what no kill leaves behind."""

from __future__ import annotations

from .caches import user_cache
from .installed import version_of
from .locks import LONGEST_NAME, Lock, is_locked, sweep_lock
from .temporaries import TemporaryFolder, sweep_temporaries, temporary_beside
from .whole import STANDARD_OUTPUT, check_writable, is_standard_output, take_after, write_whole

__all__ = [
    "LONGEST_NAME",
    "STANDARD_OUTPUT",
    "Lock",
    "TemporaryFolder",
    "check_writable",
    "is_locked",
    "is_standard_output",
    "sweep_lock",
    "sweep_temporaries",
    "take_after",
    "temporary_beside",
    "user_cache",
    "version_of",
    "write_whole",
]
