"""A run that is steered: trained anew at every edit, in no list and in no session unless it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.protocol.messages import Drafted, Failed, Message, SnapshotTaken
from engine.protocol.records import Snapshot

from .run import Run

NAME = "draft"


@dataclass
class Draft:
    """A run, and all that has been told of it, for the session that may come to have it."""

    run: Run
    at_hand: bool = False
    """Whether it does without what takes long, as while a hand moves."""
    messages: list[Message] = field(default_factory=list, repr=False)
    snapshots: dict[int, Snapshot] = field(default_factory=dict, repr=False)
    """By step."""

    @property
    def told(self) -> bool:
        """Say whether there is anything to show."""
        return bool(self.messages)

    @property
    def failure(self) -> Failed | None:
        """Return why there is no such run, or none any more."""
        last = self.messages[-1] if self.messages else None
        return last if isinstance(last, Failed) else None

    def take(self, news: Drafted) -> None:
        """Take up what the engine tells of it."""
        self.messages += news.messages
        for message in news.messages:
            self.run.apply(message)
            if isinstance(message, SnapshotTaken):
                self.snapshots[message.snapshot.step] = message.snapshot
