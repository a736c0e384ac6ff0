"""What experiments and runs are copied as."""

from __future__ import annotations

COPIES = {
    "script": ("Python script", "a Python script"),
    "toml": ("TOML", "an experiment file"),
    "command": ("command line", "a command line"),
    "citation": ("citation", "a citation, in BibTeX"),
}
"""In a menu, and in a sentence."""
