"""The presets that plug-ins bring which are switched on: a list costs no import of theirs, or of a kind."""

from __future__ import annotations

from pathlib import Path

PRESETS: dict[str, Path] = {}
"""Their experiment files, by the presets' ids."""
