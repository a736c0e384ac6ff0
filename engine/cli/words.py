"""What a command says to people: words that cannot be written are left out and decide nothing."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from ..words.errors import one_line

LONGEST_SHOWN = 2000
"""Letters of a title, a claim or a reason that are printed."""


class ForgivingStream:
    """Passes words on: letters that its encoding lacks are spelled, and a stream that is closed or full takes none."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._open = stream is not None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def encoding(self) -> str:
        """The stream's own."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def closed(self) -> bool:
        """Say whether there is nothing to write to."""
        return self._stream is None or self._stream.closed

    def isatty(self) -> bool:
        """Say whether a person looks on."""
        try:
            return self._stream is not None and self._stream.isatty()
        except ValueError:
            return False

    def write(self, text: str) -> int:
        """Write what can be written."""
        if self._open and self._stream is not None:
            try:
                self._stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
            except (OSError, ValueError):
                self._give_up()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what waits."""
        if self._open and self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._give_up()

    def _give_up(self) -> None:
        """Say no more; what still waits goes nowhere, as the interpreter would complain of it at its end."""
        self._open = False
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


@contextlib.contextmanager
def forgiving_output() -> Iterator[None]:
    """Let nothing that is printed fail, on standard output or standard error."""
    out, err = sys.stdout, sys.stderr
    ours: list[Any] = [ForgivingStream(out), ForgivingStream(err)]
    sys.stdout, sys.stderr = ours
    try:
        yield
    finally:
        for stream in ours:
            stream.flush()
        sys.stdout, sys.stderr = out, err


def say(text: str) -> None:
    """Say something on standard output."""
    sys.stdout.write(f"{text}\n")


def escaped(text: str) -> str:
    """Return what a file or a person says as rich prints it letter by letter, without what would steer a terminal."""
    from rich.markup import escape

    return escape(one_line(text, LONGEST_SHOWN))


def warn(text: str) -> None:
    """Say on standard error what went wrong."""
    sys.stderr.write(f"{text}\n")
