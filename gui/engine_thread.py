"""Where window and engine meet: a thread that owns the engine process and hands on its messages."""

from __future__ import annotations

import multiprocessing
import pkgutil
import queue
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from engine.experiment.plug_ins.loaded import names_on
from engine.protocol.heartbeat import Pulse
from engine.protocol.messages import Close, Command, Message, Ready

ENGINE = "engine.process:main"
BEATING = "engine.protocol.heartbeat:beating"
SECOND = 1.0
PATIENCE = 2.0  # seconds that a closing engine may take before it is ended by force
KEPT = "What was recorded is kept; Run starts a new one."


class Target:
    """A function known by name: pickled, it is the function itself, so that only the child imports it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return pkgutil.resolve_name, (self.name,)

    def __call__(self, *args: Any) -> None:
        """Run in this process what is meant for the child."""
        pkgutil.resolve_name(self.name)(*args)


class EngineThread(QThread):
    """Owns one engine process at a time: commands go in without ever blocking, messages come out.

    One start of the thread is one life of a process. Connect with `Qt.ConnectionType.QueuedConnection`: the
    signals are emitted in this thread.
    """

    message_received = Signal(object)
    """With a `Message`, in the order in which they were sent."""
    engine_died = Signal(str)
    """With a sentence for people; never after `close`."""
    hanging_changed = Signal(bool)
    """The process gives no sign of life (True), or does again."""

    def __init__(self, parent: QObject | None = None, target: str = ENGINE) -> None:
        super().__init__(parent)
        self.setObjectName("engine-thread")
        self._target = target
        self._outbox: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._process: SpawnProcess | None = None
        self._closing = False
        self._alive = False
        self._why_ended = ""
        self.known: Ready | None = None
        """What the process that is alive said of itself, for whoever comes later than its signal."""

    # --- called in the window's thread --------------------------------------------------------------------

    @property
    def process_id(self) -> int | None:
        """The engine process's number, for whoever wants to look at it."""
        return self._process.pid if self._process is not None else None

    def start_engine(self) -> None:
        """Start a process unless one is alive; what is sent from now on reaches it."""
        if self._alive:
            return
        self.wait()  # a thread whose process is dead has little left to do
        self._outbox = queue.SimpleQueue()
        self._closing, self._why_ended = False, ""
        self._alive = True
        self.start()

    def send(self, command: Command) -> None:
        """Queue a command; a process that is not there never hears of it."""
        self._outbox.put(command)

    def kill(self, why: str) -> None:
        """End a process that does not answer; `engine_died` follows, with the reason as a sentence."""
        if self._process is not None and self._alive:
            self._why_ended = why
            self._process.kill()

    def close(self) -> None:
        """End the process, by force if it must be, and this thread with it."""
        self._closing = True
        self.send(Close())
        if self.wait(int(1000 * PATIENCE)):
            return
        if self._process is not None:
            self._process.kill()
        self.wait()

    # --- this thread --------------------------------------------------------------------------------------

    def run(self) -> None:
        """Live as long as one engine process does."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        beats, beating = context.Pipe(duplex=False)
        args = (self._target, theirs, beating, names_on())
        process = context.Process(target=Target(BEATING), args=args, name="margin-lab-engine", daemon=True)
        outbox = self._outbox
        try:
            process.start()
        except Exception as error:  # whatever it is, the window has to hear that there is no engine
            self._alive = False
            self.engine_died.emit(f"The engine process could not be started: {error}. Run tries again.")
            return
        finally:
            theirs.close()
            beating.close()
        self._process = process
        # sending waits while the pipe is full, and must not keep this thread from emptying the other way
        writer = threading.Thread(target=_write, args=(ours, outbox), name="margin-lab-commands", daemon=True)
        writer.start()
        self._read(ours, beats, process)
        self._alive, self.known = False, None
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()
        outbox.put(None)
        writer.join()
        ours.close()
        beats.close()
        if not self._closing:
            why = self._why_ended
            self.engine_died.emit(f"{why} {KEPT}" if why else _last_words(process.exitcode))

    def _read(self, connection: Connection, beats: Connection, process: SpawnProcess) -> None:
        """Emit every message until the process has closed its end, and whether it hangs."""
        pulse = Pulse(process.pid or 0)
        hangs = False
        signs: list[Connection | int] = [connection, beats, process.sentinel]
        while True:
            ready = wait(signs, SECOND)
            if ready:
                pulse.sign()
            else:
                pulse.second_passed()
            if pulse.hangs != hangs:
                hangs = pulse.hangs
                self.hanging_changed.emit(hangs)
            if beats in ready and not _has_beaten(beats):
                signs.remove(beats)
            if connection not in ready:
                if process.sentinel in ready:
                    return
                continue
            try:
                message: Message = connection.recv()
            except Exception:  # the pipe has closed, or a message was cut off half way
                return
            if isinstance(message, Ready):
                self.known, pulse.ready = message, True
            self.message_received.emit(message)


def _write(connection: Connection, outbox: queue.SimpleQueue[Command | None]) -> None:
    """Send commands until told to end, or until nobody listens."""
    while (command := outbox.get()) is not None:
        try:
            connection.send(command)
        except OSError:
            return


def _has_beaten(beats: Connection) -> bool:
    """Take a beat; say whether others may follow."""
    try:
        beats.recv_bytes()
    except (OSError, EOFError):
        return False
    return True


def _last_words(exit_code: int | None) -> str:
    """Say how a process ended that nobody asked to."""
    if exit_code is None or exit_code >= 0:
        return f"The engine process ended unexpectedly (exit status {exit_code}). {KEPT}"
    number = -exit_code
    perhaps = ", perhaps for memory" if number == getattr(signal, "SIGKILL", 9) else ""
    verb = "was killed" if number in (9, 15) else "crashed"
    return f"The engine process {verb} (signal {number}){perhaps}. {KEPT}"
