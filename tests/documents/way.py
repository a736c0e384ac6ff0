"""The way of a Train command through the rooms, from the window to the first step: `python -m tests.documents.way`.

The engine's own code is run and every call noted. The way enters a room where a call, or an import of its code, leads
into it; it climbs where a room calls one on a higher floor.
"""

from __future__ import annotations

import sys
import threading
from multiprocessing import Pipe
from pathlib import Path
from types import FrameType
from typing import Any

from engine.catalog import load_preset
from engine.experiment.document import to_toml

from .house import ROOT, house, room_of

PRESET = "circle-global-margin"


class _Arrived(BaseException):
    """The first step is taken."""


def way() -> tuple[list[str], int]:
    """Return the rooms in the order in which they are entered, and the number of climbs."""
    from engine.process import main
    from engine.protocol.messages import DocumentRef, Train

    floors, rooms, climbs = house().floors, ["gui"], 0
    here, there = Pipe()
    here.send(Train("run", DocumentRef(to_toml(load_preset(PRESET)))))

    def noted(frame: FrameType, event: str, _: Any) -> None:
        nonlocal climbs
        path = Path(frame.f_code.co_filename)
        if event != "call" or not path.is_relative_to(ROOT / "engine"):
            return
        room, before = room_of(path), _caller(frame)
        if room not in floors:
            return
        if room not in rooms:
            rooms.append(room)
        climbs += bool(before and before != room and floors[room] > floors[before])
        if room == "engine/steppers" and frame.f_code.co_name == "step":
            raise _Arrived

    sys.setprofile(noted)
    try:
        main(there)
    except _Arrived:
        pass
    finally:
        sys.setprofile(None)
        here.close()
    return rooms, climbs


def _caller(frame: FrameType) -> str:
    """Return the room that a call comes from, '' where none of the project's called."""
    back = frame.f_back
    while back is not None:
        path = Path(back.f_code.co_filename)
        if path.is_relative_to(ROOT / "engine"):
            return room_of(path)
        back = back.f_back
    return ""


if __name__ == "__main__":
    assert threading.current_thread() is threading.main_thread()
    entered, upwards = way()
    print(f"{len(entered)} rooms entered, {upwards} climbs:")
    print(" -> ".join(entered))
