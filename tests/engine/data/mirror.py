"""A mirror on this machine, which may misbehave in every way that mirrors do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.deadlines import PATIENCE

Answer = Callable[["Mirror", bytes], None]


class Mirror(BaseHTTPRequestHandler):
    """Answers with the files of a folder, in the manner of `manner`."""

    folder: Path
    manner: Answer
    asked: list[str]
    release: threading.Event
    """Set when the test is over: nobody waits any longer."""

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.asked.append(name)
        type(self).manner(self, (self.folder / name).read_bytes())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def begin(self, length: int | None, status: int = 200) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def good(mirror: Mirror, content: bytes) -> None:
    mirror.begin(len(content))
    mirror.wfile.write(content)


def silent_about_size(mirror: Mirror, content: bytes) -> None:
    mirror.begin(None)
    mirror.wfile.write(content)


def not_found(mirror: Mirror, _content: bytes) -> None:
    mirror.send_error(404, "Not Found")


def wrong_content(mirror: Mirror, _content: bytes) -> None:
    good(mirror, b"<!doctype html><title>Please sign in</title>")


def truncated(mirror: Mirror, content: bytes) -> None:
    mirror.begin(len(content))
    mirror.wfile.write(content[:-9])


def quietly_truncated(mirror: Mirror, content: bytes) -> None:
    good(mirror, content[:-9])


def too_long(mirror: Mirror, content: bytes) -> None:
    mirror.begin(None)
    for _ in range(40):
        mirror.wfile.write(bytes(1000))


def no_http(mirror: Mirror, _content: bytes) -> None:
    mirror.wfile.write(b"SSH-2.0-nothing of the kind\r\n")


def silent(mirror: Mirror, _content: bytes) -> None:
    mirror.release.wait(PATIENCE)


def slow(mirror: Mirror, content: bytes) -> None:
    """Send the first half, then nothing."""
    mirror.begin(len(content))
    mirror.wfile.write(content[: len(content) // 2])
    mirror.wfile.flush()
    mirror.release.wait(PATIENCE)


@contextmanager
def served(folder: Path, manner: Answer = good) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder; yield the address of the mirror and the names that are asked for."""
    asked: list[str] = []
    release = threading.Event()
    handler = type(
        "Handler", (Mirror,), {"folder": folder, "manner": manner, "asked": asked, "release": release}
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False  # joined by server_close: nothing outlives the test
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="mirror")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/set/", asked
    finally:
        release.set()
        server.shutdown()
        server.server_close()
        thread.join()
