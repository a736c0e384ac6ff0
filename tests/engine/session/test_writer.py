"""What is said of a session that cannot be written, how often, and when it goes elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.session import session_writer
from engine.session.session_writer import SessionWriter
from engine.words.errors import Refusal

MOST = session_writer.MOST_UNWRITTEN


class FullDisk:
    """A session whose disk takes nothing, until it does; it counts how often that is tried."""

    path: Path | None = Path("kept.mlab")

    def __init__(self, unwritten: int = 0) -> None:
        self.unwritten, self.has_room, self.is_full = unwritten, True, True
        self.tried = self.moved = 0

    def flush(self, *, in_part: bool = False) -> bool:
        self.tried += 1
        if self.is_full:
            raise Refusal("", "kept.mlab", "the disk is full")
        return False

    def go_on_elsewhere(self, known: object = None) -> None:
        self.moved += 1


def writer_of(disk: Any) -> SessionWriter:
    return SessionWriter(disk, dict)


def test_a_full_disk_is_said_once_and_again_when_twice_as_much_waits() -> None:
    disk = FullDisk(5 * 2**20)
    writer = writer_of(disk)
    news = writer.write()
    assert news is not None and news.kind == "held" and "More than 4.0 MiB wait in memory" in news.sentence
    for unwritten in (5 * 2**20, 6 * 2**20 + 1):
        disk.unwritten = unwritten
        assert writer.write() is None
    disk.unwritten = 9 * 2**20
    news = writer.write()
    assert news is not None and "More than 8.0 MiB wait" in news.sentence
    disk.is_full = False
    news = writer.write()
    assert news is not None and news.kind == "clear"
    assert writer.write() is None


def test_a_disk_without_room_is_not_tried_again_until_there_is_some() -> None:
    disk = FullDisk(1)
    writer = writer_of(disk)
    writer.write()
    disk.has_room = False
    for _ in range(3):
        writer.write()
    assert disk.tried == 1
    disk.has_room = True
    writer.write()
    assert disk.tried == 2


def test_where_too_much_waits_the_session_goes_elsewhere() -> None:
    disk = FullDisk(MOST)
    writer = writer_of(disk)
    writer.write()
    assert not disk.moved and not writer.is_full
    disk.unwritten = MOST + 1
    news = writer.write()
    assert disk.moved == 1 and news is not None and news.kind == "moved" and not writer.is_full


@pytest.mark.parametrize("full", [True, False])
def test_no_more_is_recorded_only_where_it_could_not_be_written(full: bool) -> None:
    """Much that waits is written by and by; what cannot be written anywhere fills memory."""
    disk = FullDisk(MOST + 1)
    disk.is_full = full

    def nowhere(known: object = None) -> None:
        raise Refusal("", "sessions", "cannot be written")

    disk.go_on_elsewhere = nowhere  # type: ignore[method-assign]
    writer = writer_of(disk)
    writer.write()
    assert writer.is_full == full
