"""Screens that nobody sees: of a size in logical pixels, with so many of their own to each."""

from __future__ import annotations

import json
from pathlib import Path


def on_a_screen(folder: Path, size: tuple[int, int], scale: float = 1.0) -> dict[str, str]:
    """Return the environment in which Qt finds such a screen; its description is written into a folder."""
    width, height = (round(side * scale) for side in size)
    file = folder / "screens.json"
    screen = {"name": "screen", "x": 0, "y": 0, "width": width, "height": height, "dpr": 1}
    file.write_text(json.dumps({"screens": [screen]}), "utf-8")
    return {"QT_QPA_PLATFORM": f"offscreen:configfile={file}", "QT_SCALE_FACTOR": f"{scale:g}"}
