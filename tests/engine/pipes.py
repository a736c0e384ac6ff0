"""Ends of the engine process's pipe, and how the window reads what comes out of it."""

from __future__ import annotations

import pickle
from collections import deque
from typing import Any

from engine.protocol.messages import Close, Command, Message, Recorded


class ReadByWindow(pickle.Unpickler):
    """Reads a message as the window can: with nothing that has to be imported for it and that a window has not."""

    def find_class(self, module: str, name: str) -> Any:
        assert module.partition(".")[0] in ("engine", "numpy", "pathlib", "builtins", "collections"), (
            f"a message names {name} of {module}, which the window would import to read it"
        )
        return super().find_class(module, name)


class NarrowPipe:
    """A pipe that takes no records of a run called narrow; it closes when all commands are done."""

    def __init__(self, *commands: Command) -> None:
        self.commands, self.sent = deque(commands), list[Message]()

    def poll(self, timeout: float | None) -> bool:
        return bool(self.commands) or timeout is None

    def recv(self) -> Command:
        return self.commands.popleft() if self.commands else Close()

    def send(self, message: Message) -> None:
        if isinstance(message, Recorded) and message.run == "narrow":
            raise MemoryError
        self.sent.append(message)


class PatientPipe(NarrowPipe):
    """A pipe whose commands come after so many looks."""

    def __init__(self, looks: int, *commands: Command) -> None:
        super().__init__(*commands)
        self.looks = looks

    def poll(self, timeout: float | None) -> bool:
        self.looks -= 1
        return self.looks < 0 and super().poll(timeout)
