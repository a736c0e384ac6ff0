"""Where what can be made anew is kept for the next time."""

from __future__ import annotations

from pathlib import Path


def user_cache(name: str) -> Path:
    """Return the folder of one kind of it in the user's cache, which need not be there."""
    from platformdirs import user_cache_path

    return user_cache_path("margin-lab", appauthor=False) / name
