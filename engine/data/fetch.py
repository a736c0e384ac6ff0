"""Fetch one file from one mirror with pooch: bytes told as they come, stopped at once, faults in a few words."""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pooch
import requests
import urllib3

from engine.data.files import reason

LARGEST = 1 << 26
"""Bytes that a file never has."""
CHUNK = 1 << 16
Heard = Callable[[int, int | None], None]
"""Hears how many bytes there are by now, and how many there will be, where the mirror tells."""


@dataclass(frozen=True)
class Published:
    """What is published of a file."""

    size: int
    """In bytes."""
    sha256: str


class Stopped(Exception):
    """The download was asked to stop."""


class MirrorFault(Exception):
    """What keeps a mirror from giving a file, in words."""


class Fetch:
    """Fetches files one after the other; `stop` may be called from any thread."""

    def __init__(self, timeout: float) -> None:
        """Let a mirror be silent for so many seconds."""
        self._timeout = timeout
        self._stopping = Event()
        self._response: requests.Response | None = None
        pooch.get_logger().setLevel(logging.WARNING)  # what it says of hashes is for developers

    def file(self, url: str, to: Path, published: Published | None, heard: Heard) -> None:
        """Fetch a file, whole or not at all; where its size and checksum are known, only with these.

        Raises:
            MirrorFault: where the mirror sends nothing, not all, too much, or something else.
            Stopped: where `stop` was called.
            OSError: where it cannot be written.
        """

        def download(url: str, output: str, pooch: Any) -> None:
            self._download(url, Path(output), heard, LARGEST if published is None else published.size)

        try:
            self._refuse_to_go_on()
            checksum = None if published is None else f"sha256:{published.sha256}"
            pooch.retrieve(url, checksum, fname=to.name, path=to.parent, downloader=download)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            self._refuse_to_go_on()
            raise MirrorFault(_words(error)) from None
        except ValueError:  # pooch's word for another checksum
            raise MirrorFault("sent a file with another checksum") from None
        finally:
            self._response = None

    def stop(self) -> None:
        """Stop; a mirror that falls silent half way is let go at once, one that never answered when its time is up."""
        self._stopping.set()
        response = self._response
        if response is not None:
            with contextlib.suppress(OSError, ValueError, AttributeError):  # it may just have ended by itself
                connection = socket.fromfd(response.raw.fileno(), socket.AF_INET, socket.SOCK_STREAM)
                connection.shutdown(socket.SHUT_RDWR)
                connection.close()

    def _download(self, url: str, output: Path, heard: Heard, most: int) -> None:
        """Write what a mirror sends into a file, as it comes: pooch's own downloader waits for whole chunks."""
        # a packed file is not to be unpacked on its way
        headers = {"User-Agent": "margin-lab", "Accept-Encoding": "identity"}
        with (
            requests.get(url, headers=headers, stream=True, timeout=self._timeout) as response,
            output.open("wb") as file,
        ):
            self._response = response
            self._refuse_to_go_on()
            response.raise_for_status()
            if url.startswith("https:") and not all(
                step.url.startswith("https:") for step in (*response.history, response)
            ):
                raise MirrorFault("leads to a place that is not safe")
            length, received = response.headers.get("Content-Length", ""), 0
            size = int(length) if length.isdecimal() else None
            while chunk := response.raw.read1(CHUNK, decode_content=False):
                self._refuse_to_go_on()
                file.write(chunk)
                received += len(chunk)
                if received > most:
                    raise MirrorFault(f"sends more than {most:,} bytes")
                heard(received, size)
        self._refuse_to_go_on()
        if size is not None and received < size:
            raise MirrorFault(f"sent {received} of {size} bytes")

    def _refuse_to_go_on(self) -> None:
        if self._stopping.is_set():
            raise Stopped


def _words(error: Exception) -> str:
    """Say in a few words what went wrong with a mirror."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason}".strip()
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, urllib3.exceptions.IncompleteRead):
            return f"sent {cause.partial} of {cause.partial + cause.expected} bytes"
        if isinstance(cause, ssl.SSLError):
            return f"no safe connection ({cause.reason or 'TLS'})"
    for cause in causes:
        if isinstance(cause, TimeoutError | requests.Timeout | urllib3.exceptions.ReadTimeoutError):
            return "timed out"
        if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException):
            return " ".join(reason(cause).split())
        if isinstance(cause, http.client.HTTPException):
            return "its answer is no HTTP"
    return " ".join(str(error).split())


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and, first to last, those that it was made from: libraries wrap them in several layers."""
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
        waiting += [one for one in inner if isinstance(one, BaseException)]
