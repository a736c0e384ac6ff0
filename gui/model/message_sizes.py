"""How large what the engine says is, about."""

from __future__ import annotations

from engine.protocol.messages import Message, Recorded, SnapshotTaken


def size_of(message: Message) -> int:
    """Return about how many bytes a message's arrays are."""
    match message:
        case Recorded(batch=batch):
            return sum(values.nbytes for values in batch.columns.values())
        case SnapshotTaken(snapshot=snapshot):
            histories = sum(kept.values.nbytes for kept in message.vectors.values())
            return histories + sum(values.nbytes for values in snapshot.arrays.values())
        case _:
            return 0
